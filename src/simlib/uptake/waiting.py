"""Claims that wait for a decision, listed for all offices in order of arrival."""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.uptake.cells import Cells
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import PENDING

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Queue:
    """Hold all complete claims of the country, and the cell in which each stands, (claims,)."""

    claims: Claims
    cell: Ints


@njit(cache=True, parallel=True)
def chunk_bounds(cells):  # type: ignore[no-untyped-def]
    """Count up the cells of each chunk of households: where its cells begin, (chunks + 1,)."""
    households_n = cells.first.size
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    cells_n = np.zeros(chunks_n + 1, np.int64)
    for chunk in prange(chunks_n):
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            cells_n[chunk + 1] += cells.taken[i]
    return np.cumsum(cells_n)


@njit(cache=True)
def joined(parts, begin, found_n):  # type: ignore[no-untyped-def]
    """Join what chunks wrote from where their cells begin, each so many."""
    ends = np.cumsum(found_n)
    out = np.empty(ends[-1], parts.dtype)
    for chunk in range(found_n.size):
        n = found_n[chunk]
        out[ends[chunk] - n : ends[chunk]] = parts[begin[chunk] : begin[chunk] + n]
    return out


@njit(cache=True, parallel=True)
def pending_cells(cells):  # type: ignore[no-untyped-def]
    """Give household row and cell of every claim that waits for a decision, (claims,) each."""
    begin = chunk_bounds(cells)
    households_n, found_n = cells.first.size, np.zeros(begin.size - 1, np.int64)
    # as long as all cells; of what is not written no memory is taken
    rows, places = np.empty(begin[-1], np.int64), np.empty(begin[-1], np.int64)
    for chunk in prange(found_n.size):
        at = begin[chunk]
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
                rows[at], places[at] = i, k  # kept if it waits; asking first takes longer
                at += cells.record[k].state == PENDING
        found_n[chunk] = at - begin[chunk]
    return joined(rows, begin, found_n), joined(places, begin, found_n)


@njit(cache=True, parallel=True)
def _arrival_days(key, decision, ids, rows, codes, months):  # type: ignore[no-untyped-def]
    days = np.empty(rows.size, np.float64)
    for k in prange(rows.size):
        u = uniform_at(key[0], key[1], decision, ids[rows[k]], months[k], codes[k])
        days[k] = np.floor(u * DAYS_IN_MONTH) + 1.0
    return days


def queue_of_claims(
    key: tuple[np.uint64, np.uint64],
    decision: np.uint64,
    month: int,
    step: int,
    ids: NDArray[np.int64],
    office_of: NDArray[np.int64],
    code: NDArray[np.uint64],
    hours: NDArray[np.float64],
    need: NDArray[np.float64],
    limit_days: NDArray[np.float64],
    way: NDArray[np.uint16],
    cells: Cells,
) -> Queue:
    """List all pending claims in order of office, arrival, household and programme.

    Parameters
    ----------
    key, decision, month, step
        Key of the draws, code of the draw of the day, calendar month and number of the month.
    ids, office_of
        Id and office of each household, (households,).
    code
        Code of each programme, (programmes,).
    hours
        Hours of a decision, (ways, programmes).
    need
        Need of each household as its papers show it, (households,).
    limit_days
        Days within which a claim has to be decided, (programmes,).
    way
        Each household's way to claim, (households,).
    cells
        The cells.
    """
    rows, found = pending_cells(cells.columns)
    programmes = cells.programme[found].astype(np.int64)
    waited = step - cells.since[found].astype(np.int64)
    days = _arrival_days(key, decision, ids, rows, code[programmes], month - waited)
    order = _order(office_of[rows], waited, days)
    rows, programmes = rows[order], programmes[order]
    claims = Claims.of(
        rows,
        programmes,
        waited[order],
        days[order],
        hours[way[rows], programmes],
        need[rows],
        limit_days[programmes],
    )
    return Queue(claims, found[order])


def _order(office: Ints, waited: Ints, days: NDArray[np.float64]) -> Ints:
    """Order claims by office and arrival, equals as they stand, (claims,).

    Place and rank of a claim are one number, so that a plain sort does it: several times faster
    than sorting places by ranks.
    """
    n = office.size
    months = waited.max(initial=0)
    rank = (office * (months + 1) + months - waited) * (DAYS_IN_MONTH + 1) + days.astype(np.int64)
    return np.asarray(np.sort(rank * n + np.arange(n)) % max(n, 1))
