"""How cells are found, added, dropped and moved within their columns."""

import numpy as np
from numba import njit, prange

from simlib.uptake.states import NEVER, PENDING, RECEIVING, UNAWARE

CHUNK = 4096
"""Households that one thread works through at a time."""
BLANK = (
    ("programme", np.uint16, 0),
    ("right", np.uint8, 0),
    ("amount_krw_m", np.float32, 0.0),
    ("state", np.uint8, UNAWARE),
    ("since", np.int16, 0),
    ("read_step", np.int16, NEVER),
)
"""Column, type and value of a place that no cell takes."""


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
    while place < end and cells.programme[place] < programme:
        place += 1
    return place, place < end and cells.programme[place] == programme


@njit(cache=True)
def _copy_place(cells, place, to, other):  # type: ignore[no-untyped-def]
    to.programme[other] = cells.programme[place]
    to.right[other] = cells.right[place]
    to.amount_krw_m[other] = cells.amount_krw_m[place]
    to.state[other] = cells.state[place]
    to.since[other] = cells.since[place]
    to.read_step[other] = cells.read_step[place]


@njit(cache=True)
def _clear_place(cells, place, programme):  # type: ignore[no-untyped-def]
    cells.programme[place] = programme
    cells.right[place] = 0
    cells.amount_krw_m[place] = 0.0
    cells.state[place] = UNAWARE
    cells.since[place] = 0
    cells.read_step[place] = NEVER


@njit(cache=True)
def _add(cells, row, programme):  # type: ignore[no-untyped-def]
    """Make sure that there is a cell; tell whether there is one now."""
    place, known = cell_of(cells, row, programme)
    if known:
        return True
    if cells.taken[row] == cells.room[row]:
        return False
    end = cells.first[row] + cells.taken[row]
    for later in range(end, place, -1):
        _copy_place(cells, later - 1, cells, later)
    _clear_place(cells, place, programme)
    cells.taken[row] += 1
    return True


@njit(cache=True)
def _drop(cells, row, place):  # type: ignore[no-untyped-def]
    last = cells.first[row] + cells.taken[row] - 1
    for here in range(place, last):
        _copy_place(cells, here + 1, cells, here)
    _clear_place(cells, last, 0)
    cells.taken[row] -= 1


@njit(cache=True)
def _set(cells, row, programme, kind, amount_krw_m):  # type: ignore[no-untyped-def]
    place, known = cell_of(cells, row, programme)
    if not known:
        return
    if kind == 0 and cells.state[place] == UNAWARE:
        _drop(cells, row, place)
        return
    cells.right[place] = kind
    known_as = cells.state[place]
    if kind == 0 and known_as in (RECEIVING, PENDING):
        return  # paid on, or claimed, for what it was until the end is noticed
    cells.amount_krw_m[place] = amount_krw_m


@njit(cache=True)
def _move(cells, row, to, first):  # type: ignore[no-untyped-def]
    begin = cells.first[row]
    for n in range(cells.taken[row]):
        _copy_place(cells, begin + n, to, first + n)
        _clear_place(cells, begin + n, 0)


@njit(cache=True)
def _part(rows, chunk):  # type: ignore[no-untyped-def]
    """Give where the households of one chunk begin and end in a sorted list of rows."""
    return (
        np.searchsorted(rows, chunk * CHUNK),
        np.searchsorted(rows, (chunk + 1) * CHUNK),
    )


@njit(cache=True, parallel=True)
def add_cells(cells, rows, programmes):  # type: ignore[no-untyped-def]
    """Make sure that there are cells for pairs, and tell which have one now, (pairs,).

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
            there[k] = _add(cells, rows[k], programmes[k])
    return there


@njit(cache=True, parallel=True)
def set_rights(cells, rows, programmes, kinds, amounts_krw_m):  # type: ignore[no-untyped-def]
    """Write changed rights into their cells, and drop cells of ended ones that nobody knows of.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`, changed in place.
    rows, programmes, kinds, amounts_krw_m
        The columns of a :class:`~simlib.rights.RightsChange`.
    """
    for chunk in prange((cells.first.size + CHUNK - 1) // CHUNK):
        begin, end = _part(rows, chunk)
        for k in range(begin, end):
            _set(cells, rows[k], programmes[k], kinds[k], amounts_krw_m[k])


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
        First place of each in the columns to move to, (moved,).
    """
    for k in prange(rows.size):
        _move(cells, rows[k], to, first[k])


@njit(cache=True)
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
    rows, programmes = [np.int64(0) for _ in range(0)], [np.uint16(0) for _ in range(0)]
    for i in range(told.shape[0]):
        for word in range(told.shape[1]):
            mask = told[i, word]
            if mask == np.uint64(0):
                continue
            for bit in range(64):
                programme = np.uint16(64 * word + bit)
                if (mask >> np.uint64(bit)) & np.uint64(1) == np.uint64(0):
                    continue
                if not cell_of(cells, i, programme)[1]:
                    rows.append(np.int64(i))
                    programmes.append(programme)
    return np.array(rows), np.array(programmes)


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
