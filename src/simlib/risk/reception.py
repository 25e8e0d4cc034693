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

CHUNK = 16384
"""Households that one thread works through at a time: many of each class."""
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
def _stands(i, j, word, states, disabled, table, shape, cap, drivers):  # type: ignore[no-untyped-def]
    """Tell whether an indicator of a household stands with its luck."""
    _, arrears, jobless, ill, crisis, _ = states
    owed = np.int64(arrears[i])
    _fill_late(drivers, table[4][j], shape, owed, jobless[i], ill[i], disabled[i], crisis[i])
    return (word + 0.5) * _TO_UNIT_32 < _probability(drivers, table[3], j, table[1][j], cap)


@inner
def _arrives(key, codes, month, ident, table, j):  # type: ignore[no-untyped-def]
    """Give the bit of an indicator that stands, 0 if the record is lost on its way."""
    number = table[0][j]
    lost = uniform_at(key[0], key[1], codes[3], ident, month, number)
    return np.uint64(lost >= table[5][j]) << np.uint64(number)


@inner
def _received(  # type: ignore[no-untyped-def]
    key, codes, month, ident, epochs, k, i, may, states, disabled, table, blocks, shape, cap,
    drivers,
):  # fmt: skip
    """Give the indicators of a household that reach the agency's file, of those that may."""
    bits = np.uint64(0)
    for b in range(blocks.shape[0]):
        first, last = blocks[b, 2], blocks[b, 3]
        here = (may >> np.uint64(first)) & np.uint64((1 << (last - first)) - 1)
        if here == np.uint64(0):
            continue
        epoch = epochs[blocks[b, 0], k]
        words = philox4x32(ident, epoch, codes[blocks[b, 0]], b, key[0], key[1])
        for j in range(first, last):
            if (here >> np.uint64(j - first)) & np.uint64(1) != np.uint64(0) and _stands(
                i, j, words[j - first], states, disabled, table, shape, cap, drivers
            ):
                bits |= _arrives(key, codes, month, ident, table, j)
    return bits


@njit(cache=True)
def _by_address(table):  # type: ignore[no-untyped-def]
    """Give the indicators in force that travel by address."""
    bits = np.uint64(0)
    for j in range(table[6].size):
        bits |= np.uint64(table[6][j] & table[7][j]) << np.uint64(j)
    return bits


@inner
def _list_wrong(order, mismatch, limits, luck, ident, epochs, listed, idents, spells):  # type: ignore[no-untyped-def]
    """List the households of a chunk to which a stranger's records come; give how many."""
    n = 0
    for k in range(order.size):
        listed[n], idents[n] = k, ident[k]
        for spell in range(epochs.shape[0]):
            spells[spell, n] = epochs[spell, k]
        n += luck[k] < (limits[1] if mismatch[order[k]] else limits[2])
    return n


@njit(cache=True)
def _draw_stranger(key, code, number, idents, epochs, luck):  # type: ignore[no-untyped-def]
    for k in range(idents.size):  # a loop that does nothing else runs several at once
        luck[k] = uniform_at(key[0], key[1], code, idents[k], epochs[k], number)


@njit(cache=True)
def _strangers(  # type: ignore[no-untyped-def]
    key, codes, month, order, mismatch, limits, wrong, ident, epochs, table, blocks, own, strange
):
    """Give the indicators of strangers to whom wrong addresses lead, beside what is their own.

    Takes those that travel by address from what each such household may have itself.
    """
    size, by_address = order.size + 1, _by_address(table)
    listed, idents = np.empty(size, np.int64), np.empty(size, np.uint64)
    spells, luck = np.empty((epochs.shape[0], size), np.uint64), np.empty(size)
    n = _list_wrong(order, mismatch, limits, wrong, ident, epochs, listed, idents, spells)
    for k in listed[:n]:
        own[k] &= ~by_address
    for b in range(blocks.shape[0]):
        for j in range(blocks[b, 2], blocks[b, 3]):
            if (by_address >> np.uint64(j)) & np.uint64(1) != np.uint64(0):
                _draw_stranger(key, codes[5], table[0][j], idents[:n], spells[blocks[b, 0]], luck)
                _note_stranger(key, codes, month, listed, idents, luck, n, table, j, strange)


@inner
def _note_stranger(key, codes, month, listed, idents, luck, n, table, j, strange):  # type: ignore[no-untyped-def]
    for at in range(n):
        if luck[at] < table[8][j]:
            strange[listed[at]] |= _arrives(key, codes, month, idents[at], table, j)


@njit(cache=True)
def _open_to(table):  # type: ignore[no-untyped-def]
    """Give the indicators in force that can concern households, by their gates, (gates,)."""
    gate, active = table[2], table[7]
    out = np.zeros(1 << len(GATES), np.uint64)
    for gates in range(out.size):
        for j in range(gate.size):
            out[gates] |= np.uint64(active[j] & (gates >> gate[j])) << np.uint64(j)
    return out


@inner
def _sort_by_class(begin, states, disabled, shape, most, kind, starts):  # type: ignore[no-untyped-def]
    """Find the class of each household of a chunk, and where each class begins."""
    buffer, arrears, jobless, ill, crisis, isolation = states
    for at in range(kind.size):
        i = begin + at
        kind[at] = class_of(
            shape, most, buffer[i], arrears[i], jobless[i], ill[i], disabled[i], isolation[i],
            crisis[i],
        )  # fmt: skip
    for which in kind:
        starts[which + 1] += 1
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
            if highest[which, first:last].max() == 0:
                continue
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
    highest = highest_words(most, shape[4], table[1], table[3], table[7], limits[0])
    open_to = _open_to(table)
    for chunk in prange((ids.size + CHUNK - 1) // CHUNK):
        begin, n = chunk * CHUNK, min(CHUNK, ids.size - chunk * CHUNK)
        kind, starts, drivers = np.empty(n, np.uint8), np.zeros(CLASSES + 1, np.int64), most.copy()
        _sort_by_class(begin, states, flags[0], shape, most, kind, starts)
        order, ident = np.empty(n, np.int64), np.empty(n, np.uint64)
        epochs = np.empty((3, n), np.uint64)
        _lay_out(month, begin, ids, kind, starts.copy(), blocks, order, ident, epochs)
        maybe, wrong = np.empty(n, np.uint64), np.empty(n)
        _draw_luck(key, codes, month, starts, ident, epochs, blocks, highest, maybe, wrong)
        strange = np.zeros(n, np.uint64)
        _strangers(
            key, codes, month, order, flags[1], limits, wrong, ident, epochs, table, blocks, maybe,
            strange,
        )  # fmt: skip
        _settle(
            key, codes, month, order, ident, epochs, maybe, strange, states, homes, flags[0], table,
            open_to, blocks, shape, limits[0], drivers, out,
        )  # fmt: skip


@inner
def _settle(  # type: ignore[no-untyped-def]
    key, codes, month, order, ident, epochs, maybe, strange, states, homes, disabled, table,
    open_to, blocks, shape, cap, drivers, out,
):  # fmt: skip
    """Reckon exactly for the households of a chunk that may have an indicator."""
    head_age, size, children_n, tenure = homes
    for k in range(order.size):
        i = order[k]
        may = maybe[k] & open_to[gate_bits(head_age[i], size[i], children_n[i], tenure[i])]
        out[i] = strange[k]
        if may != np.uint64(0):
            _fill(drivers, shape, states, disabled, i)
            out[i] |= _received(
                key, codes, month, ident[k], epochs, k, i, may, states, disabled, table, blocks,
                shape, cap, drivers,
            )  # fmt: skip
