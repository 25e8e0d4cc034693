"""What must hold exactly in a virtual trial, whatever the parameters."""

from itertools import pairwise

import numpy as np
import pytest

import small_trials as small
from simlib.experiments.trials.outcomes import OUTCOMES
from simlib.experiments.trials.run import BurnIns, arms_of, run_replicate
from simlib.experiments.trials.schema import Outcome
from simlib.uptake.states import RECEIVING
from small_trials import HELP, LETTER

COLUMNS = ("state", "entitled", "applied", "awarded", "due", "opted_out")


def same(one, other, columns=COLUMNS):
    for name in columns:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_two_control_arms_are_bit_identical():
    arms = small.run(small.trial_data({"control": [], "again": []}))
    same(arms["control"], arms["again"], (*COLUMNS, "read", "helped"))


def test_arms_without_burden_and_contact_are_bit_identical():
    nothing = [{"burden": {}}, {"channels": ["office"]}, {"renewal_months": 12},
               {"enrolment": "on_claim"}, {"amount_factor": 1.0}]  # fmt: skip
    arms = small.run(small.trial_data({"control": [], "nothing": nothing}))
    same(arms["control"], arms["nothing"], (*COLUMNS, "read", "helped"))


def test_a_replicate_does_not_depend_on_others_or_on_shared_burn_ins():
    ground = small.ground_of(small.trial_data({"control": [], "letter": [LETTER]}))
    arms, shared = arms_of(ground), BurnIns()
    run_replicate(ground, arms, 0, shared)
    first = run_replicate(ground, arms, 3, shared)
    again = run_replicate(ground, arms, 3, shared)
    alone = run_replicate(ground, arms, 3)
    for name in arms.settings:
        same(first[name], again[name])
        same(first[name], alone[name])


def test_households_that_read_nothing_are_the_same_in_both_arms():
    arms = small.run(small.trial_data({"control": [], "letter": [LETTER]}))
    untouched = ~arms["letter"].read.any(axis=0)
    assert 0 < untouched.sum() < untouched.size
    same(arms["control"].among(untouched), arms["letter"].among(untouched), COLUMNS[:-1])


def test_without_capacity_nobody_is_helped_and_more_capacity_helps_the_same_and_others():
    def calls(limit):
        help_ = {"channel": "phone", "offered": "outgoing"}
        return [{"assistance": help_ if limit is None else help_ | {"attempts_m": limit}}]

    limits = {"none": 0.0, "few": 40.0, "many": 150.0, "all": None}
    arms = {name: calls(limit) for name, limit in limits.items()}
    made = small.run(small.trial_data({"control": [], **arms}))
    same(made["control"], made["none"], (*COLUMNS, "read", "helped"))
    reached = [np.maximum.accumulate(made[name].helped) for name in limits]
    for fewer, more in pairwise(reached):
        assert not (fewer & ~more).any()
    applied = [OUTCOMES["applied"](made[name]) for name in limits]
    assert applied == sorted(applied)
    assert applied[0] < applied[-1]


def test_capacity_for_the_whole_pool_gives_the_arm_without_a_limit():
    help_ = {"channel": "phone", "offered": "outgoing", "attempts": 1}
    arms = {name: [{"assistance": help_ | limit}] for name, limit in
            (("all", {}), ("ample", {"attempts_m": 1_000_000.0}))}  # fmt: skip
    made = small.run(small.trial_data(arms))
    assert made["all"].helped.any()
    same(made["all"], made["ample"], (*COLUMNS, "read", "helped"))


@pytest.mark.parametrize("attempts", [1, 3, 6])
def test_reached_a_month_are_calls_times_answers_whatever_the_attempts(attempts):
    calls, answer = 250.0, 0.3
    help_ = {"channel": "phone", "offered": "outgoing", "attempts": attempts,
             "attempts_m": calls, "answer_prob": answer, "accept_prob": 1.0}  # fmt: skip
    data = small.trial_data({"called": [{"assistance": help_}]}, months=1)
    data["pool"] = {"standard": {"households": 8000}, "starts": "unaware"}
    reached = int(small.run(data)["called"].helped.sum())
    expected, n = calls * 8 * answer, calls * 8
    assert abs(reached - expected) < 5 * np.sqrt(n * answer * (1 - answer))


def test_a_heavier_claim_is_begun_by_fewer_and_a_light_one_by_more():
    arms = {"heavy": [{"burden": {"documents": 4}}], "control": [],
            "light": [{"burden": {"documents": -2, "trips": -1}}]}  # fmt: skip
    made = small.run(small.trial_data(arms))
    applied = [made[name].applied.any(axis=0) for name in arms]
    assert not (applied[0] & ~applied[1]).any()
    assert applied[0].sum() < applied[1].sum() < applied[2].sum()


def test_automatic_enrolment_pays_all_that_are_known_and_nobody_else():
    data = small.trial_data({"automatic": [{"enrolment": "automatic"}]}, months=1)
    data["pool"] = {"standard": {"households": 400, "known_share": 0.5}, "launch": True}
    data["programme"] = {"break_prob_m": 0.0}
    history = small.run(data)["automatic"]
    known = history.frame["known_to_state"].to_numpy()
    assert np.array_equal(history.state[0] == RECEIVING, known)


def test_who_is_paid_first_must_hand_in_papers_when_they_are_due():
    data = small.trial_data({"first": [{"paid_months": 3}]}, months=5)
    data["pool"] = {"standard": {"households": 400, "known_share": 1.0}, "launch": True}
    data["programme"] = {"break_prob_m": 0.0}
    history = small.run(data)["first"]
    assert history.receiving[2].mean() > history.receiving[3].mean() > 0.5
    assert history.receiving[0].all()


def test_renewals_fall_due_together_for_a_pool_that_starts_receiving():
    data = small.trial_data({"control": []}, months=13)
    data["pool"] = {"standard": {"households": 400}, "starts": "receiving"}
    data["programme"] = {"renewal_months": 12, "break_prob_m": 0.0}
    due = small.run(data)["control"].due
    assert due.sum(axis=1).tolist() == [0] * 11 + [400, 0]


def test_entitlement_comes_and_goes_and_nobody_is_kept_without_it():
    data = small.trial_data({"control": []}, months=12)
    data["pool"] = {"standard": {"households": 400}, "entitlement_loss_prob_m": 0.2,
                    "entitlement_return_prob_m": 0.3}  # fmt: skip
    history = small.run(data)["control"]
    assert not (history.receiving & ~history.entitled).any()
    assert 0.4 < history.entitled.mean() < 0.8


def test_a_benefit_that_is_claimed_anew_ends_for_all_at_the_end_of_its_year():
    data = small.trial_data({"control": []}, months=24)
    data["programme"]["claim_every_months"] = 12
    receiving = small.run(data)["control"].receiving
    assert not receiving[[11, 23]].any()
    assert receiving[10].any()
    assert receiving[22].any()


def test_every_outcome_of_the_schema_can_be_measured():
    assert set(OUTCOMES) == set(Outcome.__args__)
    data = small.trial_data({"control": [], "help": [LETTER, HELP]}, months=24)
    history = small.run(data)["help"]
    for name, measure in OUTCOMES.items():
        value = measure(history)
        assert np.isnan(value) or -4 < value <= 24, name


def test_a_solved_offset_gives_the_take_up_that_was_asked_for():
    data = small.trial_data({"control": []}, months=1, burn_in_months=60)
    data["pool"] = {"standard": {"households": 3000}}
    data["programme"] = {"take_up": 0.7}
    assert OUTCOMES["take_up"](small.run(data)["control"]) == pytest.approx(0.7, abs=0.02)


def test_take_up_is_solved_among_those_who_have_the_right_where_it_comes_and_goes():
    data = small.trial_data({"control": []}, months=1, burn_in_months=60)
    comes_and_goes = {"entitlement_loss_prob_m": 0.03, "entitlement_return_prob_m": 0.05}
    data["pool"] = {"standard": {"households": 3000}} | comes_and_goes
    data["programme"] = {"take_up": 0.6}
    history = small.run(data)["control"]
    assert history.entitled[-1].mean() < 0.75  # so many without the right would have been counted
    assert OUTCOMES["take_up"](history) == pytest.approx(0.6, abs=0.03)
