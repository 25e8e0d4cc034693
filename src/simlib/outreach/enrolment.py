"""Records acted on without the household: awards without a claim, and receipt stopped."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.ledger import Rows
from simlib.uptake.states import AWARE, PENDING, RECEIVING, SUSPENDED

Cells = NDArray[np.int64]


@njit(cache=True)
def _marked(start, programme, masks):  # type: ignore[no-untyped-def]
    """Give rows and cells whose bit is set."""
    count = 0
    rows = np.empty(programme.size, np.int64)
    cells = np.empty(programme.size, np.int64)
    for i in range(start.size - 1):
        for k in range(start[i], start[i + 1]):
            p = np.int64(programme[k])
            if (masks[i, p >> 6] >> np.uint64(p & 63)) & np.uint64(1) != np.uint64(0):
                rows[count] = i
                cells[count] = k
                count += 1
    return rows[:count].copy(), cells[:count].copy()


def unclaimed_cells(desk: Desk) -> tuple[Rows, Cells]:
    """Give household row and cell of every benefit that could be had and is not claimed."""
    cells = desk.funnel.cells
    rows, found = _marked(cells.start, cells.programme, desk.unclaimed())
    return rows, found


def receiving_cells(desk: Desk) -> tuple[Rows, Cells]:
    """Give household row and cell of every benefit received."""
    cells = desk.funnel.cells
    rows, found = _marked(cells.start, cells.programme, desk.funnel.receiving)
    still = cells.state[found] == RECEIVING
    return rows[still], found[still]


def waiting_rows(desk: Desk) -> Rows:
    """Give the household row of every claim that waits for a welfare office's decision."""
    cells = desk.funnel.cells
    waits = np.flatnonzero(cells.state == PENDING)
    by_office = desk.programmes.decision_hours[cells.programme[waits]] > 0
    return np.searchsorted(cells.start, waits[by_office], side="right") - 1


def enrol(desk: Desk, cells: Cells) -> None:
    """Let benefits be received from this month on, without a claim."""
    _move(desk, cells, RECEIVING)


def stop(desk: Desk, cells: Cells) -> None:
    """Stop receipt until the household has claimed anew."""
    _move(desk, cells, SUSPENDED)


def end(desk: Desk, cells: Cells) -> None:
    """End receipt of which the entitlement has gone."""
    _move(desk, cells, AWARE)


def _move(desk: Desk, cells: Cells, new: int) -> None:
    columns, flows = desk.funnel.cells, desk.funnel.flows
    programmes, states_n = columns.programme[cells].astype(np.int64), flows.shape[1]
    move = (programmes * states_n + columns.state[cells]) * states_n + new
    flows += np.bincount(move, minlength=flows.size).reshape(flows.shape)
    columns.state[cells] = new
    columns.since[cells] = desk.step
    desk.forget_unclaimed()
