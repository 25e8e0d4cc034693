"""The funnel against results that can be worked out by hand."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from simlib.draws import Draws
from simlib.mesa_adapter import Model
from simlib.rights import Rights
from simlib.uptake.compiled import CompiledFunnel
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.programmes import Burdens, ProgrammeColumns
from simlib.uptake.rates import read_rates, uptake_codes
from simlib.uptake.reference import ReferenceFunnel
from simlib.uptake.states import (
    APPLYING,
    AWARE,
    LAPSED,
    NEVER,
    PENDING,
    RECEIVING,
    SUSPENDED,
    UNAWARE,
)
from simlib.uptake.traits import Traits
from simlib.uptake.ways import Ways
from worlds import numbers

N = 200_000


def logit(prob: float) -> float:
    return math.log(prob / (1 - prob))


def funnel(changes: dict[str, float], break_prob_m: float = 0.0, n: int = N) -> CompiledFunnel:
    """One programme, households all alike and without frictions, traits or neighbours."""
    plain = {
        "uptake.awareness.peers": 0.0,
        "uptake.awareness.cross_programme": 0.0,
        "uptake.awareness.forget_prob_m": 0.0,
        "uptake.burden.document_logit": 0.0,
        "uptake.burden.travel_logit": 0.0,
        "uptake.burden.wait_logit": 0.0,
    }
    parameters = numbers().override(plain | changes, "test")
    zeros, ids = np.zeros(n), np.arange(n)
    blocks = np.stack([ids, ids + 1], axis=1)
    one = np.zeros(1)
    columns = ProgrammeColumns(
        np.array([77], np.uint64), one, np.ones(1), one, np.full(1, break_prob_m),
        np.zeros(1), np.zeros((1, 1), np.uint64),
    )  # fmt: skip
    traits = Traits(ids, zeros, zeros, zeros, zeros, zeros, blocks)
    return CompiledFunnel(
        read_rates(parameters), uptake_codes(), Draws(3, 0).key, columns, traits,
        FunnelState.unaware(Rights.of(np.ones((n, 1), np.uint8), np.ones((n, 1), np.float32))),
    )  # fmt: skip


def months(
    made: CompiledFunnel | ReferenceFunnel, steps: range, renewal_months: float = 0.0
) -> None:
    zero, n = np.zeros(1), made.state.told.size
    ways = Ways.one(Burdens(zero, zero, zero, zero, np.full(1, renewal_months)), n)
    for step in steps:
        made.seek(24_288 + step, step, ways)
        made.keep(24_288 + step, step, ways)


def assert_binomial(count: int, prob: float, n: int = N) -> None:
    """Accept what a true probability gives in all but one of a million samples."""
    low, high = binom.interval(1 - 1e-6, n, prob)
    assert low <= count <= high, (count / n, prob)


def share_of(made: CompiledFunnel, *states: int) -> int:
    return int(np.isin(made.state.cells.state, states).sum())


@pytest.mark.parametrize(
    ("steps", "expected"), [(5, 0.018981732), (9, 0.059903960), (24, 0.288937007)]
)
def test_two_hazards_in_a_row_follow_the_closed_form(steps, expected):
    first, second = 0.07, 0.03
    closed = 1 - (second * (1 - first) ** steps - first * (1 - second) ** steps) / (second - first)
    assert closed == pytest.approx(expected, abs=1e-9)
    made = funnel(
        {
            "uptake.awareness.base_logit": logit(first),
            "uptake.application.base_logit": logit(second),
            "uptake.completion.base_logit": 40.0,
        }
    )
    months(made, range(steps))
    assert_binomial(N - share_of(made, UNAWARE, AWARE), closed)


@pytest.mark.parametrize("steps", [1, 6, 12])
def test_aware_from_the_start_is_one_hazard(steps):
    made = funnel({"uptake.application.base_logit": -1.8, "uptake.completion.base_logit": 40.0})
    made.state.cells.state[:] = AWARE
    months(made, range(steps))
    prob = 1 / (1 + math.exp(1.8))
    assert_binomial(N - share_of(made, AWARE), 1 - (1 - prob) ** steps)


def test_any_chain_equals_its_matrix_power():
    aware, apply, complete, forget = 0.2, 0.1, 0.75, 0.05
    made = funnel(
        {
            "uptake.awareness.base_logit": logit(aware),
            "uptake.application.base_logit": logit(apply),
            "uptake.completion.base_logit": logit(complete),
            "uptake.awareness.forget_prob_m": forget,
            "uptake.pause.suspended_months": 24,
        }
    )
    months(made, range(10))
    chain = np.zeros((5, 5))  # unaware, aware, applying, pending, suspended
    chain[0] = [1 - aware, aware, 0, 0, 0]
    chain[1] = [(1 - apply) * forget, (1 - apply) * (1 - forget), apply, 0, 0]
    chain[2] = [0, 0, 0, complete, 1 - complete]
    chain[3, 3] = chain[4, 4] = 1
    expected = np.linalg.matrix_power(chain, 10)[0]
    assert expected.sum() == pytest.approx(1, abs=1e-12)
    for state, prob in zip((UNAWARE, AWARE, APPLYING, PENDING, SUSPENDED), expected, strict=True):
        assert_binomial(share_of(made, state), prob)


def test_renewals_fall_due_at_their_months_only():
    made = funnel({"uptake.renewal.base_logit": 1.55, "uptake.renewal.return_prob_m": 0.0})
    made.state.cells.state[:] = RECEIVING
    months(made, range(12), renewal_months=12)
    assert share_of(made, RECEIVING) == N
    months(made, range(12, 13), renewal_months=12)
    assert_binomial(share_of(made, LAPSED), 1 - 1 / (1 + math.exp(-1.55)))


def test_a_notice_reminds_of_a_renewal_in_both_engines():
    changes = {"uptake.renewal.base_logit": 0.5, "uptake.renewal.reminder": 1.0}
    made = funnel(changes)
    made.state.cells.state[:] = RECEIVING
    made.state.cells.read_step[:] = 10
    months(made, range(1, 13), renewal_months=12)
    prob = 1 / (1 + math.exp(-0.5 - 0.5 ** (2 / 2)))
    assert_binomial(share_of(made, RECEIVING), prob)
    few = funnel(changes, n=300)
    few.state.cells.state[:] = RECEIVING
    few.state.cells.read_step[:] = 10
    ids, zeros = np.arange(300), np.zeros(300)
    traits = Traits(ids, *[zeros] * 5, np.stack([ids, ids + 1], axis=1))
    of = (few.rates, few.codes, few.key, few.columns, traits, few.state)
    reference = ReferenceFunnel(Model(seed=None), *of)
    months(reference, range(1, 13), renewal_months=12)
    assert (few.state.cells.state == made.state.cells.state[:300]).all()


def test_automatic_renewal_without_loss_of_entitlement_never_loses_anyone():
    made = funnel({})
    made.state.cells.state[:] = RECEIVING
    months(made, range(40))
    assert share_of(made, RECEIVING) == N


def test_receipt_that_breaks_off_is_forgotten():
    made = funnel({"uptake.awareness.base_logit": -40.0}, break_prob_m=0.1)
    made.state.cells.state[:] = RECEIVING
    months(made, range(5))
    assert_binomial(share_of(made, UNAWARE), 1 - 0.9**5)


def test_a_lapsed_benefit_comes_back_fast_for_three_months():
    made = funnel({"uptake.application.base_logit": -40.0, "uptake.renewal.return_prob_m": 0.21})
    made.state.cells.state[:] = LAPSED
    months(made, range(1, 4))
    assert_binomial(share_of(made, RECEIVING), 1 - (1 - 0.21) ** 3)
    months(made, range(4, 6))
    assert share_of(made, LAPSED) == 0


def test_a_read_notice_makes_aware_and_its_push_halves_each_half_life():
    made = funnel(
        {
            "uptake.awareness.base_logit": -40.0,
            "uptake.application.base_logit": -3.0,
            "uptake.application.salience": 0.65,
        }
    )
    households = np.arange(made.state.told.size)
    made.state.tell(households, np.ones((households.size, 1), np.uint64))
    months(made, range(1))
    prob = 1 / (1 + math.exp(3.0 - 0.65))
    assert_binomial(share_of(made, APPLYING), prob)
    assert share_of(made, UNAWARE) == 0
    assert (made.state.cells.read_step == 0).all()


def test_five_years_later_a_notice_pushes_nobody():
    made = funnel({"uptake.application.base_logit": -1.8})
    made.state.cells.state[:] = AWARE
    made.state.cells.read_step[:] = -60
    untold = funnel({"uptake.application.base_logit": -1.8})
    untold.state.cells.state[:] = AWARE
    assert (untold.state.cells.read_step == NEVER).all()
    months(made, range(1))
    months(untold, range(1))
    assert abs(share_of(made, APPLYING) - share_of(untold, APPLYING)) <= 1
