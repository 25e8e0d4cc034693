"""Rights that are held from month to month, with room for some more of each household."""

from collections.abc import Collection

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.benefits.compiled.machine import Held
from simlib.rights import Rights, RightsChange

_PROGRAMMES_MOST = 1 << 16
_SPARE_RIGHTS = 2
"""Rights that a household can gain in place; whoever gains more is moved to the end."""
_SPARE_SHARE = 0.02


class HeldRights:
    """Hold the rights of all households so that changes of some touch nothing else."""

    def __init__(self, households_n: int) -> None:
        self.held = Held(
            np.zeros(households_n, np.int64),
            np.zeros(households_n, np.uint16),
            np.zeros(households_n, np.uint16),
            np.empty(0, np.uint16),
            np.empty(0, np.uint8),
            np.empty(0, np.float32),
        )
        self.used = 0

    @property
    def addresses(self) -> tuple[int, int, int]:
        """Say where each household's first right, how many, and their programmes stand."""
        held = self.held
        found = (held.first, held.rights_n, held.programme)
        return found[0].ctypes.data, found[1].ctypes.data, found[2].ctypes.data

    def begin(self, rights: Rights) -> None:
        """Take all rights over, with room for some more of each household."""
        rights_n = np.diff(rights.start).astype(np.uint16)
        room = (rights_n + _SPARE_RIGHTS).astype(np.uint16)
        first = np.zeros(room.size, np.int64)
        np.cumsum(room[:-1], out=first[1:])
        self.used = int(room.sum(dtype=np.int64))
        places = self.used + int(_SPARE_SHARE * self.used)
        columns = (rights.programme, rights.kind, rights.amount_krw_m)
        roomy = [np.empty(places, column.dtype) for column in columns]
        _spread(rights.start, first, columns, tuple(roomy))
        self.held = Held(first, rights_n, room, *roomy)

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
        asked = np.zeros(_PROGRAMMES_MOST, np.bool_)
        asked[list(programmes)] = True
        return np.flatnonzero(_holding(self.held, asked))

    def _make_room(self, changes_n: int) -> None:
        more = changes_n + _PROGRAMMES_MOST + int(_SPARE_SHARE * self.used)
        longer = [
            np.concatenate([column[: self.used], np.empty(more, column.dtype)])
            for column in (self.held.programme, self.held.kind, self.held.amount_krw_m)
        ]
        self.held = Held(*self.held[:3], *longer)


def rights_of(change: RightsChange, households_n: int, programmes_n: int) -> Rights:
    """Give the rights of households that had none before."""
    start = np.zeros(households_n + 1, np.int64)
    np.cumsum(np.bincount(change.row, minlength=households_n), out=start[1:])
    return Rights(start, change.programme, change.kind, change.amount_krw_m, programmes_n)


@njit(cache=True, parallel=True)
def _spread(start, first, columns, roomy):  # type: ignore[no-untyped-def]
    programme, kind, amount = columns
    programme_to, kind_to, amount_to = roomy
    for row in prange(first.size):
        for k in range(start[row + 1] - start[row]):
            at, to = start[row] + k, first[row] + k
            programme_to[to], kind_to[to], amount_to[to] = programme[at], kind[at], amount[at]


@njit(cache=True, parallel=True)
def _holding(held, asked):  # type: ignore[no-untyped-def]
    holds = np.zeros(held.first.size, np.bool_)
    for row in prange(holds.size):
        for place in range(held.first[row], held.first[row] + held.rights_n[row]):
            holds[row] |= asked[held.programme[place]]
    return holds


@njit(cache=True)
def _take(held, used, columns, done):  # type: ignore[no-untyped-def]
    """Take changes over household by household, as far as there is room."""
    row_of, programme_of, kind_of, amount_of = columns
    programme, kind = np.empty(_PROGRAMMES_MOST, np.uint16), np.empty(_PROGRAMMES_MOST, np.uint8)
    amount = np.empty(_PROGRAMMES_MOST, np.float32)
    while done < row_of.size:
        row, end, n = row_of[done], done, 0
        while end < row_of.size and row_of[end] == row:
            end += 1
        a, b = held.first[row], done
        a_end = a + held.rights_n[row]
        while a < a_end or b < end:
            old = a < a_end and (b == end or held.programme[a] < programme_of[b])
            if old:
                programme[n], kind[n] = held.programme[a], held.kind[a]
                amount[n] = held.amount_krw_m[a]
                n += 1
                a += 1
            else:
                programme[n], kind[n], amount[n] = programme_of[b], kind_of[b], amount_of[b]
                n += kind_of[b] > 0
                a += a < a_end and held.programme[a] == programme_of[b]
                b += 1
        if n > held.room[row]:
            if used + n > held.programme.size:
                return done, used
            held.first[row], held.room[row] = used, n
            used += n
        first = held.first[row]
        held.programme[first : first + n] = programme[:n]
        held.kind[first : first + n] = kind[:n]
        held.amount_krw_m[first : first + n] = amount[:n]
        held.rights_n[row] = n
        done = end
    return done, used
