"""How cells are found, added, dropped and moved among their places."""

from typing import Final

import numpy as np
from numba import njit, prange

from simlib.loops import fetch, inner
from simlib.right_kinds import NO_RIGHT
from simlib.uptake.states import NEVER, RECEIVING, UNAWARE

CHUNK = 4096
"""Households that one thread works through at a time."""
REACH: Final = 512
"""Households away within which a full one may have a place that another has to spare."""
FAR: Final = 32
NEAR: Final = 16
"""Households further down a list whose places, and whose cells, are asked for beforehand."""
LINE: Final = 5
"""Cells in a line of the processor's cache."""
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


@inner
def look_ahead(cells, rows, j, end):  # type: ignore[no-untyped-def]
    """Have the cells of households further down a list at hand soon.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`.
    rows, j, end
        The list, where a loop stands in it, and where it ends.
    """
    if j + FAR < end:
        fetch(cells.first, rows[j + FAR])
        fetch(cells.taken, rows[j + FAR])
    if j + NEAR < end:
        place = cells.first[rows[j + NEAR]]
        fetch(cells.record, place)
        fetch(cells.record, place + LINE)


@inner
def cell_from(cells, row, place, programme):  # type: ignore[no-untyped-def]
    """Find a household's cell of a programme as :func:`cell_of` does, from one of its places on."""
    end = cells.first[row] + cells.taken[row]
    while place < end and cells.record[place].programme < programme:
        place += 1
    return place, place < end and cells.record[place].programme == programme


@inner
def cell_of(cells, row, programme):  # type: ignore[no-untyped-def]
    """Find a household's cell of a programme: its place, or where it would go, and if it is there.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`.
    row, programme
        The household and the programme.
    """
    return cell_from(cells, row, cells.first[row], programme)


@inner
def clear(cell, programme):  # type: ignore[no-untyped-def]
    """Let a cell be unaware of a programme and without a right to it."""
    cell.programme = programme
    cell.right = NO_RIGHT
    cell.amount_krw_m = 0.0
    cell.state = UNAWARE
    cell.since = 0
    cell.read_step = NEVER


@inner
def _giver(cells, row):  # type: ignore[no-untyped-def]
    """Find the nearest household of the chunk that has a place to spare; -1 if none is near."""
    begin = row - row % CHUNK
    end = min(begin + CHUNK, cells.first.size)
    for far in range(1, REACH):
        if row + far < end and cells.taken[row + far] < cells.room[row + far]:
            return row + far
        if row - far >= begin and cells.taken[row - far] < cells.room[row - far]:
            return row - far
    return np.int64(-1)


@inner
def _pass_up(cells, row, giver):  # type: ignore[no-untyped-def]
    """Move the cells of the households after one, up to a giver, one place on, all at once."""
    for place in range(cells.first[giver] + cells.taken[giver], cells.first[row + 1], -1):
        cells.record[place] = cells.record[place - 1]
    for other in range(giver, row, -1):  # the first of several that share a place has it
        cells.owner[cells.first[other]] = other - 1
        cells.first[other] += 1


@inner
def _pass_down(cells, row, giver):  # type: ignore[no-untyped-def]
    """Move the cells of the households after a giver, up to one, one place back, all at once."""
    for place in range(cells.first[giver + 1], cells.first[row] + cells.taken[row]):
        cells.record[place - 1] = cells.record[place]
    for other in range(giver + 1, row + 1):
        cells.first[other] -= 1
        cells.owner[cells.first[other]] = other  # the last of several


@inner
def _borrow(cells, row):  # type: ignore[no-untyped-def]
    """Let a full household have a place that another has to spare; tell if there is one.

    The households between have none, so that their cells stand together.
    """
    giver = _giver(cells, row)
    if giver < 0:
        return False
    if giver > row:
        _pass_up(cells, row, giver)
    else:
        _pass_down(cells, row, giver)
    cells.room[giver] -= 1
    cells.room[row] += 1
    return True


@inner
def add(cells, row, place, programme):  # type: ignore[no-untyped-def]
    """Make a cell, those behind it move on; give its place, -1 if there is no room for it.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`, changed in place.
    row, place, programme
        The household, where the cell goes and its programme, as from :func:`cell_of`.
    """
    before = place - cells.first[row]
    if cells.taken[row] == cells.room[row] and not _borrow(cells, row):
        return np.int64(-1)
    place = cells.first[row] + before
    for later in range(cells.first[row] + cells.taken[row], place, -1):
        cells.record[later] = cells.record[later - 1]
    clear(cells.record[place], programme)
    cells.taken[row] += 1
    return place


@inner
def drop(cells, row, place):  # type: ignore[no-untyped-def]
    """Drop a cell; its place is one to spare."""
    last = cells.first[row] + cells.taken[row] - 1
    for here in range(place, last):
        cells.record[here] = cells.record[here + 1]
    clear(cells.record[last], 0)
    cells.taken[row] -= 1


@inner
def _furnish(cells, row, end):  # type: ignore[no-untyped-def]
    """Say whose places are, and clear those to spare, of households up to an end."""
    for i in range(row, end):
        for place in range(cells.first[i], cells.first[i] + cells.room[i]):
            cells.owner[place] = i
        for place in range(cells.first[i] + cells.taken[i], cells.first[i] + cells.room[i]):
            clear(cells.record[place], 0)


@njit(cache=True, parallel=True)
def furnish(cells):  # type: ignore[no-untyped-def]
    """Say of all places whose they are, and clear those to spare.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns` whose cells are in their rooms.
    """
    for chunk in prange((cells.first.size + CHUNK - 1) // CHUNK):
        _furnish(cells, chunk * CHUNK, min(cells.first.size, (chunk + 1) * CHUNK))


@inner
def _carry(cells, i, there):  # type: ignore[no-untyped-def]
    """Carry a household's cells, one after the other from the side to which they go."""
    here, n = cells.first[i], cells.taken[i]
    for k in range(n):
        at = k if there < here else n - 1 - k
        cells.record[there + at] = cells.record[here + at]


@njit(cache=True)
def spread(cells, first):  # type: ignore[no-untyped-def]
    """Carry the cells of all households to other rooms in the same places.

    Who goes back goes first, from the first household on; then who goes forth, from the last. So
    nobody's cells come where others still are, as long as households keep their order.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`; their records, which must reach to the end of the
        last room, are changed in place.
    first
        Where each household's room will begin, (households,).
    """
    for i in range(first.size):
        if first[i] < cells.first[i]:
            _carry(cells, i, first[i])
    for i in range(first.size - 1, -1, -1):
        if first[i] > cells.first[i]:
            _carry(cells, i, first[i])


@inner
def _move(cells, to, row, end):  # type: ignore[no-untyped-def]
    """Move the cells of households up to an end."""
    for i in range(row, end):
        begin, there = cells.first[i], to.first[i]
        for n in range(cells.taken[i]):
            to.record[there + n] = cells.record[begin + n]


@njit(cache=True, parallel=True)
def move_all(cells, to):  # type: ignore[no-untyped-def]
    """Write the cells of all households into other rooms.

    Parameters
    ----------
    cells, to
        :class:`~simlib.uptake.cells.CellColumns` to move from and to.
    """
    for chunk in prange((cells.first.size + CHUNK - 1) // CHUNK):
        _move(cells, to, chunk * CHUNK, min(cells.first.size, (chunk + 1) * CHUNK))


@inner
def _write(cells, rights, row, end):  # type: ignore[no-untyped-def]
    """Write the rights of households up to an end."""
    starts, programme, kind, amount_krw_m = rights
    for i in range(row, end):
        place, n = cells.first[i], starts[i + 1] - starts[i]
        for k in range(n):
            cell, right = cells.record[place + k], starts[i] + k
            clear(cell, programme[right])
            cell.right, cell.amount_krw_m = kind[right], amount_krw_m[right]


@njit(cache=True, parallel=True)
def write_all(cells, rights):  # type: ignore[no-untyped-def]
    """Write all rights into blank rooms; nobody knows of them.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`, changed in place.
    rights
        First right of each household and the end of the last one's, programme, kind and amount,
        as in :class:`~simlib.rights.Rights`.
    """
    for chunk in prange((cells.first.size + CHUNK - 1) // CHUNK):
        _write(cells, rights, chunk * CHUNK, min(cells.first.size, (chunk + 1) * CHUNK))


@inner
def _cells_n(cells, rows):  # type: ignore[no-untyped-def]
    total = np.int64(0)
    for i in rows:
        total += cells.taken[i]
    return total


@inner
def _list_places(cells, rows, places):  # type: ignore[no-untyped-def]
    n = 0
    for i in rows:
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            places[n] = k
            n += 1
    return n


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
    places = np.empty(_cells_n(cells, rows), np.int64)
    _list_places(cells, rows, places)
    return places


@inner
def _list_receipts(cells, rows, among, places):  # type: ignore[no-untyped-def]
    n = 0
    for j in range(rows.size):
        look_ahead(cells, rows, j, rows.size)
        for k in range(cells.first[rows[j]], cells.first[rows[j]] + cells.taken[rows[j]]):
            places[n] = k
            n += (cells.record[k].state == RECEIVING) & among[cells.record[k].programme]
    return n


@njit(cache=True)
def receipts_of(cells, rows, among):  # type: ignore[no-untyped-def]
    """List the places where some households receive one of some programmes.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`.
    rows
        The households.
    among
        Whether a programme is among them, (programmes,).
    """
    places = np.empty(_cells_n(cells, rows) + 1, np.int64)
    return places[: _list_receipts(cells, rows, among, places)].copy()


@njit(cache=True)
def set_states(cells, places, new, step, moves):  # type: ignore[no-untyped-def]
    """Bring some cells to a state, and count that.

    Parameters
    ----------
    cells
        :class:`~simlib.uptake.cells.CellColumns`, changed in place.
    places
        Places of the cells, each once.
    new, step
        The state, and number of the month.
    moves
        Counts, (programmes, from state, to state), added to.
    """
    for j in range(places.size):
        if j + NEAR < places.size:
            fetch(cells.record, places[j + NEAR])
        cell = cells.record[places[j]]
        moves[cell.programme, cell.state, new] += 1
        cell.state = new
        cell.since = step
