"""Claims that wait for a decision, listed for all offices in order of arrival."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.loops import inner
from simlib.uptake.cells import CellColumns, Cells
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.states import PENDING

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Queue:
    """Hold all complete claims of the country, (claims,) each.

    Attributes
    ----------
    claims
        The claims, in order of office and arrival.
    cell, office
        The cell in which each stands, and the office.
    processing_days
        Days that it takes to look into it.
    """

    claims: Claims
    cell: Ints
    office: Ints
    processing_days: Floats


class Terms(NamedTuple):
    """Hold what offices ask of a claim.

    Attributes
    ----------
    code, limit_days
        Code of each programme, and days within which a claim has to be decided, (programmes,).
    hours, processing_days
        Hours and days of a decision, (ways, programmes).
    """

    code: NDArray[np.uint64]
    limit_days: Floats
    hours: Floats
    processing_days: Floats


class Claimants(NamedTuple):
    """Hold what is read of those who claim, (households,) each.

    Attributes
    ----------
    ids, office, way
        Id, number of the office, and way to claim.
    need
        Need as the papers show it.
    """

    ids: Ints
    office: Ints
    need: Floats
    way: NDArray[np.uint16]


class _Columns(NamedTuple):
    """Hold what is read of each claim, (claims,) each."""

    programme: Ints
    waited_months: Ints
    office: Ints
    arrival_day: Floats
    hours: Floats
    need: Floats
    limit_days: Floats
    processing_days: Floats

    @classmethod
    def blank(cls, claims_n: int) -> "_Columns":
        """Give columns to be filled."""
        return cls(
            np.empty(claims_n, np.int64),
            np.empty(claims_n, np.int64),
            np.empty(claims_n, np.int64),
            np.empty(claims_n),
            np.empty(claims_n),
            np.empty(claims_n),
            np.empty(claims_n),
            np.empty(claims_n),
        )


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


@inner
def _waiting_n(cells, i):  # type: ignore[no-untyped-def]
    """Count a household's claims that wait."""
    waiting_n = 0
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        waiting_n += cells.record[k].state == PENDING
    return waiting_n


@inner
def _write_down(cells, i, rows, places, at):  # type: ignore[no-untyped-def]
    """Write down a household's claims that wait."""
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        if cells.record[k].state == PENDING:
            rows[at], places[at] = i, k
            at += 1


@njit(cache=True, parallel=True)
def _pending_of(cells, households, may_wait):  # type: ignore[no-untyped-def]
    begin = np.zeros(households.size + 1, np.int64)
    for j in prange(households.size):
        begin[j + 1] = _waiting_n(cells, households[j])
        may_wait[households[j]] = begin[j + 1] > 0
    begin = np.cumsum(begin)
    rows, places = np.empty(begin[-1], np.int64), np.empty(begin[-1], np.int64)
    for j in prange(households.size):
        if begin[j + 1] > begin[j]:
            _write_down(cells, households[j], rows, places, begin[j])
    return rows, places


@inner
def _read(key, decision, month, step, terms, claimants, cells, row, place, columns, k):  # type: ignore[no-untyped-def]
    """Write down what decides the turn of one claim."""
    cell, way = cells.record[place], claimants.way[row]
    programme, waited = np.int64(cell.programme), step - np.int64(cell.since)
    luck = uniform_at(
        key[0], key[1], decision, claimants.ids[row], month - waited, terms.code[programme]
    )
    columns.programme[k], columns.waited_months[k] = programme, waited
    columns.arrival_day[k] = np.floor(luck * DAYS_IN_MONTH) + 1.0
    columns.hours[k] = terms.hours[way, programme]
    columns.need[k] = claimants.need[row]
    columns.limit_days[k] = terms.limit_days[programme]
    columns.processing_days[k] = terms.processing_days[way, programme]
    columns.office[k] = claimants.office[row]


@njit(cache=True, parallel=True)
def _read_all(  # type: ignore[no-untyped-def]
    key, decision, month, step, terms, claimants, cells, rows, places, columns
):
    for k in prange(rows.size):
        _read(key, decision, month, step, terms, claimants, cells, rows[k], places[k], columns, k)


def queue_of_claims(
    key: tuple[np.uint64, np.uint64],
    decision: np.uint64,
    month: int,
    step: int,
    terms: Terms,
    claimants: Claimants,
    cells: Cells,
    may_wait: NDArray[np.bool_],
) -> Queue:
    """List all pending claims in order of office, arrival, household and programme.

    Parameters
    ----------
    key, decision, month, step
        Key of the draws, code of the draw of the day, calendar month and number of the month.
    terms, claimants
        What offices ask of a claim, and what is read of the households.
    cells, may_wait
        The cells, and whose claims may wait, see :func:`pending_cells`.
    """
    rows, places = pending_cells(cells.columns, may_wait)
    found = _Columns.blank(rows.size)
    _read_all(key, decision, month, step, terms, claimants, cells.columns, rows, places, found)
    order = _order(found.office, found.waited_months, found.arrival_day)
    claims = Claims.of(
        rows[order],
        found.programme[order],
        found.waited_months[order],
        found.arrival_day[order],
        found.hours[order],
        found.need[order],
        found.limit_days[order],
    )
    return Queue(claims, places[order], found.office[order], found.processing_days[order])


def _order(office: Ints, waited: Ints, days: Floats) -> Ints:
    """Order claims by office and arrival, equals as they stand, (claims,).

    Place and rank of a claim are one number, so that a plain sort does it: several times faster
    than sorting places by ranks.
    """
    n = office.size
    months = waited.max(initial=0)
    rank = (office * (months + 1) + months - waited) * (DAYS_IN_MONTH + 1) + days.astype(np.int64)
    return np.asarray(np.sort(rank * n + np.arange(n)) % max(n, 1))
