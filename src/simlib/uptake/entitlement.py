"""Who is entitled now, and what a household and its neighbours receive: bits of masks."""

from typing import Final

import numpy as np
from numba import njit, prange

from simlib.loops import inner
from simlib.right_kinds import FOLLOWING, NO_RIGHT, OWN
from simlib.uptake.states import IN_ERROR

NEIGHBOURS: Final = 2
"""Neighbours on each side, in the order of ids within the municipality."""


@inner
def has_bit(mask, row, programme):  # type: ignore[no-untyped-def]
    """Tell whether a programme's bit is set in a household's mask."""
    return (mask[row, programme >> 6] >> np.uint64(programme & 63)) & np.uint64(1) != np.uint64(0)


@inner
def is_entitled(kind, receiving, follows, row, programme):  # type: ignore[no-untyped-def]
    """Tell whether a household counts as entitled now.

    In its own right, by what it receives, or by an error that is not found yet. All is asked at
    once: which it is, a processor guesses wrong too often.
    """
    followed = receiving[row, 0] & follows[programme, 0]
    for word in range(1, follows.shape[1]):
        followed |= receiving[row, word] & follows[programme, word]
    itself = (kind == OWN) | (kind == IN_ERROR)
    return itself | ((kind == FOLLOWING) & (followed != np.uint64(0)))


@njit(cache=True, parallel=True)
def entitled_cells(cells, receiving, follows):  # type: ignore[no-untyped-def]
    """Tell for each place whether its household is rightly entitled now, (places,)."""
    out = np.zeros(cells.record.size, np.bool_)
    for i in prange(cells.first.size):
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            cell = cells.record[k]
            if cell.right not in (NO_RIGHT, IN_ERROR):
                out[k] = is_entitled(cell.right, receiving, follows, i, cell.programme)
    return out


@inner
def peers_share(receiving, row, first, last, programme):  # type: ignore[no-untyped-def]
    """Give the share of a household's neighbours in its municipality who receive a programme."""
    seen, receivers = 0, 0
    for other in range(max(first, row - NEIGHBOURS), min(last, row + NEIGHBOURS + 1)):
        if other != row:
            seen += 1
            if has_bit(receiving, other, programme):
                receivers += 1
    return receivers / seen if seen > 0 else 0.0


@inner
def receives_other(receiving, row, programme):  # type: ignore[no-untyped-def]
    """Tell (1.0 or 0.0) whether a household receives any programme but this one."""
    for word in range(receiving.shape[1]):
        mask = receiving[row, word]
        if word == programme >> 6:
            mask = mask & ~(np.uint64(1) << np.uint64(programme & 63))
        if mask != np.uint64(0):
            return 1.0
    return 0.0
