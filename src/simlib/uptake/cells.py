"""Cells: the pairs of household and programme in which something can happen.

A household has a cell for each programme it is entitled to, has a claim in, or knows of. All
other pairs are unaware and without a right, and nothing is stored of them.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.rights import Rights, RightsChange
from simlib.uptake.rooms import BLANK, add_cells, cells_told_of, move_rooms, set_rights
from simlib.uptake.states import NEVER

SPARE = 1
"""Places that every household has to spare after all cells were laid out anew."""
SPARE_MOVED = 4
"""Places to spare in the room of a household that had to move."""
TAIL_SHARE = 16
"""One in so many places is kept for households that have to move."""


class CellColumns(NamedTuple):
    """Hold the columns of the cells as compiled loops take them, see :class:`Cells`."""

    first: NDArray[np.int64]
    taken: NDArray[np.int16]
    room: NDArray[np.int16]
    programme: NDArray[np.uint16]
    right: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]
    state: NDArray[np.uint8]
    since: NDArray[np.int16]
    read_step: NDArray[np.int16]


@dataclass
class Cells:
    """Hold the cells of all households, those of each together and sorted by programme.

    Every household has a room of places in the columns, of which its cells take the first; so a
    month costs only what changes in it. A household that needs more moves to the end. Places
    that no cell takes are unaware of programme 0 and without a right.

    Attributes
    ----------
    first, taken, room
        First place of each household, number of its cells, and of its places, (households,).
    programme
        Programme of each cell, (places,) as all that follows.
    right
        How the household is entitled: 0 not, 1 in its own right, 2 by another benefit, 3 not, but
        awarded in error.
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
    end
        End of the places that belong to some household.
    """

    first: NDArray[np.int64]
    taken: NDArray[np.int16]
    room: NDArray[np.int16]
    programme: NDArray[np.uint16]
    right: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]
    state: NDArray[np.uint8]
    since: NDArray[np.int16]
    read_step: NDArray[np.int16]
    programmes_n: int
    end: int

    @classmethod
    def of(cls, rights: Rights) -> "Cells":
        """Start with everybody unaware of everything, without places to spare."""
        taken = np.diff(rights.start).astype(np.int16)
        made = cls._blank(taken, taken.copy(), rights.programme.size, rights.programmes_n)
        made.programme[:] = rights.programme
        made.right[:] = rights.kind
        made.amount_krw_m[:] = rights.amount_krw_m
        return made

    @classmethod
    def _blank(
        cls, taken: NDArray[np.int16], room: NDArray[np.int16], places_n: int, programmes_n: int
    ) -> "Cells":
        ends = np.cumsum(room, dtype=np.int64)
        blank: dict[str, Any] = {
            name: np.full(places_n, value, kind) for name, kind, value in BLANK
        }
        end = int(ends[-1]) if ends.size else 0
        return cls(ends - room, taken, room, programmes_n=programmes_n, end=end, **blank)

    @property
    def households_n(self) -> int:
        """Give the number of households."""
        return self.first.size

    @property
    def columns(self) -> CellColumns:
        """Give the columns as compiled loops take them."""
        return CellColumns(*(getattr(self, name) for name in CellColumns._fields))

    @property
    def rows(self) -> NDArray[np.int64]:
        """Give the household to whom each place belongs, -1 if to none, (places,)."""
        rows = np.full(self.programme.size, -1, np.int64)
        for place in range(int(self.room.max(initial=0))):
            owners = np.flatnonzero(self.room > place)
            rows[self.first[owners] + place] = owners
        return rows

    def copy(self) -> "Cells":
        """Copy every column."""
        names = CellColumns._fields
        return replace(self, **{name: getattr(self, name).copy() for name in names})

    def table(self, name: str) -> NDArray[Any]:
        """Give a column as a full table, (households, programmes): for few households."""
        column, rows = getattr(self, name), self.rows
        empty = NEVER if name == "read_step" else 0
        table = np.full((self.households_n, self.programmes_n), empty, column.dtype)
        places = np.arange(rows.size)
        taken = (rows >= 0) & (places < (self.first + self.taken)[rows])
        table[rows[taken], self.programme[taken]] = column[taken]
        return table

    def take(self, change: RightsChange) -> None:
        """Take the rights that began, ended or changed.

        A new right begins unaware. With a right that ends, its cell goes unless the household
        knows of the programme; what is received goes on until the end is noticed.
        """
        begins = change.kind > 0
        self.add(change.row[begins], change.programme[begins])
        set_rights(self.columns, change.row, change.programme, change.kind, change.amount_krw_m)

    def tell(self, told: NDArray[np.uint64]) -> None:
        """Make the cells of programmes that households were told of, masks (households, words)."""
        self.add(*cells_told_of(self.columns, told))

    def add(self, rows: NDArray[np.int64], programmes: NDArray[np.uint16]) -> None:
        """Make sure that there are cells for pairs, sorted by household, (pairs,) each."""
        while True:
            left = np.flatnonzero(~add_cells(self.columns, rows, programmes))
            if not left.size:
                return
            rows, programmes = rows[left], programmes[left]
            self._widen(np.unique(rows))

    def _widen(self, rows: NDArray[np.int64]) -> None:
        """Move some households to larger rooms at the end."""
        room = self.room[rows] + np.int16(SPARE_MOVED)
        ends = self.end + np.cumsum(room, dtype=np.int64)
        if ends[-1] > self.programme.size:
            self._lay_out(rows)
            return
        move_rooms(self.columns, self.columns, rows, ends - room)
        self.first[rows], self.room[rows] = ends - room, room
        self.end = int(ends[-1])

    def _lay_out(self, wide: NDArray[np.int64]) -> None:
        """Lay all cells out anew in order of the households, with places to spare."""
        room = self.taken + np.int16(SPARE)
        room[wide] += np.int16(SPARE_MOVED)
        places_n = int(room.sum(dtype=np.int64))
        made = Cells._blank(
            self.taken, room, places_n + places_n // TAIL_SHARE + 1, self.programmes_n
        )
        move_rooms(self.columns, made.columns, np.arange(self.households_n), made.first)
        vars(self).update(vars(made))
