"""Asking for memory beforehand changes nothing, wherever it is asked for."""

import numpy as np
from numba import njit

from simlib.loops import fetch


@njit
def _summed(values, table, order, ahead):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(order.size):
        fetch(values, order[k] + ahead)
        fetch(table, order[k] + ahead)
        total += values[order[k]] + table[order[k], 1]
    return total


def test_a_loop_that_asks_beforehand_reads_the_same():
    values, table = np.arange(50.0), np.arange(100.0).reshape(50, 2)
    strided, order = np.arange(100.0)[::2], np.arange(50)[::-1].copy()
    for ahead in (0, 7, 10**9, -(10**9)):  # far beyond either end, too
        assert _summed(values, table, order, ahead) == values.sum() + table[:, 1].sum()
        assert _summed(strided, table, order, ahead) == strided.sum() + table[:, 1].sum()
