"""Compiled passes over all cells, as a record of receipt is searched: chunk by chunk."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import draw_same, uniform_at
from simlib.loops import inner
from simlib.outreach.screening import is_unclaimed
from simlib.right_kinds import NO_RIGHT
from simlib.uptake.cells import CellColumns
from simlib.uptake.entitlement import has_bit
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import ENDED_UNKNOWN, IN_ERROR, RECEIVING

RIGHTFUL: Final = 0
DUPLICATE: Final = 1
UNFOUNDED: Final = 2
"""What a receipt is by the rules: right, beside one that excludes it, or without entitlement."""
LISTED: Final = 2048
"""Cells that are listed before they are looked at; the list stays in the processor's cache."""


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
    kind: NDArray[np.uint8]
    n: NDArray[np.int64]

    @classmethod
    def of(cls, cells: CellColumns) -> "Found":
        """Make room for all cells; memory that is not written takes none."""
        begin, n = cells.first[::CHUNK].copy(), cells.record.size
        row, place, kind = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.uint8)
        return cls(begin, row, place, kind, np.zeros_like(begin))

    def joined(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
        """Give households, places and kinds of all chunks."""
        n = int(self.n.sum())
        joined = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.uint8)
        _join(self, np.cumsum(self.n) - self.n, *joined)
        return joined


@inner
def _copy(found, begin, to, n, row, place, kind):  # type: ignore[no-untyped-def]
    for k in range(n):
        row[to + k], place[to + k] = found.row[begin + k], found.place[begin + k]
        kind[to + k] = found.kind[begin + k]


@njit(cache=True, parallel=True)
def _join(found, to, row, place, kind):  # type: ignore[no-untyped-def]
    for chunk in prange(found.n.size):
        _copy(found, found.begin[chunk], to[chunk], found.n[chunk], row, place, kind)


class Listed(NamedTuple):
    """Hold cells that are looked at together: household, place, and what luck is drawn for."""

    row: NDArray[np.int64]
    place: NDArray[np.int64]
    ident: NDArray[np.int64]
    code: NDArray[np.uint64]
    luck: NDArray[np.float64]


@njit(cache=True, forceinline=True)
def _blank_list(programmes_n):  # type: ignore[no-untyped-def]
    """Give a list with room for the cells of one more household than fill it."""
    n = LISTED + programmes_n + 1
    return Listed(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.uint64),
        np.empty(n, np.float64),
    )


@inner
def _list(cells, record, receipts, i, end, listed):  # type: ignore[no-untyped-def]
    """List receipts, or else unclaimed cells, until the list is full.

    Every cell is written down and only counted if it belongs there: what a processor guesses
    about it is wrong too often. Gives the household to go on with, and how many are listed.
    """
    n = 0
    while i < end and n < LISTED:
        ident, inside = record.ids[i], record.inside[i]
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            cell = cells.record[k]
            programme = np.int64(cell.programme)
            listed.row[n], listed.place[n] = i, k
            listed.ident[n], listed.code[n] = ident, record.codes[programme]
            if receipts:
                counts = has_bit(record.receiving, i, programme) & (cell.state == RECEIVING)
            else:
                counts = is_unclaimed(cell, record.receiving, record.follows, i)
            n += counts & inside
        i += 1
    return i, n


@inner
def _write(found, at, i, place, kind):  # type: ignore[no-untyped-def]
    """Write a cell down; it is kept if the next goes behind it."""
    found.row[at], found.place[at], found.kind[at] = i, place, kind


@inner
def _note_decided(listed, n, share, found, at):  # type: ignore[no-untyped-def]
    for j in range(n):
        _write(found, at + j, listed.row[j], listed.place[j], listed.luck[j] < share)
    return at + n


@njit(cache=True)
def _find_unclaimed(cells, record, decision, share, chunk, found):  # type: ignore[no-untyped-def]
    listed, at = _blank_list(record.codes.size), found.begin[chunk]
    i, end = chunk * CHUNK, min(record.ids.size, (chunk + 1) * CHUNK)
    while i < end:
        i, n = _list(cells, record, False, i, end, listed)
        draw_same((record.k0, record.k1), decision, listed.ident, 0, listed.code, listed.luck, n)
        at = _note_decided(listed, n, share, found, at)
    found.n[chunk] = at - found.begin[chunk]


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
        _find_unclaimed(cells, record, decision, share, chunk, found)


@inner
def _kind_of(right, receiving, yields_to, i, programme):  # type: ignore[no-untyped-def]
    """Say what a receipt is by the rules."""
    beside = np.uint64(0)
    for word in range(receiving.shape[1]):
        beside |= receiving[i, word] & yields_to[programme, word]
    unfounded = (right == NO_RIGHT) | (right == ENDED_UNKNOWN) | (right == IN_ERROR)
    return DUPLICATE if beside != np.uint64(0) else UNFOUNDED * unfounded


@inner
def _keep_matched(cells, record, yields_to, month, decision, limits, listed, n, found, at):  # type: ignore[no-untyped-def]
    """Keep of the receipts listed those that are matched; luck is that of a false match."""
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        kind = _kind_of(cell.right, record.receiving, yields_to, i, np.int64(cell.programme))
        matched = listed.luck[j] < limits[1]
        if kind != RIGHTFUL:
            ident, code = listed.ident[j], listed.code[j]
            matched = uniform_at(record.k0, record.k1, decision, ident, month, code) < limits[0]
        _write(found, at, i, listed.place[j], kind)
        at += matched
    return at


@njit(cache=True)
def _match(cells, record, yields_to, month, decisions, limits, chunk, found):  # type: ignore[no-untyped-def]
    listed, at, key = _blank_list(record.codes.size), found.begin[chunk], (record.k0, record.k1)
    i, end = chunk * CHUNK, min(record.ids.size, (chunk + 1) * CHUNK)
    while i < end:
        i, n = _list(cells, record, True, i, end, listed)
        draw_same(key, decisions[1], listed.ident, month, listed.code, listed.luck, n)
        at = _keep_matched(
            cells, record, yields_to, month, decisions[0], limits, listed, n, found, at
        )
    found.n[chunk] = at - found.begin[chunk]


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
        _match(cells, record, yields_to, month, decisions, limits, chunk, found)
