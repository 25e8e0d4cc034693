"""Checks of the shared record find receipt that another receipt excludes."""

from typing import Any

import numpy as np

from simlib.benefits.exclusions import read_exclusions
from simlib.model import WelfareModel
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import DENIED, ENDED_UNKNOWN, RECEIVING
from worlds import made, numbers, plain_anchors, world

SURE = {"found_prob": 1.0, "checks_per_year": 12.0, "false_match_prob": 0.0}


def started(*entries: tuple[str, dict[str, Any]]) -> WelfareModel:
    of = world(5000, 6)
    parameters = numbers().override({"uptake.burn_in_months": 12}, "test")
    return WelfareModel(of, made(*entries), parameters, plain_anchors(of, 3.0), record=False)


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


def test_a_sure_check_ends_every_duplicate_and_nothing_else():
    model = started(("duplicate_check", SURE))
    before = duplicates(model)
    assert before.any()
    model._start_month(0)
    model._live()
    model._strain()
    lived = model.funnel_state.cells.table("state")
    model._reach_out()
    after = model.funnel_state.cells.table("state")
    kinds = model.funnel_state.cells.table("right")
    has_right = (kinds > 0) & (kinds != ENDED_UNKNOWN)
    changed = (after != lived) & has_right  # a right that ended this month is found too
    assert changed.any()
    assert (after[changed] == DENIED).all()
    assert not (changed & ~before).any()
    assert not (before & (after == RECEIVING) & (lived == RECEIVING)).any()
    noted = np.concatenate([r for _, at, r in model.ledger.entries if at == "duplicates"])
    assert noted.size == (after[lived == RECEIVING] == DENIED).sum()


def test_without_checks_duplicates_stay():
    model = started(("duplicate_check", SURE | {"checks_per_year": 0.0}))
    for _ in range(3):
        model.step()
    assert duplicates(model).any()


def test_which_programme_yields_is_read_from_the_list_of_exclusions():
    programmes = Programmes.of(world().catalogue)
    of = {name: k for k, name in enumerate(programmes.ids)}
    yielding, other = of["emergency_livelihood"], of["livelihood_benefit"]

    def excludes(first: int, second: int) -> bool:
        word = programmes.yields_to[first, second // 64]
        return bool(word >> np.uint64(second % 64) & np.uint64(1))

    assert excludes(yielding, other)
    assert not excludes(other, yielding)
