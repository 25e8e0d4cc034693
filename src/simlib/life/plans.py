"""Rare events: one draw for many months says whom an event meets, and in which of them."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, draw_same
from simlib.life.people import Rows
from simlib.loops import inner
from simlib.months import Month

YEAR_MONTHS = 12
_NEVER = 255
_AT_ONCE = 1024
"""Draws that are made together."""


class EventPlan:
    """Say whom an event meets in each month of a calendar year, or of a part of it.

    One draw stands for all months of the span: the month is found by inverting the distribution
    of the time of an event with a constant monthly hazard. Nobody is met twice in a span.

    Parameters
    ----------
    decision
        Name of the decision.
    draws
        Luck of the replicate.
    months_n
        Months of a span; spans begin with the year.
    """

    def __init__(self, decision: str, draws: Draws, months_n: int = YEAR_MONTHS) -> None:
        self.code = np.uint64(decision_code(decision))
        self.key = draws.key
        self.months_n = months_n
        self._months = [np.empty(0, np.int64)] * months_n

    def first_month(self, month: Month) -> Month:
        """Give the first month of the span in which a month lies."""
        return month - month % self.months_n

    def draw(
        self, first: Month, ids: Rows, kind: NDArray[np.int16], prob_m: NDArray[np.float64]
    ) -> None:
        """Draw the events of a span.

        Parameters
        ----------
        first
            First month of the span.
        ids
            Person or household ids, (n,).
        kind
            Kind of each, which is met at the hazard of that kind; below 0 never, (n,).
        prob_m
            Chance of each kind in a month, (kinds,).
        """
        month_of = np.empty(ids.size, np.uint8)
        _months_of(self.key, self.code, first, ids, kind, prob_m, self.months_n, month_of)
        order, ends = _by_month(month_of, np.flatnonzero(month_of != _NEVER), self.months_n)
        self._months = np.split(order, ends[:-1])

    def due(self, month: Month) -> Rows:
        """Give those whom the event meets in a month of the span, as places in the ids."""
        return self._months[month % self.months_n]


@inner
def _drawn(key, code, first, ids, kind, prob, prob_m, months_n, out, room):  # type: ignore[no-untyped-def]
    """Draw for those of a block whom an event can meet at all, several at once."""
    place, who, none, luck = room
    n = 0
    for i in range(ids.size):
        out[i] = _NEVER
        place[n], who[n] = i, ids[i]
        n += kind[i] >= 0 and prob[kind[i]] > 0.0
    draw_same(key, code, who, first, none, luck, n)
    for j in range(n):
        i, u = place[j], luck[j]
        if u < prob[kind[i]]:
            sure = prob_m[kind[i]] >= 1.0
            months = 0.0 if sure else np.log1p(-u) / np.log1p(-prob_m[kind[i]])
            out[i] = min(int(months), months_n - 1)


@njit(cache=True, parallel=True)
def _months_of(key, code, first, ids, kind, prob_m, months_n, out):  # type: ignore[no-untyped-def]
    prob = 1.0 - (1.0 - prob_m) ** months_n
    for block in prange((ids.size + _AT_ONCE - 1) // _AT_ONCE):
        begin, end = block * _AT_ONCE, min(ids.size, (block + 1) * _AT_ONCE)
        who, luck = np.empty(_AT_ONCE, np.int64), np.empty(_AT_ONCE)
        room = np.empty(_AT_ONCE, np.int64), who, np.zeros(_AT_ONCE, np.int64), luck
        part = slice(begin, end)
        given = ids[part], kind[part], prob, prob_m, months_n, out[part], room
        _drawn(key, code, first, *given)


@njit(cache=True)
def _by_month(month_of, met, months_n):  # type: ignore[no-untyped-def]
    """Order those who are met by month; give where each month's end."""
    ends = np.zeros(months_n + 1, np.int64)
    for i in met:
        ends[month_of[i] + 1] += 1
    ends = np.cumsum(ends)
    order = np.empty(met.size, np.int64)
    for i in met:
        order[ends[month_of[i]]] = i
        ends[month_of[i]] += 1
    return order, ends[:-1]


def monthly(prob_y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the chance in a month that makes a chance in a year."""
    return np.asarray(1.0 - (1.0 - prob_y) ** (1.0 / YEAR_MONTHS))
