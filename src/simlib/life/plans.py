"""Rare events: one draw for many months says whom an event meets, and in which of them."""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, draw_listed
from simlib.life.people import Rows
from simlib.loops import inner
from simlib.months import Month

YEAR_MONTHS = 12
_NEVER = 255
_WORD = 8
"""Persons whose months make one word of memory."""
_NOBODY = np.uint64(2**64 - 1)
"""A word of persons whom no event meets."""
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

    def draw(
        self, first: Month, ids: Rows, kind: NDArray[Any], prob_m: NDArray[np.float64]
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
        month_of = np.full(ids.size + -ids.size % _WORD, _NEVER, np.uint8)
        prob = np.append(1.0 - (1.0 - prob_m) ** self.months_n, 0.0)  # the last is of kind -1
        given = ids, kind, prob, _log_rest(prob_m), self.months_n, month_of
        _months_of(self.key, self.code, first, *given)
        order, ends = _by_month(month_of, month_of.view(np.uint64), self.months_n)
        self._months = np.split(order, ends[:-1])

    def due(self, month: Month) -> Rows:
        """Give those whom the event meets in a month of the span, as places in the ids."""
        return self._months[month % self.months_n]


@njit(cache=True)
def _log_rest(prob_m):  # type: ignore[no-untyped-def]
    """Give the logarithm of the chance not to be met in a month."""
    return np.log1p(-prob_m)


@njit(cache=True)
def _who_can(ids, kind, prob, place, who, chance):  # type: ignore[no-untyped-def]
    """List those of a block whom an event can meet at all, and tell how many."""
    n = 0
    for i in range(ids.size):
        chance_of = prob[max(np.int64(kind[i]), -1)]
        place[n], who[n], chance[n] = i, ids[i], chance_of
        n += chance_of > 0.0
    return n


@inner
def _drawn(key, code, first, ids, kind, prob, log_rest, months_n, out, room):  # type: ignore[no-untyped-def]
    """Draw for those of a block and say in which month the event meets whom it meets."""
    place, who, chance, luck = room
    n = _who_can(ids, kind, prob, place, who, chance)
    draw_listed(key, code, who, first, luck, n)
    for j in range(n):
        if luck[j] < chance[j]:
            months = np.log1p(-luck[j]) / log_rest[kind[place[j]]]  # 0 where it is sure
            out[place[j]] = min(int(months), months_n - 1)


@njit(cache=True, parallel=True)
def _months_of(key, code, first, ids, kind, prob, log_rest, months_n, out):  # type: ignore[no-untyped-def]
    for block in prange((ids.size + _AT_ONCE - 1) // _AT_ONCE):
        begin, end = block * _AT_ONCE, min(ids.size, (block + 1) * _AT_ONCE)
        place, who = np.empty(_AT_ONCE, np.uint16), np.empty(_AT_ONCE, np.int64)
        room = place, who, np.empty(_AT_ONCE), np.empty(_AT_ONCE)
        part = slice(begin, end)
        given = ids[part], kind[part], prob, log_rest, months_n, out[part], room
        _drawn(key, code, first, *given)


@njit(cache=True)
def _by_month(month_of, words, months_n):  # type: ignore[no-untyped-def]
    """Order those who are met by month; give where each month's end.

    Most are not met, so that a word of them is looked at at once.
    """
    met, n = np.empty(month_of.size, np.int64), 0
    counts = np.zeros(months_n, np.int64)
    for k in range(words.size):
        if words[k] != _NOBODY:
            for i in range(_WORD * k, _WORD * k + _WORD):
                if month_of[i] != _NEVER:
                    met[n] = i
                    n += 1
                    counts[month_of[i]] += 1
    ends = np.cumsum(counts)
    at, order = ends - counts, np.empty(n, np.int64)
    for i in met[:n]:
        order[at[month_of[i]]] = i
        at[month_of[i]] += 1
    return order, ends


@njit(cache=True, parallel=True)
def kinds_by_age(month, birth_month, here, oldest, woman, women):  # type: ignore[no-untyped-def]
    """Give persons' kinds by their age in a month, and by their sex.

    Parameters
    ----------
    month
        The month.
    birth_month, here
        Month of birth, and whether the person still lives in the household, (persons,).
    oldest
        Age whose kind all have who are older.
    woman, women
        Whether each is a woman or girl, (persons,), and what is added to the kind of these.

    Returns
    -------
    ndarray
        int16: age; below 0 of who left or is not born yet, (persons,).
    """
    age_of = (np.arange(YEAR_MONTHS * oldest + 1) // YEAR_MONTHS).astype(np.int16)
    kind = np.empty(here.size, np.int16)
    for i in prange(kind.size):
        months = month - birth_month[i]
        age = age_of[min(max(months, 0), YEAR_MONTHS * oldest)]
        kind[i] = age + woman[i] * women if here[i] & (months >= 0) else np.int16(-1)
    return kind


def begin_of_span(month: Month, months_n: int = YEAR_MONTHS) -> Month:
    """Give the first month of the span in which a month lies."""
    return month - month % months_n


def monthly(prob_y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the chance in a month that makes a chance in a year."""
    return np.asarray(1.0 - (1.0 - prob_y) ** (1.0 / YEAR_MONTHS))
