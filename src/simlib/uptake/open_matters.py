"""What is open between households and offices: short lists beside the long columns of cells."""

from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.ascending import among
from simlib.loops import inner
from simlib.uptake.cells import Cells
from simlib.uptake.rooms import CHUNK, cell_of, look_ahead

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_PROGRAMMES = 65_536
"""More programmes than a catalogue can have."""


def no_ints() -> Ints:
    """Give an empty column of whole numbers."""
    return np.empty(0, np.int64)


def no_floats() -> Floats:
    """Give an empty column of numbers."""
    return np.empty(0, np.float64)


@dataclass
class OpenList:
    """Hold a list of pairs of household and programme, with further columns in subclasses.

    Attributes
    ----------
    row, programme
        Household row and programme, (list,).
    """

    row: Ints = field(default_factory=no_ints)
    programme: Ints = field(default_factory=no_ints)

    def picked(self, chosen: Bools) -> Self:
        """Give the entries that are chosen."""
        at = np.flatnonzero(chosen)  # faster than asking each column's mask
        return type(self)(**{each.name: getattr(self, each.name)[at] for each in fields(self)})

    def joined(self, other: Self) -> Self:
        """Give the entries of both lists."""
        pairs = {
            each.name: np.concatenate([getattr(self, each.name), getattr(other, each.name)])
            for each in fields(self)
        }
        return type(self)(**pairs)

    def without(self, other: "OpenList") -> Self:
        """Give the entries whose pair another list does not have."""
        if not self.row.size or not other.row.size:
            return self
        mine, others = (each.row * MOST_PROGRAMMES + each.programme for each in (self, other))
        return self.picked(~among(mine, np.sort(others)))

    def copy(self) -> Self:
        """Copy every column."""
        return type(self)(**{each.name: getattr(self, each.name).copy() for each in fields(self)})

    def places(self, cells: Cells) -> Ints:
        """Give the place of each entry's cell, -1 where there is none any more."""
        return np.asarray(pair_places(cells.columns, self.row, self.programme))


@dataclass
class LostRights(OpenList):
    """List rights that will be claimed by mistake: when, and what they were worth, won a month."""

    claim_step: Ints = field(default_factory=no_ints)
    amount_krw_m: Floats = field(default_factory=no_floats)


@dataclass
class Appeals(OpenList):
    """List appeals: step of the claim, step in which they are filed, and whether they are."""

    claimed_step: Ints = field(default_factory=no_ints)
    file_step: Ints = field(default_factory=no_ints)
    filed: Bools = field(default_factory=lambda: np.empty(0, np.bool_))


@dataclass
class WrongReceipt(OpenList):
    """List receipt without a right, and what was paid so, won."""

    paid_krw: Floats = field(default_factory=no_floats)


@dataclass
class Deferred(OpenList):
    """List first payments that wait for the next payment day, won."""

    krw: Floats = field(default_factory=no_floats)


@dataclass
class Debts(OpenList):
    """List what is paid back: won a month, and months that are left."""

    krw_m: Floats = field(default_factory=no_floats)
    months: Ints = field(default_factory=no_ints)


@dataclass
class OpenMatters:
    """Hold all that is open between households and offices."""

    lost: LostRights = field(default_factory=LostRights)
    appeals: Appeals = field(default_factory=Appeals)
    wrong: WrongReceipt = field(default_factory=WrongReceipt)
    deferred: Deferred = field(default_factory=Deferred)
    debts: Debts = field(default_factory=Debts)

    def copy(self) -> "OpenMatters":
        """Copy every list."""
        return OpenMatters(**{each.name: getattr(self, each.name).copy() for each in fields(self)})


@inner
def _find_pairs(cells, rows, programmes, begin, end, places):  # type: ignore[no-untyped-def]
    for k in range(begin, end):
        look_ahead(cells, rows, k, end)
        place, known = cell_of(cells, rows[k], programmes[k])
        places[k] = place if known else -1


@njit(cache=True, parallel=True)
def pair_places(cells, rows, programmes):  # type: ignore[no-untyped-def]
    """Find the cells of pairs of household and programme: their places, -1 where there is none."""
    places = np.empty(rows.size, np.int64)
    for part in prange((rows.size + CHUNK - 1) // CHUNK):
        begin, end = part * CHUNK, min(rows.size, (part + 1) * CHUNK)
        _find_pairs(cells, rows, programmes, begin, end, places)
    return places
