"""Rare events: one draw for many months says whom an event meets, and in which of them."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.life.people import Rows
from simlib.months import Month

YEAR_MONTHS = 12
_NEVER = 255


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
        month_of = _months_of(*self.key, self.code, first, ids, kind, prob_m, self.months_n)
        met = np.flatnonzero(month_of != _NEVER)
        order = np.argsort(month_of[met], kind="stable")
        cuts = np.searchsorted(month_of[met][order], np.arange(1, self.months_n))
        self._months = np.split(met[order], cuts)

    def due(self, month: Month) -> Rows:
        """Give those whom the event meets in a month of the span, as places in the ids."""
        return self._months[month % self.months_n]


@njit(cache=True, parallel=True)
def _months_of(k0, k1, code, first, ids, kind, prob_m, months_n):  # type: ignore[no-untyped-def]
    out = np.empty(ids.size, np.uint8)
    prob = 1.0 - (1.0 - prob_m) ** months_n
    for i in prange(ids.size):
        out[i] = _NEVER
        if kind[i] < 0 or prob[kind[i]] <= 0.0:
            continue
        u = uniform_at(k0, k1, code, ids[i], first, 0)
        if u < prob[kind[i]]:
            sure = prob_m[kind[i]] >= 1.0
            months = 0.0 if sure else np.log1p(-u) / np.log1p(-prob_m[kind[i]])
            out[i] = min(int(months), months_n - 1)
    return out


def monthly(prob_y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the chance in a month that makes a chance in a year."""
    return np.asarray(1.0 - (1.0 - prob_y) ** (1.0 / YEAR_MONTHS))
