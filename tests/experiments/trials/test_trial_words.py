"""Ways to write the same trial, and what a programme's own changes do in all arms."""

import numpy as np
import pytest

import small_trials as small
from simlib.experiments.trials.arms import Part
from simlib.experiments.trials.contacts import how_offered
from simlib.experiments.trials.validate import run_trial
from simlib.parameters import load_parameters
from small_trials import HELP, LETTER

KNOWN = {"standard": {"households": 400, "known_share": 0.5}, "receiving": False}


def arm(given) -> tuple[Part, ...]:
    return small.read(small.trial_data({"a": given}))[0].arms["a"]


@pytest.mark.parametrize("given", [None, {}, []])
def test_an_arm_without_a_part_is_a_control_arm(given):
    assert arm(given) == ()


@pytest.mark.parametrize(
    "given", ["notice", ["notice"], [{"notice": True}], {"notice": None}, [{"notice": {}}]]
)
def test_a_part_may_be_its_name_alone(given):
    assert arm(given) == arm([{"notice": {"channel": "letter"}}])


def test_one_item_may_hold_several_keys_and_does_what_several_items_do():
    together = small.run(small.trial_data({"a": [LETTER | HELP]}))["a"]
    apart = small.run(small.trial_data({"a": [LETTER, HELP]}))["a"]
    assert np.array_equal(together.state, apart.state)
    assert together.helped.any()


def test_usual_words_for_channels_are_understood():
    assert arm([{"notice": {"channel": "text"}}]) == arm([{"notice": {"channel": "sms"}}])
    assert arm([{"notice": {"channel": "post"}}]) == arm([LETTER | {"notice": {}}])


@pytest.mark.parametrize(
    ("channel", "with_notice", "offered"),
    [
        ("phone", False, "outgoing"),
        ("visit", False, "outgoing"),
        ("office", False, "present"),
        ("phone", True, "in_notice"),
    ],
)
def test_help_is_offered_as_its_channel_suggests(channel, with_notice, offered):
    parts = arm([{"assistance": {"channel": channel}}, *([LETTER] if with_notice else [])])
    assert parts[0].assistance is not None
    assert how_offered(parts[0].assistance, parts) == offered


def test_a_change_of_the_programme_is_one_of_every_arm():
    data = small.trial_data({"a": [LETTER]})
    data["programme"]["burden"] = {"documents": 4}
    of_arm = small.trial_data({"a": [{"burden": {"documents": 4}}, LETTER]}, burn_in_months=0)
    lighter, heavier = (
        small.run(each | {"burn_in_months": 0})["a"]
        for each in (small.trial_data({"a": [LETTER]}), data)
    )
    assert np.array_equal(heavier.state, small.run(of_arm)["a"].state)
    assert heavier.applied.sum() < lighter.applied.sum()


def test_an_arm_has_the_last_word_on_enrolment():
    data = small.trial_data({"default": [], "on_claim": [{"enrolment": "on_claim"}]})
    data["pool"], data["programme"]["enrolment"] = KNOWN | {"launch": True}, "automatic"
    del data["pool"]["receiving"]
    histories = small.run(data)
    known = histories["default"].frame["known_to_state"].to_numpy()
    assert histories["default"].receiving[:, known].mean() > 0.98  # some receipt breaks off
    assert not histories["on_claim"].receiving[0].any()


def test_an_arm_that_changes_nothing_is_noted():
    data = small.trial_data(
        {"control": [], "remote": [{"channels": ["remote"]}], "letter": [LETTER]}
    )
    data["programme"]["trips"] = 0
    made = run_trial(*small.read(data), load_parameters(), 2)
    assert made.alike == [("remote", "control")]
    assert "did exactly what 'control' did" in made.notes[0]
