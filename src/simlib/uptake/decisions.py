"""Decisions on claims: every office works through its queue, awards are drawn and paid back."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code
from simlib.uptake.appeals import close_appeals, file_appeals, mark_appeals, plan_appeals
from simlib.uptake.awards import Asked, Judged, judge
from simlib.uptake.case_luck import CaseLuck
from simlib.uptake.claim_rules import ClaimRules
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.offices import WelfareOffice, work_queues
from simlib.uptake.payments import FirstPayments, defer, release
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import AWARE, DENIED, NEVER, RECEIVING
from simlib.uptake.traits import Traits
from simlib.uptake.waiting import Claimants, Queue, Terms, waiting_claims
from simlib.uptake.ways import Ways
from simlib.uptake.wrong_receipt import find_wrong_awards, note_wrong_awards

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SURE_LOGIT = 30.0
"""Log odds beyond which a chance is as good as none."""
COUNTED = (
    "late_decisions_n",
    "withdrawn_n",
    "appeals_filed_n",
    "appeals_won_n",
    "appeals_lost_n",
    "wrong_awards_n",
    "first_payments_n",
    "first_payment_days_sum",
)
"""What else is counted by programme in a month of decisions."""


@dataclass(frozen=True)
class Decisions:
    """Hold a month's decisions: sums by programme, (programmes,), and each claim, (decided,).

    Appeals are no claims: they stand in ``counted`` and, when won, among the awards.

    Attributes
    ----------
    decisions_n
        Claims decided.
    wait_days_sum
        Days from complete application to decision, summed.
    back_paid_krw
        Money paid this month for earlier ones, won.
    rows, programmes
        Household row and programme of every decided claim.
    wait_days
        Days from complete application to decision of each.
    entitled, awarded
        Whether its household was entitled, and whether it was awarded.
    claimed_months
        Months since the household claimed.
    won_rows, won_programmes, won_claimed_months
        Household row and programme of every appeal that was won, and months since the claim.
    counted
        Further sums by programme, see :data:`COUNTED`.
    """

    decisions_n: Floats
    wait_days_sum: Floats
    back_paid_krw: Floats
    rows: Ints
    programmes: Ints
    wait_days: Floats
    entitled: Bools
    awarded: Bools
    claimed_months: Ints
    won_rows: Ints
    won_programmes: Ints
    won_claimed_months: Ints
    counted: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def none(cls, programmes_n: int) -> "Decisions":
        """Give a month without decisions."""
        zeros, nothing = np.zeros(programmes_n), np.empty(0, np.int64)
        nobody = np.empty(0, np.bool_)
        return cls(
            zeros, zeros, zeros, nothing, nothing, np.empty(0), nobody, nobody, nothing, nothing,
            nothing, nothing, dict.fromkeys(COUNTED, zeros),
        )  # fmt: skip

    @property
    def awarded_rows(self) -> Ints:
        """Give the household row of every award, (awards,)."""
        return np.concatenate([self.rows[self.awarded], self.won_rows])

    @property
    def awarded_programmes(self) -> Ints:
        """Give the programme of every award, (awards,)."""
        return np.concatenate([self.programmes[self.awarded], self.won_programmes])

    def awarded_claim_step(self, step: int) -> Ints:
        """Give the step in which each award was claimed, of decisions in a step, (awards,)."""
        months = np.concatenate([self.claimed_months[self.awarded], self.won_claimed_months])
        return step - months

    def claimed(self, chosen: Bools, step: int, households_n: int) -> NDArray[np.int16]:
        """Give the latest step in which each household claimed what it is awarded now.

        Parameters
        ----------
        chosen
            Programmes that count, (programmes,).
        step
            Step of these decisions.
        households_n
            Number of households.

        Returns
        -------
        ndarray
            Steps, ``NEVER`` where nothing that counts was awarded, (households,).
        """
        mine = chosen[self.awarded_programmes]
        latest = np.full(households_n, NEVER, np.int16)
        steps = self.awarded_claim_step(step)[mine].astype(np.int16)
        np.maximum.at(latest, self.awarded_rows[mine], steps)
        return latest


class _Desk(NamedTuple):
    """Hold what all steps of a month's decisions need."""

    month: int
    step: int
    draws: Draws
    rules: ClaimRules
    programmes: Programmes
    traits: Traits
    state: FunnelState

    @property
    def ids(self) -> Ints:
        """Give the ids of the households."""
        return self.traits.ids

    @property
    def luck(self) -> CaseLuck:
        """Give the luck of claims."""
        return CaseLuck(self.draws, self.ids, self.programmes.code)

    def by_programme(self, claims: Claims, values: Floats | Bools | None = None) -> Floats:
        """Sum over claims, (programmes,)."""
        n = self.programmes.programmes_n
        weights = None if values is None else np.asarray(values, np.float64)
        return np.bincount(claims.programme, weights, minlength=n).astype(np.float64)


def decide_claims(
    month: int,
    step: int,
    draws: Draws,
    rules: ClaimRules,
    programmes: Programmes,
    ways: Ways,
    traits: Traits,
    offices: list[WelfareOffice],
    office_of: Ints,
    state: FunnelState,
) -> Decisions:
    """Let every office decide what its hours allow; agencies decide by their days alone.

    Parameters
    ----------
    month, step
        Calendar month and number of the month.
    draws, rules
        Luck, and the rules of awards, errors, appeals and payment.
    programmes, ways
        The catalogue, and this month's ways to claim.
    traits
        Ids of the households.
    offices, office_of
        Offices, and the office of each household, (households,).
    state
        The funnel's columns, changed in place.
    """
    desk = _Desk(month, step, draws, rules, programmes, traits, state)
    released = release(state)
    filed = file_appeals(state, step)
    find_wrong_awards(state, month, step, desk.luck, rules)
    queue = _queue(desk, ways, office_of)
    turn = work_queues(offices, queue)
    withdrawn = _withdraw(desk, queue, turn.chosen)
    taken = np.flatnonzero(turn.chosen)
    load = _overload(desk, offices, queue.office[taken])
    made = _decide(
        desk, queue.claims.picked(turn.chosen), queue.cell[taken], turn.wait_days[taken], load
    )
    made.counted.update(appeals_filed_n=filed, withdrawn_n=withdrawn)
    made.back_paid_krw[:] += released
    return made


def _queue(desk: _Desk, ways: Ways, office_of: Ints) -> Queue:
    """List all claims that wait, appeals marked."""
    programmes, state = desk.programmes, desk.state
    hours = programmes.decision_hours * ways.hours_share[:, None]
    claims = waiting_claims(
        desk.draws.key,
        np.uint64(decision_code("uptake.application_day")),
        desk.month,
        desk.step,
        Terms(programmes.code, programmes.limit_days, hours, ways.burdens.processing_days),
        Claimants(desk.ids, office_of, desk.traits.need, ways.way),
        state.cells,
        state.may_wait,
    )
    mark_appeals(claims, state.matters.appeals, state.cells, desk.step, desk.rules)
    return claims.in_turn()


def _decide(
    desk: _Desk, claims: Claims, places: Ints, wait_days: Floats, load: Floats
) -> Decisions:
    """Award or refuse the claims whose turn has come, and pay what is owed for earlier months."""
    state, appeal = desk.state, claims.is_appeal
    entitled, awarded, wrongly, krw_m = _drawn(desk, claims, places, load)
    state.move(places[awarded], RECEIVING, desk.step)
    state.move(places[~awarded], DENIED, desk.step)
    close_appeals(state)
    note_wrong_awards(state, claims.row[wrongly], claims.programme[wrongly], places[wrongly])
    refused = claims.picked(~awarded & ~appeal)
    plan_appeals(state, refused, desk.month, desk.step, desk.luck, desk.rules)
    granted = claims.picked(awarded)
    first = FirstPayments.of(granted, wait_days[awarded], desk.rules)
    paid_krw = _pay_back(state, granted, krw_m[awarded].astype(np.float64), first)
    new, won = claims.picked(~appeal), awarded & appeal
    counted = {
        "late_decisions_n": desk.by_programme(new, (wait_days > claims.limit_days)[~appeal]),
        "appeals_won_n": desk.by_programme(claims, won),
        "appeals_lost_n": desk.by_programme(claims, appeal & ~awarded),
        "wrong_awards_n": desk.by_programme(claims, wrongly),
        "first_payments_n": desk.by_programme(granted),
        "first_payment_days_sum": desk.by_programme(granted, first.days),
    }
    return Decisions(
        desk.by_programme(new),
        desk.by_programme(new, wait_days[~appeal]),
        desk.by_programme(granted, paid_krw),
        new.row,
        new.programme,
        wait_days[~appeal],
        entitled[~appeal],
        awarded[~appeal],
        new.claimed_months,
        claims.row[won],
        claims.programme[won],
        claims.claimed_months[won],
        counted,
    )


def _drawn(desk: _Desk, claims: Claims, places: Ints, load: Floats) -> Judged:
    """Draw decisions."""
    rules, state, programmes = desk.rules, desk.state, desk.programmes
    prob = np.where(claims.is_appeal, rules.appeal_won_prob, _award_prob(rules, load))
    luck_month = rules.luck_month(desk.month - claims.claimed_months)
    made = Judged.blank(claims.row.size)
    codes = [decision_code(f"uptake.{name}") for name in ("award", "appeal_won")]
    judge(
        state.cells.columns,
        (state.receiving, programmes.follows, desk.ids, programmes.code),
        Asked(claims.row, claims.programme, places, claims.is_appeal, luck_month, prob),
        desk.draws.key,
        np.array(codes, np.uint64),
        rules.wrong_award_prob,
        made,
    )
    return made


def _pay_back(state: FunnelState, awarded: Claims, krw_m: Floats, first: FirstPayments) -> Floats:
    """Pay awards for the months since their claims, or let that wait; won paid now, (awards,)."""
    owed = krw_m * awarded.claimed_months
    defer(state, awarded.picked(first.next_month), owed[first.next_month])
    paid_krw = np.where(first.next_month, 0.0, owed)
    np.add.at(state.paid_krw_m, awarded.row, paid_krw.astype(np.float32))
    return paid_krw


def _award_prob(rules: ClaimRules, load: Floats) -> Floats | float:
    """Give the chance that an entitled claim is awarded; lower in an overloaded office."""
    if rules.overload_error <= 0.0 or not 0.0 < rules.award_prob < 1.0:
        return rules.award_prob
    logit = np.log(rules.award_prob / (1 - rules.award_prob)) - rules.overload_error * load
    return np.asarray(1 / (1 + np.exp(np.minimum(-logit, SURE_LOGIT))))


def _overload(desk: _Desk, offices: list[WelfareOffice], office: Ints) -> Floats:
    """Give the months of backlog beyond the first of some claims' offices, (claims,)."""
    if desk.rules.overload_error <= 0.0:
        return np.zeros(office.size)
    months = np.array([each.backlog_months for each in offices])
    return np.maximum(months - 1.0, 0.0)[office]


def _withdraw(desk: _Desk, queue: Queue, chosen: Bools) -> Floats:
    """Let some give up claims that are undecided after the legal limit; by programme."""
    claims, prob = queue.claims, desk.rules.withdraw_prob_m
    if prob <= 0.0:
        return np.zeros(desk.programmes.programmes_n)
    days = DAYS_IN_MONTH * (claims.waited_months + 1) - claims.arrival_day
    overdue = ~chosen & (days > claims.limit_days) & (claims.hours > 0.0)
    waiting, places = claims.picked(overdue), queue.cell[overdue]
    luck = desk.luck.of("uptake.withdraw", waiting.row, waiting.programme, desk.month)
    gone = luck < prob
    desk.state.move(places[gone], AWARE, desk.step)
    return desk.by_programme(waiting, gone)
