"""When rights began: with an event, or as long ago as drawn; the young ones begin in the burn-in.

Rights that rest on an event began with it; the age of the others is drawn
(:mod:`simlib.uptake.past`). A household has one luck for all, since rights tend to begin together.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.loops import inner
from simlib.right_kinds import NO_RIGHT
from simlib.rights import RightsChange
from simlib.uptake.cells import Cells
from simlib.uptake.past import age_of
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import NEVER


class Beginnings(NamedTuple):
    """Hold what decides when rights began, beside how old they are.

    Attributes
    ----------
    by_event
        Whether a programme's right rests on a job lost or an illness, (programmes,).
    event_step
        Step of the last such event of a household, ``NEVER`` if none lasts, (households,).
    oldest_months
        Rights are made no older than this.
    """

    by_event: NDArray[np.bool_]
    event_step: NDArray[np.int64]
    oldest_months: int


@dataclass(frozen=True)
class YoungRights:
    """Hold rights that begin in the course of the burn-in, and the step of each."""

    step: NDArray[np.int64]
    change: RightsChange

    @classmethod
    def none(cls) -> "YoungRights":
        """Let no right begin."""
        return cls(np.empty(0, np.int64), RightsChange.none())

    @classmethod
    def taken_from(
        cls,
        cells: Cells,
        begins: NDArray[np.int16],
        young_n: NDArray[np.int64],
        first_step: int,
    ) -> "YoungRights":
        """Take the rights out of their cells that begin in a step or later.

        Parameters
        ----------
        cells
            The cells, changed in place.
        begins
            Step in which each right began, (places,).
        young_n
            Number of these rights by chunk of households, (chunks,).
        first_step
            The step.
        """
        ends, n = np.cumsum(young_n), int(young_n.sum())
        step, row = np.empty(n, np.int64), np.empty(n, np.int64)
        programme, kind = np.empty(n, np.uint16), np.empty(n, np.uint8)
        amount_krw_m = np.empty(n, np.float32)
        taken = step, row, programme, kind, amount_krw_m
        _take_all(cells.columns, begins, ends - young_n, first_step, taken)
        return cls(step, RightsChange(row, programme, kind, amount_krw_m))

    def of(self, step: int) -> RightsChange:
        """Give the rights that begin in a step, by household and programme."""
        return self.change.picked(self.step == step)


@inner
def date_rights(ages, beginnings, cells, i, luck, begins):  # type: ignore[no-untyped-def]
    """Give each right of a household the step in which it began.

    Parameters
    ----------
    ages, beginnings
        :class:`~simlib.uptake.past.AgeColumns` and :class:`Beginnings`.
    cells, i
        :class:`~simlib.uptake.cells.CellColumns`, and the household.
    luck
        Its luck, one for all of its rights.
    begins
        Filled for the places of its cells.
    """
    oldest, log_luck = beginnings.oldest_months, math.log(luck)
    event_step = beginnings.event_step[i]
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        p = np.int64(cells.record[k].programme)
        if beginnings.by_event[p] and event_step != NEVER:
            begins[k] = max(event_step, -oldest)
        else:
            begins[k] = -age_of(ages, p, luck, log_luck, oldest)


@inner
def _take(cells, begins, n, begin, end, first_step, taken):  # type: ignore[no-untyped-def]
    """Take the rights out of the cells of households up to an end that begin later."""
    step, row, programme, kind, amount_krw_m = taken
    for i in range(begin, end):
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            if begins[k] >= first_step:
                cell = cells.record[k]
                step[n], row[n], programme[n] = begins[k], i, cell.programme
                kind[n], amount_krw_m[n] = cell.right, cell.amount_krw_m
                cell.right, cell.amount_krw_m = NO_RIGHT, 0.0
                n += 1


@njit(cache=True, parallel=True)
def _take_all(cells, begins, to, first_step, taken):  # type: ignore[no-untyped-def]
    households_n = cells.first.size
    for chunk in prange(to.size):
        begin, end = chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)
        _take(cells, begins, to[chunk], begin, end, first_step, taken)
