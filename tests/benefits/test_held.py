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


def test_holders_are_those_of_the_table_before_and_after_changes():
    made = begun()
    for now in (table(0), table(1), table(2)):
        before = np.zeros_like(now)
        for programme in range(PROGRAMMES_N):
            before[made.holders([programme]), programme] = 1
        rows, programmes = np.nonzero(before != now)
        kind = now[rows, programmes]
        made.take(RightsChange(rows, programmes.astype(np.uint16), kind, kind.astype(np.float32)))
        for programme in range(PROGRAMMES_N):
            assert_array_equal(made.holders([programme]), np.flatnonzero(now[:, programme]))
        either = np.flatnonzero(now[:, 3] | now[:, 11])
        assert_array_equal(made.holders([3, 11]), either)
        assert made.holders([]).size == 0
