"""Cells follow rights and contacts: nothing that matters is lost, nothing else is stored."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simlib.rights import Rights, RightsChange
from simlib.uptake.cells import SPARE, CellColumns, Cells
from simlib.uptake.rooms import CELL, CHUNK, spread
from simlib.uptake.states import AWARE, NEVER, PENDING, RECEIVING, UNAWARE

PROGRAMMES = 70  # more than one word of a mask


def rights(rows: list[dict[int, tuple[int, float]]]) -> Rights:
    kind = np.zeros((len(rows), PROGRAMMES), np.uint8)
    amount = np.zeros((len(rows), PROGRAMMES), np.float32)
    for row, given in enumerate(rows):
        for programme, (each, krw_m) in given.items():
            kind[row, programme], amount[row, programme] = each, krw_m
    return Rights.of(kind, amount)


def held(cells: Cells, row: int, name: str) -> list:
    """The household's own cells in a column."""
    first = cells.first[row]
    return getattr(cells, name)[first : first + cells.taken[row]].tolist()


def change(*changed: tuple[int, int, int, float]) -> RightsChange:
    """Rows, programmes, kinds and amounts of what changed."""
    row, programme, kind, amount = zip(*changed, strict=True)
    return RightsChange(
        np.array(row),
        np.array(programme, np.uint16),
        np.array(kind, np.uint8),
        np.array(amount, np.float32),
    )


@pytest.fixture
def cells() -> Cells:
    made = Cells.of(rights([{3: (1, 10.0), 65: (2, 5.0)}, {}, {3: (1, 7.0)}]))
    made.state[:] = (RECEIVING, AWARE, UNAWARE)
    made.since[:] = (-4, -2, 0)
    made.read_step[0] = -6
    return made


def test_cells_made_with_places_to_spare_are_those_laid_out_with_them():
    before = rights([{3: (1, 10.0), 65: (2, 5.0)}, {}, {3: (1, 7.0)}])
    made, laid_out = Cells.of(before, SPARE), Cells.of(before).roomy()
    assert np.array_equal(made.record, laid_out.record)
    for name in ("first", "taken", "room"):
        assert np.array_equal(getattr(made, name), getattr(laid_out, name))


def test_a_table_of_rights_comes_back_from_its_sparse_form():
    made = rights([{3: (1, 10.0)}, {}, {0: (2, 1.0), 69: (1, 2.0)}])
    assert made.kinds()[2, 0] == 2 and made.amounts_krw_m()[2, 69] == 2.0
    assert made.any().tolist() == [True, False, True]
    part = made.picked(np.array([2, 0]))
    assert np.array_equal(part.kinds(), made.kinds()[[2, 0]])


def test_a_lost_right_keeps_the_state_and_an_unaware_one_goes(cells: Cells):
    cells.take(change((0, 3, 0, 0.0), (0, 65, 1, 6.0), (2, 3, 0, 0.0)))
    assert held(cells, 0, "programme") == [3, 65]
    assert held(cells, 0, "right") == [0, 1] and held(cells, 0, "state") == [RECEIVING, AWARE]
    assert held(cells, 0, "since") == [-4, -2] and held(cells, 0, "read_step") == [-6, NEVER]
    assert held(cells, 0, "amount_krw_m") == [10.0, 6.0]  # paid on until the end is noticed
    assert held(cells, 2, "programme") == []  # household 2 knew of nothing


def test_a_new_right_begins_unaware_between_the_old_ones(cells: Cells):
    cells.take(change((0, 20, 1, 4.0)))
    assert held(cells, 0, "programme") == [3, 20, 65]
    assert held(cells, 0, "state") == [RECEIVING, UNAWARE, AWARE]
    assert held(cells, 0, "read_step") == [-6, NEVER, NEVER]


def test_being_told_makes_a_cell_without_a_right(cells: Cells):
    told = np.zeros((3, 2), np.uint64)
    told[1, 1] = np.uint64(1) << np.uint64(69 - 64)
    told[0, 0] = np.uint64(1) << np.uint64(3)
    cells.tell(np.arange(3), told)
    assert [held(cells, row, "programme") for row in range(3)] == [[3, 65], [69], [3]]
    assert held(cells, 1, "right") == [0] and held(cells, 1, "state") == [UNAWARE]
    assert held(cells, 0, "state") == [RECEIVING, AWARE]


def test_a_copy_has_cells_of_its_own(cells: Cells):
    other = cells.copy()
    other.take(change((1, 5, 1, 1.0)))
    assert held(cells, 1, "programme") == [] and held(other, 1, "programme") == [5]


@pytest.mark.parametrize("seed", range(10))
def test_months_of_changes_equal_the_same_on_full_tables(seed: int):
    # plain shuffles of small numbers: no luck of the model is tested here
    pick = np.random.default_rng(seed)
    n = 40
    before = rights(
        [{int(p): (1, float(p)) for p in pick.choice(PROGRAMMES, 5, replace=False)}] * n
    )
    cells = Cells.of(before)
    cells.state[:] = pick.integers(UNAWARE, PENDING + 1, cells.state.size)
    state = cells.table("state")
    for _ in range(12):
        rows = np.flatnonzero(pick.random(n) < 0.5)
        now = rights(
            [
                {int(p): (2, p + 0.5) for p in pick.choice(PROGRAMMES, pick.integers(0, 9), False)}
                for _ in rows
            ]
        )
        cells.take(RightsChange.between(before, rows, now))
        before = before.replaced(rows, now)
        assert np.array_equal(cells.table("right"), before.kinds())
        assert np.array_equal(cells.table("state"), state)
        entitled = before.kinds() > 0
        assert np.array_equal(
            cells.table("amount_krw_m")[entitled], before.amounts_krw_m()[entitled]
        )
        taken = [held(cells, row, "programme") for row in range(n)]
        assert all(each == sorted(set(each)) for each in taken)
        assert (cells.taken <= cells.room).all() and cells.room.sum() == cells.programme.size


def test_all_cells_are_laid_out_anew_where_they_are():
    pick = np.random.default_rng(2)
    n = CHUNK + 300

    def some(share: NDArray[np.float64]) -> Rights:
        kind = (pick.random((n, PROGRAMMES)) < share[:, None]).astype(np.uint8)
        return Rights.of(kind, kind.astype(np.float32))

    before = some(np.full(n, 0.04))
    cells = Cells.of(before, SPARE)
    cells.state[:] = pick.integers(UNAWARE, PENDING + 1, cells.state.size)
    for few, many in ((0.0, 0.06), (0.06, 0.0)):  # one half loses rights and the other gains some
        now = some(np.where(np.arange(n) < n // 2, few, many))
        cells.take(RightsChange.between(before, np.arange(n), now))
        before, held, first = now, cells.record, cells.first
        tables = {name: cells.table(name) for name in CELL.names}
        cells.lay_out()
        assert np.array_equal(cells.room, cells.taken + SPARE)
        assert np.array_equal(cells.first, np.cumsum(cells.room) - cells.room)
        assert np.array_equal(cells.owner, cells.rows % 256)
        assert all(np.array_equal(cells.table(name), tables[name]) for name in CELL.names)
        spare = cells.record[cells.first + cells.taken]
        assert not spare["right"].any() and (spare["read_step"] == NEVER).all()
        assert (cells.first < first).any() or (cells.first > first).any()
        assert np.shares_memory(held, cells.record)


@pytest.mark.parametrize("seed", range(5))
def test_cells_carried_to_other_rooms_arrive_whole(seed: int):
    pick = np.random.default_rng(seed)
    n = 200
    taken = pick.integers(0, 6, n)
    here, there = ((taken + pick.integers(0, 9, n)).cumsum() for _ in range(2))
    first, to = here - taken, there - taken  # cells at the end of a room, in order of households
    record = np.zeros(max(here[-1], there[-1]), CELL)
    numbers = np.arange(taken.sum())
    record["amount_krw_m"][_places(first, taken)] = numbers
    assert (to < first).any() and (to > first).any()
    nothing = np.zeros(n, np.int16)
    columns = CellColumns(
        first, taken.astype(np.int16), nothing, np.zeros(record.size, np.uint8), record
    )
    spread(columns, to)
    assert np.array_equal(record["amount_krw_m"][_places(to, taken)], numbers)


def _places(first: NDArray[np.int64], n: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(a, a + k) for a, k in zip(first, n, strict=True)])


def test_full_households_have_places_of_their_neighbours_in_every_chunk():
    pick = np.random.default_rng(1)
    n = 2 * CHUNK + 500

    def some(share: float) -> Rights:
        kind = (pick.random((n, PROGRAMMES)) < share).astype(np.uint8)
        return Rights.of(kind, kind.astype(np.float32) * np.arange(PROGRAMMES, dtype=np.float32))

    before = some(0.05)
    cells = Cells.of(before).roomy()
    first_n = cells.record.size
    for share in (0.05, 0.04, 0.05, 0.02, 0.12):  # for the last there is not enough room
        now = some(share)
        begun_n, _ = cells.take(RightsChange.between(before, np.arange(n), now))
        assert np.array_equal(begun_n, (now.kinds() > before.kinds()).sum(axis=0))
        before = now
        assert np.array_equal(cells.table("right"), now.kinds())
        assert np.array_equal(cells.first, np.cumsum(cells.room) - cells.room)
        assert cells.room.sum() == cells.record.size
        assert np.array_equal(cells.owner, cells.rows % 256)
        assert (cells.record.size == first_n) == (share < 0.1)
    told = pick.random((n, PROGRAMMES)) < 0.03
    masks = np.zeros((n, 2), np.uint64)
    for programme in range(PROGRAMMES):
        bit = np.uint64(1) << np.uint64(programme % 64)
        masks[told[:, programme], programme // 64] |= bit
    rows = np.flatnonzero(pick.random(n) < 0.3)
    cells.tell(rows, masks)
    told_n = told[rows].sum(axis=1) - (told & (before.kinds() > 0))[rows].sum(axis=1)
    expected = (before.kinds() > 0).sum(axis=1)
    expected[rows] += told_n
    assert np.array_equal(cells.taken, expected)
    assert np.array_equal(cells.table("right"), before.kinds())


def test_only_what_differs_is_a_change():
    before = rights([{3: (1, 10.0), 65: (2, 5.0)}, {4: (1, 1.0)}, {5: (1, 1.0)}])
    now = rights([{3: (1, 10.0), 65: (1, 5.0)}, {6: (1, 2.0)}])
    made = RightsChange.between(before, np.array([0, 1]), now)
    assert made.row.tolist() == [0, 1, 1] and made.programme.tolist() == [65, 4, 6]
    assert made.kind.tolist() == [1, 0, 1] and made.amount_krw_m.tolist() == [5.0, 0.0, 2.0]
    after = before.replaced(np.array([0, 1]), now)
    assert np.array_equal(after.kinds()[:2], now.kinds()) and after.kinds()[2, 5] == 1
