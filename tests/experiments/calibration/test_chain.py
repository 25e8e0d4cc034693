"""The chain of expected values against matrix powers and against the funnel's own agents."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from simlib.draws import Draws
from simlib.experiments.calibration.chain import (
    AWARDS,
    CLAIMS,
    EXITS,
    Chances,
    Layout,
    decided_shares,
    transition_matrix,
)
from simlib.experiments.calibration.course import Course
from simlib.experiments.calibration.designs import ArmDesign, claim_of, load_designs
from simlib.experiments.calibration.kinds import Kinds, spread_kinds
from simlib.experiments.calibration.numbers import Numbers
from simlib.mesa_adapter import Model
from simlib.outreach.messages import read_prob
from simlib.rights import Rights
from simlib.uptake.catchments import Catchment
from simlib.uptake.claim_rules import ClaimRules
from simlib.uptake.compiled import CompiledFunnel
from simlib.uptake.decisions import decide_claims
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.offices import OfficeRates, WelfareOffice
from simlib.uptake.programmes import ProgrammeColumns, Programmes
from simlib.uptake.rates import uptake_codes
from simlib.uptake.states import APPLYING, AWARE, RECEIVING, UNAWARE
from simlib.uptake.traits import Traits
from simlib.uptake.ways import Ways
from worlds import catalogue, numbers

COPIES = 200
BURN_IN = 36
MONTHS = 9


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    return spread_kinds(8, need_benefit=0.5, need_friction=0.0)


def course(kinds: Kinds, arm: str, design: str = "older", **changes: float) -> Course:
    designs, _ = load_designs()
    given = Numbers.of(numbers()).with_values(
        {
            "offsets.older.awareness_logit": -1.0,
            "offsets.older.application_logit": -1.0,
            "uptake.awareness.need": 0.3,
            "uptake.awareness.benefit": 0.5,
        }
        | changes
    )
    chosen = designs[design]
    return Course(kinds, chosen, claim_of(chosen, numbers()), given, chosen.arms[arm])


def matrix_of(made: Course, kind: int) -> np.ndarray:
    rates = made.numbers.rates
    chances = Chances(
        False,
        float(made.aware[kind, 0]),
        float(made.apply(-1, helped=False)[kind]),
        rates.awareness.forget_prob_m,
        float(made.complete(helped=False)[kind]),
        rates.renewal.return_prob_m,
        float(made.renew[kind]),
        rates.completion.award_prob,
        made.broken,
        made.design.entitlement_loss_prob_m,
        made.design.entitlement_return_prob_m,
    )
    return transition_matrix(made.layout, made.decided, made.claim.renewal_months, chances)


@pytest.mark.parametrize("design", ["older", "first_year", "electricity"])
def test_rows_of_every_matrix_sum_to_one(kinds, design):
    made = course(kinds, "control", design)
    for kind in range(0, kinds.n, 16):
        matrix = matrix_of(made, kind)
        assert (matrix >= 0).all()
        assert np.abs(matrix.sum(axis=1) - 1).max() < 1e-12


@pytest.mark.parametrize("design", ["older", "first_year", "electricity"])
def test_months_equal_the_power_of_the_matrix(kinds, design):
    made = course(kinds, "control", design)
    p, _ = made.plain_months(made.unaware(), 24)
    for kind in (0, 7, 100):
        first = np.zeros(2 * made.layout.size)
        first[made.layout.size] = 1.0
        expected = first @ np.linalg.matrix_power(matrix_of(made, kind), 24)
        assert np.abs(p[kind].ravel() - expected).max() < 1e-12


def test_two_hazards_in_a_row_follow_the_closed_form():
    layout, first, second = Layout(1, 1, 1, 1, 1), 0.07, 0.03
    chances = Chances(False, first, second, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    matrix = transition_matrix(layout, decided_shares(30.0), 0, chances)
    start = np.zeros(2 * layout.size)
    start[layout.size] = 1.0
    for months, expected in ((5, 0.018981732), (9, 0.059903960), (24, 0.288937007)):
        after = start @ np.linalg.matrix_power(matrix, months)
        # who began a claim is anywhere but unaware or aware; a failed claim pauses for a month
        paused = Layout(1, 60, 1, 1, 1)
        matrix_paused = transition_matrix(paused, decided_shares(30.0), 0, chances)
        begin = np.zeros(2 * paused.size)
        begin[paused.size] = 1.0
        after = begin @ np.linalg.matrix_power(matrix_paused, months)
        assert 1 - after[paused.size : paused.size + 2].sum() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, [1.0]), (15, [0.5, 1.0]), (30, [0.0, 1.0]), (45, [0.0, 0.5, 1.0]), (60, [0.0, 0.0, 1.0])],
)
def test_claims_are_decided_when_their_days_are_over(days, expected):
    assert decided_shares(days) == pytest.approx(expected)


@pytest.mark.parametrize("count", [CLAIMS, AWARDS, EXITS])
def test_who_is_counted_leaves_the_chain(kinds, count):
    made = course(kinds, "control", "first_year")
    p, taken = made.plain_months(made.unaware(), 30, count)
    assert p.sum(axis=(1, 2)) + taken.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert taken.sum() > 0 or count == EXITS


class Agents:
    """The compiled funnel on many copies of the kinds, with the letters of an arm."""

    def __init__(self, made: Course) -> None:
        self.made, kinds = made, made.kinds
        n = kinds.n * COPIES
        ids = np.arange(n)
        one = np.ones(1)
        tile = lambda column: np.tile(column, COPIES)  # noqa: E731
        self.traits = Traits(
            ids, tile(kinds.need), tile(kinds.friction), tile(kinds.stigma), np.zeros(n),
            np.zeros(n), np.stack([ids, ids + 1], axis=1),
        )  # fmt: skip
        whole = Programmes.of(catalogue())
        self.programmes = replace(
            whole, ids=("trial",), decision_hours=np.zeros(1), looked_into=np.zeros(1, np.bool_),
            **{name: getattr(whole, name)[:1] for name in ("code", "visibility", "national",
               "online", "at_office", "documents", "trips", "processing_days", "renewal_months",
               "triggers")}, follows=np.zeros((1, 1), np.uint64),
        )  # fmt: skip
        claim = made.claim
        burdens = self.programmes.burdens()._replace(
            documents=one * claim.documents, trips=one * claim.trips,
            processing_days=one * claim.processing_days,
            renewal_months=one * claim.renewal_months,
        )  # fmt: skip
        self.ways = Ways.one(burdens, n)
        rates, older = made.numbers.rates, made.design.offsets
        self.rates = rates._replace(
            **{
                step: getattr(rates, step)._replace(
                    base_logit=getattr(rates, step).base_logit
                    + made.numbers.offset(older, f"{step}_logit")
                )
                for step in ("awareness", "application")
            }
        )
        columns = ProgrammeColumns(
            self.programmes.code, np.zeros(1), one, np.zeros(1), one * made.broken,
            np.zeros(1), self.programmes.follows,
        )  # fmt: skip
        amount = tile(made.amount).astype(np.float32)[:, None]
        self.state = FunnelState.unaware(Rights.of(np.ones((n, 1), np.uint8), amount))
        self.draws = Draws(5, 0)
        self.funnel = CompiledFunnel(
            self.rates, uptake_codes(), self.draws.key, columns, self.traits, self.state
        )
        office = OfficeRates(**numbers().group("offices"))
        self.offices = [WelfareOffice(Model(seed=None), Catchment((0,), 0, n), office)]

    def month(self, step: int, *, notice: bool = False) -> None:
        state, n = self.state, self.traits.ids.size
        state.open_month(step)
        if notice:
            earlier = sum(each < step for each in self.made.arm.notices)
            prob = self.made.numbers.letter["delivered_prob"] * read_prob(
                self.made.numbers.letter, self.traits.friction, earlier
            )
            reads = self.draws.uniform("uptake.read", self.traits.ids, step) < prob
            state.tell(np.flatnonzero(reads), np.uint64(1))
            if self.made.arm.helped:
                idle = ~np.isin(state.cells.state, (3, RECEIVING))
                state.helped_step[reads & idle] = step
        month = 24_300 + step
        self.funnel.seek(month, step, self.ways)
        decide_claims(
            month, step, self.draws, ClaimRules(self.rates.completion.award_prob), self.programmes,
            self.ways, self.traits, self.offices, np.zeros(n, np.int64), state,
        )  # fmt: skip
        self.funnel.keep(month, step, self.ways)


def assert_binomial(count: int, n: int, prob: float) -> None:
    """Accept what a true probability gives in all but one of a million samples."""
    low, high = binom.interval(1 - 1e-6, n, prob)
    assert low <= count <= high, (count / n, prob)


@pytest.mark.parametrize("arm", ["control", "letter", "help"])
def test_the_funnels_agents_agree_within_their_luck(kinds, arm):
    made = course(kinds, arm)
    agents = Agents(made)
    for step in range(-BURN_IN, 0):
        agents.month(step)
    start, _ = replace(made, arm=ArmDesign()).plain_months(made.unaware(), BURN_IN)
    states = agents.state.cells.state
    n = states.size
    places = {UNAWARE: start[:, 1, 0], AWARE: start[:, 1, 1], APPLYING: start[:, 1, 2],
              RECEIVING: start[:, 1, made.layout.receiving :].sum(axis=1)}  # fmt: skip
    for state, shares in places.items():
        assert_binomial(int((states == state).sum()), n, float(shares.mean()))
    pool = states != RECEIVING
    applied, awarded = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for step in range(MONTHS):
        before = agents.state.cells.state.copy()
        agents.month(step, notice=step in made.arm.notices)
        after = agents.state.cells.state
        applied |= (after == APPLYING) & (before != APPLYING)
        awarded |= (after == RECEIVING) & (before != RECEIVING)
    start[:, :, made.layout.receiving :] = 0.0
    for count, found in ((CLAIMS, applied), (AWARDS, awarded)):
        _, taken = made.arm_months(start, MONTHS, count, accepts=made.arm.helped)
        assert_binomial(int((found & pool).sum()), n, float(taken.sum() / kinds.n))


def test_a_letter_that_nobody_reads_is_no_letter(kinds):
    made = course(kinds, "letter", **{"outreach.channel.letter_delivered_prob": 0.0})
    start, _ = made.plain_months(made.unaware(), BURN_IN)
    with_letter = made.arm_months(start, MONTHS, CLAIMS, accepts=True)
    without = made.plain_months(start, MONTHS, CLAIMS)
    for one, other in zip(with_letter, without, strict=True):
        assert np.array_equal(one, other)
