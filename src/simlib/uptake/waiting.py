"""Claims that wait for a decision, listed for all offices in order of arrival."""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.uptake.cells import CellColumns, Cells
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.states import PENDING

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Queue:
    """Hold all complete claims of the country, and the cell in which each stands, (claims,)."""

    claims: Claims
    cell: Ints


def pending_cells(cells: CellColumns, may_wait: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """List the claims that wait for a decision.

    Parameters
    ----------
    cells
        The cells.
    may_wait
        Whether a claim of a household may wait, (households,); taken back where none does.

    Returns
    -------
    tuple
        Household row and cell of each, (claims,) each, sorted by both.
    """
    rows, places = _pending_of(cells, np.flatnonzero(may_wait), may_wait)
    return rows, places


@njit(cache=True, parallel=True)
def _pending_of(cells, households, may_wait):  # type: ignore[no-untyped-def]
    begin = np.zeros(households.size + 1, np.int64)
    for j in prange(households.size):
        i, waits_n = households[j], 0
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            waits_n += cells.record[k].state == PENDING
        may_wait[i] = waits_n > 0
        begin[j + 1] = waits_n
    begin = np.cumsum(begin)
    rows, places = np.empty(begin[-1], np.int64), np.empty(begin[-1], np.int64)
    for j in prange(households.size):
        i, at = households[j], begin[j]
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            if cells.record[k].state == PENDING:
                rows[at], places[at] = i, k
                at += 1
    return rows, places


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
    may_wait: NDArray[np.bool_],
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
    cells, may_wait
        The cells, and whose claims may wait, see :func:`pending_cells`.
    """
    rows, found = pending_cells(cells.columns, may_wait)
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
