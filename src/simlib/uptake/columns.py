"""What the compiled loops of the funnel read, and the lists in which they gather cells."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.loops import inner
from simlib.uptake.cells import CellColumns
from simlib.uptake.programmes import Floats, ProgrammeColumns
from simlib.uptake.rates import UptakeCodes, UptakeRates

BLOCK: Final = 256
"""Households whose cells are listed together; the lists stay in the processor's cache.

No more, since a place says whose it is by one byte."""
PARTS: Final = 64
"""Parts of the households that are run side by side, each with its own count of moves."""


class Listed(NamedTuple):
    """Hold cells in which something may happen: household, place, and luck; (listed,) each."""

    row: NDArray[np.uint32]
    place: NDArray[np.uint32]
    ident: NDArray[np.int64]
    code: NDArray[np.uint64]
    entitled: NDArray[np.bool_]
    luck: Floats
    forget_luck: Floats
    picked: NDArray[np.uint32]


class People(NamedTuple):
    """Hold what the loops read of households, see :class:`~simlib.uptake.traits.Traits`."""

    ids: NDArray[np.int64]
    need: Floats
    friction: Floats
    stigma: Floats
    blocks: NDArray[np.int32]


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
    told: NDArray[np.bool_]
    may_wait: NDArray[np.bool_]
    paid_krw_m: NDArray[np.float32]


class FunnelMonth(NamedTuple):
    """Hold what the moves of a month read, and the columns that they change.

    Attributes
    ----------
    rates, codes, key
        Numbers of the decision model, codes of its decisions, key of the draws.
    month, step
        Calendar month, and number of the month in the run.
    programmes, claiming
        The catalogue, and what a claim asks for this month.
    people, cells, standing
        The households, their cells, and where they stand beside these.
    """

    rates: UptakeRates
    codes: UptakeCodes
    key: tuple[np.uint64, np.uint64]
    month: int
    step: int
    programmes: ProgrammeColumns
    claiming: Claiming
    people: People
    cells: CellColumns
    standing: Standing


@njit(cache=True, forceinline=True)
def blank_list(places_n):  # type: ignore[no-untyped-def]
    """Give a list with room for all places of a block, and one more to write to."""
    n = places_n + 1
    return Listed(
        np.empty(n, np.uint32),
        np.empty(n, np.uint32),
        np.empty(n, np.int64),
        np.empty(n, np.uint64),
        np.empty(n, np.bool_),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.uint32),
    )


@inner
def part_of(part, households_n):  # type: ignore[no-untyped-def]
    """Give where a part of the households begins and ends."""
    return part * households_n // PARTS, (part + 1) * households_n // PARTS


@inner
def places_n(cells, begin, end):  # type: ignore[no-untyped-def]
    """Count the places of some households."""
    return cells.first[end - 1] + cells.room[end - 1] - cells.first[begin]


@inner
def most_places(cells, begin, end):  # type: ignore[no-untyped-def]
    """Give the number of places of the block that has most of some households."""
    most = 0
    for i in range(begin, end, BLOCK):
        most = max(most, places_n(cells, i, min(end, i + BLOCK)))
    return most


@inner
def owner_of(cells, place, begin):  # type: ignore[no-untyped-def]
    """Give the household of a place of a block that begins with a household."""
    return np.uint32(begin) + np.uint32(np.uint8(cells.owner[place] - np.uint8(begin)))


@inner
def has_any(mask, row):  # type: ignore[no-untyped-def]
    """Tell whether any bit of a household's mask is set."""
    words = np.uint64(0)
    for word in range(mask.shape[1]):
        words |= mask[row, word]
    return words != np.uint64(0)


@inner
def become(cell, new, step, moves):  # type: ignore[no-untyped-def]
    """Let a cell come to a state, and count that, (programmes, from state, to state)."""
    if new != cell.state:
        moves[cell.programme, cell.state, new] += 1
        cell.state = new
        cell.since = step
