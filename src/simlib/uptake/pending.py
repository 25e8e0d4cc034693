"""Where claims wait for a decision: one pass over the households whose claims may."""

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.loops import inner
from simlib.uptake.cells import CellColumns
from simlib.uptake.rooms import CHUNK, look_ahead
from simlib.uptake.states import PENDING

Ints = NDArray[np.int64]


class Found(NamedTuple):
    """Collect claims by chunk of households: household, place and what the cell says.

    There is room for more than there are, so what stands between the chunks is not written.
    """

    row: NDArray[np.uint32]
    place: Ints
    programme: NDArray[np.uint16]
    since: NDArray[np.int16]


@njit(cache=True)
def _places_n(taken, may_wait):  # type: ignore[no-untyped-def]
    """Sum over columns of their own, which processors do for many households at once."""
    total = np.int32(0)
    for i in range(taken.size):
        total += np.int32(taken[i]) * np.int32(may_wait[i])
    return total


@njit(cache=True, parallel=True)
def _most(cells, may_wait, most):  # type: ignore[no-untyped-def]
    """Bound the claims of each chunk of households by their places, (chunks,)."""
    for chunk in prange(most.size):
        begin, end = chunk * CHUNK, min(may_wait.size, (chunk + 1) * CHUNK)
        most[chunk] = _places_n(cells.taken[begin:end], may_wait[begin:end])


@inner
def _list_households(may_wait, begin, end, households):  # type: ignore[no-untyped-def]
    n = 0
    for i in range(begin, end):
        households[n] = i
        n += may_wait[i]
    return n


@inner
def _list_claims(cells, may_wait, households, n, at, found):  # type: ignore[no-untyped-def]
    """Write down the claims that wait of some households; give where they end."""
    for j in range(n):
        look_ahead(cells, households, j, n)
        i, begin = households[j], at
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            cell = cells.record[k]
            found.row[at], found.place[at] = i, k
            found.programme[at], found.since[at] = cell.programme, cell.since
            at += cell.state == PENDING
        may_wait[i] = at > begin
    return at


@njit(cache=True, parallel=True)
def _find(cells, may_wait, begins, found, ends):  # type: ignore[no-untyped-def]
    for chunk in prange(ends.size):
        begin, end = chunk * CHUNK, min(may_wait.size, (chunk + 1) * CHUNK)
        households = np.empty(CHUNK + 1, np.int64)
        n = _list_households(may_wait, begin, end, households)
        ends[chunk] = _list_claims(cells, may_wait, households, n, begins[chunk], found)


def find_claims(cells: CellColumns, may_wait: NDArray[np.bool_]) -> tuple[Found, Ints, Ints]:
    """Find the claims that wait for a decision.

    Parameters
    ----------
    cells
        The cells.
    may_wait
        Whether a claim of a household may wait, (households,); taken back where none does.

    Returns
    -------
    tuple
        What is found, and where the claims of each chunk of households begin and end in it.
    """
    most = np.empty((may_wait.size + CHUNK - 1) // CHUNK, np.int64)
    _most(cells, may_wait, most)
    begins, n = np.cumsum(most) - most, int(most.sum())
    found = Found(
        np.empty(n, np.uint32), np.empty(n, np.int64), np.empty(n, np.uint16), np.empty(n, np.int16)
    )
    ends = np.empty_like(begins)
    _find(cells, may_wait, begins, found, ends)
    return found, begins, ends


def pending_cells(cells: CellColumns, may_wait: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """List the claims that wait: household row and cell, (claims,) each, sorted by both.

    Parameters are those of :func:`find_claims`.
    """
    found, begins, ends = find_claims(cells, may_wait)
    n = ends - begins
    at = np.repeat(ends - np.cumsum(n), n) + np.arange(n.sum())
    return found.row[at].astype(np.int64), found.place[at]
