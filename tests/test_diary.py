"""Diaries of the same households in two worlds: identical until the policy touches them."""

import numpy as np
import pytest

from simlib.anchors import NOBODY
from simlib.diary import Diary
from simlib.diary_recorder import DiaryRecorder
from simlib.experiments.twins import PARTED, Twin
from simlib.model import WelfareModel
from simlib.outreach.policy import Policy, load_policy
from worlds import NO_FRICTION, made, numbers, plain_anchors, world

ALONE = {"uptake.awareness.peers": 0.0} | {
    key: NO_FRICTION[key]
    for key in ("offices.caseworkers_per_1000_households", "offices.duty_share")
}
"""Neighbours and queues out of the way."""


def diary(policy: Policy, changes: dict[str, float]) -> Diary:
    of = world(500, 12)
    parameters = numbers().override({"uptake.burn_in_months": 6} | changes, "test")
    model = WelfareModel(of, policy, parameters, plain_anchors(of), record=False)
    return DiaryRecorder(model, np.arange(of.households_n)).run(model)


def twins(policy: str, changes: dict[str, float]) -> list[Twin]:
    chosen = load_policy(policy, numbers())
    ours, theirs = diary(chosen, changes), diary(NOBODY, changes)
    parts = [
        {name: frame.partition_by("household_id", as_dict=True) for name, frame in vars(d).items()}
        for d in (ours, theirs)
    ]
    empty = {name: frame.clear() for name, frame in vars(ours).items()}

    def of(part: dict, each: int) -> Diary:
        return Diary(**{name: part[name].get((each,), empty[name]) for name in part})

    ids = ours.months["household_id"].unique(maintain_order=True)
    return [Twin(each, 0, policy, "none", of(parts[0], each), of(parts[1], each)) for each in ids]


@pytest.mark.parametrize("policy", ["membership", "ai_calls", "launch_shock"])
def test_with_nothing_passed_on_all_months_before_the_first_touch_are_identical(policy):
    found = twins(policy, ALONE)
    untouched = [each for each in found if each.first_touched is None]
    changed = [each for each in found if each.first_difference is not None]
    assert all(each.first_difference is None for each in untouched)
    assert changed
    assert all(each.first_difference >= each.first_touched for each in changed)
    assert {each.parted_by for each in changed} <= {"contact", "eased"}


def test_untouched_households_part_through_queues_and_neighbours_only():
    found = twins("officer_calls", {"uptake.awareness.peers": 0.3, "offices.duty_share": 0.02})
    before = [
        each
        for each in found
        if each.first_difference is not None
        and (each.first_touched is None or each.first_difference < each.first_touched)
    ]
    assert before
    assert {each.parted_by for each in before} <= {"queue", "neighbours"}
    assert {each.parted_by for each in found} <= {*PARTED, None}


def test_a_diary_tells_what_the_model_recorded():
    of = world(500, 12)
    parameters = numbers().override({"uptake.burn_in_months": 6}, "test")
    chosen = made(("membership", {}))
    model = WelfareModel(of, chosen, parameters, plain_anchors(of))
    rows = np.arange(0, of.households_n, 7)
    found = DiaryRecorder(model, rows).run(model)
    summary = model.household_summary()[rows]
    for each in summary.iter_rows(named=True):
        mine = found.of(each["household_id"])
        months = mine.months.filter(mine.months["month"] >= of.start)
        cells = mine.cells.filter((mine.cells["month"] >= of.start) & mine.cells["entitled"])
        assert months["paid_krw_m"].sum() == pytest.approx(each["paid_krw"])
        assert (months["crisis_months"] > 0).sum() == each["crisis_months"]
        assert cells.height == each["entitled_cell_months"]
        assert (cells["state"] == "receiving").sum() == each["received_cell_months"]
        assert mine.decisions.height == each["decisions_n"]
