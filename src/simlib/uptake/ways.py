"""Ways to claim: what a claim asks of a household, where not all households claim alike."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.loops import inner
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.programmes import Burdens, Floats
from simlib.uptake.states import PENDING


@dataclass(frozen=True)
class Ways:
    """Hold the ways to claim in one month, and the way of each household.

    Attributes
    ----------
    burdens
        Burdens, each column of shape (ways, programmes).
    hours_share
        Share of the office's hours that a decision still takes, (ways,).
    way
        Number of each household's way, (households,).
    """

    burdens: Burdens
    hours_share: Floats
    way: NDArray[np.uint16]

    @classmethod
    def one(cls, burdens: Burdens, households_n: int, hours_share: float = 1.0) -> "Ways":
        """Let all households claim alike, under burdens of shape (programmes,)."""
        return cls.joined([burdens], [hours_share], np.zeros(households_n, np.uint16))

    @classmethod
    def joined(
        cls, burdens: list[Burdens], hours_share: list[float], way: NDArray[np.uint16]
    ) -> "Ways":
        """Join the burdens of several ways, each (programmes,)."""
        columns = [np.stack(column) for column in zip(*burdens, strict=True)]
        return cls(Burdens(*columns), np.asarray(hours_share, np.float64), way)

    def handed_in(self, state: FunnelState, step: int) -> tuple[Floats, Floats]:
        """Count documents and trips of the claims completed this month.

        Returns
        -------
        tuple
            Documents handed in and trips made, each (programmes,); to be asked before offices
            decide.
        """
        counts = state.flows[:, :, PENDING].sum(axis=1)[None, :]
        if self.hours_share.size > 1:
            counts = np.zeros(self.burdens.documents.shape, np.int64)
            rows = np.flatnonzero(state.may_wait)
            _complete_now(state.cells.columns, rows, step, self.way, counts)
        documents = (counts * self.burdens.documents).sum(axis=0)
        return documents, (counts * self.burdens.trips).sum(axis=0)


@njit(cache=True)
def _complete_now(cells, rows, step, way, counts):  # type: ignore[no-untyped-def]
    for j in range(rows.size):
        _complete_of(cells, rows[j], step, way[rows[j]], counts)


@inner
def _complete_of(cells, i, step, way, counts):  # type: ignore[no-untyped-def]
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        if cell.state == PENDING and cell.since == step:
            counts[way, cell.programme] += 1
