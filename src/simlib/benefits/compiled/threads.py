"""Threads that share the households among them, kept from call to call."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

import numba

_HOUSEHOLDS_A_THREAD = 1024
"""Below this a second thread costs more than it brings."""
_HOUSEHOLDS_A_PIECE = 8192
"""Pieces are handed out to threads as these become free; smaller ones cost more than they bring."""
_PIECES_A_THREAD = 8

T = TypeVar("T")


def in_pieces(part: Callable[[tuple[int, int]], T], n: int) -> list[T]:
    """Let threads do a part of the work for each piece of ``n`` rows.

    Parameters
    ----------
    part
        Does the rows from the first to before the last and must not hold Python's lock.
    n
        Number of rows.

    Returns
    -------
    list
        What each piece gave, in the order of rows.
    """
    threads = max(1, min(numba.config.NUMBA_NUM_THREADS, n // _HOUSEHOLDS_A_THREAD))
    if threads == 1:
        return [part((0, n))]
    pieces = max(threads, min(_PIECES_A_THREAD * threads, n // _HOUSEHOLDS_A_PIECE))
    cuts = [n * i // pieces for i in range(pieces + 1)]
    return list(_pool(os.getpid()).map(part, pairwise(cuts)))


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    """Start the threads once a process; a forked one has none of its parent's."""
    return ThreadPoolExecutor(numba.config.NUMBA_NUM_THREADS, "simlib")
