"""Where every household stands, as columns that the funnel moves."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlib.rights import Rights, RightsChange
from simlib.uptake.cells import Cells, EndedRights
from simlib.uptake.open_matters import OpenMatters
from simlib.uptake.rooms import set_states
from simlib.uptake.states import FATIGUE_MONTHS, NEVER, PENDING, STATES_N, words_for


@dataclass
class FunnelState:
    """Hold where every household stands in every programme.

    Attributes
    ----------
    cells
        The pairs of household and programme in which something can happen.
    helped_step
        Step in which the household was last helped in person, (households,).
    receiving
        Bit mask of the programmes received after the last month, (households, words).
    read
        Bit mask of the programmes that a contact of this month told about.
    told
        Whether a contact of this month told the household of anything, (households,).
    contacts
        Contacts in each of the last six months, (6, households), a ring by step.
    opted_out
        Whether the household turned messages off, (households,).
    may_wait
        Whether a claim of the household may wait for a decision, (households,); true of every
        household with one that does, and of all before anybody has lived with a right.
    paid_krw_m
        Money paid this month, won, (households,).
    flows
        Moves of this month, (programmes, from state, to state), cells.
    matters
        What is open between households and offices: appeals, wrong receipt, first payments.
    """

    cells: Cells
    helped_step: NDArray[np.int16]
    receiving: NDArray[np.uint64]
    read: NDArray[np.uint64]
    told: NDArray[np.bool_]
    contacts: NDArray[np.uint8]
    opted_out: NDArray[np.bool_]
    may_wait: NDArray[np.bool_]
    paid_krw_m: NDArray[np.float32]
    flows: NDArray[np.int64]
    matters: OpenMatters = field(default_factory=OpenMatters)

    @classmethod
    def unaware(cls, rights: Rights, spare: int = 0) -> "FunnelState":
        """Start with everybody unaware of everything, and so many places to spare for each."""
        n, programmes_n = rights.households_n, rights.programmes_n
        words = words_for(programmes_n)
        return cls(
            cells=Cells.of(rights, spare),
            helped_step=np.full(n, NEVER, np.int16),
            receiving=np.zeros((n, words), np.uint64),
            read=np.zeros((n, words), np.uint64),
            told=np.zeros(n, np.bool_),
            contacts=np.zeros((FATIGUE_MONTHS, n), np.uint8),
            opted_out=np.zeros(n, np.bool_),
            may_wait=np.ones(n, np.bool_),
            paid_krw_m=np.zeros(n, np.float32),
            flows=np.zeros((programmes_n, STATES_N, STATES_N), np.int64),
        )

    def copy(self) -> "FunnelState":
        """Copy every column."""
        return FunnelState(**{name: column.copy() for name, column in vars(self).items()})

    def roomy(self) -> "FunnelState":
        """Copy every column, with places to spare for the cells of months to come."""
        beside = {name: each.copy() for name, each in vars(self).items() if name != "cells"}
        return FunnelState(cells=self.cells.roomy(), **beside)

    def take(self, change: RightsChange) -> tuple[NDArray[np.int64], EndedRights]:
        """Take the rights that began, ended or changed; see :meth:`Cells.take`."""
        return self.cells.take(change)

    def move(self, places: NDArray[np.int64], new: int, step: int) -> None:
        """Move some cells to a state, outside of the usual moves, and count that.

        Parameters
        ----------
        places
            Places of the cells, each once.
        new
            The state.
        step
            Number of the month.
        """
        set_states(self.cells.columns, places, new, step, self.flows)

    def wait(self, rows: NDArray[np.int64], places: NDArray[np.int64], step: int) -> None:
        """Let claims wait for a decision, of some households in some cells, (claims,) each."""
        self.may_wait[rows] = True
        self.move(places, PENDING, step)

    def open_month(self, step: int) -> None:
        """Forget the last month's moves and notices, and contacts of half a year ago."""
        self.flows[:] = 0
        self.read[np.flatnonzero(self.told)] = 0
        self.told[:] = False
        self.contacts[step % FATIGUE_MONTHS] = 0

    def tell(self, rows: NDArray[np.int64], masks: NDArray[np.uint64]) -> None:
        """Tell some households of programmes, (told, words)."""
        self.read[rows] |= masks
        self.told[rows] = True

    def make_room(self) -> None:
        """Make cells for programmes that households were told of this month."""
        self.cells.tell(np.flatnonzero(self.told), self.read)
