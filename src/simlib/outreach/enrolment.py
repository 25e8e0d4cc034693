"""Records acted on without the household: awards without a claim, and receipt stopped."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.ledger import Rows
from simlib.uptake.states import AWARE, DENIED, RECEIVING, SUSPENDED
from simlib.uptake.waiting import pending_cells

Cells = NDArray[np.int64]


@njit(cache=True)
def _marked(cells, masks):  # type: ignore[no-untyped-def]
    """Give rows and cells whose bit is set."""
    found_n = 0
    rows = np.empty(cells.record.size, np.int64)
    found = np.empty(cells.record.size, np.int64)
    for i in range(cells.first.size):
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            p = np.int64(cells.record[k].programme)
            if (masks[i, p >> 6] >> np.uint64(p & 63)) & np.uint64(1) != np.uint64(0):
                rows[found_n] = i
                found[found_n] = k
                found_n += 1
    return rows[:found_n].copy(), found[:found_n].copy()


def unclaimed_cells(desk: Desk) -> tuple[Rows, Cells]:
    """Give household row and cell of every benefit that could be had and is not claimed."""
    rows, found = _marked(desk.funnel.cells.columns, desk.unclaimed())
    return rows, found


def receiving_cells(desk: Desk) -> tuple[Rows, Cells]:
    """Give household row and cell of every benefit received."""
    cells = desk.funnel.cells
    rows, found = _marked(cells.columns, desk.funnel.receiving)
    still = cells.state[found] == RECEIVING
    return rows[still], found[still]


def waiting_rows(desk: Desk) -> Rows:
    """Give the household row of every claim that waits for a welfare office's decision."""
    cells = desk.funnel.cells
    rows, waits = pending_cells(cells.columns, desk.funnel.may_wait)
    by_office = desk.programmes.decision_hours[cells.programme[waits]] > 0
    return np.asarray(rows[by_office])


def enrol(desk: Desk, cells: Cells) -> None:
    """Let benefits be received from this month on, without a claim."""
    _move(desk, cells, RECEIVING)


def stop(desk: Desk, cells: Cells) -> None:
    """Stop receipt until the household has claimed anew."""
    _move(desk, cells, SUSPENDED)


def end(desk: Desk, cells: Cells) -> None:
    """End receipt of which the entitlement has gone."""
    _move(desk, cells, AWARE)


def bar(desk: Desk, cells: Cells) -> None:
    """End receipt that another excludes; a new claim is refused for some time."""
    _move(desk, cells, DENIED)


def _move(desk: Desk, cells: Cells, new: int) -> None:
    desk.funnel.move(cells, new, desk.step)
    desk.forget_unclaimed()
