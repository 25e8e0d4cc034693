"""Welfare offices: caseworkers, their hours, and a queue of claims in order of arrival."""

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.errors import UserError
from simlib.mesa_adapter import Agent
from simlib.uptake.catchments import Catchment
from simlib.uptake.claims import Claims
from simlib.uptake.office_work import (
    OfficeMonths,
    QueueColumns,
    decide_queue,
    decide_queues,
    work_lists,
)
from simlib.uptake.priorities import ranking
from simlib.uptake.waiting import Queue

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class OfficeRates:
    """Hold the staffing of welfare offices.

    Attributes
    ----------
    households_at_least
        Simulated households from which on a municipality has an office of its own.
    caseworkers_per_1000_households, hours_per_month
        Staff, and hours of one caseworker a month.
    duty_share
        Share of the hours that claims and outreach may use.
    outreach_share
        Largest share of those that outreach may use.
    wage_krw_h
        Cost of an hour, won.
    """

    households_at_least: float
    caseworkers_per_1000_households: float
    hours_per_month: float
    duty_share: float
    outreach_share: float
    wage_krw_h: float


@dataclass(frozen=True)
class Decided:
    """Say which claims were decided this month, and after how many days, (claims,) each."""

    chosen: Bools
    wait_days: Floats

    @classmethod
    def nothing(cls, claims_n: int) -> "Decided":
        """Start with nothing decided."""
        return cls(np.zeros(claims_n, np.bool_), np.zeros(claims_n))


class WelfareOffice(Agent):
    """A welfare office.

    Parameters
    ----------
    model
        The Mesa model.
    serves
        Whom it serves, and by which rule.
    rates
        Staffing.
    """

    def __init__(self, model: Any, serves: Catchment, rates: OfficeRates) -> None:
        super().__init__(model)
        self.serves = serves
        self.rates = rates
        self.rule = serves.rule
        self.caseworkers = rates.caseworkers_per_1000_households * serves.households_n / 1000
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

    def spend_on_outreach(self, task: str, spent_hours: float, begun_hours: float) -> None:
        """Note hours spent on a list, and how many of them went into its next case."""
        self.outreach_begun_hours[task] = begun_hours
        self.outreach_left -= spent_hours
        self.hours_left -= spent_hours
        self.outreach_spent += spent_hours
        self.task_hours[task] = self.task_hours.get(task, 0.0) + spent_hours

    def decide(self, claims: Claims, processing_days: Floats) -> Decided:
        """Decide the claims that are ready, in the order of the office's rule, while hours last.

        Parameters
        ----------
        claims
            The office's queue.
        processing_days
            Days of investigation of each claim, (claims,).
        """
        decided, months = Decided.nothing(claims.row.size), OfficeMonths.idle(1)
        decide_queue(
            self._order(claims),
            _columns(claims, processing_days),
            self.hours_left,
            self.claim_begun_hours,
            decided.chosen,
            decided.wait_days,
            months,
            0,
        )
        self.note_decisions(*next(months.each()))
        return decided

    def _order(self, claims: Claims) -> Ints:
        order = np.asarray(self.rule.order(claims))
        every = np.arange(claims.row.size)
        if order.shape != every.shape or not np.array_equal(np.sort(order), every):
            raise UserError(
                f"the rule {type(self.rule).__name__} does not give every claim once",
                f"the office of {_named(self.serves)}",
                "claims would be decided twice, or never",
                "Let `order` give every position of the queue once; np.arange(claims.row.size) "
                "is the order of arrival.",
            )
        return order.astype(np.int64)

    def note_decisions(self, spent: float, begun: float, asked: float, queue_n: int) -> None:
        """Take over what was decided in a month: see :class:`OfficeMonths`."""
        self.claim_begun_hours = begun
        self.hours_left -= spent
        self.decisions_spent += spent
        self.queue_n = queue_n
        self.backlog_months = months_of_work(asked, self.hours_available)

    def rest(self) -> None:
        """Have no claims in a month."""
        self.queue_n, self.backlog_months = 0, 0.0


def months_of_work(hours: float, available: float) -> float:
    """Say how many months of an office's hours some work takes; without hours, none is counted."""
    return hours / available if available > 0.0 else 0.0


def take_outreach(
    offices: list[WelfareOffice], task: str, office: Ints, hours: Floats
) -> tuple[Bools, Floats]:
    """Let offices work down their parts of a list in its order while hours for outreach last.

    Parameters
    ----------
    offices
        All offices.
    task
        What the work is: hours put into a visit are no help with a call.
    office, hours
        Number of the office of each case on the list, and the hours that it takes, (list,).

    Returns
    -------
    tuple
        Which cases were finished, and the share of the month's hours that had gone by then,
        (list,) each; never more hours are spent than are left.
    """
    done, month_share = np.zeros(office.size, np.bool_), np.ones(office.size)
    turn = np.argsort(office, kind="stable")
    present, starts = np.unique(office[turn], return_index=True)
    taking = [offices[k] for k in present]
    left = np.array([each.outreach_left for each in taking])
    begun = np.array([each.outreach_begun_hours.get(task, 0.0) for each in taking])
    spent_hours, begun_hours, bounds = left.copy(), left.copy(), np.append(starts, office.size)
    work_lists(hours, turn, bounds, left, begun, done, month_share, spent_hours, begun_hours)
    for each, spent, more in zip(taking, spent_hours.tolist(), begun_hours.tolist(), strict=True):
        each.spend_on_outreach(task, spent, more)
    return done, month_share


def work_queues(offices: list[WelfareOffice], queue: Queue) -> Decided:
    """Let every office decide what its hours allow.

    Offices whose rule ranks claims by a number work side by side in one compiled pass; an office
    with an order of its own works alone. Both do the same, see :mod:`simlib.uptake.office_work`.

    Parameters
    ----------
    offices, queue
        Offices, and all claims: those of an office together and in order of arrival.
    """
    claims, processing_days = queue.claims, queue.processing_days
    decided, months = Decided.nothing(claims.row.size), OfficeMonths.idle(len(offices))
    bounds = np.searchsorted(queue.office, np.arange(len(offices) + 1))
    jointly = np.array([office.rule.ranks for office in offices])
    decide_queues(
        jointly,
        bounds,
        _ranked(offices, bounds.tolist(), claims),
        _columns(claims, processing_days),
        np.array([office.hours_left for office in offices]),
        np.array([office.claim_begun_hours for office in offices]),
        decided.chosen,
        decided.wait_days,
        months,
    )
    for k, ((first, last), done) in enumerate(
        zip(pairwise(bounds.tolist()), months.each(), strict=True)
    ):
        if first == last:
            offices[k].rest()
        elif jointly[k]:
            offices[k].note_decisions(*done)
        else:
            alone = offices[k].decide(claims.part(first, last), processing_days[first:last])
            decided.chosen[first:last] = alone.chosen
            decided.wait_days[first:last] = alone.wait_days
    return decided


def _columns(claims: Claims, processing_days: Floats) -> QueueColumns:
    return QueueColumns(claims.hours, claims.waited_months, claims.arrival_day, processing_days)


def _ranked(offices: list[WelfareOffice], bounds: list[int], claims: Claims) -> Ints:
    """Order the claims of each office by its rule's key; offices stay in order, (claims,)."""
    order = np.arange(claims.row.size)
    for rule, run in groupby(range(len(offices)), key=lambda k: offices[k].rule):
        numbers = list(run)
        ends = bounds[numbers[0] : numbers[-1] + 2]
        key = ranking(rule, claims.part(ends[0], ends[-1])) if rule.ranks else None
        if key is not None:
            where = np.repeat(np.arange(len(numbers)), np.diff(ends))
            order[ends[0] : ends[-1]] = ends[0] + np.lexsort((key, where))
    return order


def _named(serves: Catchment) -> str:
    first, *others = serves.municipalities
    more = f" and {len(others)} others" if others else ""
    return f"municipality {first}{more}"
