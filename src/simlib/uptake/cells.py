"""Cells: the pairs of household and programme in which something can happen.

A household has a cell for each programme it is entitled to, has a claim in, or knows of. All
other pairs are unaware and without a right, and nothing is stored of them.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.life.growing import blank, resized
from simlib.rights import Rights, RightsChange
from simlib.uptake.new_cells import take_rights, take_told
from simlib.uptake.rooms import CELL, CHUNK, furnish, move_all, spread, write_all
from simlib.uptake.states import NEVER

SPARE = 1
"""Places that every household has to spare after all cells were laid out anew."""
GROWTH_SHARE = 0.25
"""Share of all places for which memory is set aside; it takes none before it is used."""


class CellColumns(NamedTuple):
    """Hold the cells as compiled loops take them, see :class:`Cells`."""

    first: NDArray[np.int64]
    taken: NDArray[np.int16]
    room: NDArray[np.int16]
    owner: NDArray[np.uint8]
    record: NDArray[np.void]


class ChangeColumns(NamedTuple):
    """Hold changed rights as compiled loops take them, see :class:`~simlib.rights.RightsChange`."""

    row: NDArray[np.int64]
    programme: NDArray[np.uint16]
    kind: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]


class EndedRights(NamedTuple):
    """Hold what the cells of changed rights were before, where the right ends.

    Attributes
    ----------
    state, amount_krw_m
        State, unaware where no right ended, and amount, won a month, (changes,).
    """

    state: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]


@dataclass
class Cells:
    """Hold the cells of all households, those of each together and sorted by programme.

    Every household has a room of places, of which its cells take the first; so a month costs
    only what changes in it. The rooms follow each other as the households do. A household that
    needs a place more has one that the nearest of its neighbours has to spare, and the cells
    between move by one; when nobody near has one, all are laid out anew. A place that no cell
    takes is unaware of programme 0 and without a right.

    Attributes
    ----------
    first, taken, room
        First place of each household, number of its cells, and of its places, (households,).
    owner
        Whose each place is: the last byte of the household's number, (places,).
    record
        One :data:`~simlib.uptake.rooms.CELL` a place, (places,).
    programmes_n
        Number of programmes in the catalogue.
    """

    first: NDArray[np.int64]
    taken: NDArray[np.int16]
    room: NDArray[np.int16]
    owner: NDArray[np.uint8]
    record: NDArray[np.void]
    programmes_n: int

    @classmethod
    def of(cls, rights: Rights, spare: int = 0) -> "Cells":
        """Start with everybody unaware of everything, and so many places to spare for each."""
        taken = np.diff(rights.start).astype(np.int16)
        made = cls._blank(taken, taken + np.int16(spare), rights.programmes_n)
        columns = rights.start, rights.programme, rights.kind, rights.amount_krw_m
        write_all(made.columns, columns)
        furnish(made.columns)
        return made

    @classmethod
    def _blank(
        cls, taken: NDArray[np.int16], room: NDArray[np.int16], programmes_n: int
    ) -> "Cells":
        """Make rooms that are not furnished yet."""
        first, places_n = _begins(room)
        owner, record = (blank(places_n, kind, GROWTH_SHARE) for kind in (np.uint8, CELL))
        return cls(first, taken, room, owner, record, programmes_n)

    @property
    def programme(self) -> NDArray[np.uint16]:
        """Programme of each cell, (places,) as all that follows."""
        return self.record["programme"]

    @property
    def right(self) -> NDArray[np.uint8]:
        """Kind of the household's right.

        One of :mod:`simlib.rights`, :data:`~simlib.uptake.states.ENDED_UNKNOWN` or
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
        return CellColumns(self.first, self.taken, self.room, self.owner, self.record)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Give the household to whom each place belongs, (places,)."""
        return np.repeat(np.arange(self.households_n), self.room)

    def copy(self) -> "Cells":
        """Copy every column."""
        names = CellColumns._fields
        return replace(self, **{name: getattr(self, name).copy() for name in names})

    def roomy(self) -> "Cells":
        """Give the same cells with places to spare for every household."""
        room = self.taken + np.int16(SPARE)
        made = Cells._blank(self.taken.copy(), room, self.programmes_n)
        move_all(self.columns, made.columns)
        furnish(made.columns)
        return made

    def lay_out(self) -> None:
        """Lay all cells out anew where they are, with places to spare for every household."""
        room = self.taken + np.int16(SPARE)
        first, places_n = _begins(room)
        self._resize(max(places_n, self.record.size))
        spread(self.columns, first)
        self.first, self.room = first, room
        self._resize(places_n)
        furnish(self.columns)

    def _resize(self, places_n: int) -> None:
        self.owner = resized(self.owner, places_n, GROWTH_SHARE)
        self.record = resized(self.record, places_n, GROWTH_SHARE)

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
        taken = places < (self.first + self.taken)[rows]
        table[rows[taken], self.programme[taken]] = column[taken]
        return table

    def take(self, change: RightsChange) -> tuple[NDArray[np.int64], EndedRights]:
        """Take the rights that began, ended or changed.

        A new right begins unaware. With a right that ends, its cell goes unless the household
        knows of the programme; what is received goes on until the end is noticed.

        Returns
        -------
        tuple
            Rights that began, (programmes,), and what those that ended were.
        """
        columns = ChangeColumns(change.row, change.programme, change.kind, change.amount_krw_m)
        edges = np.searchsorted(change.row, self._edges())
        at, ends, n = edges[:-1].copy(), edges[1:], change.row.size
        begun_n = np.zeros((at.size, self.programmes_n), np.int64)
        was = EndedRights(np.zeros(n, np.uint8), np.zeros(n, np.float32))
        while (at < ends).any():
            take_rights(self.columns, columns, at, ends, was, begun_n)
            if (at < ends).any():
                self.lay_out()
        return begun_n.sum(axis=0), was

    def tell(self, rows: NDArray[np.int64], told: NDArray[np.uint64]) -> None:
        """Make the cells of programmes that some households were told of.

        Parameters
        ----------
        rows
            The households, ascending, (told,).
        told
            Bit masks of programmes of all, (households, words).
        """
        edges = np.searchsorted(rows, self._edges())
        at, ends = edges[:-1].copy(), edges[1:]
        while (at < ends).any():
            take_told(self.columns, rows, told, at, ends)
            if (at < ends).any():
                self.lay_out()

    def _edges(self) -> NDArray[np.int64]:
        """Give where each chunk of households begins, and the end of the last."""
        begins = np.arange(0, self.households_n, CHUNK)
        return np.append(begins, self.households_n)


def _begins(room: NDArray[np.int16]) -> tuple[NDArray[np.int64], int]:
    """Give where rooms begin that follow each other, and the number of all places."""
    ends = np.cumsum(room, dtype=np.int64)
    return ends - room, int(ends[-1]) if ends.size else 0
