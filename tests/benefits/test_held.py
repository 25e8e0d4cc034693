"""Rights held from month to month: who holds one, and what they are after changes."""

import numpy as np
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from simlib.benefits.compiled.held import HeldRights
from simlib.draws import Draws
from simlib.rights import Rights, RightsChange

HOUSEHOLDS_N, PROGRAMMES_N = 300, 14


def table(k: int) -> NDArray[np.uint8]:
    """Kinds of rights of households with none of them to nearly all, 0 for none."""
    pairs = np.arange(HOUSEHOLDS_N * PROGRAMMES_N)
    luck = Draws(3, k).uniform("life.death", pairs).reshape(HOUSEHOLDS_N, PROGRAMMES_N)
    share = np.linspace(-0.2, 1.1, HOUSEHOLDS_N)[:, np.newaxis]
    return (luck < share).astype(np.uint8)


def begun() -> HeldRights:
    made = HeldRights(0)
    made.begin(Rights.of(table(0), table(0).astype(np.float32)))
    return made


def changed(made: HeldRights, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> None:
    rows, programmes = np.nonzero(before != now)
    kind = now[rows, programmes]
    change = RightsChange(rows, programmes.astype(np.uint16), kind, kind.astype(np.float32))
    made.take(change)
    made.note(change)


def test_holders_are_those_of_the_table_whether_asked_before_or_after_changes():
    often, once = begun(), begun()
    for k in range(3):
        now = table(k)
        for made in (often, once):
            changed(made, table(max(k - 1, 0)), now)
        for programme in range(PROGRAMMES_N):
            assert_array_equal(often.holders([programme]), np.flatnonzero(now[:, programme]))
        either = np.flatnonzero(now[:, 3] | now[:, 11])
        assert_array_equal(often.holders([3, 11]), either)
    assert_array_equal(once.holders([3, 11]), either)
    assert once.holders([]).size == 0
