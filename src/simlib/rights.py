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
        1 in its own right, 2 by another benefit, (rights,).
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
