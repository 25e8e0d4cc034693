"""Outcomes and comparisons of trials on histories that are counted by hand."""

import math

import numpy as np
import polars as pl
import pytest

from simlib.experiments.trials.estimates import Estimate, value_of
from simlib.experiments.trials.history import History
from simlib.experiments.trials.outcomes import OUTCOMES
from simlib.experiments.trials.schema import Published
from simlib.files import Document
from simlib.uptake.states import AWARE, LAPSED, RECEIVING

NOWHERE = Document({}, "trial.yaml")


def history(states: list[list[int]], **other) -> History:
    """One row a month, one column a household."""
    state = np.array(states, np.uint8)
    no = np.zeros(state.shape, np.bool_)
    n = state.shape[1]
    before = np.vstack([np.zeros((1, n), np.uint8), state[:-1]])
    columns = {
        "entitled": ~no,
        "applied": no,
        "awarded": (state == RECEIVING) & (before != RECEIVING),
        "due": no,
        "read": no,
        "helped": no,
        "opted_out": np.zeros(n, np.bool_),
        "amount_krw_m": np.ones(n),
        "started_receiving": np.zeros(n, np.bool_),
        "frame": pl.DataFrame({"need": [float(i) for i in range(n)], "tenure": ["own"] * n}),
    }
    return History(state=state, **(columns | other))


def spell(months: int, first: int, last: int) -> list[int]:
    return [RECEIVING if first <= month <= last else AWARE for month in range(months)]


def by_month(*households: list[int]) -> list[list[int]]:
    return [list(row) for row in zip(*households, strict=True)]


def test_first_year_exits_count_entries_that_can_be_followed_for_a_year():
    made = history(by_month(
        spell(30, 2, 8),     # leaves after seven months
        spell(30, 2, 14),    # still there after twelve, gone after thirteen
        spell(30, 2, 13),    # gone in the twelfth month
        spell(30, 25, 26),   # too late to be followed
    ))  # fmt: skip
    entitled = made.entitled.copy()
    entitled[9:, 0] = False
    made = History(**(vars(made) | {"entitled": entitled}))
    assert OUTCOMES["exited"](made) == pytest.approx(2 / 3)
    assert OUTCOMES["still_entitled_at_exit"](made) == pytest.approx(1 / 2)


def test_churn_is_back_within_four_months_of_those_ever_receiving_in_the_year():
    back = spell(16, 0, 5)
    back[9] = RECEIVING  # left in month 6, back in month 9
    late = spell(16, 0, 5)
    late[11] = RECEIVING  # back in the sixth month after it left
    made = history(by_month(back, late, spell(16, 0, 15), spell(16, 20, 20)))
    assert OUTCOMES["churned"](made) == pytest.approx(1 / 3)
    assert math.isnan(OUTCOMES["churned"](made.until(12)))


def test_take_up_counts_the_entitled_and_money_counts_amounts():
    made = history([[RECEIVING, AWARE, AWARE, RECEIVING]], amount_krw_m=np.array([30.0, 10, 20, 5]))
    entitled = np.array([[True, True, True, False]])
    made = History(**(vars(made) | {"entitled": entitled}))
    assert OUTCOMES["take_up"](made) == pytest.approx(1 / 3)
    assert OUTCOMES["non_take_up"](made) == pytest.approx(2 / 3)
    assert OUTCOMES["expenditure_take_up"](made) == pytest.approx(0.5)
    assert OUTCOMES["expenditure_gap"](made) == pytest.approx(0.5 - 1 / 3)


def test_missing_for_long_counts_those_who_were_entitled_all_along():
    made = history(by_month(spell(12, 99, 99), spell(12, 0, 2), spell(12, 0, 8), spell(12, 0, 11)))
    assert OUTCOMES["missing_three_quarters"](made) == pytest.approx(2 / 4)
    assert OUTCOMES["missing_over_a_year"](made) == pytest.approx(1 / 3)


def test_renewals_passed_are_those_of_the_still_entitled():
    made = history([[RECEIVING, LAPSED, LAPSED, RECEIVING]])
    due = np.array([[True, True, True, False]])
    entitled = np.array([[True, True, False, True]])
    made = History(**(vars(made) | {"due": due, "entitled": entitled}))
    assert OUTCOMES["renewed"](made) == pytest.approx(1 / 2)


def test_claims_that_began_too_late_to_be_decided_do_not_count_as_refused():
    applied = np.zeros((6, 3), np.bool_)
    applied[0, 0] = applied[2, 1] = applied[4, 2] = True
    made = history(by_month(spell(6, 2, 5), spell(6, 99, 99), spell(6, 99, 99)), applied=applied)
    assert OUTCOMES["applied"](made) == 1.0
    assert OUTCOMES["approved_of_applied"](made) == pytest.approx(1 / 2)


def compare(**published) -> float:
    quarter = [[RECEIVING, AWARE, AWARE, AWARE]]
    arms = {"a": history([[RECEIVING, RECEIVING, AWARE, RECEIVING]]), "b": history(quarter)}
    band = {"arm": "a", "outcome": "take_up", "low": 0.0, "high": 1.0} | published
    return value_of(Published(**band), arms, NOWHERE, 0)


def test_comparisons_are_what_their_keys_say():
    assert compare() == 0.75
    assert compare(minus="b") == 0.5
    assert compare(relative_to="b") == 2.0
    assert compare(minus="b", over="non_take_up") == -1.0
    assert compare(minus="b", less="non_take_up") == 1.0
    assert compare(minus="b", elasticity=3.0) == pytest.approx(1.0)
    assert compare(among={"need": "upper"}) == 0.5
    assert compare(among={"need": "upper"}, minus_among={"need": "lower"}) == -0.5
    assert compare(among={"tenure": "own"}) == 0.75


def test_intervals_leave_out_draws_without_a_value():
    values = np.array([*np.arange(101.0), np.nan])
    found = Estimate.of(values)
    assert (found.mean, found.low, found.high, found.draws_n) == (50.0, 5.0, 95.0, 101)
    assert (found.low_50, found.high_50) == (25.0, 75.0)
    assert Estimate.of(np.array([np.nan])).draws_n == 0
