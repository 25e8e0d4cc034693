"""Errors in both directions, appeals, late decisions and first payments."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from simlib.draws import Draws
from simlib.model import WelfareModel
from simlib.rights import RightsChange
from simlib.uptake.case_luck import CaseLuck
from simlib.uptake.cells import EndedRights
from simlib.uptake.claim_rules import ClaimRules
from simlib.uptake.claims import Claims
from simlib.uptake.open_matters import OpenMatters
from simlib.uptake.payments import FirstPayments
from simlib.uptake.pending import pending_cells
from simlib.uptake.states import AWARE, DENIED, IN_ERROR, PENDING, RECEIVING
from simlib.uptake.wrong_receipt import note_lost_rights
from worlds import numbers, plain_anchors, policy, run, world

OFF = {
    "claims.wrong_award_prob": 0.0,
    "claims.mistaken_prob_m": 0.0,
    "claims.appeal_share": 0.0,
    "claims.withdraw_prob_m": 0.0,
    "claims.payment_day": 30,
    "claims.payment_lead_days": 0,
}
STRICT = {"uptake.completion.award_prob": 0.3}


@cache
def sums(**changes: float) -> dict[str, float]:
    """Sum every measure of all programmes over two years of a world of 2,000 households."""
    given = {name.replace("__", "."): value for name, value in changes.items()}
    results = run("none", world(2000, 24), given).results()
    rows = results.filter(pl.col("stratum") == "all", pl.col("item") == "all")
    return dict(rows.group_by("measure").agg(pl.col("value").sum()).iter_rows())


def test_mistaken_claims_are_refused_but_for_errors_that_are_found_and_paid_back():
    exact = sums(claims__wrong_award_prob=0.0)
    assert exact["no_right_n"] > 0 == exact["wrong_awards_n"]
    lax = sums(claims__wrong_award_prob=1.0, claims__error_found_prob_m=0.5)
    assert lax["wrong_awards_n"] > 0.9 * lax["no_right_n"]  # all but rights that follow others
    assert lax["wrong_n"] > exact["wrong_n"]
    assert exact["recovered_krw"] < lax["recovered_krw"] < lax["wrong_krw"]
    # without mistakes only rights that end while the claim waits are left
    waiting = sums(claims__mistaken_prob_m=0.0, claims__wrong_award_prob=1.0)
    assert 0 < waiting["wrong_awards_n"] < 0.5 * lax["wrong_awards_n"]


@pytest.mark.parametrize(("prob_m", "months"), [(0.03, 6.0), (0.4, 2.5), (1.0, 1.0), (0.2, 0.0)])
def test_a_right_is_claimed_by_mistake_in_the_months_that_luck_says(prob_m: float, months: float):
    n, draws = 20_000, Draws(1, 0)
    ids, code = np.arange(n), np.array([7], np.uint64)
    zeros = np.zeros(n, np.uint8)
    change = RightsChange(ids, zeros.astype(np.uint16), zeros, zeros.astype(np.float32))
    state = SimpleNamespace(matters=OpenMatters())
    was = EndedRights(zeros + AWARE, np.ones(n, np.float32))
    rules = ClaimRules(0.9, mistaken_prob_m=prob_m, mistaken_months=months)
    note_lost_rights(state, change, was, 5, 1, CaseLuck(draws, ids, code), rules)
    luck = draws.uniform("uptake.mistaken_claim", ids, 5, code[0])
    after = np.floor(np.log(luck) / np.log1p(-prob_m)) if prob_m < 1.0 else np.zeros(n)
    due = np.flatnonzero(after < months)
    assert np.array_equal(state.matters.lost.row, due)
    assert np.array_equal(state.matters.lost.claim_step, 2 + after[due])


def test_money_found_to_be_wrong_comes_back_in_instalments():
    changes = {
        "claims.wrong_award_prob": 1.0,
        "claims.error_found_prob_m": 1.0,
        "claims.recovered_share": 1.0,
        "claims.recovery_months": 2,
        "life.death_known_prob_m": 1.0,
    }
    of = world(2000, 24)
    model = run("none", of, changes)
    matters = model.funnel_state.matters
    open_krw = matters.wrong.paid_krw.sum() + (matters.debts.krw_m * matters.debts.months).sum()
    rows = model.results().filter(pl.col("stratum") == "all", pl.col("item") != "all")
    paid, back = (
        rows.filter(pl.col("measure") == name)["value"].sum()
        for name in ("wrong_krw", "recovered_krw")
    )
    assert paid > 0
    # some get their right back before the error is found, die, or leave without a word
    assert 0.5 * paid < back + open_krw < paid * (1 + 1e-6)


def test_an_award_in_error_is_never_counted_as_entitled():
    model = run("none", world(2000, 24), {"claims.wrong_award_prob": 1.0,
                                          "claims.error_found_prob_m": 0.0})  # fmt: skip
    cells = model.funnel_state.cells
    in_error = cells.right == IN_ERROR
    assert in_error.any()
    assert (cells.state[in_error] == RECEIVING).all()
    assert not model.entitled()[in_error].any()


def test_appeals_are_filed_within_the_limit_and_pay_back_to_the_claim():
    certain = {"claims__appeal_share": 1.0, "claims__appeal_won_prob": 1.0}
    without = sums(claims__appeal_share=0.0, uptake__completion__award_prob=0.3)
    with_them = sums(**certain, uptake__completion__award_prob=0.3)
    assert without["appeals_filed_n"] == 0
    assert with_them["appeals_won_n"] > 10 * with_them["appeals_lost_n"]
    # whoever loses has no right; all others get what they were refused
    assert with_them["type_1b_n"] < 0.6 * without["type_1b_n"]
    assert with_them["paid_krw"] > without["paid_krw"]


def test_an_appeal_waits_for_its_office_like_a_claim():
    of = world(500, 24)
    parameters = numbers().override(
        {"uptake.burn_in_months": 6, "claims.appeal_share": 1.0} | STRICT, "test"
    )
    model = WelfareModel(of, policy("none"), parameters, plain_anchors(of))
    seen = 0
    for _ in range(of.months):
        model.step()
        appeals, cells = model.funnel_state.matters.appeals, model.funnel_state.cells
        states = cells.state[appeals.places(cells)]
        assert (states == np.where(appeals.filed, PENDING, DENIED)).all()
        waits = appeals.file_step - model.step_n
        assert (waits[~appeals.filed] <= 3).all() and (waits[~appeals.filed] > 0).all()
        seen += int(appeals.filed.sum())
    assert seen > 0


def test_late_decisions_and_withdrawals_come_with_overload_alone():
    ease = sums(offices__caseworkers_per_1000_households=50.0)
    busy = sums(offices__caseworkers_per_1000_households=0.1)
    assert ease["withdrawn_n"] < 0.01 * busy["withdrawn_n"]
    late = [each["late_decisions_n"] / each["decisions_n"] for each in (ease, busy)]
    assert late[0] < late[1]
    days = [each["first_payment_days_sum"] / each["first_payments_n"] for each in (ease, busy)]
    assert days[0] < days[1]


def test_overload_makes_errors_only_where_a_parameter_says_so():
    plain = sums(offices__caseworkers_per_1000_households=0.1)
    erring = sums(offices__caseworkers_per_1000_households=0.1, claims__overload_error=1.0)
    assert erring["type_1b_n"] > plain["type_1b_n"]


def test_the_payment_day_moves_money_and_loses_none():
    of, paid, waits, states = world(500, 12), [], [], []
    for day in (30, 6):
        changes = {"uptake.burn_in_months": 6, "claims.payment_day": day}
        parameters = numbers().override(OFF | changes, "test")
        model = WelfareModel(of, policy("none"), parameters, plain_anchors(of))
        before = model.funnel_state.matters.deferred.krw.sum()
        results = model.run().results()
        of_all = results.filter(pl.col("stratum") == "all", pl.col("measure") == "paid_krw")
        by_item = dict(of_all.group_by("item").agg(pl.col("value").sum()).iter_rows())
        paid.append(by_item.pop("all"))
        assert sum(by_item.values()) == pytest.approx(paid[-1], rel=1e-6)
        waits.append(model.funnel_state.matters.deferred.krw.sum() - before)
        states.append(model.funnel_state.cells.table("state"))
    assert np.array_equal(*states)
    assert waits[0] == 0
    assert paid[0] == pytest.approx(paid[1] + waits[1], rel=1e-6)
    assert model.funnel_state.matters.deferred.krw.sum() > 0


def test_first_payments_count_days_to_the_payment_day():
    n, zeros = 3, np.zeros(3, np.int64)
    claims = Claims.of(np.arange(n), zeros, np.array([0, 1, 0]), np.array([3.0, 20.0, 3.0]),
                       np.array([1.0, 1.0, 0.0]), np.zeros(n), np.full(n, 30.0))  # fmt: skip
    rules = ClaimRules(1.0, payment_day=20.0, payment_lead_days=5.0)
    first = FirstPayments.of(claims, np.array([10.0, 29.0, 7.0]), rules)
    # decided on the 13th; on the 19th, too late for the 20th; by an agency on the 10th
    assert first.next_month.tolist() == [False, True, False]
    assert first.days.tolist() == [10.0 + 7.0, 29.0 + 31.0, 7.0]


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_all_claims_that_wait_are_of_households_that_may_wait(engine):
    model = run("everything", world(500, 6), {"claims.appeal_share": 1.0} | STRICT, engine=engine)
    state = model.funnel_state
    everybody = np.ones(state.may_wait.size, np.bool_)
    for listed, there in zip(
        pending_cells(state.cells.columns, state.may_wait),
        pending_cells(state.cells.columns, everybody),
        strict=True,
    ):
        assert there.size
        assert np.array_equal(listed, there)
