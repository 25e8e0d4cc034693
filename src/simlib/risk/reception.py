"""The compiled loop behind the indicators: what happens, and what reaches the agency's file.

Each indicator of a household has a fixed luck for as long as a spell lasts, and stands while its
probability exceeds that luck. More need therefore never removes an indicator, the same household
has the same luck under every policy, and a list that grows leaves the earlier indicators as they
were. Four 32-bit numbers of one Philox counter serve four indicators.
"""

import numpy as np
from numba import njit, prange

from simlib.draws import philox4x32, uniform_at

DRIVERS = ("base", "liquidity", "arrears", "work", "health", "isolation", "crisis")
"""Order of the driver columns; ``base`` is 1 for every household."""

GATES = ("all", "working_age", "elder_60", "elder_65", "children", "family", "jeonse", "rent")
"""Order of the gate bits: whom an indicator can concern at all."""

_CHUNK = 512
_TO_UNIT_32 = 2.0**-32
_JEONSE, _DEPOSIT_RENT, _MONTHLY_RENT = 1, 2, 3


@njit(cache=True, inline="always")
def gate_bits(head_age, size, children_n, tenure):  # type: ignore[no-untyped-def]
    """Say whom a household belongs to, as bits in the order of :data:`GATES`."""
    bits = 1
    if head_age < 65:
        bits |= 2
    if head_age >= 60:
        bits |= 4
    if head_age >= 65:
        bits |= 8
    if children_n > 0:
        bits |= 16
    if size >= 2:
        bits |= 32
    if tenure == _JEONSE:
        bits |= 64
    if tenure in (_DEPOSIT_RENT, _MONTHLY_RENT):
        bits |= 128
    return bits


@njit(cache=True, inline="always")
def fill_drivers(  # type: ignore[no-untyped-def]
    out, lag, shape, buffer, arrears, jobless, ill, disabled, isolation, crisis
):
    """Read a household's latent states as drivers, the way they were ``lag`` months ago.

    Parameters
    ----------
    out
        Row to fill, in the order of :data:`DRIVERS`.
    lag
        Months between the state and the round; spells that began later are not seen.
    shape
        comfort_months, liquidity_most, arrears_full_months, disability_weight, liquidity_power.
    buffer, arrears, jobless, ill, disabled, isolation, crisis
        Latent states of the household.
    """
    out[0] = 1.0
    out[1] = min(max(1.0 - buffer / shape[0], 0.0), shape[1]) ** shape[4]
    out[2] = min(max(arrears - lag, 0) / shape[2], 1.0)
    out[3] = 1.0 if jobless > lag else 0.0
    out[4] = (1.0 if ill > lag else 0.0) + (shape[3] if disabled else 0.0)
    out[5] = max(isolation, 0.0)
    out[6] = 1.0 if crisis > lag else 0.0


@njit(cache=True)
def fill_drivers_of(  # type: ignore[no-untyped-def]
    shape, buffer, arrears, jobless, ill, disabled, isolation, crisis
):
    """Give the drivers of many households as they are now, (households, drivers)."""
    out = np.empty((buffer.size, 7))
    for i in range(buffer.size):
        fill_drivers(
            out[i], 0, shape, buffer[i], np.int64(arrears[i]), jobless[i], ill[i], disabled[i],
            isolation[i], crisis[i],
        )  # fmt: skip
    return out


@njit(cache=True, inline="always")
def _probability(drivers, weights, rate, cap):  # type: ignore[no-untyped-def]
    total = 0.0
    for d in range(drivers.size):
        total += drivers[d] * weights[d]
    return min(rate * total, cap)


@njit(cache=True, parallel=True)
def receive(  # type: ignore[no-untyped-def]
    key, codes, month, ids, states, table, blocks, shape, limits, out
):
    """Fill the indicators of every household as the agency receives them in a round.

    Parameters
    ----------
    key
        Two key words of the replicate.
    codes
        Codes of the decisions: luck by spell class (3), missing, linkage, stranger.
    month
        Month of the round.
    ids
        (households,)
    states
        Latent arrays, each (households,), in three tuples: buffer, arrears, jobless, ill, crisis,
        isolation; head_age, size, children_n, tenure; severe_disability, address_mismatch.
    table
        Tuple of arrays by indicator in the order of luck: number - 1, rate, gate, weights
        (indicators, drivers), lag, missing probability, by address, in force, national rate.
    blocks
        (blocks, 4): spell class, months of the spell, first indicator, one past the last.
    shape
        See :func:`fill_drivers`.
    limits
        largest_prob, wrong_if_mismatch_prob, wrong_otherwise_prob.
    out
        (households,) unsigned 64-bit; filled.
    """
    k0, k1 = key
    number, rate, gate, weights, lag, missing, by_address, active, national = table
    buffer, arrears, jobless, ill, crisis, isolation = states[0]
    head_age, size, children_n, tenure = states[1]
    disabled, mismatch = states[2]
    lags = lag.max() + 1
    for chunk in prange((ids.size + _CHUNK - 1) // _CHUNK):
        drivers = np.empty((lags, weights.shape[1]))
        words = np.empty(4, dtype=np.uint64)
        for i in range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, ids.size)):
            gates = gate_bits(head_age[i], size[i], children_n[i], tenure[i])
            for months in range(lags):
                fill_drivers(
                    drivers[months], months, shape, buffer[i], np.int64(arrears[i]), jobless[i],
                    ill[i], disabled[i], isolation[i], crisis[i],
                )  # fmt: skip
            year = (month + ids[i] % 12) // 12
            wrong_prob = limits[1] if mismatch[i] else limits[2]
            wrong = uniform_at(k0, k1, codes[4], ids[i], year, 0) < wrong_prob
            bits = np.uint64(0)
            for b in range(blocks.shape[0]):
                spell = blocks[b, 1]
                epoch = (month + np.int64(ids[i]) % spell) // spell
                words[0], words[1], words[2], words[3] = philox4x32(
                    ids[i], epoch, codes[blocks[b, 0]], b, k0, k1
                )
                for j in range(blocks[b, 2], blocks[b, 3]):
                    if not active[j]:
                        continue
                    if wrong and by_address[j]:
                        luck = uniform_at(k0, k1, codes[5], ids[i], epoch, number[j])
                        here = luck < national[j]
                    elif (gates >> gate[j]) & 1:
                        luck = (words[j - blocks[b, 2]] + 0.5) * _TO_UNIT_32
                        here = luck < _probability(drivers[lag[j]], weights[j], rate[j], limits[0])
                    else:
                        here = False
                    if here and (
                        uniform_at(k0, k1, codes[3], ids[i], month, number[j]) >= missing[j]
                    ):
                        bits |= np.uint64(1) << np.uint64(number[j])
            out[i] = bits
