"""What the compiled loops of the funnel read, and the lists in which they gather cells."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.uptake.programmes import Floats

LISTED: Final = 1024
"""Cells that are listed before their luck is drawn; the lists stay in the processor's cache."""

PARTS: Final = 64
"""Parts of the households that are run side by side, each with its own count of moves."""


class Listed(NamedTuple):
    """Hold cells in which something may happen: household, place, and luck; (listed,) each."""

    row: NDArray[np.int64]
    place: NDArray[np.int64]
    ident: NDArray[np.int64]
    code: NDArray[np.uint64]
    entitled: NDArray[np.bool_]
    luck: Floats
    forget_luck: Floats


class People(NamedTuple):
    """Hold what the loops read of households, see :class:`~simlib.uptake.traits.Traits`."""

    ids: NDArray[np.int64]
    need: Floats
    friction: Floats
    stigma: Floats
    blocks: NDArray[np.int64]


class Claiming(NamedTuple):
    """Hold what a claim asks for this month by way and programme, and each household's way."""

    learning: Floats
    burden: Floats
    renewal_months: Floats
    way: NDArray[np.uint16]


class Standing(NamedTuple):
    """Hold where households stand beside their cells.

    See :class:`~simlib.uptake.funnel_state.FunnelState`.
    """

    helped_step: NDArray[np.int16]
    receiving: NDArray[np.uint64]
    read: NDArray[np.uint64]
    may_wait: NDArray[np.bool_]
    paid_krw_m: NDArray[np.float32]


@njit(cache=True, forceinline=True)
def blank_list(programmes_n):  # type: ignore[no-untyped-def]
    """Give a list with room for :data:`LISTED` cells and one household's more."""
    n = LISTED + programmes_n
    return Listed(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.uint64),
        np.empty(n, np.bool_),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
    )


@njit(cache=True, forceinline=True)
def has_any(mask, row):  # type: ignore[no-untyped-def]
    """Tell whether any bit of a household's mask is set."""
    words = np.uint64(0)
    for word in range(mask.shape[1]):
        words |= mask[row, word]
    return words != np.uint64(0)


@njit(cache=True, forceinline=True)
def become(cell, new, step, moves):  # type: ignore[no-untyped-def]
    """Let a cell come to a state, and count that, (programmes, from state, to state)."""
    if new != cell.state:
        moves[cell.programme, cell.state, new] += 1
        cell.state = new
        cell.since = step
