"""Checks of the shared record find receipt that another receipt excludes."""

from typing import Any

import numpy as np

from simlib.benefits.exclusions import read_exclusions
from simlib.model import WelfareModel
from simlib.right_kinds import FOLLOWING, OWN
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import DENIED, RECEIVING
from worlds import made, numbers, plain_anchors, world

SURE = {"found_prob": 1.0, "checks_per_year": 12.0, "false_match_prob": 0.0}


def started(*entries: tuple[str, dict[str, Any]]) -> WelfareModel:
    of = world(5000, 6)
    parameters = numbers().override({"uptake.burn_in_months": 2}, "test")
    return WelfareModel(of, made(*entries), parameters, plain_anchors(of), record=False)


def duplicates(model: WelfareModel) -> np.ndarray:
    """Give household and programme of every duplicate receipt."""
    receives = model.funnel_state.cells.table("state") == RECEIVING
    ids = model.programmes.ids
    found = np.zeros_like(receives)
    for row in read_exclusions():
        if row.takes_effect and row.kind == "received" and row.yields in ids:
            other = row.programme_a if row.yields == row.programme_b else row.programme_b
            k = ids.index(row.yields)
            found[:, k] |= receives[:, k] & receives[:, ids.index(other)]
    return found


def both_received(model: WelfareModel, yielding: str, other: str) -> np.ndarray:
    """Let everybody with a right to both programmes receive both, and give their rows."""
    cells, found = model.funnel_state.cells, []
    places = []
    for name in (yielding, other):
        k = model.programmes.ids.index(name)
        mine = np.flatnonzero((cells.programme == k) & np.isin(cells.right, (OWN, FOLLOWING)))
        found.append(cells.rows[mine])
        places.append(dict(zip(cells.rows[mine].tolist(), mine.tolist(), strict=True)))
    rows = np.intersect1d(*found)
    for name, place in zip((yielding, other), places, strict=True):
        k = model.programmes.ids.index(name)
        cells.state[[place[row] for row in rows.tolist()]] = RECEIVING
        bit = np.uint64(1) << np.uint64(k % 64)
        model.funnel_state.receiving[rows, k // 64] |= bit
    return rows


def test_a_sure_check_ends_the_duplicate_that_yields_and_leaves_the_other():
    model = started(("duplicate_check", SURE))
    model._start_month(0)
    model._live()
    model._strain()
    rows = both_received(model, "senior_jobs_public", "livelihood_benefit")
    assert rows.size > 0
    expected = duplicates(model)
    before = model.funnel_state.cells.table("state")
    model._reach_out()
    after = model.funnel_state.cells.table("state")
    ids = model.programmes.ids
    assert (after[rows, ids.index("senior_jobs_public")] == DENIED).all()
    assert (after[rows, ids.index("livelihood_benefit")] == RECEIVING).all()
    ended = (before == RECEIVING) & (after == DENIED)
    assert np.array_equal(ended, expected)
    noted = np.concatenate([r for _, at, r in model.ledger.entries if at == "duplicates"])
    assert np.array_equal(np.sort(noted), np.sort(np.nonzero(expected)[0]))
    assert not ((before == RECEIVING) & (model.funnel_state.cells.table("right") == 1)
                & ~expected & (after != RECEIVING)).any()  # fmt: skip


def test_without_checks_duplicates_stay():
    model = started(("duplicate_check", SURE | {"checks_per_year": 0.0}))
    model._start_month(0)
    model._live()
    rows = both_received(model, "senior_jobs_public", "livelihood_benefit")
    model._reach_out()
    assert np.isin(rows, np.nonzero(duplicates(model))[0]).all()


def test_which_programme_yields_is_read_from_the_list_of_exclusions():
    programmes = Programmes.of(world().catalogue)
    of = {name: k for k, name in enumerate(programmes.ids)}
    yielding, other = of["emergency_livelihood"], of["livelihood_benefit"]

    def excludes(first: int, second: int) -> bool:
        word = programmes.yields_to[first, second // 64]
        return bool(word >> np.uint64(second % 64) & np.uint64(1))

    assert excludes(yielding, other)
    assert not excludes(other, yielding)
