"""What a month changes of the cells: rights that begin, end or change, and what is told.

Chunks of households run side by side. A chunk that has no place left stops; how far each has
come is kept, and it goes on after the cells were laid out anew.
"""

import numpy as np
from numba import njit, prange

from simlib.loops import inner
from simlib.right_kinds import NO_RIGHT
from simlib.uptake.rooms import add, cell_from, cell_of, drop, look_ahead
from simlib.uptake.states import PENDING, RECEIVING, UNAWARE


@inner
def _end(cells, row, place):  # type: ignore[no-untyped-def]
    """End a right; its cell goes unless the household knows of the programme."""
    cell = cells.record[place]
    if cell.state == UNAWARE:
        drop(cells, row, place)
        return
    cell.right = NO_RIGHT
    if cell.state not in (RECEIVING, PENDING):  # paid on, or claimed, until the end is noticed
        cell.amount_krw_m = 0.0


@inner
def _begin(cells, change, k, place, known, begun_n):  # type: ignore[no-untyped-def]
    """Take a right that began or changed; give its cell's place, -1 if there is no room for it."""
    if not known:
        place = add(cells, change.row[k], place, change.programme[k])
        if place < 0:
            return place
    cell = cells.record[place]
    begun_n[cell.programme] += cell.right == NO_RIGHT
    cell.right, cell.amount_krw_m = change.kind[k], change.amount_krw_m[k]
    return place


@inner
def _take(cells, change, k, end, was, begun_n):  # type: ignore[no-untyped-def]
    """Take the changes up to an end; give how far there was room."""
    row, place = np.int64(-1), np.int64(0)
    while k < end:
        look_ahead(cells, change.row, k, end)
        if change.row[k] != row:
            row = change.row[k]
            place = cells.first[row]
        place, known = cell_from(cells, row, place, change.programme[k])
        if change.kind[k] != NO_RIGHT:
            place = _begin(cells, change, k, place, known, begun_n)
            if place < 0:
                return k
        elif known:
            was.state[k] = cells.record[place].state
            was.amount_krw_m[k] = cells.record[place].amount_krw_m
            _end(cells, row, place)
        k += 1
    return k


@njit(cache=True, parallel=True)
def take_rights(cells, change, at, ends, was, begun_n):  # type: ignore[no-untyped-def]
    """Write changed rights into their cells, as far as there is room.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`, changed in place.
    change
        :class:`~simlib.uptake.cells.ChangeColumns`.
    at, ends
        The next change of each chunk of households, moved on, and the end of its changes.
    was
        :class:`~simlib.uptake.cells.EndedRights`, filled where a right ends.
    begun_n
        Rights that begin, by chunk and programme, added to.
    """
    for chunk in prange(at.size):
        at[chunk] = _take(cells, change, at[chunk], ends[chunk], was, begun_n[chunk])


@inner
def _untold(cells, row, mask, word):  # type: ignore[no-untyped-def]
    """Give the programmes of a word of a mask of which a household has no cell."""
    for place in range(cells.first[row], cells.first[row] + cells.taken[row]):
        programme = np.int64(cells.record[place].programme)
        if programme >> 6 == word:
            mask &= ~(np.uint64(1) << np.uint64(programme & 63))
    return mask


@inner
def _add_told(cells, told, row):  # type: ignore[no-untyped-def]
    """Make the cells of what a household was told of; tell whether there was room for them."""
    for word in range(told.shape[1]):
        mask = told[row, word]
        if mask != np.uint64(0):
            mask = _untold(cells, row, mask, word)
        programme = 64 * word
        while mask != np.uint64(0):
            if mask & np.uint64(1):
                place, _ = cell_of(cells, row, programme)
                if add(cells, row, place, programme) < 0:
                    return False
            mask >>= np.uint64(1)
            programme += 1
    return True


@inner
def _tell(cells, rows, told, k, end):  # type: ignore[no-untyped-def]
    """Tell the households up to an end; give how far there was room."""
    while k < end:
        look_ahead(cells, rows, k, end)
        if not _add_told(cells, told, rows[k]):
            return k
        k += 1
    return k


@njit(cache=True, parallel=True)
def take_told(cells, rows, told, at, ends):  # type: ignore[no-untyped-def]
    """Make the cells of programmes that households were told of, as far as there is room.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`, changed in place.
    rows
        The households that were told of something, ascending, (told,).
    told
        Bit masks of programmes of all, (households, words).
    at, ends
        The next of these households in each chunk, moved on, and the end of those of the chunk.
    """
    for chunk in prange(at.size):
        at[chunk] = _tell(cells, rows, told, at[chunk], ends[chunk])
