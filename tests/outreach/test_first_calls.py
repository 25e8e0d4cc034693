"""The machine's first call: whom it reaches, who hangs up, and what is left for officers."""

from typing import Any

import numpy as np
import pytest

from simlib.model import WelfareModel
from simlib.outreach.instruments.detection import CANDIDATES
from worlds import made, noted, numbers, plain_anchors, world

LIST = ("detection", {"rank_by": "rule_of_thumb", "national_share": 0.3})
PLENTY = {"offices.caseworkers_per_1000_households": 50.0, "uptake.burn_in_months": 2}


def steps(*entries: tuple[str, dict[str, Any]], months: int = 12) -> Any:
    """Run month by month and give the model after each."""
    of = world(months=months)
    policy = made(LIST, *entries)
    model = WelfareModel(
        of, policy, numbers().override(PLENTY, "test"), plain_anchors(of), record=False
    )
    for _ in range(months):
        model.step()
        yield model


def test_the_machine_calls_a_list_once_and_leaves_officers_whom_it_did_not_reach():
    calls, left = 0, 0
    for model in steps(("ai_call", {}), ("officer_call", {})):
        called = noted(model, "attempted", "ai_call")
        if called.size == 0:
            assert model.memory["round"] is None
            continue
        calls += called.size
        talked = noted(model, "accepted", "ai_call")
        by_officers = noted(model, "attempted", "officer_call")
        assert np.array_equal(np.sort(by_officers), np.setdiff1d(called, talked))
        left += by_officers.size
    assert 0 < left < calls


@pytest.mark.parametrize("unanswered", ["visited", "dropped"])
def test_whoever_answers_no_call_is_visited_if_the_policy_says_so(unanswered):
    passed_on = 0
    for model in steps(("officer_call", {"unanswered": unanswered}), ("visit", {}), months=6):
        called, answered = (noted(model, at, "officer_call") for at in ("attempted", "reached"))
        silent = np.setdiff1d(called, answered)
        referred = noted(model, "referred", "officer_call")
        assert np.isin(silent, referred).all() == (unanswered == "visited" or silent.size == 0)
        passed_on += np.isin(referred, silent).sum()
    assert (passed_on > 0) == (unanswered == "visited")


def test_those_who_hang_up_are_reached_and_have_no_part_in_what_follows():
    hung_up, answered = 0, 0
    for model in steps(("ai_call", {}), ("visit", {})):
        reached = noted(model, "reached", "ai_call")
        talked = noted(model, "accepted", "ai_call")
        assert np.isin(talked, reached).all()
        assert np.isin(noted(model, "referred", "ai_call"), talked).all()
        assert np.isin(np.setdiff1d(reached, talked), model.memory[CANDIDATES]).all()
        hung_up += np.setdiff1d(reached, talked).size
        answered += reached.size
    assert 0 < hung_up < answered


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_hang_ups_change_who_is_reached_and_not_who_completes(share):
    plain = [noted(model, "accepted", "ai_call") for model in steps(("ai_call", {}), months=3)]
    changed = list(steps(("ai_call", {"hang_up_share": share}), months=3))
    talked = [noted(model, "accepted", "ai_call") for model in changed[-1:]]
    assert talked[-1].size > 0
    assert np.array_equal(plain[-1], talked[-1])
    if share == 0.0:
        assert np.array_equal(noted(changed[-1], "reached", "ai_call"), talked[-1])


def test_the_transcript_passes_on_fewer_than_everybody_and_misses_some_in_need():
    referred, everybody, missed = 0, 0, 0
    for model in steps(("ai_call", {"triage": "transcript"})):
        talked = noted(model, "accepted", "ai_call")
        passed = noted(model, "referred", "ai_call")
        referred, everybody = referred + passed.size, everybody + talked.size
        missed += int(model.desk.in_need(np.setdiff1d(talked, passed)).sum())
    assert 0 < referred < everybody
    assert missed > 0
    for model in steps(("ai_call", {"triage": "all"}), months=3):
        accepted = noted(model, "accepted", "ai_call")
        assert np.array_equal(noted(model, "referred", "ai_call"), accepted)
