"""Cells: the pairs of household and programme in which something can happen.

A household has a cell for each programme it is entitled to, has a claim in, or knows of. All
other pairs are unaware and without a right, and nothing is stored of them.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.rights import Rights, RightsChange
from simlib.uptake.rooms import add_cells, blank_places, cells_told_of, move_rooms, set_rights
from simlib.uptake.states import NEVER

SPARE = 1
"""Places that every household has to spare after all cells were laid out anew."""
SPARE_MOVED = 4
"""Places to spare in the room of a household that had to move."""
TAIL_SHARE = 16
"""One in so many places is kept for households that have to move."""


class CellColumns(NamedTuple):
    """Hold the cells as compiled loops take them, see :class:`Cells`."""

    first: NDArray[np.int64]
    taken: NDArray[np.int16]
    room: NDArray[np.int16]
    record: NDArray[np.void]


@dataclass
class Cells:
    """Hold the cells of all households, those of each together and sorted by programme.

    Every household has a room of places, of which its cells take the first; so a month costs
    only what changes in it. A household that needs more moves to the end. A place that no cell
    takes is unaware of programme 0 and without a right.

    Attributes
    ----------
    first, taken, room
        First place of each household, number of its cells, and of its places, (households,).
    record
        One :data:`~simlib.uptake.rooms.CELL` a place, (places,).
    programmes_n
        Number of programmes in the catalogue.
    end
        End of the places that belong to some household.
    """

    first: NDArray[np.int64]
    taken: NDArray[np.int16]
    room: NDArray[np.int16]
    record: NDArray[np.void]
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
        end = int(ends[-1]) if ends.size else 0
        return cls(ends - room, taken, room, blank_places(places_n), programmes_n, end)

    @property
    def programme(self) -> NDArray[np.uint16]:
        """Programme of each cell, (places,) as all that follows."""
        return self.record["programme"]

    @property
    def right(self) -> NDArray[np.uint8]:
        """How the household is entitled: 0 not, 1 in its own right, 2 by another benefit.

        Or not any more, see :data:`~simlib.uptake.states.ENDED_UNKNOWN`, or not, see
        :data:`~simlib.uptake.states.IN_ERROR`.
        """
        return self.record["right"]

    @property
    def amount_krw_m(self) -> NDArray[np.float32]:
        """What it is entitled to, won a month; what it was while an end is not noticed yet."""
        return self.record["amount_krw_m"]

    @property
    def state(self) -> NDArray[np.uint8]:
        """State code."""
        return self.record["state"]

    @property
    def since(self) -> NDArray[np.int16]:
        """Step in which the state was entered."""
        return self.record["since"]

    @property
    def read_step(self) -> NDArray[np.int16]:
        """Step in which a notice about the programme was last read."""
        return self.record["read_step"]

    @property
    def households_n(self) -> int:
        """Give the number of households."""
        return self.first.size

    @property
    def columns(self) -> CellColumns:
        """Give the cells as compiled loops take them."""
        return CellColumns(self.first, self.taken, self.room, self.record)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Give the household to whom each place belongs, -1 if to none, (places,)."""
        rows = np.full(self.record.size, -1, np.int64)
        for place in range(int(self.room.max(initial=0))):
            owners = np.flatnonzero(self.room > place)
            rows[self.first[owners] + place] = owners
        return rows

    def copy(self) -> "Cells":
        """Copy every column."""
        names = CellColumns._fields
        return replace(self, **{name: getattr(self, name).copy() for name in names})

    @property
    def bytes_n(self) -> int:
        """Give the bytes that all columns take."""
        return sum(column.nbytes for column in self.columns)

    def table(self, name: str) -> NDArray[Any]:
        """Give a column as a full table, (households, programmes): for few households."""
        column, rows = self.record[name], self.rows
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
        while change.row.size:
            left = ~set_rights(
                self.columns, change.row, change.programme, change.kind, change.amount_krw_m
            )
            change = change.picked(left)
            self._widen(np.unique(change.row))

    def tell(self, told: NDArray[np.uint64]) -> None:
        """Make the cells of programmes that households were told of, masks (households, words)."""
        rows, programmes = cells_told_of(self.columns, told)
        while rows.size:
            left = ~add_cells(self.columns, rows, programmes)
            rows, programmes = rows[left], programmes[left]
            self._widen(np.unique(rows))

    def _widen(self, rows: NDArray[np.int64]) -> None:
        """Move some households, if any, to larger rooms at the end."""
        if not rows.size:
            return
        room = self.room[rows] + np.int16(SPARE_MOVED)
        ends = self.end + np.cumsum(room, dtype=np.int64)
        if ends[-1] > self.record.size:
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
