"""Compiled passes over all cells, as a record of receipt is searched: chunk by chunk."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import uniform_at
from simlib.loops import inner
from simlib.outreach.screening import is_unclaimed
from simlib.uptake.entitlement import has_bit
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import ENDED_UNKNOWN, IN_ERROR, RECEIVING

RIGHTFUL: Final = 0
DUPLICATE: Final = 1
UNFOUNDED: Final = 2
"""What a receipt is by the rules: right, beside one that excludes it, or without entitlement."""


class Record(NamedTuple):
    """Hold what a search of the record reads beside the cells.

    Attributes
    ----------
    receiving, follows
        Masks of what is received, and of what each programme follows.
    ids, inside
        Ids of the households, and whether the policy is in force there, (households,).
    codes
        Code of each programme, (programmes,).
    k0, k1
        Words of the key of the draws.
    """

    receiving: NDArray[np.uint64]
    follows: NDArray[np.uint64]
    ids: NDArray[np.int64]
    inside: NDArray[np.bool_]
    codes: NDArray[np.uint64]
    k0: np.uint64
    k1: np.uint64


class Found(NamedTuple):
    """Collect cells by chunk: where a chunk's begin, household, place, kind, and how many."""

    begin: NDArray[np.int64]
    row: NDArray[np.int64]
    place: NDArray[np.int64]
    kind: NDArray[np.uint8]
    n: NDArray[np.int64]

    @classmethod
    def of(cls, taken: NDArray[np.int16]) -> "Found":
        """Make room for all cells; memory that is not written takes none."""
        starts = np.arange(0, taken.size, CHUNK)
        ends = np.cumsum(np.add.reduceat(taken, starts, dtype=np.int64)) if taken.size else starts
        begin = np.concatenate([[0], ends])
        n = int(begin[-1])
        listed = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.uint8)
        return cls(begin, *listed, np.zeros(starts.size, np.int64))

    def joined(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
        """Give households, places and kinds of all chunks."""
        n = int(self.n.sum())
        joined = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.uint8)
        _join(self, *joined)
        return joined


@njit(cache=True)
def _join(found, row, place, kind):  # type: ignore[no-untyped-def]
    at = 0
    for chunk in range(found.n.size):
        for k in range(found.begin[chunk], found.begin[chunk] + found.n[chunk]):
            row[at], place[at], kind[at] = found.row[k], found.place[k], found.kind[k]
            at += 1


@njit(cache=True)
def _draw(cells, record, decision, month, rows, places, luck):  # type: ignore[no-untyped-def]
    """Draw the luck of the cells that a chunk listed."""
    ident, code = np.empty(rows.size, np.int64), np.empty(rows.size, np.uint64)
    for j in range(rows.size):
        ident[j] = record.ids[rows[j]]
        code[j] = record.codes[cells.record[places[j]].programme]
    for j in range(rows.size):  # a loop that does nothing else runs several at once
        luck[j] = uniform_at(record.k0, record.k1, decision, ident[j], month, code[j])


@njit(cache=True, parallel=True)
def find_unclaimed(cells, record, decision, share, found):  # type: ignore[no-untyped-def]
    """Find the benefits that could be had and are not claimed, and which a record can decide.

    Parameters
    ----------
    cells, record
        :class:`~simlib.uptake.cells.CellColumns` and a :class:`Record`.
    decision, share
        Code of the draw, without a month, and the chance that a record can decide.
    found
        A :class:`Found`; kind is 1 where the record decides, 0 elsewhere.
    """
    rows = found.row  # each has a name of its own, or the parallel loop would lose what it writes
    places = found.place
    kinds = found.kind
    found_n = found.n
    for chunk in prange(found_n.size):
        begin = found.begin[chunk]
        at = begin
        for i in range(chunk * CHUNK, min(record.ids.size, (chunk + 1) * CHUNK)):
            if not record.inside[i]:
                continue
            for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
                rows[at], places[at] = i, k
                cell = cells.record[k]
                at += is_unclaimed(cell, record.receiving, record.follows, i)
        luck = np.empty(at - begin)
        _draw(cells, record, decision, 0, rows[begin:at], places[begin:at], luck)
        for j in range(begin, at):
            kinds[j] = luck[j - begin] < share
        found_n[chunk] = at - begin


@inner
def _kind_of(cell, receiving, yields_to, i):  # type: ignore[no-untyped-def]
    for word in range(receiving.shape[1]):
        if receiving[i, word] & yields_to[cell.programme, word] != np.uint64(0):
            return DUPLICATE
    return UNFOUNDED if cell.right in (0, ENDED_UNKNOWN, IN_ERROR) else RIGHTFUL


@njit(cache=True, parallel=True)
def match_receipts(  # type: ignore[no-untyped-def]
    cells, record, yields_to, month, decisions, limits, found
):
    """Match what is received with the record, and keep what looks wrong, rightly or falsely.

    Parameters
    ----------
    cells, record
        :class:`~simlib.uptake.cells.CellColumns` and a :class:`Record`.
    yields_to
        Masks of the programmes beside which each must not be received, (programmes, words).
    month
        Month of the check.
    decisions, limits
        Codes of the draws, and the chances, that a wrong receipt is found and that the match of
        a right one is false.
    found
        A :class:`Found` of what is matched; kind is what the receipt is by the rules.
    """
    rows = found.row  # each has a name of its own, or the parallel loop would lose what it writes
    places = found.place
    kinds = found.kind
    found_n = found.n
    for chunk in prange(found_n.size):
        begin = found.begin[chunk]
        at = begin
        for i in range(chunk * CHUNK, min(record.ids.size, (chunk + 1) * CHUNK)):
            if not record.inside[i]:
                continue
            for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
                cell = cells.record[k]
                rows[at], places[at] = i, k
                received = has_bit(record.receiving, i, np.int64(cell.programme))
                at += received & (cell.state == RECEIVING)
        luck = np.empty(at - begin)
        _draw(cells, record, decisions[1], month, rows[begin:at], places[begin:at], luck)
        kept = begin
        for j in range(begin, at):
            i, k = rows[j], places[j]
            cell = cells.record[k]
            kind = _kind_of(cell, record.receiving, yields_to, i)
            matched = luck[j - begin] < limits[1]
            if kind != RIGHTFUL:
                code = record.codes[cell.programme]
                chance = uniform_at(record.k0, record.k1, decisions[0], record.ids[i], month, code)
                matched = chance < limits[0]
            rows[kept], places[kept], kinds[kept] = i, k, kind
            kept += matched
        found_n[chunk] = kept - begin
