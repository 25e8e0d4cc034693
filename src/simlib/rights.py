"""Rights of households as a sparse table: most households have few of all programmes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@dataclass(frozen=True)
class Rights:
    """Hold the rights of some households, sorted by household and programme.

    Attributes
    ----------
    start
        First right of each household, and the end of the last one's, (households + 1,).
    programme
        Programme of each right, (rights,).
    kind
        How the household is entitled, see :mod:`simlib.right_kinds`, (rights,).
    amount_krw_m
        Won a month, (rights,).
    programmes_n
        Number of programmes in the catalogue.
    """

    start: NDArray[np.int64]
    programme: NDArray[np.uint16]
    kind: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]
    programmes_n: int

    @classmethod
    def of(cls, kind: NDArray[np.uint8], amount_krw_m: NDArray[np.float32]) -> "Rights":
        """Take the rights out of full tables, each (households, programmes)."""
        rows, programmes = np.nonzero(kind)
        start = np.zeros(kind.shape[0] + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=kind.shape[0]), out=start[1:])
        return cls(
            start,
            programmes.astype(np.uint16),
            kind[rows, programmes],
            amount_krw_m[rows, programmes].astype(np.float32),
            kind.shape[1],
        )

    @classmethod
    def none(cls, programmes_n: int) -> "Rights":
        """Give the rights of no households."""
        shape = (0, programmes_n)
        return cls.of(np.zeros(shape, np.uint8), np.zeros(shape, np.float32))

    @property
    def households_n(self) -> int:
        """Give the number of households."""
        return self.start.size - 1

    @property
    def rows(self) -> NDArray[np.int64]:
        """Give the household of each right, (rights,)."""
        return np.repeat(np.arange(self.households_n), np.diff(self.start))

    def any(self) -> NDArray[np.bool_]:
        """Tell which households have some right, (households,)."""
        return np.diff(self.start) > 0

    def picked(self, rows: NDArray[np.int64]) -> "Rights":
        """Give the rights of some households, numbered anew."""
        at = gather(self.start, rows)
        start = np.zeros(rows.size + 1, np.int64)
        np.cumsum(self.start[rows + 1] - self.start[rows], out=start[1:])
        return Rights(
            start, self.programme[at], self.kind[at], self.amount_krw_m[at], self.programmes_n
        )

    def replaced(self, rows: NDArray[np.int64], now: "Rights") -> "Rights":
        """Give all rights after those of some households, in order, are others."""
        lengths = np.diff(self.start)
        lengths[rows] = np.diff(now.start)
        start = np.zeros_like(self.start)
        np.cumsum(lengths, out=start[1:])
        at = _merged(start, self.start, rows, now.start)
        programme, kind, amount_krw_m = (
            np.concatenate([getattr(self, name), getattr(now, name)])[at]
            for name in ("programme", "kind", "amount_krw_m")
        )
        return Rights(start, programme, kind, amount_krw_m, self.programmes_n)

    def kinds(self) -> NDArray[np.uint8]:
        """Give the kinds as a full table, (households, programmes), 0 without a right."""
        return self._table(self.kind)

    def amounts_krw_m(self) -> NDArray[np.float32]:
        """Give the amounts as a full table, won a month, (households, programmes)."""
        return self._table(self.amount_krw_m)

    def _table(self, values: NDArray[Any]) -> NDArray[Any]:
        table = np.zeros((self.households_n, self.programmes_n), values.dtype)
        table[self.rows, self.programme] = values
        return table


@dataclass(frozen=True)
class RightsChange:
    """Hold the rights that began, ended or changed, sorted by household and programme.

    Only pairs of household and programme that differ from before stand here, (changes,) each.

    Attributes
    ----------
    row, programme
        Row of the household, and programme.
    kind
        How the household is entitled now, see :mod:`simlib.right_kinds`.
    amount_krw_m
        Won a month; 0 where the right ended.
    """

    row: NDArray[np.int64]
    programme: NDArray[np.uint16]
    kind: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]

    @classmethod
    def none(cls) -> "RightsChange":
        """Give a month in which nothing changed."""
        return cls(
            np.empty(0, np.int64),
            np.empty(0, np.uint16),
            np.empty(0, np.uint8),
            np.empty(0, np.float32),
        )

    def picked(self, chosen: NDArray[np.bool_]) -> "RightsChange":
        """Give some of the changes."""
        return RightsChange(
            self.row[chosen],
            self.programme[chosen],
            self.kind[chosen],
            self.amount_krw_m[chosen],
        )

    def has(self, row: NDArray[np.int64], programme: NDArray[np.uint16]) -> NDArray[np.bool_]:
        """Tell which pairs of household and programme are among the changes, (pairs,)."""
        return np.asarray(_among_pairs(row, programme, self.row, self.programme))

    @classmethod
    def between(cls, before: Rights, rows: NDArray[np.int64], now: Rights) -> "RightsChange":
        """Compare the rights of some households, in order, with those of all before."""
        return cls(*_differences(_columns(before), rows, _columns(now)))


def _columns(rights: Rights) -> tuple[NDArray[Any], ...]:
    return rights.start, rights.programme, rights.kind, rights.amount_krw_m


@njit(cache=True)
def _differences(before, rows, now):  # type: ignore[no-untyped-def]
    """Walk through old and new rights of each household side by side."""
    start, programme, kind, amount = before
    new_start, new_programme, new_kind, new_amount = now
    most = new_programme.size
    for k in range(rows.size):
        most += start[rows[k] + 1] - start[rows[k]]
    row_to, programme_to = np.empty(most, np.int64), np.empty(most, np.uint16)
    kind_to, amount_to = np.empty(most, np.uint8), np.empty(most, np.float32)
    n = 0
    for k in range(rows.size):
        a, a_end = start[rows[k]], start[rows[k] + 1]
        b, b_end = new_start[k], new_start[k + 1]
        while a < a_end or b < b_end:
            old = a < a_end and (b == b_end or programme[a] <= new_programme[b])
            new = b < b_end and (a == a_end or new_programme[b] <= programme[a])
            if not (old and new and kind[a] == new_kind[b] and amount[a] == new_amount[b]):
                row_to[n] = rows[k]
                programme_to[n] = new_programme[b] if new else programme[a]
                kind_to[n] = new_kind[b] if new else np.uint8(0)
                amount_to[n] = new_amount[b] if new else np.float32(0.0)
                n += 1
            a += old
            b += new
    return row_to[:n].copy(), programme_to[:n].copy(), kind_to[:n].copy(), amount_to[:n].copy()


@njit(cache=True)
def _among_pairs(row, programme, rows, programmes):  # type: ignore[no-untyped-def]
    """Find pairs in a list that ascends by row and, within one, by programme."""
    found = np.zeros(row.size, np.bool_)
    for k in range(row.size):
        at = np.searchsorted(rows, row[k])
        while at < rows.size and rows[at] == row[k] and programmes[at] < programme[k]:
            at += 1
        found[k] = at < rows.size and rows[at] == row[k] and programmes[at] == programme[k]
    return found


@njit(cache=True)
def _merged(start, old_start, rows, new_start):  # type: ignore[no-untyped-def]
    """List where each right now stands: among the old ones, or among the new ones after them."""
    at = np.empty(start[-1], np.int64)
    next_changed = 0
    for i in range(start.size - 1):
        first = old_start[i]
        if next_changed < rows.size and rows[next_changed] == i:
            first = old_start[-1] + new_start[next_changed]
            next_changed += 1
        for k in range(start[i], start[i + 1]):
            at[k] = first + k - start[i]
    return at


@njit(cache=True)
def gather(start, rows):  # type: ignore[no-untyped-def]
    """List the positions that belong to some households, one household after the other."""
    total = 0
    for k in range(rows.size):
        total += start[rows[k] + 1] - start[rows[k]]
    out = np.empty(total, np.int64)
    at = 0
    for k in range(rows.size):
        for position in range(start[rows[k]], start[rows[k] + 1]):
            out[at] = position
            at += 1
    return out
