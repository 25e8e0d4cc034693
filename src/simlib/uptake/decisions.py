"""Decisions on claims: every office works through its queue, awards are drawn and paid back."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code
from simlib.uptake.compiled import is_entitled
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.offices import Claims, WelfareOffice, queue_of_claims
from simlib.uptake.programmes import Burdens, Programmes
from simlib.uptake.states import DENIED, PENDING, RECEIVING
from simlib.uptake.traits import Traits
from simlib.uptake.ways import Ways

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decisions:
    """Hold a month's decisions: sums by programme, (programmes,), and each claim, (decided,).

    Attributes
    ----------
    decisions_n
        Claims decided.
    wait_days_sum
        Days from complete application to decision, summed.
    back_paid_krw
        Money paid for the months between application and award, won.
    rows, programmes
        Household row and programme of every decided claim.
    wait_days
        Days from complete application to decision of each.
    entitled, awarded
        Whether its household was entitled, and whether it was awarded.
    """

    decisions_n: Floats
    wait_days_sum: Floats
    back_paid_krw: Floats
    rows: NDArray[np.int64]
    programmes: NDArray[np.int64]
    wait_days: Floats
    entitled: NDArray[np.bool_]
    awarded: NDArray[np.bool_]

    @classmethod
    def none(cls, programmes_n: int) -> "Decisions":
        """Give a month without decisions."""
        zeros, nothing = np.zeros(programmes_n), np.empty(0, np.int64)
        nobody = np.empty(0, np.bool_)
        return cls(zeros, zeros, zeros, nothing, nothing, np.empty(0), nobody, nobody)

    @property
    def awarded_rows(self) -> NDArray[np.int64]:
        """Give the household row of every award, (awards,)."""
        return self.rows[self.awarded]

    @property
    def awarded_programmes(self) -> NDArray[np.int64]:
        """Give the programme of every award, (awards,)."""
        return self.programmes[self.awarded]


@njit(cache=True)
def _entitled(right, receiving, follows, rows, programmes):  # type: ignore[no-untyped-def]
    out = np.empty(rows.size, np.bool_)
    for k in range(rows.size):
        out[k] = is_entitled(right[k], receiving, follows, rows[k], programmes[k])
    return out


def decide_claims(
    month: int,
    step: int,
    draws: Draws,
    award_prob: float,
    programmes: Programmes,
    burdens: Burdens | Ways,
    traits: Traits,
    offices: list[WelfareOffice],
    office_of: NDArray[np.int64],
    state: FunnelState,
) -> Decisions:
    """Let every office decide what its hours allow; agencies decide by their days alone.

    Parameters
    ----------
    month, step
        Calendar month and number of the month.
    draws, award_prob
        Luck, and the chance that a complete and entitled claim is awarded.
    programmes, burdens
        The catalogue, and this month's burdens: the same for all, or by way to claim.
    traits
        Ids of the households.
    offices, office_of
        Offices, and the office of each household, (households,).
    state
        The funnel's columns, changed in place.
    """
    ways = Ways.of(burdens, traits.ids.size)
    queue = queue_of_claims(
        draws.key,
        np.uint64(decision_code("uptake.application_day")),
        month,
        step,
        traits.ids,
        office_of,
        programmes.code,
        programmes.decision_hours * ways.hours_share[:, None],
        ways.way,
        state.cells,
    )
    claims, cells = queue.claims, state.cells
    chosen, wait_days = _work_queues(offices, office_of, claims, ways)
    rows, columns, decided = claims.row[chosen], claims.programme[chosen], queue.cell[chosen]
    right = cells.right[decided]
    entitled = _entitled(right, state.receiving, programmes.follows, rows, columns)
    luck = draws.uniform("uptake.award", traits.ids[rows], month, programmes.code[columns])
    awarded = entitled & (luck < award_prob)
    new = np.where(awarded, RECEIVING, DENIED)
    cells.state[decided] = new
    cells.since[decided] = step
    _count_moves(state, columns, new)
    owed = cells.amount_krw_m[decided] * claims.waited_months[chosen] * awarded
    np.add.at(state.paid_krw_m, rows, owed.astype(np.float32))
    n = programmes.programmes_n
    return Decisions(
        np.bincount(columns, minlength=n).astype(np.float64),
        _sum_by(columns, wait_days[chosen], n),
        _sum_by(columns, owed, n),
        rows,
        columns,
        wait_days[chosen],
        entitled,
        awarded,
    )


def _count_moves(state: FunnelState, programmes: NDArray[np.int64], new: NDArray[np.int64]) -> None:
    """Count the moves of decided claims in the month's flows."""
    programmes_n, states_n = state.flows.shape[:2]
    cells = np.bincount(programmes * states_n + new, minlength=programmes_n * states_n)
    state.flows[:, PENDING, :] += cells.reshape(programmes_n, states_n)


def _sum_by(programmes: NDArray[np.int64], values: Floats, n: int) -> Floats:
    return np.bincount(programmes, weights=values, minlength=n).astype(np.float64)


def _work_queues(
    offices: list[WelfareOffice], office_of: NDArray[np.int64], claims: Claims, ways: Ways
) -> tuple[NDArray[np.bool_], Floats]:
    chosen = np.zeros(claims.row.size, np.bool_)
    wait_days = np.zeros(claims.row.size)
    bounds = np.searchsorted(office_of[claims.row], np.arange(len(offices) + 1))
    for k, office in enumerate(offices):
        first, last = int(bounds[k]), int(bounds[k + 1])
        office.queue_n = 0
        if first == last:
            continue
        part = claims.part(first, last)
        days = ways.burdens.processing_days[ways.way[part.row], part.programme]
        decided = office.decide(part, days)
        chosen[first:last] = decided.chosen
        wait_days[first:last] = decided.wait_days
    return chosen, wait_days
