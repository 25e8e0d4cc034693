"""Appeals: a refused household asks again within the limit, through the same office and hours."""

import numpy as np
from numpy.typing import NDArray

from simlib.uptake.case_luck import CaseLuck
from simlib.uptake.cells import Cells
from simlib.uptake.claim_rules import ClaimRules
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.open_matters import Appeals
from simlib.uptake.states import DENIED, PENDING
from simlib.uptake.waiting import Waiting

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def file_appeals(state: FunnelState, step: int) -> NDArray[np.float64]:
    """File the appeals that are due: their claims wait for a decision again.

    Appeals whose household or refusal is gone are dropped.

    Returns
    -------
    ndarray
        Appeals filed, (programmes,).
    """
    appeals, cells = state.matters.appeals, state.cells
    places = appeals.places(cells)
    now = cells.state[places]
    due = (places >= 0) & ~appeals.filed & (appeals.file_step <= step) & (now == DENIED)
    state.wait(appeals.row[due], places[due], step)
    waits = (places >= 0) & np.where(appeals.filed, now == PENDING, now == DENIED)
    appeals.filed[due] = True
    state.matters.appeals = appeals.picked(waits)
    filed = np.bincount(appeals.programme[due], minlength=cells.programmes_n)
    return filed.astype(np.float64)


def mark_appeals(
    claims: Waiting, appeals: Appeals, cells: Cells, step: int, rules: ClaimRules
) -> None:
    """Mark the claims that are appeals, which have their own hours and days of investigation.

    Parameters
    ----------
    claims
        Claims that wait, changed in place; ``claimed_months`` of an appeal are those since its
        first claim.
    appeals
        All appeals that are open; the claims of those that are filed wait.
    cells
        The cells.
    step
        Number of the month.
    rules
        Hours and days of an appeal.
    """
    filed = appeals.picked(appeals.filed)
    at = np.searchsorted(claims.place, filed.places(cells))
    claims.is_appeal[at] = True
    claims.claimed_months[at] = step - filed.claimed_step
    claims.hours[at] *= rules.appeal_hours_share
    claims.processing_days[at] = rules.appeal_days


def close_appeals(state: FunnelState) -> None:
    """Drop the appeals that were decided this month."""
    appeals, cells = state.matters.appeals, state.cells
    places = appeals.places(cells)
    undecided = (places >= 0) & (cells.state[places] == PENDING)
    state.matters.appeals = appeals.picked(~appeals.filed | undecided)


def plan_appeals(
    state: FunnelState,
    refused: Claims,
    month: int,
    step: int,
    luck: CaseLuck,
    rules: ClaimRules,
) -> None:
    """Let some of the households that were refused this month decide to appeal.

    Parameters
    ----------
    state
        The funnel; its list of appeals grows.
    refused
        Claims refused this month.
    month, step
        Calendar month and number of the month.
    luck, rules
        Luck of claims, the share that appeals and the limit.
    """
    if rules.appeal_share <= 0.0 or not refused.row.size:
        return
    of = refused.row, refused.programme, rules.luck_month(month - refused.claimed_months)
    chosen = luck.of("uptake.appeal", *of) < rules.appeal_share
    wait = luck.of("uptake.appeal_day", *of) * rules.appeal_limit_days
    file_step = step + 1 + np.floor(wait / DAYS_IN_MONTH).astype(np.int64)
    made = Appeals(
        refused.row, refused.programme, step - refused.claimed_months, file_step,
        np.zeros(refused.row.size, np.bool_),
    ).picked(chosen)  # fmt: skip
    state.matters.appeals = state.matters.appeals.without(made).joined(made)
