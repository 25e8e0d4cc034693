"""Cells: the pairs of household and programme in which something can happen.

A household has a cell for each programme it is entitled to, has a claim in, or knows of. All
other pairs are unaware and without a right, and nothing is stored of them.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.rights import Rights
from simlib.uptake.states import NEVER, RECEIVING, UNAWARE

CHUNK = 4096
"""Households that one thread works through at a time."""


@dataclass
class Cells:
    """Hold the cells of all households, sorted by household and programme.

    Attributes
    ----------
    start
        First cell of each household, and the end of the last one's, (households + 1,).
    programme
        Programme of each cell, (cells,) as all that follows.
    right
        How the household is entitled: 0 not, 1 in its own right, 2 by another benefit.
    amount_krw_m
        What it is entitled to, won a month; what it was while an end is not noticed yet.
    state
        State code.
    since
        Step in which the state was entered.
    read_step
        Step in which a notice about the programme was last read.
    programmes_n
        Number of programmes in the catalogue.
    """

    start: NDArray[np.int64]
    programme: NDArray[np.uint16]
    right: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]
    state: NDArray[np.uint8]
    since: NDArray[np.int16]
    read_step: NDArray[np.int16]
    programmes_n: int

    @classmethod
    def of(cls, rights: Rights) -> "Cells":
        """Start with everybody unaware of everything."""
        n = rights.programme.size
        return cls(
            rights.start.copy(),
            rights.programme.copy(),
            rights.kind.copy(),
            rights.amount_krw_m.copy(),
            np.full(n, UNAWARE, np.uint8),
            np.zeros(n, np.int16),
            np.full(n, NEVER, np.int16),
            rights.programmes_n,
        )

    @property
    def households_n(self) -> int:
        """Give the number of households."""
        return self.start.size - 1

    @property
    def rows(self) -> NDArray[np.int64]:
        """Give the household of each cell, (cells,)."""
        return np.repeat(np.arange(self.households_n), np.diff(self.start))

    def copy(self) -> "Cells":
        """Copy every column."""
        columns = {
            name: column.copy() for name, column in vars(self).items() if name != "programmes_n"
        }
        return replace(self, **columns)

    def table(self, name: str) -> NDArray[Any]:
        """Give a column as a full table, (households, programmes): for few households."""
        column = getattr(self, name)
        empty = NEVER if name == "read_step" else 0
        table = np.full((self.households_n, self.programmes_n), empty, column.dtype)
        table[self.rows, self.programme] = column
        return table

    def renewed(self, rows: NDArray[np.int64], rights: Rights, told: NDArray[np.uint64]) -> "Cells":
        """Give the cells after some rights changed and some households were told of programmes.

        Parameters
        ----------
        rows, rights
            Households whose rights changed, and all of their rights now.
        told
            Bit masks of programmes for which there has to be a cell, (households, words).
        """
        place = np.full(self.households_n, -1, np.int64)
        place[rows] = np.arange(rows.size)
        old = (self.programme, self.right, self.amount_krw_m, self.state, self.since,
               self.read_step)  # fmt: skip
        known = (self.programme, self.right, self.state)
        new = (rights.start, rights.programme, rights.kind, rights.amount_krw_m)
        start = np.zeros(self.start.size, np.int64)
        start[1:] = _counts(self.start, known, place, new, told)
        np.cumsum(start, out=start)
        made = tuple(np.empty(start[-1], each.dtype) for each in old)
        _fill(self.start, old, place, new, told, start, made)
        programme, right, amount_krw_m, state, since, read_step = made
        return Cells(
            start, programme, right, amount_krw_m, state, since, read_step, self.programmes_n
        )

    def lack(self, told: NDArray[np.uint64]) -> bool:
        """Tell whether some household was told of a programme that it has no cell for."""
        return bool(_lack(self.start, self.programme, told))


@njit(cache=True, inline="always")
def _bit(masks, row, programme):  # type: ignore[no-untyped-def]
    return (masks[row, programme >> 6] >> np.uint64(programme & 63)) & np.uint64(1)


@njit(cache=True, inline="always")
def _told_next(masks, row, programme, programmes_n):  # type: ignore[no-untyped-def]
    """Find the next programme, from one on, that a household was told of."""
    while programme < programmes_n and _bit(masks, row, programme) == np.uint64(0):
        programme += 1
    return programme


@njit(cache=True, inline="always")
def _told_any(masks, row):  # type: ignore[no-untyped-def]
    found = np.uint64(0)
    for word in range(masks.shape[1]):
        found |= masks[row, word]
    return found != np.uint64(0)


@njit(cache=True, inline="always")
def _next(start, programme, right, state, place, new, told, i, a, b, t):  # type: ignore[no-untyped-def]
    """Find a household's next cell: its programme, and where it stands among old and new.

    ``a`` runs over old cells, ``b`` over new rights, ``t`` over programmes told of. Gives the
    programme (-1 at the end), whether an old cell and a new right have it, and the three places
    to go on from.
    """
    end = 64 * told.shape[1]
    changed = place[i] >= 0
    while True:
        p_old = np.int64(programme[a]) if a < start[i + 1] else end
        p_new = end
        if changed and b < new[0][place[i] + 1]:
            p_new = np.int64(new[1][b])
        t = _told_next(told, i, t, end)
        p = min(p_old, min(p_new, t))
        if p == end:
            return np.int64(-1), False, False, a, b, t
        has_old, has_new = p_old == p, p_new == p
        a += has_old
        b += has_new
        named = t == p
        t += named
        if has_new or named:
            return p, has_old, has_new, a, b, t
        if (right[a - 1] != 0 and not changed) or state[a - 1] != UNAWARE:
            return p, has_old, has_new, a, b, t


@njit(cache=True, parallel=True)
def _counts(start, known, place, new, told):  # type: ignore[no-untyped-def]
    programme, right, state = known
    households_n = start.size - 1
    counts = np.empty(households_n, np.int64)
    for chunk in prange((households_n + CHUNK - 1) // CHUNK):
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            if place[i] < 0 and not _told_any(told, i):
                counts[i] = start[i + 1] - start[i]
                continue
            a, t, n = start[i], 0, 0
            b = new[0][place[i]] if place[i] >= 0 else 0
            while True:
                p, _, _, a, b, t = _next(
                    start, programme, right, state, place, new, told, i, a, b, t
                )
                if p < 0:
                    break
                n += 1
            counts[i] = n
    return counts


@njit(cache=True, parallel=True)
def _fill(start, old, place, new, told, start_to, to):  # type: ignore[no-untyped-def]
    households_n = start.size - 1
    programme, right, amount, state, since, read_step = old
    programme_to, right_to, amount_to, state_to, since_to, read_to = to
    new_start, _, new_right, new_amount = new
    for chunk in prange((households_n + CHUNK - 1) // CHUNK):
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            k, a, t = start_to[i], start[i], 0
            if place[i] < 0 and not _told_any(told, i):
                for position in range(a, start[i + 1]):
                    programme_to[k] = programme[position]
                    right_to[k] = right[position]
                    amount_to[k] = amount[position]
                    state_to[k] = state[position]
                    since_to[k] = since[position]
                    read_to[k] = read_step[position]
                    k += 1
                continue
            b = new_start[place[i]] if place[i] >= 0 else 0
            while True:
                p, has_old, has_new, a, b, t = _next(
                    start, programme, right, state, place, new, told, i, a, b, t
                )
                if p < 0:
                    break
                programme_to[k] = p
                right_to[k], amount_to[k] = 0, 0.0
                state_to[k], since_to[k], read_to[k] = UNAWARE, 0, NEVER
                if has_old:
                    state_to[k], since_to[k] = state[a - 1], since[a - 1]
                    read_to[k] = read_step[a - 1]
                    if place[i] < 0:
                        right_to[k], amount_to[k] = right[a - 1], amount[a - 1]
                    elif state[a - 1] == RECEIVING:  # paid on until the end is noticed
                        amount_to[k] = amount[a - 1]
                if has_new:
                    right_to[k], amount_to[k] = new_right[b - 1], new_amount[b - 1]
                k += 1


@njit(cache=True)
def _lack(start, programme, told):  # type: ignore[no-untyped-def]
    for i in range(start.size - 1):
        if not _told_any(told, i):
            continue
        known = start[i]
        for p in range(64 * told.shape[1]):
            if _bit(told, i, p) == np.uint64(0):
                continue
            while known < start[i + 1] and programme[known] < p:
                known += 1
            if known == start[i + 1] or programme[known] != p:
                return True
    return False
