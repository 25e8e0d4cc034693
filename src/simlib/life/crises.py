"""Crises: how likely they are in a household, and who comes into one or out of it."""

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import draw_same, uniform_at
from simlib.life.hardship_rates import BLOCK, LONGEST_MONTHS
from simlib.life.people import NOT
from simlib.logit import happens, highest_prob, table_step
from simlib.loops import inner


class Trouble(NamedTuple):
    """Hold what crises come of, see :class:`~simlib.life.hardship.Circumstances`."""

    size: NDArray[np.uint8]
    arrears_months: NDArray[np.uint8]
    jobless_since: NDArray[np.int32]
    ill_since: NDArray[np.int32]
    isolation: NDArray[np.float32]
    crisis_months: NDArray[np.uint8]
    crisis_began: NDArray[np.bool_]


@inner
def crisis_logit(rates, arrears_months, ill, jobless, isolation):  # type: ignore[no-untyped-def]
    """Give the chance that a crisis begins in a household this month, logit.

    Parameters
    ----------
    rates
        :class:`HardshipRates`.
    arrears_months
        Months of unpaid bills; beyond a cap they count no more.
    ill, jobless
        1.0 if a member is seriously ill, or lost the job, else 0.0.
    isolation
        Isolation, about standard normal.
    """
    return (
        rates.crisis_base_logit
        + rates.crisis_arrears * min(arrears_months, rates.arrears_cap_months)
        + rates.crisis_illness * ill
        + rates.crisis_jobless * jobless
        + rates.crisis_isolation * isolation
    )


@njit(cache=True)
def _crisis_logits(rates, arrears_months, ill_since, jobless_since, isolation, logits, steps):  # type: ignore[no-untyped-def]
    """Reckon the logits of some households, and where they stand in the table of bounds."""
    for i in range(isolation.size):
        ill = 1.0 if ill_since[i] != NOT else 0.0
        jobless = 1.0 if jobless_since[i] != NOT else 0.0
        months = np.float64(arrears_months[i])
        logits[i] = crisis_logit(rates, months, ill, jobless, isolation[i])
        steps[i] = table_step(logits[i])


@inner
def _list_open(now, luck, steps, begin, end, listed):  # type: ignore[no-untyped-def]
    """List who is in a crisis or may come into one; give how many they are."""
    n = 0
    for i in range(begin, end):
        listed[n] = i
        now.crisis_began[i] = False
        n += (now.crisis_months[i] > 0) | (luck[i - begin] < highest_prob(steps[i - begin]))
    return n


@inner
def _end_crisis(rates, codes, key, month, ident, months, helped):  # type: ignore[no-untyped-def]
    """Give the months of a crisis a month later, 0 if it is over."""
    over_prob = rates.crisis_end_helped_prob_m if helped else rates.crisis_end_prob_m
    over = uniform_at(key[0], key[1], codes.crisis_end, ident, month, 0) < over_prob
    return 0 if over else min(months + 1, LONGEST_MONTHS)


@inner
def _move(  # type: ignore[no-untyped-def]
    rates, codes, key, month, ids, now, helped_from, helped_step, begin, listed, luck, logits
):
    """Let the households of a list come into a crisis or out of it."""
    for i in listed:
        if now.crisis_months[i] > 0:
            helped, months = helped_step[i] > helped_from, np.int64(now.crisis_months[i])
            now.crisis_months[i] = _end_crisis(rates, codes, key, month, ids[i], months, helped)
        elif happens(luck[i - begin], logits[i - begin]):
            now.crisis_began[i] = now.size[i] > 0
            now.crisis_months[i] = now.crisis_began[i]


@njit(cache=True, parallel=True)
def crises(rates, codes, key, month, ids, now, helped_from, helped_step):  # type: ignore[no-untyped-def]
    """Let crises of all households begin and end.

    Parameters
    ----------
    rates, codes, key, month, ids
        As in :func:`~simlib.life.arrears.strain`.
    now
        :class:`Trouble`, changed in place.
    helped_from, helped_step
        Who was helped after this step, and when each was helped last, (households,).
    """
    draws = np.zeros(BLOCK, np.int64)
    for block in prange((ids.size + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(ids.size, (block + 1) * BLOCK)
        luck, logits, steps = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int32)
        draw_same(key, codes.crisis, ids[begin:end], month, draws, luck, end - begin)
        _crisis_logits(
            rates, now.arrears_months[begin:end], now.ill_since[begin:end],
            now.jobless_since[begin:end], now.isolation[begin:end], logits, steps,
        )  # fmt: skip
        listed = np.empty(BLOCK + 1, np.int64)
        n = _list_open(now, luck, steps, begin, end, listed)
        _move(
            rates, codes, key, month, ids, now, helped_from, helped_step, begin, listed[:n], luck,
            logits,
        )  # fmt: skip
