"""Cells follow rights and contacts: nothing that matters is lost, nothing else is stored."""

import numpy as np
import pytest

from simlib.rights import Rights
from simlib.uptake.cells import Cells
from simlib.uptake.states import AWARE, NEVER, PENDING, RECEIVING, UNAWARE

PROGRAMMES = 70  # more than one word of a mask


def rights(rows: list[dict[int, tuple[int, float]]]) -> Rights:
    kind = np.zeros((len(rows), PROGRAMMES), np.uint8)
    amount = np.zeros((len(rows), PROGRAMMES), np.float32)
    for row, given in enumerate(rows):
        for programme, (each, krw_m) in given.items():
            kind[row, programme], amount[row, programme] = each, krw_m
    return Rights.of(kind, amount)


def nobody(n: int) -> np.ndarray:
    return np.zeros((n, 2), np.uint64)


@pytest.fixture
def cells() -> Cells:
    made = Cells.of(rights([{3: (1, 10.0), 65: (2, 5.0)}, {}, {3: (1, 7.0)}]))
    made.state[:] = (RECEIVING, AWARE, UNAWARE)
    made.since[:] = (-4, -2, 0)
    made.read_step[0] = -6
    return made


def test_a_table_of_rights_comes_back_from_its_sparse_form():
    made = rights([{3: (1, 10.0)}, {}, {0: (2, 1.0), 69: (1, 2.0)}])
    assert made.kinds()[2, 0] == 2 and made.amounts_krw_m()[2, 69] == 2.0
    assert made.any().tolist() == [True, False, True]
    part = made.picked(np.array([2, 0]))
    assert np.array_equal(part.kinds(), made.kinds()[[2, 0]])


def test_a_lost_right_keeps_the_state_and_an_unaware_one_goes(cells: Cells):
    after = cells.renewed(np.array([0, 2]), rights([{65: (1, 6.0)}, {}]), nobody(3))
    assert after.programme[after.start[0] : after.start[1]].tolist() == [3, 65]
    assert after.table("right")[0, 3] == 0 and after.table("state")[0, 3] == RECEIVING
    assert after.table("since")[0, 3] == -4 and after.table("read_step")[0, 3] == -6
    assert after.table("amount_krw_m")[0, 65] == 6.0 and after.table("right")[0, 65] == 1
    assert after.start[3] == after.start[2]  # household 2 knew of nothing


def test_a_new_right_begins_unaware_between_the_old_ones(cells: Cells):
    new = rights([{3: (1, 10.0), 20: (1, 4.0), 65: (2, 5.0)}])
    after = cells.renewed(np.array([0]), new, nobody(3))
    assert after.programme[: after.start[1]].tolist() == [3, 20, 65]
    assert after.state[: after.start[1]].tolist() == [RECEIVING, UNAWARE, AWARE]
    assert after.read_step[1] == NEVER


def test_households_that_did_not_change_keep_every_cell(cells: Cells):
    cells.right[2] = 0  # unaware and without a right, until its household changes
    after = cells.renewed(np.array([1]), rights([{5: (1, 1.0)}]), nobody(3))
    for name in ("state", "since", "read_step", "right", "amount_krw_m"):
        for row in (0, 2):
            assert np.array_equal(after.table(name)[row], cells.table(name)[row]), name
    assert after.start.tolist() == [0, 2, 3, 4]


def test_being_told_makes_a_cell_without_a_right(cells: Cells):
    told = nobody(3)
    told[1, 1] = np.uint64(1) << np.uint64(69 - 64)
    told[0, 0] = np.uint64(1) << np.uint64(3)
    assert cells.lack(told) and not cells.lack(nobody(3))
    after = cells.renewed(np.empty(0, np.int64), rights([]), told)
    assert not after.lack(told)
    assert after.programme.tolist() == [3, 65, 69, 3]
    assert after.table("right")[1, 69] == 0 and after.table("state")[1, 69] == UNAWARE
    assert np.array_equal(after.table("state")[0], cells.table("state")[0])


@pytest.mark.parametrize("seed", range(20))
def test_renewing_equals_the_same_on_full_tables(seed: int):
    # plain shuffles of small numbers: no luck of the model is tested here
    pick = np.random.default_rng(seed)
    n = 40
    before = rights(
        [{int(p): (1, float(p)) for p in pick.choice(PROGRAMMES, 5, replace=False)}] * n
    )
    cells = Cells.of(before)
    cells.state[:] = pick.integers(UNAWARE, PENDING + 1, cells.state.size)
    rows = np.flatnonzero(pick.random(n) < 0.5)
    now = rights(
        [
            {int(p): (2, p + 0.5) for p in pick.choice(PROGRAMMES, pick.integers(0, 6), False)}
            for _ in rows
        ]
    )
    after = cells.renewed(rows, now, nobody(n))
    right, state = cells.table("right"), cells.table("state")
    right[rows] = now.kinds()
    assert np.array_equal(after.table("right"), right)
    assert np.array_equal(after.table("state"), state)
    assert (np.diff(after.programme.astype(int))[np.diff(after.rows) == 0] > 0).all()
