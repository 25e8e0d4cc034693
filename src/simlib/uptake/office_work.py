"""An office's month as plain numbers: which claims it decides, and where its hours go.

Written once: an office with a rule of its own calls it for its queue, all others are worked
through side by side.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.uptake.claims import DAYS_IN_MONTH

EPSILON_HOURS: Final = 1e-9
"""Rounding that may not decide whether a case is finished."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class OfficeMonths(NamedTuple):
    """Hold what offices did in a month, (offices,) each.

    Attributes
    ----------
    spent_hours, begun_hours
        Hours spent, and hours of these that went into a claim that is not finished yet.
    asked_hours
        Hours that all claims would take that were ready.
    queue_n
        Claims of offices that wait on.
    """

    spent_hours: Floats
    begun_hours: Floats
    asked_hours: Floats
    queue_n: Ints

    @classmethod
    def idle(cls, offices_n: int) -> "OfficeMonths":
        """Start with nothing done."""
        zeros = np.zeros(offices_n)
        return cls(zeros, zeros.copy(), zeros.copy(), np.zeros(offices_n, np.int64))

    def each(self) -> Iterator[tuple[float, float, float, int]]:
        """Give the numbers of one office after the other."""
        return zip(*(column.tolist() for column in self), strict=True)


class QueueColumns(NamedTuple):
    """Hold of claims what decides their turn, (claims,) each.

    Attributes
    ----------
    hours, waited_months, arrival_day
        As in :class:`~simlib.uptake.claims.Claims`.
    processing_days
        Days of investigation.
    """

    hours: Floats
    waited_months: Ints
    arrival_day: Floats
    processing_days: Floats


@njit(cache=True)
def _work_down(  # type: ignore[no-untyped-def]
    hours, turn, turns_n, available, begun_before, done, month_share
):
    """Work down a list; give the hours spent, those begun, and those that all would take."""
    asked, finished, of_finished, done_n = 0.0, 0.0, 0.0, 0
    for j in range(turns_n):
        k = turn[j]
        asked += hours[k]
        used = max(asked - begun_before, 0.0)
        month_share[k] = min(used / available, 1.0) if available > 0.0 else 1.0
        if used <= available + EPSILON_HOURS:
            done[k] = True
            done_n, finished, of_finished = done_n + 1, used, asked
    if done_n == turns_n:
        return min(finished, available), 0.0, asked
    left = max(available - finished, 0.0)
    return min(finished + left, available), max(begun_before - of_finished, 0.0) + left, asked


@njit(cache=True)
def work_lists(  # type: ignore[no-untyped-def]
    hours, turn, bounds, available, begun_before, done, month_share, spent_hours, begun_hours
):
    """Work down the lists of many offices.

    Parameters
    ----------
    hours
        Hours that each case takes, (cases,).
    turn, bounds
        Positions of the cases, those of an office together and in their order, and where each
        office's begin, with the end of the last one's.
    available, begun_before
        Hours there are, and hours that already went into the first case, (offices,).
    done, month_share
        To be filled, (cases,): which are finished, and the share of the month's hours that had
        gone by then; a case is left as it is where it is not finished.
    spent_hours, begun_hours
        To be filled, (offices,): hours spent this month, never more than there are, and hours
        that went into the next case, which is not finished yet.
    """
    for office in range(available.size):
        mine = turn[bounds[office] : bounds[office + 1]]
        spent_hours[office], begun_hours[office], _ = _work_down(
            hours, mine, mine.size, available[office], begun_before[office], done, month_share
        )


@njit(cache=True)
def decide_queue(  # type: ignore[no-untyped-def]
    order, queue, available, begun_before, chosen, wait_days, months, office
):
    """Decide the claims of an office that are ready, in an order, while hours last.

    Parameters
    ----------
    order
        The office's claims as positions in the queue, the first to be decided first.
    queue
        :class:`QueueColumns`, of this office or of all.
    available, begun_before
        Hours there are, and hours that already went into the first claim.
    chosen, wait_days
        Filled for the office's claims: whether they are decided, and after how many days.
    months, office
        :class:`OfficeMonths`, and the office's place in it, which is filled.
    """
    turn, turns_n, by_office_n = np.empty(order.size, np.int64), 0, 0
    share = wait_days  # until the days are known
    for k in order:
        month_start = DAYS_IN_MONTH * queue.waited_months[k] - queue.arrival_day[k]
        ready = month_start + DAYS_IN_MONTH >= queue.processing_days[k]
        by_office = queue.hours[k] > 0.0
        by_office_n += by_office
        chosen[k] = ready and not by_office
        wait_days[k] = max(queue.processing_days[k], 0.0)
        if ready and by_office:
            turn[turns_n] = k
            turns_n += 1
    spent, begun, asked = _work_down(
        queue.hours, turn, turns_n, available, begun_before, chosen, share
    )
    decided_n = 0
    for k in turn[:turns_n]:
        month_start = DAYS_IN_MONTH * queue.waited_months[k] - queue.arrival_day[k]
        decided_n += chosen[k]
        wait_days[k] = max(queue.processing_days[k], month_start + DAYS_IN_MONTH * share[k])
    months.spent_hours[office], months.begun_hours[office] = spent, begun
    months.asked_hours[office] = asked
    months.queue_n[office] = by_office_n - decided_n


@njit(cache=True, parallel=True)
def decide_queues(  # type: ignore[no-untyped-def]
    jointly, bounds, order, queue, available, begun_before, chosen, wait_days, months
):
    """Decide the claims of many offices side by side.

    Parameters
    ----------
    jointly
        Whether an office is among them, (offices,).
    bounds
        Where each office's claims begin in the queue, and where the last one's end.
    order
        Positions in the queue, those of an office together, in the order of its decisions.
    available, begun_before
        By office, (offices,); all else as in :func:`decide_queue`.
    """
    for office in prange(jointly.size):
        first, last = bounds[office], bounds[office + 1]
        if jointly[office] and first < last:
            decide_queue(
                order[first:last], queue, available[office], begun_before[office], chosen,
                wait_days, months, office,
            )  # fmt: skip
