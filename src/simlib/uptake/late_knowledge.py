"""Deaths and moves that the state does not know of yet: what it goes on paying meanwhile."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.ascending import among, once, without
from simlib.right_kinds import NO_RIGHT
from simlib.rights import RightsChange
from simlib.uptake.cells import Cells, EndedRights
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.rooms import cell_of
from simlib.uptake.states import ENDED_UNKNOWN, RECEIVING

Rows = NDArray[np.int64]


class Receipts(NamedTuple):
    """Hold some receipts: household, programme and won a month, (receipts,) each."""

    row: Rows
    programme: NDArray[np.uint16]
    amount_krw_m: NDArray[np.float32]

    def of(self, chosen: NDArray[np.bool_]) -> "Receipts":
        """Give some of them."""
        return Receipts(self.row[chosen], self.programme[chosen], self.amount_krw_m[chosen])

    def with_more(self, more: "Receipts") -> "Receipts":
        """Give these and others."""
        return Receipts(
            np.concatenate([self.row, more.row]),
            np.concatenate([self.programme, more.programme]),
            np.concatenate([self.amount_krw_m, more.amount_krw_m]),
        )


class LateKnowledge:
    """Remember of which households the state does not know a death or a move.

    What such a household receives is paid on as before, though the right has ended or become
    smaller. Rights that begin or grow are there at once: they have to be claimed anyway.

    Attributes
    ----------
    deaths, moves
        Rows of the households, ascending.
    due
        What is due where more is paid.
    """

    def __init__(self) -> None:
        self.deaths: Rows = np.empty(0, np.int64)
        self.moves: Rows = np.empty(0, np.int64)
        self.due = Receipts(np.empty(0, np.int64), np.empty(0, np.uint16), np.empty(0, np.float32))

    @property
    def rows(self) -> Rows:
        """Give the rows of all households that the state knows too little of, ascending."""
        return once(self.deaths, self.moves)

    def miss(self, deaths: Rows, moves: Rows) -> None:
        """Note deaths and moves that the state does not learn of at once."""
        self.deaths = once(self.deaths, deaths)
        self.moves = once(self.moves, moves)

    def learn(self, state: FunnelState, deaths: Rows, moves: Rows) -> Rows:
        """Let the state learn of deaths and moves.

        Parameters
        ----------
        state
            The funnel's columns, changed in place.
        deaths, moves
            Rows of the households whose death or move becomes known, ascending.

        Returns
        -------
        ndarray
            Rows of the households of which everything is known now, ascending.
        """
        before = self.rows
        self.deaths = without(self.deaths, deaths)
        self.moves = without(self.moves, moves)
        known = without(before, self.rows)
        self._put_right(state.cells, known)
        _forget_ends(state.cells.columns, known)
        return known

    def take(
        self, state: FunnelState, change: RightsChange, fresh: Rows
    ) -> tuple[NDArray[np.int64], EndedRights]:
        """Take a month's changed rights; what is received of the fresh unknown is paid on.

        Parameters
        ----------
        state
            The funnel's columns, changed in place.
        change
            The rights that began, ended or changed.
        fresh
            Rows of households with a death or move this month, (fresh,), ascending.

        Returns
        -------
        tuple
            What :meth:`~simlib.uptake.cells.Cells.take` gives.
        """
        self.due = self.due.of(~change.has(self.due.row, self.due.programme))
        rows = self.rows
        rows = rows[among(rows, fresh)]
        rows = rows[among(rows, change.row)]
        paid = Receipts(*_receipts(state.cells.columns, rows))
        begun_n, was = state.take(change)
        due = _pay_on(state.cells.columns, *paid)
        held = paid._replace(amount_krw_m=due).of(due < paid.amount_krw_m)
        self.due = self.due.with_more(held)
        return begun_n, was

    def ended(self, state: FunnelState) -> tuple[int, float]:
        """Count what is received though the right has ended unknown, and the money a month."""
        return _ended(state.cells.columns, self.rows)  # type: ignore[no-any-return]

    def beyond_due(self, state: FunnelState) -> tuple[int, float]:
        """Count what is received beyond what is due, and the money a month."""
        paid = _amounts(state.cells.columns, self.due.row, self.due.programme)
        more = paid - self.due.amount_krw_m
        return int((more > 0).sum()), float(more[more > 0].sum(dtype=np.float64))

    def _put_right(self, cells: Cells, rows: Rows) -> None:
        """Write what is due into the cells of some households, and hold it no more."""
        chosen = among(self.due.row, rows)
        _write(cells.columns, *self.due.of(chosen))
        self.due = self.due.of(~chosen)


@njit(cache=True)
def _receipts(cells, rows):  # type: ignore[no-untyped-def]
    """List what some households receive."""
    most = 0
    for i in rows:
        most += cells.taken[i]
    row, programme = np.empty(most, np.int64), np.empty(most, np.uint16)
    amount = np.empty(most, np.float32)
    n = 0
    for i in rows:
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            cell = cells.record[k]
            if cell.state == RECEIVING:
                row[n], programme[n], amount[n] = i, cell.programme, cell.amount_krw_m
                n += 1
    return row[:n].copy(), programme[:n].copy(), amount[:n].copy()


@njit(cache=True)
def _pay_on(cells, rows, programmes, paid):  # type: ignore[no-untyped-def]
    """Let receipts go on as they were paid; give what is due, which may be as much or more."""
    due = paid.copy()
    for k in range(rows.size):
        place, known = cell_of(cells, rows[k], programmes[k])
        if not known or cells.record[place].state != RECEIVING:
            continue
        cell = cells.record[place]
        if cell.right == NO_RIGHT:
            cell.right = ENDED_UNKNOWN
            cell.amount_krw_m = paid[k]
        elif cell.amount_krw_m < paid[k] and cell.right != ENDED_UNKNOWN:
            due[k] = cell.amount_krw_m
            cell.amount_krw_m = paid[k]
    return due


@njit(cache=True)
def _write(cells, rows, programmes, amounts):  # type: ignore[no-untyped-def]
    for k in range(rows.size):
        place, known = cell_of(cells, rows[k], programmes[k])
        if known:
            cells.record[place].amount_krw_m = amounts[k]


@njit(cache=True)
def _forget_ends(cells, rows):  # type: ignore[no-untyped-def]
    for i in rows:
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            if cells.record[k].right == ENDED_UNKNOWN:
                cells.record[k].right = NO_RIGHT


@njit(cache=True)
def _ended(cells, rows):  # type: ignore[no-untyped-def]
    n, money = 0, 0.0
    for i in rows:
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            if cells.record[k].right == ENDED_UNKNOWN and cells.record[k].state == RECEIVING:
                n += 1
                money += cells.record[k].amount_krw_m
    return n, money


@njit(cache=True)
def _amounts(cells, rows, programmes):  # type: ignore[no-untyped-def]
    """Give what is received of some pairs, won a month, 0 where nothing is."""
    out = np.zeros(rows.size, np.float32)
    for k in range(rows.size):
        place, known = cell_of(cells, rows[k], programmes[k])
        if known and cells.record[place].state == RECEIVING:
            out[k] = cells.record[place].amount_krw_m
    return out
