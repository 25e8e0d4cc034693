"""Errors in both directions: claims and awards without a right, how they are found and repaid.

Non-take-up is the first error of the first kind, refusal of the entitled the second; an award
to somebody without a right is the error of the second kind (Kleven and Kopczuk 2011). Those who
claim by mistake are households that lost a right not long ago.
"""

import numpy as np
from numpy.typing import NDArray

from simlib.ascending import among
from simlib.right_kinds import NO_RIGHT
from simlib.rights import RightsChange
from simlib.uptake.case_luck import CaseLuck
from simlib.uptake.cells import EndedRights
from simlib.uptake.claim_rules import ClaimRules
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.open_matters import Debts, LostRights, WrongReceipt
from simlib.uptake.states import AWARE, ENDED_UNKNOWN, IN_ERROR, RECEIVING, UNAWARE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

EDGE = 0.999
"""Share of a bound beyond which a claim by mistake comes too late; rounding has no part in it."""


def note_lost_rights(
    state: FunnelState,
    change: RightsChange,
    was: EndedRights,
    month: int,
    step: int,
    luck: CaseLuck,
    rules: ClaimRules,
) -> None:
    """Remember rights that ended, and who will claim them by mistake.

    Parameters
    ----------
    state
        The funnel; its lists are changed.
    change, was
        The rights that began, ended or changed, and what those that ended were.
    month, step
        Calendar month and number of the month.
    luck, rules
        Luck of claims, and whether and how long households claim by mistake.
    """
    known = np.flatnonzero(was.state != UNAWARE)
    rows, programmes = change.row[known], change.programme[known].astype(np.int64)
    paid = was.state[known] == RECEIVING  # and may be paid on until the end is known
    begins = WrongReceipt(rows[paid], programmes[paid], np.zeros(int(paid.sum())))
    state.matters.wrong = state.matters.wrong.joined(begins)
    if rules.mistaken_prob_m <= 0.0:
        return
    drawn = luck.of("uptake.mistaken_claim", rows, programmes, month)
    too_late = EDGE * (1.0 - rules.mistaken_prob_m) ** np.ceil(rules.mistaken_months)
    at = np.flatnonzero(drawn > too_late)
    after = _months_until(drawn[at], rules.mistaken_prob_m)  # of few; for all others it is too long
    amount = was.amount_krw_m[known[at]].astype(np.float64)
    lost = LostRights(rows[at], programmes[at], step + 1 + after, amount)
    state.matters.lost = state.matters.lost.joined(lost.picked(after < rules.mistaken_months))


def _months_until(luck: Floats, prob_m: float) -> Ints:
    """Give the months until something happens that has a chance each month, from one draw."""
    if prob_m >= 1.0:
        return np.zeros(luck.size, np.int64)
    return np.asarray(np.floor(np.log(luck) / np.log1p(-prob_m)), np.int64)


def claim_by_mistake(state: FunnelState, step: int) -> None:
    """Let households that lost a right not long ago claim it nonetheless, as was drawn then.

    Whoever has the right again, or has forgotten of it, does not.
    """
    lost, cells = state.matters.lost, state.cells
    due = lost.claim_step <= step
    now = lost.picked(due)
    state.matters.lost = lost.picked(~due)
    places = now.places(cells)
    idle = (places >= 0) & (cells.right[places] == NO_RIGHT) & (cells.state[places] == AWARE)
    claimed, first = np.unique(places[idle], return_index=True)
    cells.amount_krw_m[claimed] = now.amount_krw_m[idle][first]
    state.wait(now.row[idle][first], claimed, step)


def note_wrong_awards(state: FunnelState, rows: Ints, programmes: Ints, places: Ints) -> None:
    """Remember awards to households without a right; until found they are treated as entitled."""
    state.cells.right[places] = IN_ERROR
    state.matters.wrong = state.matters.wrong.joined(
        WrongReceipt(rows, programmes, np.zeros(rows.size))
    )


def find_wrong_awards(
    state: FunnelState,
    month: int,
    step: int,
    luck: CaseLuck,
    rules: ClaimRules,
) -> None:
    """Find some of the wrong awards and end them; parameters as in :func:`note_lost_rights`."""
    wrong = state.matters.wrong
    if not wrong.row.size:
        return
    places, cells = wrong.places(state.cells), state.cells
    open_still = np.flatnonzero(places >= 0)
    open_still = open_still[cells.right[places[open_still]] == IN_ERROR]
    rows, programmes = wrong.row[open_still], wrong.programme[open_still]
    drawn = luck.of("uptake.wrong_award_found", rows, programmes, month)
    found = places[open_still[drawn < rules.error_found_prob_m]]
    state.move(found[cells.state[found] == RECEIVING], AWARE, step)


def settle_wrong_receipt(state: FunnelState, rules: ClaimRules) -> tuple[Floats, Floats]:
    """Count what was paid without a right this month, and claim back what was found.

    To be called after the month's payments.

    Returns
    -------
    tuple
        Households that receive without a right, and won paid to them, each (programmes,).
        What follows another benefit that ended unnoticed is not among them.
    """
    matters, cells = state.matters, state.cells
    wrong, n = matters.wrong, cells.programmes_n
    places = wrong.places(cells)
    there = places >= 0
    right, now = cells.right[places], cells.state[places]
    goes_on = there & (now == RECEIVING) & np.isin(right, (NO_RIGHT, ENDED_UNKNOWN, IN_ERROR))
    paid = np.where(goes_on, cells.amount_krw_m[places], 0.0).astype(np.float64)
    wrong.paid_krw += paid
    found = there & (now == AWARE) & (wrong.paid_krw > 0.0)
    _claim_back(state, wrong.picked(found), rules)
    ended = there & ~goes_on & (right == IN_ERROR)
    cells.right[places[ended]] = NO_RIGHT
    matters.wrong = wrong.picked(goes_on)
    return (
        np.bincount(wrong.programme[goes_on], minlength=n).astype(np.float64),
        np.bincount(wrong.programme, weights=paid, minlength=n).astype(np.float64),
    )


def _claim_back(state: FunnelState, found: WrongReceipt, rules: ClaimRules) -> None:
    months = max(round(rules.recovery_months), 1)
    if not found.row.size or rules.recovered_share <= 0.0:
        return
    instalments = found.paid_krw * rules.recovered_share / months
    debts = Debts(found.row, found.programme, instalments, np.full(found.row.size, months))
    state.matters.debts = state.matters.debts.joined(debts)


def drop_debts(state: FunnelState, rows: Ints) -> None:
    """Claim nothing back any more of some households, ascending: nobody is left there."""
    debts = state.matters.debts
    state.matters.debts = debts.picked(~among(debts.row, rows))


def collect_debts(state: FunnelState) -> Debts:
    """Collect this month's instalments: who pays back how much, won."""
    due = state.matters.debts
    left = Debts(due.row, due.programme, due.krw_m, due.months - 1)
    state.matters.debts = left.picked(left.months > 0)
    return due
