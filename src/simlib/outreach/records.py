"""Compiled passes over all cells, as a record of receipt is searched: chunk by chunk."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import draw_same, uniform_at
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
    """Collect cells by chunk: where each chunk's begin, what is found of each, and how many."""

    begin: NDArray[np.int64]
    row: NDArray[np.int64]
    place: NDArray[np.int64]
    programme: NDArray[np.int64]
    kind: NDArray[np.uint8]
    n: NDArray[np.int64]

    @classmethod
    def of(cls, taken: NDArray[np.int16]) -> "Found":
        """Make room for all cells; memory that is not written takes none."""
        starts = np.arange(0, taken.size, CHUNK)
        ends = np.cumsum(np.add.reduceat(taken, starts, dtype=np.int64)) if taken.size else starts
        begin = np.concatenate([[0], ends])
        n = int(begin[-1])
        row, place, programme = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
        return cls(begin, row, place, programme, np.empty(n, np.uint8), np.zeros_like(starts))

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
        begin, end = found.begin[chunk], found.begin[chunk] + found.n[chunk]
        row[at : at + end - begin] = found.row[begin:end]
        place[at : at + end - begin] = found.place[begin:end]
        kind[at : at + end - begin] = found.kind[begin:end]
        at += end - begin


@njit(cache=True)
def _draw(record, decision, month, found, begin, end, luck):  # type: ignore[no-untyped-def]
    """Draw the luck of the cells that a chunk listed."""
    ident, code = np.empty(end - begin, np.int64), np.empty(end - begin, np.uint64)
    ids, row, codes, programme = record.ids, found.row, record.codes, found.programme
    for j in range(begin, end):
        ident[j - begin] = ids[row[j]]
        code[j - begin] = codes[programme[j]]
    draw_same((record.k0, record.k1), decision, ident, month, code, luck, end - begin)


@inner
def _write(found, at, i, place, programme):  # type: ignore[no-untyped-def]
    """Write a cell down; it is kept if the next goes behind it."""
    found.row[at], found.place[at], found.programme[at] = i, place, programme


@inner
def _list_unclaimed(cells, record, chunk, found):  # type: ignore[no-untyped-def]
    """List a chunk's unclaimed cells; give their end."""
    at = found.begin[chunk]
    for i in range(chunk * CHUNK, min(record.ids.size, (chunk + 1) * CHUNK)):
        if not record.inside[i]:
            continue
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            cell = cells.record[k]
            _write(found, at, i, k, cell.programme)
            at += is_unclaimed(cell, record.receiving, record.follows, i)
    return at


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
    for chunk in prange(found.n.size):
        begin, end = found.begin[chunk], _list_unclaimed(cells, record, chunk, found)
        luck = np.empty(end - begin)
        _draw(record, decision, 0, found, begin, end, luck)
        _note_decided(found, chunk, luck, share)


@inner
def _note_decided(found, chunk, luck, share):  # type: ignore[no-untyped-def]
    for j in range(luck.size):
        found.kind[found.begin[chunk] + j] = luck[j] < share
    found.n[chunk] = luck.size


@inner
def _list_receipts(cells, record, chunk, found):  # type: ignore[no-untyped-def]
    """List a chunk's receipts; give their end."""
    at = found.begin[chunk]
    for i in range(chunk * CHUNK, min(record.ids.size, (chunk + 1) * CHUNK)):
        if not record.inside[i]:
            continue
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            cell = cells.record[k]
            _write(found, at, i, k, cell.programme)
            received = has_bit(record.receiving, i, np.int64(cell.programme))
            at += received & (cell.state == RECEIVING)
    return at


@inner
def _kind_of(right, receiving, yields_to, i, programme):  # type: ignore[no-untyped-def]
    """Say what a receipt is by the rules."""
    for word in range(receiving.shape[1]):
        if receiving[i, word] & yields_to[programme, word] != np.uint64(0):
            return DUPLICATE
    return UNFOUNDED if right in (0, ENDED_UNKNOWN, IN_ERROR) else RIGHTFUL


@inner
def _keep_matched(  # type: ignore[no-untyped-def]
    cells, record, yields_to, month, decision, limits, found, chunk, luck
):
    """Keep of a chunk's receipts those that are matched; luck is that of a false match."""
    begin = found.begin[chunk]
    at = begin
    for j in range(begin, begin + luck.size):
        i, k, p = found.row[j], found.place[j], found.programme[j]
        kind = _kind_of(cells.record[k].right, record.receiving, yields_to, i, p)
        matched = luck[j - begin] < limits[1]
        if kind != RIGHTFUL:
            code, ident = record.codes[p], record.ids[i]
            drawn = uniform_at(record.k0, record.k1, decision, ident, month, code)
            matched = drawn < limits[0]
        _write(found, at, i, k, p)
        found.kind[at] = kind
        at += matched
    found.n[chunk] = at - begin


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
    for chunk in prange(found.n.size):
        begin, end = found.begin[chunk], _list_receipts(cells, record, chunk, found)
        luck = np.empty(end - begin)
        _draw(record, decisions[1], month, found, begin, end, luck)
        _keep_matched(cells, record, yields_to, month, decisions[0], limits, found, chunk, luck)
