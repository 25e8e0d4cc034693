"""First payments: offices pay on one day of the month, and what is decided after it waits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.uptake.claim_rules import ClaimRules
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.open_matters import Deferred
from simlib.uptake.states import RECEIVING

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class FirstPayments:
    """Say when the awards of a month are first paid, (awards,) each.

    Attributes
    ----------
    days
        Days from the complete application to the first payment.
    next_month
        Whether it waits for the next month's payment day.
    """

    days: Floats
    next_month: Bools

    @classmethod
    def of(cls, awarded: Claims, wait_days: Floats, rules: ClaimRules) -> "FirstPayments":
        """Set the payment days of awards; an agency's benefit counts from its decision.

        Parameters
        ----------
        awarded
            The claims awarded this month.
        wait_days
            Days from complete application to decision, (awards,).
        rules
            Payment day, and days before it until which a decision counts.
        """
        decided_on = awarded.arrival_day + wait_days - DAYS_IN_MONTH * awarded.waited_months
        by_office = awarded.hours > 0.0
        late = by_office & (decided_on > rules.payment_day - rules.payment_lead_days)
        paid_on = rules.payment_day + DAYS_IN_MONTH * late
        days = np.where(by_office, np.maximum(paid_on - decided_on, 0.0), 0.0) + wait_days
        days += DAYS_IN_MONTH * (awarded.claimed_months - awarded.waited_months)
        return cls(days, late)


def defer(state: FunnelState, awarded: Claims, owed_krw: Floats) -> None:
    """Let what is owed from awards wait for the next month's payment day."""
    made = Deferred(awarded.row, awarded.programme, owed_krw)
    state.matters.deferred = state.matters.deferred.joined(made)


def release(state: FunnelState) -> Floats:
    """Pay what waited since last month; won by programme, (programmes,)."""
    deferred = state.matters.deferred
    np.add.at(state.paid_krw_m, deferred.row, deferred.krw.astype(np.float32))
    state.matters.deferred = Deferred()
    return _by_programme(deferred, deferred.krw, state.cells.programmes_n)


def hold_back(state: FunnelState) -> Floats:
    """Hold this month's money of the awards that wait; won by programme, (programmes,).

    To be called after the month's payments.
    """
    deferred, cells = state.matters.deferred, state.cells
    places = deferred.places(cells)
    paid = (places >= 0) & (cells.state[places] == RECEIVING)
    held = np.where(paid, cells.amount_krw_m[places], 0.0).astype(np.float64)
    np.subtract.at(state.paid_krw_m, deferred.row, held.astype(np.float32))
    deferred.krw += held
    return _by_programme(deferred, held, cells.programmes_n)


def _by_programme(deferred: Deferred, krw: Floats, n: int) -> Floats:
    return np.bincount(deferred.programme, weights=krw, minlength=n).astype(np.float64)
