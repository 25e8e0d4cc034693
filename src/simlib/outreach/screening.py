"""Compiled passes over some households' records: what they could have and do not receive.

Rows are worked through in parts, side by side. A part writes what it keeps where it begins;
:func:`close_up` then moves the parts together, so results are the same on any number of threads.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.loops import fetch, inner
from simlib.right_kinds import NO_RIGHT
from simlib.uptake.entitlement import has_bit, is_entitled
from simlib.uptake.rooms import CHUNK, NEAR, look_ahead
from simlib.uptake.states import PENDING, RECEIVING

Rows = NDArray[np.int64]
Masks = NDArray[np.uint64]


def parts_of(n: int) -> Rows:
    """Give a zero for every part of so many rows, to count what each part keeps, (parts,)."""
    return np.zeros((n + CHUNK - 1) // CHUNK, np.int64)


@njit(cache=True)
def close_up(parts, kept_n):  # type: ignore[no-untyped-def]
    """Move what parts kept together, and give how many there are.

    Parameters
    ----------
    parts
        Values or rows of a table, by part from where it begins; changed in place.
    kept_n
        How many each part kept, (parts,).
    """
    end = 0
    for part in range(kept_n.size):
        begin = part * CHUNK
        if end < begin:
            parts[end : end + kept_n[part]] = parts[begin : begin + kept_n[part]]
        end += kept_n[part]
    return end


@inner
def is_unclaimed(cell, receiving, follows, i):  # type: ignore[no-untyped-def]
    """Tell whether a household could have a benefit and neither receives nor waits for it.

    All is asked at once: what a processor guesses about the state of a cell is wrong too often.
    """
    idle = (cell.right != NO_RIGHT) & (cell.state != RECEIVING) & (cell.state != PENDING)
    return idle & is_entitled(cell.right, receiving, follows, i, np.int64(cell.programme))


@inner
def _look_ahead(cells, receiving, rows, j, end):  # type: ignore[no-untyped-def]
    """Have at hand soon what decides about households further down a list."""
    look_ahead(cells, rows, j, end)
    if j + NEAR < end:
        fetch(receiving, rows[j + NEAR])


@inner
def _set_unclaimed(cells, receiving, follows, i, masks, at):  # type: ignore[no-untyped-def]
    """Set the bits of what a household could have in a mask, zero before."""
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        bit = np.uint64(cell.programme & 63)
        unclaimed = is_unclaimed(cell, receiving, follows, i)
        masks[at, cell.programme >> 6] |= np.uint64(unclaimed) << bit


@inner
def _unclaimed_of(cells, receiving, follows, rows, begin, end, out):  # type: ignore[no-untyped-def]
    for j in range(begin, end):
        _look_ahead(cells, receiving, rows, j, end)
        _set_unclaimed(cells, receiving, follows, rows[j], out, j)


@njit(cache=True, parallel=True)
def unclaimed_of(cells, receiving, follows, rows, out):  # type: ignore[no-untyped-def]
    """Find what some households could have and neither receive nor wait for.

    Parameters
    ----------
    cells, receiving, follows
        Cells, masks of what is received, and of what each programme follows.
    rows
        The households, (rows,).
    out
        Bit masks to set, zero before, (rows, words).
    """
    for part in prange((rows.size + CHUNK - 1) // CHUNK):
        end = min(rows.size, (part + 1) * CHUNK)
        _unclaimed_of(cells, receiving, follows, rows, part * CHUNK, end, out)


@inner
def _screen(cells, receiving, follows, rows, only_new, named, begin, end, kept, masks):  # type: ignore[no-untyped-def]
    at = begin
    for j in range(begin, end):
        _look_ahead(cells, receiving, rows, j, end)
        if j + NEAR < end:
            fetch(named, rows[j + NEAR])
        i, some = rows[j], np.uint64(0)
        for word in range(named.shape[1]):
            masks[at, word] = 0
        _set_unclaimed(cells, receiving, follows, i, masks, at)
        for word in range(named.shape[1]):
            before = named[i, word] if only_new else np.uint64(0)
            named[i, word] = masks[at, word] | before
            masks[at, word] &= ~before
            some |= masks[at, word]
        kept[at] = i
        at += some != np.uint64(0)
    return at - begin


@njit(cache=True, parallel=True)
def screen(cells, receiving, follows, rows, only_new, named, kept, masks, kept_n):  # type: ignore[no-untyped-def]
    """Name to some households what they are missing, and keep those to whom something is named.

    Parameters
    ----------
    cells, receiving, follows, rows
        As in :func:`unclaimed_of`, each household once.
    only_new
        Whether only that is named which the last list did not name.
    named
        What the last list named, (households, words); changed in place.
    kept, masks, kept_n
        To be filled by part with the households kept, (rows,), what is named to them, (rows,
        words), and how many they are, (parts,).
    """
    for part in prange(kept_n.size):
        begin, end = part * CHUNK, min(rows.size, (part + 1) * CHUNK)
        kept_n[part] = _screen(
            cells, receiving, follows, rows, only_new, named, begin, end, kept, masks
        )


@inner
def _misses(cells, receiving, follows, i, about, at):  # type: ignore[no-untyped-def]
    """Tell whether a household still misses something that its list names."""
    misses = False
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        unclaimed = is_unclaimed(cell, receiving, follows, i)
        misses |= unclaimed & has_bit(about, at, np.int64(cell.programme))
    return misses


@inner
def _look_again(cells, receiving, follows, rows, missed, about, vain, begin, end):  # type: ignore[no-untyped-def]
    at, vain_at = begin, begin
    for j in range(begin, end):
        if not missed:
            _look_ahead(cells, receiving, rows, j, end)
        i, some = rows[j], np.uint64(0)
        for word in range(about.shape[1]):
            about[at, word] = about[j, word] & ~receiving[i, word]
            some |= about[at, word]
        misses = missed or _misses(cells, receiving, follows, i, about, at)
        rows[at], vain[vain_at] = i, i
        at += some != np.uint64(0)
        vain_at += (some != np.uint64(0)) & (not misses)
    return at - begin, vain_at - begin


@njit(cache=True, parallel=True)
def look_again(cells, receiving, follows, rows, missed, about, vain, kept_n, vain_n):  # type: ignore[no-untyped-def]
    """Take off lists what is received by now, and find those that name nothing still missed.

    Parameters
    ----------
    cells, receiving, follows, rows
        As in :func:`unclaimed_of`, each household once; closed up by part to those on whose
        list something is left.
    missed
        Whether all that lists name is known to be missed now.
    about
        What their lists name, (rows, words); closed up as the rows are.
    vain, kept_n, vain_n
        To be filled by part with the households who miss nothing of what is left, (rows,), and
        how many are kept and in vain, (parts,).
    """
    for part in prange(kept_n.size):
        begin, end = part * CHUNK, min(rows.size, (part + 1) * CHUNK)
        kept_n[part], vain_n[part] = _look_again(
            cells, receiving, follows, rows, missed, about, vain, begin, end
        )


@njit(cache=True)
def merge(rows, about, more_rows, more_about):  # type: ignore[no-untyped-def]
    """Merge two lists of ascending households; who stands on both gets one list of all.

    Parameters
    ----------
    rows, about, more_rows, more_about
        Households, (rows,), and bit masks, (rows, words), of either list.

    Returns
    -------
    tuple
        Households and bit masks of the list of both.
    """
    n, j, k, at = rows.size + more_rows.size, 0, 0, 0
    out_rows, out = np.empty(n, np.int64), np.zeros((n, about.shape[1]), np.uint64)
    while j < rows.size or k < more_rows.size:
        first = k >= more_rows.size or (j < rows.size and rows[j] <= more_rows[k])
        second = j >= rows.size or (k < more_rows.size and more_rows[k] <= rows[j])
        out_rows[at] = rows[j] if first else more_rows[k]
        for word in range(out.shape[1]):
            if first:
                out[at, word] |= about[j, word]
            if second:
                out[at, word] |= more_about[k, word]
        j, k, at = j + first, k + second, at + 1
    return out_rows[:at], out[:at]
