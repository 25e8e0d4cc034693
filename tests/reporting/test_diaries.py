"""Diaries in words: there are words for all that can happen, in both languages."""

from itertools import permutations
from pathlib import Path

import pytest

from simlib.diary import CASE_EVENTS, EVENTS
from simlib.experiments.diary_events import CLOSED, Event
from simlib.outreach.instruments import INSTRUMENTS
from simlib.outreach.ledger import STAGES
from simlib.reporting.context import open_report
from simlib.reporting.diary_words import in_words
from simlib.uptake.states import STATE_NAMES

DECISIONS = ("awarded", "refused", "awarded_in_error", "refused_in_error")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_there_are_words_for_all_that_can_happen(made_run: Path, lang):
    report = open_report(made_run, lang)
    benefit = "basic_pension"
    moves = [*permutations(STATE_NAMES, 2), ("receiving", CLOSED), ("pending", CLOSED)]
    events = [
        *(Event("life", each) for each in EVENTS),
        *(Event(kind, benefit, *move) for move in moves for kind in ("moves", "mistaken")),
        *(Event("decided", benefit, "pending", each, 3.0) for each in DECISIONS),
        *(Event("decided", benefit, "aware", each, 3.0) for each in DECISIONS),
        *(Event(each, "" if "known" in each else benefit, number=1.0) for each in CASE_EVENTS),
        *(Event("contact", each, after="reached") for each in INSTRUMENTS),
    ]
    for event in events:
        assert in_words(report, event)
    for stage in STAGES:
        assert report.text.knows(f"diary.stage.{stage}")
    for name in INSTRUMENTS:
        assert report.text.knows(f"instrument.{name}")


def test_with_fixed_rates_nobody_claims_or_forgets(made_run: Path, tmp_path):
    fixed = tmp_path / made_run.name
    fixed.mkdir()
    for each in made_run.iterdir():
        (fixed / each.name).symlink_to(each)
    text = (made_run / "scenario.yaml").read_text(encoding="utf-8")
    (fixed / "scenario.yaml").unlink()
    (fixed / "scenario.yaml").write_text(f"{text}mode: fixed_rate\n", encoding="utf-8")
    report = open_report(fixed, "en")
    drawn = in_words(report, Event("moves", "basic_pension", "unaware", "receiving"))
    assert drawn == "Basic Pension: receives it"
    undrawn = in_words(report, Event("moves", "basic_pension", "receiving", "unaware"))
    assert undrawn == "Basic Pension: receives it no more"
