"""Welfare offices: caseworkers, their hours, and a queue of claims in order of arrival."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.mesa_adapter import Agent
from simlib.uptake.cells import Cells
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.priorities import Priority
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import PENDING

EPSILON_HOURS = 1e-9
"""Rounding that may not decide whether a case is finished."""


@dataclass(frozen=True)
class OfficeRates:
    """Hold the staffing of welfare offices.

    Attributes
    ----------
    caseworkers_per_1000_households, hours_per_month
        Staff, and hours of one caseworker a month.
    duty_share
        Share of the hours that claims and outreach may use.
    outreach_share
        Largest share of those that outreach may use.
    wage_krw_h
        Cost of an hour, won.
    """

    caseworkers_per_1000_households: float
    hours_per_month: float
    duty_share: float
    outreach_share: float
    wage_krw_h: float


@dataclass(frozen=True)
class Decided:
    """Say which of an office's claims were decided this month, and after how many days."""

    chosen: NDArray[np.bool_]
    wait_days: NDArray[np.float64]


@dataclass(frozen=True)
class Work:
    """Hold what an office got done of a list in a month.

    Attributes
    ----------
    done
        Whether each case was finished, (list,).
    month_share
        Share of the month's hours that had gone when each case was finished, (list,).
    spent_hours
        Hours spent this month, never more than there were.
    begun_hours
        Hours of these that went into the next case, which is not finished yet.
    """

    done: NDArray[np.bool_]
    month_share: NDArray[np.float64]
    spent_hours: float
    begun_hours: float

    @classmethod
    def on(cls, hours: NDArray[np.float64], available: float, begun_before: float) -> "Work":
        """Work down a list in its order.

        Parameters
        ----------
        hours
            Hours that each case takes, (list,).
        available
            Hours there are this month.
        begun_before
            Hours that already went into the first case in an earlier month.
        """
        total = np.cumsum(hours)
        used = np.maximum(total - begun_before, 0.0)
        done = used <= available + EPSILON_HOURS
        done_n = int(done.sum())
        finished = float(used[done_n - 1]) if done_n else 0.0
        left = max(available - finished, 0.0) if done_n < hours.size else 0.0
        before = max(begun_before - (float(total[done_n - 1]) if done_n else 0.0), 0.0)
        before = before if done_n < hours.size else 0.0
        share = np.minimum(used / available, 1.0) if available > 0 else np.ones(hours.size)
        return cls(done, share, min(finished + left, available), before + left)


class WelfareOffice(Agent):
    """A welfare office of one municipality.

    Parameters
    ----------
    model
        The Mesa model.
    municipality
        Code of the municipality.
    first, last
        Rows of its households.
    rates
        Staffing.
    rule
        Which claim is decided first; by arrival when not given.
    """

    def __init__(
        self,
        model: Any,
        municipality: int,
        first: int,
        last: int,
        rates: OfficeRates,
        rule: Priority | None = None,
    ) -> None:
        super().__init__(model)
        self.municipality = municipality
        self.first = first
        self.last = last
        self.rates = rates
        self.rule = rule or Priority()
        self.caseworkers = rates.caseworkers_per_1000_households * (last - first) / 1000
        self.hours_left = 0.0
        self.outreach_left = 0.0
        self.claim_begun_hours = 0.0
        self.outreach_begun_hours: dict[str, float] = {}
        self.task_hours: dict[str, float] = {}
        self.outreach_spent = 0.0
        self.decisions_spent = 0.0
        self.queue_n = 0
        self.backlog_months = 0.0

    @property
    def hours_available(self) -> float:
        """Give the hours a month for claims and outreach."""
        return self.caseworkers * self.rates.hours_per_month * self.rates.duty_share

    def open_month(self) -> None:
        """Start a month with full hours."""
        self.hours_left = self.hours_available
        self.outreach_left = self.hours_left * self.rates.outreach_share
        self.task_hours = {}
        self.outreach_spent = 0.0
        self.decisions_spent = 0.0

    def take_outreach(self, task: str, hours: NDArray[np.float64]) -> Work:
        """Work through a list in its order while the hours for outreach last.

        Parameters
        ----------
        task
            What the work is: hours put into a visit are no help with a call.
        hours
            Hours that each household on the list takes, (list,).

        Returns
        -------
        Work
            Which were worked on, and how far into the month; never more hours than are left.
        """
        begun_hours = self.outreach_begun_hours.get(task, 0.0)
        work = Work.on(hours, self.outreach_left, begun_hours)
        self.outreach_begun_hours[task] = work.begun_hours
        self.outreach_left -= work.spent_hours
        self.hours_left -= work.spent_hours
        self.outreach_spent += work.spent_hours
        self.task_hours[task] = self.task_hours.get(task, 0.0) + work.spent_hours
        return work

    def priority(self, claims: Claims) -> NDArray[np.int64]:
        """Give the order in which claims are decided, by the office's rule."""
        return self.rule.order(claims)

    def decide(self, claims: Claims, processing_days: NDArray[np.float64]) -> Decided:
        """Decide the claims that are ready, in order, while hours last.

        Parameters
        ----------
        claims
            The office's queue.
        processing_days
            Days of investigation of each claim, (claims,).
        """
        order = self.priority(claims)
        month_start = DAYS_IN_MONTH * claims.waited_months - claims.arrival_day
        ready = month_start + DAYS_IN_MONTH >= processing_days
        by_office = claims.hours > 0.0
        turn = order[(ready & by_office)[order]]
        work = Work.on(claims.hours[turn], self.hours_left, self.claim_begun_hours)
        chosen = ready & ~by_office
        chosen[turn] = work.done
        reached_on = np.zeros(claims.row.size)
        reached_on[turn] = month_start[turn] + DAYS_IN_MONTH * work.month_share
        self.claim_begun_hours = work.begun_hours
        self.hours_left -= work.spent_hours
        self.decisions_spent += work.spent_hours
        self.queue_n = int((by_office & ~chosen).sum())
        self.backlog_months = months_of_work(claims.hours[turn].sum(), self.hours_available)
        return Decided(chosen, np.maximum(processing_days, reached_on))


def months_of_work(hours: float, available: float) -> float:
    """Say how many months of an office's hours some work takes; without hours, none is counted."""
    return float(hours / available) if available > 0.0 else 0.0


@dataclass(frozen=True)
class Queue:
    """Hold all complete claims of the country, and the cell in which each stands, (claims,)."""

    claims: Claims
    cell: NDArray[np.int64]


@njit(cache=True, parallel=True)
def pending_cells(cells):  # type: ignore[no-untyped-def]
    """Give household row and cell of every claim that waits for a decision, (claims,) each."""
    households_n = cells.first.size
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    claims_n = np.zeros(chunks_n + 1, np.int64)
    for chunk in prange(chunks_n):
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
                claims_n[chunk + 1] += cells.record[k].state == PENDING
    begin = np.cumsum(claims_n)
    rows = np.empty(begin[-1], np.int64)
    found = np.empty(begin[-1], np.int64)
    for chunk in prange(chunks_n):
        at = begin[chunk]
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
                if cells.record[k].state == PENDING:
                    rows[at] = i
                    found[at] = k
                    at += 1
    return rows, found


@njit(cache=True)
def _arrival_days(key, decision, ids, rows, codes, months):  # type: ignore[no-untyped-def]
    days = np.empty(rows.size, np.float64)
    for k in range(rows.size):
        u = uniform_at(key[0], key[1], decision, ids[rows[k]], months[k], codes[k])
        days[k] = np.floor(u * DAYS_IN_MONTH) + 1.0
    return days


def queue_of_claims(
    key: tuple[np.uint64, np.uint64],
    decision: np.uint64,
    month: int,
    step: int,
    ids: NDArray[np.int64],
    office_of: NDArray[np.int64],
    code: NDArray[np.uint64],
    hours: NDArray[np.float64],
    need: NDArray[np.float64],
    limit_days: NDArray[np.float64],
    way: NDArray[np.uint16],
    cells: Cells,
) -> Queue:
    """List all pending claims in order of office, arrival, household and programme.

    Parameters
    ----------
    key, decision, month, step
        Key of the draws, code of the draw of the day, calendar month and number of the month.
    ids, office_of
        Id and office of each household, (households,).
    code
        Code of each programme, (programmes,).
    hours
        Hours of a decision, (ways, programmes).
    need
        Need of each household as its papers show it, (households,).
    limit_days
        Days within which a claim has to be decided, (programmes,).
    way
        Each household's way to claim, (households,).
    cells
        The cells.
    """
    rows, found = pending_cells(cells.columns)
    programmes = cells.programme[found].astype(np.int64)
    waited = step - cells.since[found].astype(np.int64)
    days = _arrival_days(key, decision, ids, rows, code[programmes], month - waited)
    # rows and programmes ascend already, and the sort keeps the order of equals
    order = np.lexsort((days, -waited, office_of[rows]))
    claims = Claims.of(
        rows[order],
        programmes[order],
        waited[order],
        days[order],
        hours[way[rows[order]], programmes[order]],
        need[rows[order]],
        limit_days[programmes[order]],
    )
    return Queue(claims, found[order])
