"""Unpaid bills: who has no means leaves them, and others pay theirs at some time."""

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.life.hardship_rates import BLOCK, LONGEST_MONTHS
from simlib.life.means import carry_means
from simlib.loops import inner


class Means(NamedTuple):
    """Hold what households have and need, see :class:`~simlib.life.hardship.Circumstances`."""

    income_krw_m: NDArray[np.float32]
    need_krw_m: NDArray[np.float32]
    buffer_months: NDArray[np.float32]
    arrears_months: NDArray[np.uint8]


@inner
def _list_short(now, begin, end, short):  # type: ignore[no-untyped-def]
    """List the households without means or with unpaid bills; give how many they are.

    Every household is written down and only counted if it is one: what a processor guesses
    about it is wrong too often.
    """
    n = 0
    for i in range(begin, end):
        short[n] = i
        n += (now.buffer_months[i] < 0.0) | (now.arrears_months[i] > 0)
    return n


@inner
def _leave_bills(rates, codes, key, month, ids, now, short, n):  # type: ignore[no-untyped-def]
    """Let those without means leave bills unpaid, and others pay theirs at some time."""
    arrears = now.arrears_months
    for i in short[:n]:
        if now.buffer_months[i] < 0.0:
            grows = arrears[i] > 0
            if not grows:
                u = uniform_at(key[0], key[1], codes.arrears, ids[i], month, 0)
                grows = u < rates.arrears_prob_m
            if grows:
                arrears[i] = min(arrears[i] + 1, LONGEST_MONTHS)
        else:
            u = uniform_at(key[0], key[1], codes.arrears_clear, ids[i], month, 0)
            cleared = u < rates.arrears_clear_prob_m
            arrears[i] = 0 if cleared else min(arrears[i] + 1, LONGEST_MONTHS)


@njit(cache=True, parallel=True)
def strain(rates, codes, key, month, ids, paid_krw_m, now):  # type: ignore[no-untyped-def]
    """Let income, benefits and needs act on means and unpaid bills of all households.

    Parameters
    ----------
    rates, codes, key, month
        Numbers, decisions, key of the draws, and month.
    ids, paid_krw_m
        Ids of the households, and benefits that they got, won, (households,).
    now
        :class:`Means`, changed in place.
    """
    for block in prange((ids.size + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(ids.size, (block + 1) * BLOCK)
        carry_means(
            rates, now.income_krw_m[begin:end], paid_krw_m[begin:end], now.need_krw_m[begin:end],
            now.buffer_months[begin:end],
        )  # fmt: skip
        short = np.empty(BLOCK + 1, np.int64)
        n = _list_short(now, begin, end, short)
        _leave_bills(rates, codes, key, month, ids, now, short, n)
