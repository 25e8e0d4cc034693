"""Sets of rows of households, gathered from lists of them."""

from collections.abc import Iterable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.loops import lowest_bit

Rows = NDArray[np.int64]
_WORD = 64


class RowSet:
    """Gather rows, one bit each, and give them in order.

    Parameters
    ----------
    rows_n
        Number of rows that there are.
    """

    def __init__(self, rows_n: int) -> None:
        self._words = np.zeros(-(-rows_n // _WORD), np.uint64)

    def add(self, lists: Iterable[Rows]) -> None:
        """Add the rows of some lists."""
        for rows in lists:
            _mark(self._words, rows)

    def rows(self) -> Rows:
        """Give all rows that are there, each once, ascending."""
        return np.asarray(rows_of(self._words))

    def without(self, rows: Rows) -> Rows:
        """Give those of some rows that are not there, in their order."""
        return np.asarray(_without(rows, self._words))


@njit(cache=True)
def _mark(words, rows):  # type: ignore[no-untyped-def]
    for row in rows:
        words[row >> 6] |= np.uint64(1) << np.uint64(row & 63)


@njit(cache=True)
def _without(rows, words):  # type: ignore[no-untyped-def]
    found, n = np.empty(rows.size, np.int64), 0
    for row in rows:
        found[n] = row
        n += (words[row >> 6] >> np.uint64(row & 63)) & np.uint64(1) == 0
    return found[:n]


@njit(cache=True)
def rows_of(words):  # type: ignore[no-untyped-def]
    """List the rows whose bits are set in words of 64, ascending."""
    rows_n = 0
    for word in words:
        while word:
            word &= word - np.uint64(1)
            rows_n += 1
    rows, n = np.empty(rows_n, np.int64), 0
    for k in range(words.size):
        word = words[k]
        while word:
            rows[n] = _WORD * k + np.int64(lowest_bit(word))
            word &= word - np.uint64(1)
            n += 1
    return rows
