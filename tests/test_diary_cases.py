"""What diaries tell of appeals, errors, debts and delays is what the model counts."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from simlib.anchors import NOBODY
from simlib.diary import CASE_EVENTS, Diary
from simlib.diary_recorder import DiaryRecorder
from simlib.experiments.diary_events import EXPLAINED, events_by_month
from simlib.model import WelfareModel
from worlds import numbers, plain_anchors, world

CHANGES = {
    "uptake.burn_in_months": 6,
    "uptake.completion.award_prob": 0.6,
    "claims.appeal_share": 0.9,
    "claims.mistaken_prob_m": 0.5,
    "claims.wrong_award_prob": 0.5,
    "claims.error_found_prob_m": 0.3,
    "claims.recovery_months": 2,
}
"""Errors, appeals and debts for many."""


@cache
def told() -> tuple[Diary, pl.DataFrame]:
    """Run two years of 2,000 households; give the diaries of all and what was recorded."""
    of = world(2000, 24)
    parameters = numbers().override(CHANGES, "test")
    model = WelfareModel(of, NOBODY, parameters, plain_anchors(of))
    diary = DiaryRecorder(model, np.arange(of.households_n)).run(model)
    whole = (pl.col("stratum") == "all") & (pl.col("item") == "all")
    return diary, model.results().filter(whole)


def by_month(measure: str) -> list[float]:
    return told()[1].filter(pl.col("measure") == measure).sort("month")["value"].to_list()


def cases(event: str) -> pl.DataFrame:
    return told()[0].cases.filter(pl.col("event") == event)


@pytest.mark.parametrize("event", ["appeal_filed", "appeal_won", "appeal_lost"])
def test_every_appeal_is_told_in_its_month(event):
    measure = event.replace("appeal_", "appeals_") + "_n"
    counts = dict(cases(event).group_by("month").len().iter_rows())
    months = range(told()[0].opening + 1, told()[0].opening + 25)
    assert [counts.get(each, 0) for each in months] == by_month(measure)
    assert sum(counts.values()) > 10


def test_wrong_awards_and_money_paid_back_are_those_counted():
    diary = told()[0]
    wrong = diary.decisions.filter(pl.col("awarded") & ~pl.col("entitled"))
    assert wrong.height == sum(by_month("wrong_awards_n")) > 0
    assert diary.months["paid_back_krw_m"].sum() == pytest.approx(sum(by_month("recovered_krw")))
    owed, found = cases("owes"), cases("wrong_found")
    assert owed.height == found.height > cases("paid_back").height > 0
    share = numbers().number("claims.recovered_share")
    both = owed.join(found, on=["household_id", "month", "programme"], suffix="_found")
    assert both["krw"].to_list() == pytest.approx((share * both["krw_found"]).to_list())


@pytest.mark.parametrize("kind", ["death", "move"])
def test_what_the_state_does_not_know_yet_is_told_until_it_learns(kind):
    unknown, known = cases(f"{kind}_unknown").height, cases(f"{kind}_known").height
    assert unknown > known > 0
    assert unknown - known == by_month(f"{kind}s_unknown_n")[-1]


def test_a_first_payment_that_waits_comes_in_the_next_month():
    keys = ["household_id", "programme", "month", "krw"]
    waits = cases("payment_waits").with_columns(pl.col("month") + 1).select(keys)
    last = told()[0].months["month"].max()
    comes = cases("first_paid").filter(pl.col("month") > told()[0].opening + 1).select(keys)
    assert waits.filter(pl.col("month") <= last).sort(keys).equals(comes.sort(keys))
    assert comes.height > 0


def test_every_kind_of_case_happens_and_a_move_is_told_once():
    diary = told()[0]
    assert set(diary.cases["event"]) == set(CASE_EVENTS)
    for household in cases("appeal_won")["household_id"].unique()[:20]:
        for events in events_by_month(diary.of(household)).values():
            explained = {each.subject for each in events if each.kind in EXPLAINED}
            assert not explained & {each.subject for each in events if each.kind == "moves"}
