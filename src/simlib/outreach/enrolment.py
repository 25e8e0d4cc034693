"""Records acted on without the household: awards without a claim, and receipt stopped."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import decision_code
from simlib.outreach.desk import Desk
from simlib.outreach.ledger import Rows
from simlib.outreach.records import Found, Record, find_unclaimed, match_receipts
from simlib.uptake.pending import pending_cells
from simlib.uptake.states import AWARE, DENIED, RECEIVING, SUSPENDED

Places = NDArray[np.int64]
Listed = tuple[Rows, Places, NDArray[np.uint8]]


def unclaimed_cells(desk: Desk, record_share: float) -> Listed:
    """List every benefit that could be had and is not claimed where the policy is in force.

    Parameters
    ----------
    desk
        The month's desk.
    record_share
        Chance that records alone can decide, the same every month.

    Returns
    -------
    tuple
        Household row, place of the cell, and whether records can decide (1) or not, (listed,)
        each.
    """
    found = Found.of(desk.funnel.cells.columns)
    decision = np.uint64(decision_code("outreach.record_decides"))
    find_unclaimed(desk.funnel.cells.columns, _record(desk), decision, record_share, found)
    return found.joined()


def matched_receipts(desk: Desk, wrong_prob: float, right_prob: float) -> Listed:
    """List the receipts that a check of the record takes for wrong where the policy is in force.

    Parameters
    ----------
    desk
        The month's desk.
    wrong_prob, right_prob
        Chance that a receipt is matched which must not be, and one that may.

    Returns
    -------
    tuple
        Household row, place of the cell, and what the receipt is by the rules (see
        :data:`~simlib.outreach.records.RIGHTFUL`), (listed,) each.
    """
    found = Found.of(desk.funnel.cells.columns)
    decisions = tuple(
        np.uint64(decision_code(name)) for name in ("outreach.wrong_found", "outreach.false_match")
    )
    match_receipts(
        desk.funnel.cells.columns, _record(desk), desk.programmes.yields_to, desk.month, decisions,
        (wrong_prob, right_prob), found,
    )  # fmt: skip
    return found.joined()


def _record(desk: Desk) -> Record:
    programmes, ids = desk.programmes, desk.traits.ids
    receiving, key = desk.funnel.receiving, desk.draws.key
    return Record(receiving, programmes.follows, ids, desk.inside, programmes.code, *key)


def waiting_rows(desk: Desk) -> Rows:
    """Give the households with a claim that waits for a welfare office's decision, ascending."""
    cells = desk.funnel.cells
    rows, waits = pending_cells(cells.columns, desk.funnel.may_wait)
    by_office = desk.programmes.decision_hours[cells.programme[waits]] > 0
    return np.unique(rows[by_office & desk.inside[rows]])


def enrol(desk: Desk, places: Places) -> None:
    """Let benefits be received from this month on, without a claim."""
    _move(desk, places, RECEIVING)


def stop(desk: Desk, places: Places) -> None:
    """Stop receipt until the household has claimed anew."""
    _move(desk, places, SUSPENDED)


def end(desk: Desk, places: Places) -> None:
    """End receipt of which the entitlement has gone."""
    _move(desk, places, AWARE)


def bar(desk: Desk, places: Places) -> None:
    """End receipt that another excludes; a new claim is refused for some time."""
    _move(desk, places, DENIED)


def _move(desk: Desk, places: Places, new: int) -> None:
    desk.funnel.move(places, new, desk.step)
