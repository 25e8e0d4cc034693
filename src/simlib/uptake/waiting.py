"""Claims that wait for a decision, with all that offices ask of them, in order of arrival."""

from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.loops import inner
from simlib.uptake.cells import Cells
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.pending import find_claims

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LONGEST_MONTHS: Final = 1 << 15
"""More months than a claim can wait."""


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


_KINDS: Final[dict[str, type]] = {"is_appeal": np.bool_} | dict.fromkeys(
    ("arrival_day", "hours", "need", "limit_days", "processing_days"), np.float64
)
"""Kinds of the columns that are no whole numbers."""


class Waiting(NamedTuple):
    """Hold claims that wait as compiled loops fill them, sorted by household and programme.

    Attributes
    ----------
    place, office, processing_days
        Place of the cell, number of the office, and days that it takes to look into the claim.
    turn
        Its turn by office, arrival and position, as one number.
    row, programme, ...
        All else as in :class:`~simlib.uptake.claims.Claims`, (claims,) each.
    """

    row: Ints
    programme: Ints
    waited_months: Ints
    arrival_day: Floats
    hours: Floats
    need: Floats
    limit_days: Floats
    is_appeal: NDArray[np.bool_]
    claimed_months: Ints
    place: Ints
    office: Ints
    processing_days: Floats
    turn: Ints

    @classmethod
    def blank(cls, n: int) -> "Waiting":
        """Make room for so many claims."""
        columns: list[NDArray[Any]] = [
            np.empty(n, _KINDS.get(each, np.int64)) for each in cls._fields
        ]
        made = cls(*columns)
        made.is_appeal[:] = False
        return made

    def in_turn(self) -> Queue:
        """Give the queue: claims in order of office, arrival, household and programme."""
        n = self.row.size
        into = Waiting.blank(n)
        _gather(self, np.sort(self.turn), _bits(n), into)
        claims = Claims(**{each.name: getattr(into, each.name) for each in fields(Claims)})
        return Queue(claims, into.place, into.office, into.processing_days)


def _bits(n: int) -> int:
    """Give the bits that the position of one of so many takes."""
    return max(n - 1, 0).bit_length()


@njit(cache=True)
def _draw_days(key, decision, idents, months, codes, days):  # type: ignore[no-untyped-def]
    """Draw the day of arrival of some claims."""
    for j in range(idents.size):  # a loop that does nothing else runs several at once
        days[j] = uniform_at(key[0], key[1], decision, idents[j], months[j], codes[j])
    for j in range(idents.size):
        days[j] = np.floor(days[j] * DAYS_IN_MONTH) + 1.0


@inner
def _list_luck(month, step, terms, claimants, found, begin, idents, months, codes):  # type: ignore[no-untyped-def]
    """List what the luck of some claims is drawn for."""
    for j in range(idents.size):
        k = begin + j
        idents[j] = claimants.ids[found.row[k]]
        months[j] = month - (step - np.int64(found.since[k]))
        codes[j] = terms.code[found.programme[k]]


@inner
def _fill(step, terms, claimants, found, begin, days, bits, to, out):  # type: ignore[no-untyped-def]
    """Write down all that is known of some claims."""
    for j in range(days.size):
        k, at = begin + j, to + j
        row, programme = np.int64(found.row[k]), np.int64(found.programme[k])
        way, waited = claimants.way[row], step - np.int64(found.since[k])
        out.row[at], out.place[at], out.programme[at] = row, found.place[k], programme
        out.waited_months[at], out.claimed_months[at] = waited, waited
        out.arrival_day[at] = days[j]
        out.hours[at] = terms.hours[way, programme]
        out.need[at] = claimants.need[row]
        out.limit_days[at] = terms.limit_days[programme]
        out.processing_days[at] = terms.processing_days[way, programme]
        out.office[at] = claimants.office[row]
        turn = claimants.office[row] * LONGEST_MONTHS + LONGEST_MONTHS - waited
        out.turn[at] = ((turn * (DAYS_IN_MONTH + 1) + np.int64(days[j])) << bits) | at


@njit(cache=True, parallel=True)
def _read_claims(  # type: ignore[no-untyped-def]
    key, decision, month, step, terms, claimants, found, begins, ends, to, bits, out
):
    for chunk in prange(begins.size):
        n = ends[chunk] - begins[chunk]
        idents, months, codes = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.uint64)
        _list_luck(month, step, terms, claimants, found, begins[chunk], idents, months, codes)
        days = np.empty(n)
        _draw_days(key, decision, idents, months, codes, days)
        _fill(step, terms, claimants, found, begins[chunk], days, bits, to[chunk], out)


@inner
def _gather_one(found, k, at, out):  # type: ignore[no-untyped-def]
    out.row[at], out.programme[at] = found.row[k], found.programme[k]
    out.waited_months[at], out.arrival_day[at] = found.waited_months[k], found.arrival_day[k]
    out.hours[at], out.need[at] = found.hours[k], found.need[k]
    out.limit_days[at], out.is_appeal[at] = found.limit_days[k], found.is_appeal[k]
    out.claimed_months[at], out.place[at] = found.claimed_months[k], found.place[k]
    out.office[at], out.processing_days[at] = found.office[k], found.processing_days[k]


@njit(cache=True, parallel=True)
def _gather(found, turns, bits, out):  # type: ignore[no-untyped-def]
    last = (np.int64(1) << bits) - 1
    for at in prange(turns.size):
        _gather_one(found, turns[at] & last, at, out)


def waiting_claims(
    key: tuple[np.uint64, np.uint64],
    decision: np.uint64,
    month: int,
    step: int,
    terms: Terms,
    claimants: Claimants,
    cells: Cells,
    may_wait: NDArray[np.bool_],
) -> Waiting:
    """List all pending claims, none of them marked as an appeal.

    Parameters
    ----------
    key, decision, month, step
        Key of the draws, code of the draw of the day, calendar month and number of the month.
    terms, claimants
        What offices ask of a claim, and what is read of the households.
    cells, may_wait
        The cells, and whose claims may wait, see :func:`~simlib.uptake.pending.find_claims`.
    """
    found, begins, ends = find_claims(cells.columns, may_wait)
    n = ends - begins
    out = Waiting.blank(int(n.sum()))
    to, bits = np.cumsum(n) - n, _bits(out.row.size)
    _read_claims(key, decision, month, step, terms, claimants, found, begins, ends, to, bits, out)
    return out
