"""Rights that are held from month to month, with room for some more of each household."""

from collections.abc import Collection

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.benefits.compiled.differences import PROGRAMME_AT, kind_of, right_of
from simlib.benefits.compiled.machine import Held
from simlib.rights import Rights, RightsChange

_PROGRAMMES_MOST = 1 << 16
_SPARE_RIGHTS = 2
"""Rights that a household can gain in place; whoever gains more is moved to the end, where memory
is taken only as it is used."""
_SPARE_SHARE = 0.5


class HeldRights:
    """Hold the rights of all households so that changes of some touch nothing else."""

    def __init__(self, households_n: int) -> None:
        self.held = Held(
            np.zeros(households_n, np.uint32),
            np.zeros(households_n, np.uint16),
            np.zeros(households_n, np.uint16),
            np.empty(0, np.uint64),
        )
        self.used = 0

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
        asked = np.zeros(_PROGRAMMES_MOST, np.uint8)
        asked[list(programmes)] = 1
        held = self.held
        return np.flatnonzero(_holding(held.first, held.rights_n, held.right, asked))

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


@njit(cache=True, parallel=True)
def _holding(first, rights_n, right, asked):  # type: ignore[no-untyped-def]
    holds = np.empty(first.size, np.bool_)
    for row in prange(holds.size):
        begin, found = np.int64(first[row]), np.uint8(0)
        for place in range(begin, begin + rights_n[row]):
            found |= asked[right[place] >> PROGRAMME_AT]
        holds[row] = found != 0
    return holds


@njit(cache=True)
def _take(held, used, columns, done):  # type: ignore[no-untyped-def]
    """Take changes over household by household, as far as there is room."""
    row_of, programme_of, kinds, amounts = columns
    now = np.empty(_PROGRAMMES_MOST, np.uint64)
    while done < row_of.size:
        row, end, n = row_of[done], done, 0
        while end < row_of.size and row_of[end] == row:
            end += 1
        a, b = np.int64(held.first[row]), done
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
        if n > held.room[row]:
            if used + n > held.right.size:
                return done, used
            held.first[row], held.room[row] = used, n
            used += n
        first = np.int64(held.first[row])
        held.right[first : first + n] = now[:n]
        held.rights_n[row] = n
        done = end
    return done, used
