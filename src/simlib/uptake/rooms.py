"""How cells are found, added, dropped and moved among their places."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.uptake.states import NEVER, PENDING, RECEIVING, UNAWARE

CHUNK = 4096
"""Households that one thread works through at a time."""
CELL = np.dtype(
    [
        ("amount_krw_m", np.float32),
        ("since", np.int16),
        ("read_step", np.int16),
        ("programme", np.uint16),
        ("right", np.uint8),
        ("state", np.uint8),
    ],
    align=True,
)
"""One cell, 12 bytes: those of a household lie in one or two lines of the processor's cache."""


def blank_places(n: int) -> NDArray[np.void]:
    """Give places that no cell takes: unaware of programme 0, without a right, (n,)."""
    places = np.zeros(n, CELL)
    places["read_step"] = NEVER
    return places


@njit(cache=True)
def cell_of(cells, row, programme):  # type: ignore[no-untyped-def]
    """Find a household's cell of a programme: its place, or where it would go, and if it is there.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`.
    row, programme
        The household and the programme.
    """
    place = cells.first[row]
    end = place + cells.taken[row]
    while place < end and cells.record[place].programme < programme:
        place += 1
    return place, place < end and cells.record[place].programme == programme


@njit(cache=True)
def _clear(cell, programme):  # type: ignore[no-untyped-def]
    cell.programme = programme
    cell.right = 0
    cell.amount_krw_m = 0.0
    cell.state = UNAWARE
    cell.since = 0
    cell.read_step = NEVER


@njit(cache=True)
def _place(cells, row, programme):  # type: ignore[no-untyped-def]
    """Give the place of a cell, made when there is none; -1 if the room is full."""
    place, known = cell_of(cells, row, programme)
    if known:
        return place
    if cells.taken[row] == cells.room[row]:
        return np.int64(-1)
    for later in range(cells.first[row] + cells.taken[row], place, -1):
        cells.record[later] = cells.record[later - 1]
    _clear(cells.record[place], programme)
    cells.taken[row] += 1
    return place


@njit(cache=True)
def _drop(cells, row, place):  # type: ignore[no-untyped-def]
    last = cells.first[row] + cells.taken[row] - 1
    for here in range(place, last):
        cells.record[here] = cells.record[here + 1]
    _clear(cells.record[last], 0)
    cells.taken[row] -= 1


@njit(cache=True)
def _end_right(cells, row, programme):  # type: ignore[no-untyped-def]
    place, known = cell_of(cells, row, programme)
    if not known:
        return
    cell = cells.record[place]
    if cell.state == UNAWARE:
        _drop(cells, row, place)
        return
    cell.right = 0
    if cell.state not in (RECEIVING, PENDING):  # paid on, or claimed, until the end is noticed
        cell.amount_krw_m = 0.0


@njit(cache=True)
def _set_right(cells, row, programme, kind, amount_krw_m):  # type: ignore[no-untyped-def]
    """Write a changed right into its cell; tell whether there was room for it."""
    if kind == 0:
        _end_right(cells, row, programme)
        return True
    place = _place(cells, row, programme)
    if place < 0:
        return False
    cells.record[place].right = kind
    cells.record[place].amount_krw_m = amount_krw_m
    return True


@njit(cache=True)
def _move(cells, row, to, first):  # type: ignore[no-untyped-def]
    begin = cells.first[row]
    for n in range(cells.taken[row]):
        to.record[first + n] = cells.record[begin + n]
        _clear(cells.record[begin + n], 0)


@njit(cache=True)
def _part(rows, chunk):  # type: ignore[no-untyped-def]
    """Give where the households of one chunk begin and end in a sorted list of rows."""
    return (
        np.searchsorted(rows, chunk * CHUNK),
        np.searchsorted(rows, (chunk + 1) * CHUNK),
    )


@njit(cache=True, parallel=True)
def add_cells(cells, rows, programmes):  # type: ignore[no-untyped-def]
    """Make sure that there are cells for pairs, and tell for which there was room, (pairs,).

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`, changed in place.
    rows, programmes
        Pairs, sorted by household, (pairs,) each.
    """
    there = np.empty(rows.size, np.bool_)
    for chunk in prange((cells.first.size + CHUNK - 1) // CHUNK):
        begin, end = _part(rows, chunk)
        for k in range(begin, end):
            there[k] = _place(cells, rows[k], programmes[k]) >= 0
    return there


@njit(cache=True, parallel=True)
def set_rights(cells, rows, programmes, kinds, amounts_krw_m):  # type: ignore[no-untyped-def]
    """Write changed rights into their cells, and tell for which there was room, (changes,).

    A right that ends takes its cell with it unless the household knows of the programme.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`, changed in place.
    rows, programmes, kinds, amounts_krw_m
        The columns of a :class:`~simlib.rights.RightsChange`.
    """
    there = np.empty(rows.size, np.bool_)
    for chunk in prange((cells.first.size + CHUNK - 1) // CHUNK):
        begin, end = _part(rows, chunk)
        for k in range(begin, end):
            there[k] = _set_right(cells, rows[k], programmes[k], kinds[k], amounts_krw_m[k])
    return there


@njit(cache=True, parallel=True)
def move_rooms(cells, to, rows, first):  # type: ignore[no-untyped-def]
    """Move the cells of some households to other places, and leave theirs untaken.

    Parameters
    ----------
    cells, to
        :class:`~simlib.uptake.cells.CellColumns` to move from and to, may be the same.
    rows
        The households, (moved,).
    first
        First place of each to move to, (moved,).
    """
    for k in prange(rows.size):
        _move(cells, rows[k], to, first[k])


@njit(cache=True)
def _told_anew(cells, told, chunk, rows, programmes, at):  # type: ignore[no-untyped-def]
    """Write down a chunk's pairs that have no cell, if there is a list; give the next place."""
    for i in range(chunk * CHUNK, min(told.shape[0], (chunk + 1) * CHUNK)):
        for word in range(told.shape[1]):
            mask = told[i, word]
            programme = 64 * word
            while mask != np.uint64(0):
                if mask & np.uint64(1) and not cell_of(cells, i, programme)[1]:
                    if rows.size:
                        rows[at], programmes[at] = i, programme
                    at += 1
                mask >>= np.uint64(1)
                programme += 1
    return at


@njit(cache=True, parallel=True)
def cells_told_of(cells, told):  # type: ignore[no-untyped-def]
    """List the pairs that households were told of and that have no cell.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`.
    told
        Bit masks of programmes, (households, words).

    Returns
    -------
    tuple
        Rows and programmes, (pairs,) each, sorted by household.
    """
    chunks_n = (told.shape[0] + CHUNK - 1) // CHUNK
    pairs_n = np.zeros(chunks_n + 1, np.int64)
    no_rows, no_programmes = np.empty(0, np.int64), np.empty(0, np.uint16)
    for chunk in prange(chunks_n):
        pairs_n[chunk + 1] = _told_anew(cells, told, chunk, no_rows, no_programmes, 0)
    begin = np.cumsum(pairs_n)
    rows, programmes = np.empty(begin[-1], np.int64), np.empty(begin[-1], np.uint16)
    for chunk in prange(chunks_n):
        if pairs_n[chunk + 1]:
            _told_anew(cells, told, chunk, rows, programmes, begin[chunk])
    return rows, programmes


@njit(cache=True)
def places_of(cells, rows):  # type: ignore[no-untyped-def]
    """List the places of the cells of some households, one household after the other.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`.
    rows
        The households.
    """
    total = 0
    for i in rows:
        total += cells.taken[i]
    out = np.empty(total, np.int64)
    n = 0
    for i in rows:
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            out[n] = k
            n += 1
    return out
