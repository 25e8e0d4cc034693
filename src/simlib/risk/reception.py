"""The compiled loop behind the indicators: what happens, and what reaches the agency's file.

Each indicator of a household has a fixed luck for as long as a spell lasts, and stands while its
probability exceeds that luck. More need therefore never removes an indicator, the same household
has the same luck under every policy, and a list that grows leaves the earlier indicators as they
were. Four 32-bit numbers of one Philox counter serve four indicators.
"""

import numpy as np
from numba import njit, prange

from simlib.draws import philox4x32, uniform_at
from simlib.loops import inner
from simlib.risk.likely import CLASSES, class_of, highest_words, likely

DRIVERS = ("base", "liquidity", "arrears", "work", "health", "isolation", "crisis")
"""Order of the driver columns; ``base`` is 1 for every household."""

GATES = ("all", "working_age", "elder_60", "elder_65", "children", "family", "jeonse", "rent")
"""Order of the gate bits: whom an indicator can concern at all."""

CHUNK = 4096
"""Households that one thread works through at a time."""
_TO_UNIT_32 = 2.0**-32
_YEAR_MONTHS = 12
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
def _fill_late(out, lag, shape, arrears, jobless, ill, disabled, crisis):  # type: ignore[no-untyped-def]
    """Read the drivers of which a file that is late does not know all."""
    out[2] = min(max(arrears - lag, 0) / shape[2], 1.0)
    out[3] = 1.0 if jobless > lag else 0.0
    out[4] = (1.0 if ill > lag else 0.0) + (shape[3] if disabled else 0.0)
    out[6] = 1.0 if crisis > lag else 0.0


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
    pressure = min(max(1.0 - buffer / shape[0], 0.0), shape[1])
    out[1] = pressure ** shape[4] if pressure > 0.0 else 0.0
    out[5] = max(isolation, 0.0)
    _fill_late(out, lag, shape, arrears, jobless, ill, disabled, crisis)


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


@inner
def _probability(drivers, weights, j, rate, cap):  # type: ignore[no-untyped-def]
    total = 0.0
    for d in range(drivers.size):
        total += drivers[d] * weights[j, d]
    return min(rate * total, cap)


@inner
def _epoch(month, ident, spell):  # type: ignore[no-untyped-def]
    """Give the number of the spell that a month lies in; households' spells begin apart.

    Whole numbers of 32 bits divide exactly as floating ones, several at once.
    """
    begins = ident - spell * np.floor(ident / spell)
    return np.uint64(np.floor((month + begins) / spell))


@inner
def _fill(drivers, shape, states, disabled, i):  # type: ignore[no-untyped-def]
    """Read the drivers of a household as they are now."""
    buffer, arrears, jobless, ill, crisis, isolation = states
    fill_drivers(
        drivers, 0, shape, buffer[i], np.int64(arrears[i]), jobless[i], ill[i], disabled[i],
        isolation[i], crisis[i],
    )  # fmt: skip


@inner
def _stands(  # type: ignore[no-untyped-def]
    key, codes, ident, epoch, i, j, word, gates, wrong, states, disabled, table, shape, cap,
    drivers,
):  # fmt: skip
    """Tell whether an indicator of a household stands, or a stranger's does in its place."""
    number, rate, gate, weights, lag, _, by_address, active, national = table
    if not active[j]:
        return False
    if wrong and by_address[j]:
        return uniform_at(key[0], key[1], codes[5], ident, epoch, number[j]) < national[j]
    if not (gates >> gate[j]) & 1:
        return False
    _, arrears, jobless, ill, crisis, _ = states
    owed = np.int64(arrears[i])
    _fill_late(drivers, lag[j], shape, owed, jobless[i], ill[i], disabled[i], crisis[i])
    return (word + 0.5) * _TO_UNIT_32 < _probability(drivers, weights, j, rate[j], cap)


@inner
def _received(  # type: ignore[no-untyped-def]
    key, codes, month, ident, i, gates, wrong, maybe, states, disabled, table, blocks, shape, cap,
    drivers,
):  # fmt: skip
    """Give the indicators of a household that reach the agency's file, of those that may."""
    number, missing, by_address = table[0], table[5], table[6]
    bits = np.uint64(0)
    for b in range(blocks.shape[0]):
        first, last = blocks[b, 2], blocks[b, 3]
        here = (maybe >> np.uint64(first)) & np.uint64((1 << (last - first)) - 1)
        if here == np.uint64(0) and not wrong:
            continue
        epoch = _epoch(month, ident, blocks[b, 1])
        words = philox4x32(ident, epoch, codes[blocks[b, 0]], b, key[0], key[1])
        for j in range(first, last):
            may = (here >> np.uint64(j - first)) & np.uint64(1) != np.uint64(0)
            if not may and not (wrong and by_address[j]):
                continue
            if _stands(
                key, codes, ident, epoch, i, j, words[j - first], gates, wrong, states, disabled,
                table, shape, cap, drivers,
            ):  # fmt: skip
                lost = uniform_at(key[0], key[1], codes[3], ident, month, number[j])
                if lost >= missing[j]:
                    bits |= np.uint64(1) << np.uint64(number[j])
    return bits


@inner
def _sort_by_class(begin, states, disabled, shape, most, drivers, kind, starts):  # type: ignore[no-untyped-def]
    """Find the class of each household of a chunk, and where each class begins."""
    for at in range(kind.size):
        _fill(drivers, shape, states, disabled, begin + at)
        kind[at] = class_of(drivers, most)
        starts[kind[at] + 1] += 1
    for which in range(CLASSES):
        starts[which + 1] += starts[which]


@inner
def _lay_out(month, begin, ids, kind, at, blocks, order, ident, epochs):  # type: ignore[no-untyped-def]
    """Lay a chunk's households out class after class, with the epochs of every kind of spell."""
    for k in range(kind.size):
        to = at[kind[k]]
        at[kind[k]] += 1
        order[to], ident[to] = begin + k, ids[begin + k]
    for b in range(blocks.shape[0]):
        if b == 0 or blocks[b, 0] != blocks[b - 1, 0]:
            for to in range(kind.size):
                epochs[blocks[b, 0], to] = _epoch(month, ident[to], blocks[b, 1])


@njit(cache=True)
def _draw_luck(key, codes, month, starts, ident, epochs, blocks, highest, maybe, wrong):  # type: ignore[no-untyped-def]
    """Find what each household of a chunk may have, and draw whether its address is wrong."""
    maybe[:] = 0
    for which in range(CLASSES):
        begin, end = starts[which], starts[which + 1]
        for b in range(blocks.shape[0] if end > begin else 0):
            first, last = blocks[b, 2], blocks[b, 3]
            likely(
                key, codes[blocks[b, 0]], b, ident[begin:end], epochs[blocks[b, 0], begin:end],
                first, highest[which, first:last], maybe[begin:end],
            )  # fmt: skip
    for k in range(ident.size):
        year = _epoch(month, ident[k], _YEAR_MONTHS)
        wrong[k] = uniform_at(key[0], key[1], codes[4], ident[k], year, 0)


@njit(cache=True, parallel=True)
def receive(  # type: ignore[no-untyped-def]
    key, codes, month, ids, states, homes, flags, table, blocks, shape, limits, most, out
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
    states, homes, flags
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
    most
        The largest value of each driver that any household has, (drivers,).
    out
        (households,) unsigned 64-bit; filled.
    """
    highest = highest_words(most, table[1], table[3], limits[0])
    for chunk in prange((ids.size + CHUNK - 1) // CHUNK):
        begin, n = chunk * CHUNK, min(CHUNK, ids.size - chunk * CHUNK)
        kind, starts, drivers = np.empty(n, np.int64), np.zeros(CLASSES + 1, np.int64), most.copy()
        _sort_by_class(begin, states, flags[0], shape, most, drivers, kind, starts)
        order, ident = np.empty(n, np.int64), np.empty(n, np.uint64)
        epochs = np.empty((3, n), np.uint64)
        _lay_out(month, begin, ids, kind, starts.copy(), blocks, order, ident, epochs)
        maybe, wrong = np.empty(n, np.uint64), np.empty(n)
        _draw_luck(key, codes, month, starts, ident, epochs, blocks, highest, maybe, wrong)
        _settle(
            key, codes, month, order, ident, maybe, wrong, states, homes, flags, table, blocks,
            shape, limits, drivers, out,
        )  # fmt: skip


@inner
def _settle(  # type: ignore[no-untyped-def]
    key, codes, month, order, ident, maybe, wrong, states, homes, flags, table, blocks, shape,
    limits, drivers, out,
):  # fmt: skip
    """Reckon exactly for the households of a chunk that may have an indicator."""
    head_age, size, children_n, tenure = homes
    disabled, mismatch = flags
    for k in range(order.size):
        i = order[k]
        is_wrong = wrong[k] < (limits[1] if mismatch[i] else limits[2])
        out[i] = np.uint64(0)
        if maybe[k] != np.uint64(0) or is_wrong:
            gates = gate_bits(head_age[i], size[i], children_n[i], tenure[i])
            _fill(drivers, shape, states, disabled, i)
            out[i] = _received(
                key, codes, month, ident[k], i, gates, is_wrong, maybe[k], states, disabled,
                table, blocks, shape, limits[0], drivers,
            )  # fmt: skip
