"""What comes of detection lists and notices: support until the next list, use of what was read."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instruments.detection import ROUND
from simlib.outreach.support import SUPPORTED_PRIVATELY
from simlib.uptake.cells import Cells
from simlib.uptake.decisions import Decisions
from simlib.uptake.states import APPLYING, NEVER, PENDING, RECEIVING

Flags = NDArray[np.bool_]
Counts = NDArray[np.uint16]


class FollowUp:
    """Follow the households of a detection list until the next one is made.

    Parameters
    ----------
    households_n
        Number of households.

    Attributes
    ----------
    listed_n
        Times that each household was listed, (households,).
    """

    def __init__(self, households_n: int) -> None:
        self.listed_n = np.zeros(households_n, np.uint16)
        self.rows: NDArray[np.int64] | None = None
        self.met, self.private, self.public, self.livelihood = (
            np.zeros(households_n, np.bool_) for _ in range(4)
        )

    def note(self, desk: Desk | None, decided: Decisions, livelihood: int) -> dict[str, float]:
        """Note a month that has just ended.

        Parameters
        ----------
        desk
            The month's desk, None when no policy is in force.
        decided
            The month's decisions.
        livelihood
            Number of the livelihood benefit in the catalogue.

        Returns
        -------
        dict
            Households of the list before and how many of them were met and supported, when a
            new list was made this month; empty otherwise.
        """
        counts: dict[str, float] = {}
        made = desk.memory.get(ROUND) if desk else None
        if made is not None:
            counts = self._close()
            self.rows = np.asarray(made[2])
            self.listed_n[self.rows] += 1
        if desk is not None and self.rows is not None:
            self.met[desk.ledger.rows("accepted")] = True
            self.private[desk.memory.get(SUPPORTED_PRIVATELY, np.empty(0, np.int64))] = True
            self.public[decided.awarded_rows] = True
            self.livelihood[decided.awarded_rows[decided.awarded_programmes == livelihood]] = True
        return counts

    def _close(self) -> dict[str, float]:
        """Count the present list and forget what was noted of it."""
        if self.rows is None:
            return {}
        met = self.rows[self.met[self.rows]]
        counts = {
            "followed_n": float(self.rows.size),
            "supported_any_n": float((self.private | self.public)[met].sum()),
            "supported_public_n": float(self.public[met].sum()),
            "supported_livelihood_n": float(self.livelihood[met].sum()),
        }
        for flags in (self.met, self.private, self.public, self.livelihood):
            flags[:] = False
        return counts


def told_and_used(cells: Cells) -> tuple[Counts, Counts]:
    """Count for each household the programmes it read a notice about, and those it then used.

    Returns
    -------
    tuple
        Programmes told of, and those of them claimed or received since, each (households,).
    """
    told = np.zeros(cells.households_n, np.uint16)
    used = np.zeros(cells.households_n, np.uint16)
    _count(cells.start, cells.state, cells.since, cells.read_step, told, used)
    return told, used


@njit(cache=True)
def _count(start, state, since, read_step, told, used):  # type: ignore[no-untyped-def]
    for i in range(start.size - 1):
        for k in range(start[i], start[i + 1]):
            if read_step[k] == NEVER:
                continue
            told[i] += 1
            on_the_way = state[k] == RECEIVING or state[k] == PENDING or state[k] == APPLYING
            if on_the_way and since[k] >= read_step[k]:
                used[i] += 1
