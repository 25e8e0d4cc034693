"""Compiled passes over some households' records: what they could have and do not receive.

Rows are worked through in parts, side by side. A part writes what it keeps where it begins;
:func:`close_up` then moves the parts together, so results are the same on any number of threads.
"""

from typing import Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.loops import inner
from simlib.uptake.entitlement import is_entitled
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import PENDING, RECEIVING

Rows = NDArray[np.int64]
Masks = NDArray[np.uint64]


LISTED: Final = 1024
"""Cells that are listed before they are looked at; the list stays in the processor's cache."""


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
    """Tell whether a household could have a benefit and neither receives nor waits for it."""
    if cell.right == 0 or cell.state == RECEIVING or cell.state == PENDING:
        return False
    return is_entitled(cell.right, receiving, follows, i, np.int64(cell.programme))


@inner
def _list_claimable(cells, rows, begin, end, owner, place):  # type: ignore[no-untyped-def]
    """List the cells of some rows that may be unclaimed, until the list is full.

    Every cell is written down and only counted if it may be: what a processor guesses about the
    state of a cell is wrong too often. Gives the row to go on with, and how many are listed.
    """
    n, j = 0, begin
    while j < end and n < LISTED:
        i = rows[j]
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            cell = cells.record[k]
            owner[n], place[n] = j, k
            n += (cell.right != 0) & (cell.state != RECEIVING) & (cell.state != PENDING)
        j += 1
    return j, n


@inner
def _mark_entitled(  # type: ignore[no-untyped-def]
    cells, receiving, follows, rows, owner, place, n, out
):
    """Set the bits of the cells listed to which their household is entitled."""
    for q in range(n):
        j, cell = owner[q], cells.record[place[q]]
        programme = np.int64(cell.programme)
        if is_entitled(cell.right, receiving, follows, rows[j], programme):
            out[j, programme >> 6] |= np.uint64(1) << np.uint64(programme & 63)


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
        owner = np.empty(LISTED + follows.shape[0], np.int64)
        place = np.empty(LISTED + follows.shape[0], np.int64)
        at, end = part * CHUNK, min(rows.size, (part + 1) * CHUNK)
        while at < end:
            at, n = _list_claimable(cells, rows, at, end, owner, place)
            _mark_entitled(cells, receiving, follows, rows, owner, place, n, out)


@njit(cache=True, parallel=True)
def screen(rows, missed, only_new, named, kept, masks, kept_n):  # type: ignore[no-untyped-def]
    """Name to some households what they are missing, and keep those to whom something is named.

    Parameters
    ----------
    rows, missed
        The households, each once, (rows,), and what they miss, (rows, words).
    only_new
        Whether only that is named which the last list did not name.
    named
        What the last list named, (households, words); changed in place.
    kept, masks, kept_n
        To be filled by part with the households kept, (rows,), what is named to them, (rows,
        words), and how many they are, (parts,).
    """
    for part in prange(kept_n.size):
        at = part * CHUNK
        for j in range(part * CHUNK, min(rows.size, (part + 1) * CHUNK)):
            i, some = rows[j], np.uint64(0)
            for word in range(named.shape[1]):
                before = named[i, word] if only_new else np.uint64(0)
                masks[at, word] = missed[j, word] & ~before
                named[i, word] = missed[j, word] | before
                some |= masks[at, word]
            kept[at] = i
            at += some != np.uint64(0)
        kept_n[part] = at - part * CHUNK


@njit(cache=True, parallel=True)
def look_again(rows, missed, receiving, about, vain, kept_n, vain_n):  # type: ignore[no-untyped-def]
    """Take off lists what is received by now, and find those that name nothing still missed.

    Parameters
    ----------
    rows, missed
        The households, each once, (rows,), and what they miss, (rows, words).
    receiving
        Masks of what is received, (households, words).
    about
        What their lists name, (rows, words); closed up by part, as the rows are, to the lists
        on which something is left.
    vain, kept_n, vain_n
        To be filled by part with the households who miss nothing of what is left, (rows,), and
        how many are kept and in vain, (parts,).
    """
    for part in prange(kept_n.size):
        at, vain_at = part * CHUNK, part * CHUNK
        for j in range(part * CHUNK, min(rows.size, (part + 1) * CHUNK)):
            i, some, still = rows[j], np.uint64(0), np.uint64(0)
            for word in range(about.shape[1]):
                left = about[j, word] & ~receiving[i, word]
                about[at, word] = left
                some |= left
                still |= left & missed[j, word]
            rows[at], vain[vain_at] = i, i
            at += some != np.uint64(0)
            vain_at += (some != np.uint64(0)) & (still == np.uint64(0))
        kept_n[part], vain_n[part] = at - part * CHUNK, vain_at - part * CHUNK


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
