"""Rights that are held from month to month, with room for some more of each household."""

from collections.abc import Collection

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.benefits.compiled.differences import PROGRAMME_AT, kind_of, right_of
from simlib.benefits.compiled.machine import Held
from simlib.loops import fetch, inner
from simlib.rights import Rights, RightsChange
from simlib.row_sets import rows_of

_PROGRAMMES_MOST = 1 << 16
_SPARE_RIGHTS = 2
"""Rights that a household can gain in place; whoever gains more is moved to the end, where memory
is taken only as it is used."""
_SPARE_SHARE = 0.5
_AHEAD = 64
"""Changes further on whose memory is asked for."""


class HeldRights:
    """Hold the rights of all households so that changes of some touch nothing else."""

    def __init__(self, households_n: int) -> None:
        self.held = Held(
            np.zeros(households_n, np.uint32),
            np.zeros(households_n, np.uint16),
            np.zeros(households_n, np.uint16),
            np.empty(0, np.uint64),
        )
        self.used, self.programmes_n = 0, 0
        self._bits: NDArray[np.uint64] | None = None  # of each programme, one a household

    @property
    def addresses(self) -> tuple[int, int, int]:
        """Say where each household's first right, how many, and the rights stand."""
        held = self.held
        found = (held.first, held.rights_n, held.right)
        return found[0].ctypes.data, found[1].ctypes.data, found[2].ctypes.data

    def begin(self, rights: Rights) -> None:
        """Take all rights over, with room for some more of each household."""
        rights_n = np.diff(rights.start).astype(np.uint16)
        room = (rights_n + _SPARE_RIGHTS).astype(np.uint16)
        first = np.zeros(room.size, np.uint32)
        np.cumsum(room[:-1], out=first[1:])
        self.used = int(room.sum(dtype=np.int64))
        right = np.empty(self.used + int(_SPARE_SHARE * self.used), np.uint64)
        columns = (rights.programme, rights.kind, rights.amount_krw_m)
        _spread(rights.start, first, columns, right)
        self.held = Held(first, rights_n, room, right)
        self.programmes_n, self._bits = rights.programmes_n, None

    def take(self, change: RightsChange) -> None:
        """Take changes over, sorted by household and programme."""
        columns = (change.row, change.programme, change.kind, change.amount_krw_m)
        done = 0
        while True:
            done, self.used = _take(self.held, self.used, columns, done)
            if done == change.row.size:
                return
            self._make_room(change.row.size - done)

    def holders(self, programmes: Collection[int]) -> NDArray[np.int64]:
        """Give the rows of the households that hold a right to one of some programmes."""
        if self._bits is None:
            held = self.held
            self._bits = np.zeros((self.programmes_n, -(-held.first.size // 64)), np.uint64)
            _mark_all(held.first, held.rights_n, held.right, self._bits)
        return np.asarray(rows_of(np.bitwise_or.reduce(self._bits[list(programmes)])))

    def note(self, change: RightsChange) -> None:
        """Note who came to hold rights, and who holds them no more; once for each change."""
        if self._bits is not None:
            _mark(change.row, change.programme, change.kind, self._bits)

    def _make_room(self, changes_n: int) -> None:
        more = changes_n + _PROGRAMMES_MOST + int(_SPARE_SHARE * self.used)
        longer = np.concatenate([self.held.right[: self.used], np.empty(more, np.uint64)])
        self.held = Held(*self.held[:3], longer)


def rights_of(change: RightsChange, households_n: int, programmes_n: int) -> Rights:
    """Give the rights of households that had none before."""
    start = np.zeros(households_n + 1, np.int64)
    np.cumsum(np.bincount(change.row, minlength=households_n), out=start[1:])
    return Rights(start, change.programme, change.kind, change.amount_krw_m, programmes_n)


@njit(cache=True, parallel=True)
def _spread(start, first, columns, right):  # type: ignore[no-untyped-def]
    programme, kind, amount = columns
    for row in prange(first.size):
        to = np.int64(first[row]) - start[row]
        for at in range(start[row], start[row + 1]):
            right[to + at] = right_of(programme[at], kind[at], amount[at])


@njit(cache=True)
def _mark_all(first, rights_n, right, bits):  # type: ignore[no-untyped-def]
    """Set a bit for each right."""
    for row in range(first.size):
        for place in range(np.int64(first[row]), np.int64(first[row]) + rights_n[row]):
            bits[right[place] >> PROGRAMME_AT, row >> 6] |= np.uint64(1) << np.uint64(row & 63)


@njit(cache=True)
def _mark(rows, programmes, kinds, bits):  # type: ignore[no-untyped-def]
    """Set the bits of rights that there are, and clear those of rights that ended."""
    for k in range(rows.size):
        bit = np.uint64(1) << np.uint64(rows[k] & 63)
        others = bits[programmes[k], rows[k] >> 6] & ~bit
        bits[programmes[k], rows[k] >> 6] = others | bit * np.uint64(kinds[k] > 0)


@njit(cache=True)
def _take(held, used, columns, done):  # type: ignore[no-untyped-def]
    """Take changes over household by household, as far as there is room."""
    return _take_all(held, used, columns, done, np.empty(_PROGRAMMES_MOST, np.uint64))


@inner
def _take_all(held, used, columns, done, now):  # type: ignore[no-untyped-def]
    row_of = columns[0]
    while done < row_of.size:
        _ask_for(held, row_of, done)
        row, end = row_of[done], done
        while end < row_of.size and row_of[end] == row:
            end += 1
        n = _with_changes(row, held, columns, done, end, now)
        if n > held.room[row]:
            if used + n > held.right.size:
                return done, used
            held.first[row], held.room[row] = used, n
            used += n
        first = np.int64(held.first[row])
        for k in range(n):
            held.right[first + k] = now[k]
        held.rights_n[row] = n
        done = end
    return done, used


@inner
def _ask_for(held, row_of, done):  # type: ignore[no-untyped-def]
    """Ask for the memory of households further on."""
    ahead = row_of[min(done + _AHEAD, row_of.size - 1)]
    further = row_of[min(done + 2 * _AHEAD, row_of.size - 1)]
    fetch(held.right, np.int64(held.first[ahead]))
    fetch(held.first, further)
    fetch(held.rights_n, further)
    fetch(held.room, further)


@inner
def _with_changes(row, held, columns, b, end, now):  # type: ignore[no-untyped-def]
    """List the rights of a household after its changes, and tell how many there are."""
    _, programme_of, kinds, amounts = columns
    a, n = np.int64(held.first[row]), 0
    a_end = a + held.rights_n[row]
    while a < a_end or b < end:
        old = held.right[a] >> PROGRAMME_AT if a < a_end else np.uint64(_PROGRAMMES_MOST)
        new = np.uint64(programme_of[b]) if b < end else np.uint64(_PROGRAMMES_MOST)
        if old < new:
            now[n] = held.right[a]
            n += 1
        else:
            now[n] = right_of(new, kinds[b], amounts[b])
            n += kind_of(now[n]) > 0
            b += 1
        a += old <= new
    return n
