"""A household in one programme on its own, from move to move instead of month to month.

Without contacts, and with the same chances every month, the time until the next move can be drawn
at once by inverting its distribution. Moves and chances are those of the funnel, see
:mod:`simlib.uptake.cell` and :mod:`simlib.uptake.behaviour`; only what others do is left out: the
queues of offices, appeals, and neighbours beyond the share of them who receive.
"""

import math
from typing import Final, NamedTuple

from numba import njit

from simlib.draws import uniform_pair_at
from simlib.logit import happens, logistic
from simlib.uptake.behaviour import (
    application_logit,
    awareness_logit,
    completion_logit,
    relative_benefit,
    renewal_logit,
)
from simlib.uptake.claims import DAYS_IN_MONTH
from simlib.uptake.states import (
    APPLYING,
    AWARE,
    DENIED,
    LAPSED,
    PENDING,
    RECEIVING,
    SUSPENDED,
    UNAWARE,
)

FAR: Final = 1_000_000
"""Months that stand for never."""


class Chances(NamedTuple):
    """Hold the chances of one household in one programme.

    Of what has a chance every month, the logarithm of the chance that it does not happen is held:
    the time until it happens is drawn from that.

    Attributes
    ----------
    finds, untold, untold_beside
        Log chance of not looking it up, of not being told of it, and of the latter while
        something else is received.
    leaves, applies
        Log chance of neither applying nor forgetting once it is aware; share of those who do
        either who apply.
    completes, renews
        Logit that an application is complete, and that a renewal succeeds.
    awarded
        Chance that a complete claim is awarded.
    breaks, returns
        Log chance that receipt does not break off, and of not returning after a missed renewal.
    """

    finds: float
    untold: float
    untold_beside: float
    leaves: float
    applies: float
    completes: float
    renews: float
    awarded: float
    breaks: float
    returns: float


class Times(NamedTuple):
    """Hold what takes how long.

    Attributes
    ----------
    step
        Months between two moves towards a claim, 0 or 1.
    decision_days
        Days from a complete claim to its decision.
    renewal, suspended, denied, returning
        Months between renewals, 0 if none; until a new try after a failed application and after
        a refusal; of easy return.
    """

    step: int
    decision_days: float
    renewal: int
    suspended: int
    denied: int
    returning: int


@njit(cache=True, forceinline=True)
def log_not(prob):  # type: ignore[no-untyped-def]
    """Give the log of the chance that something does not happen, minus infinity if it must."""
    return -math.inf if prob >= 1.0 else math.log1p(-prob)


@njit(cache=True, forceinline=True)
def chances_of(  # type: ignore[no-untyped-def]
    rates, offset, ease, visibility, mean_krw_m, breaks, burden, untold, need, friction, stigma,
    amount_krw_m,
):  # fmt: skip
    """Work out the chances of a household in a programme, whom nobody contacts or helps.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.UptakeRates`.
    offset, ease, visibility, mean_krw_m, burden
        The programme, as in :func:`~simlib.uptake.cell.seek` and :func:`~simlib.uptake.cell.keep`.
    breaks, untold
        Log chances of the programme, see :class:`Chances`; ``untold`` without and with other
        receipt.
    need, friction, stigma, amount_krw_m
        Traits of the household, and what it is entitled to, won a month.
    """
    apply = rates.application
    benefit = relative_benefit(apply, amount_krw_m, mean_krw_m)
    finds = logistic(awareness_logit(rates.awareness, offset, 0.0, friction, need, benefit))
    applies = logistic(
        application_logit(
            apply, offset, benefit, need, friction, stigma, visibility, burden, -1.0, 0.0
        )
    )
    leaves = applies + (1.0 - applies) * rates.awareness.forget_prob_m
    return Chances(
        log_not(finds),
        untold[0],
        untold[1],
        log_not(leaves),
        applies / leaves if leaves > 0.0 else 0.0,
        completion_logit(rates.completion, friction, burden, 0.0),
        renewal_logit(rates.renewal, friction, burden - ease, 0.0),
        rates.completion.award_prob,
        breaks,
        log_not(rates.renewal.return_prob_m),
    )


@njit(cache=True, forceinline=True)
def times_of(rates, decision_days, renewal_months):  # type: ignore[no-untyped-def]
    """Work out what takes how long in a programme."""
    return Times(
        0 if rates.steps_within_month > 0.0 else 1,
        decision_days,
        int(renewal_months),
        math.ceil(rates.pause.suspended_months),
        math.ceil(rates.pause.denied_months),
        int(rates.renewal.return_months),
    )


@njit(cache=True, forceinline=True)
def months_until(luck, log_not_m):  # type: ignore[no-untyped-def]
    """Give the months until something happens, from one draw and what :func:`log_not` gives."""
    if log_not_m == 0.0:
        return FAR
    return int(min(math.log(luck) / log_not_m, FAR))


@njit(cache=True, forceinline=True)
def _decided_after(luck, days):  # type: ignore[no-untyped-def]
    """Give the months from a claim to its decision, by the day of the month on which it arrives."""
    day = math.floor(luck * DAYS_IN_MONTH) + 1.0
    return max(0, math.ceil((days + day) / DAYS_IN_MONTH) - 1)


@njit(cache=True, forceinline=True)
def _seeks(chances, times, state, at, beside_from, luck, again):  # type: ignore[no-untyped-def]
    """Move towards a claim: give the new state, its step, and the step of the next decision."""
    if state == UNAWARE:
        moves = at + months_until(luck, chances.finds + chances.untold)
        if moves > beside_from:
            moves = max(at, beside_from) + months_until(
                again, chances.finds + chances.untold_beside
            )
        return AWARE, moves, moves + times.step
    if state == AWARE:
        moves = at + months_until(luck, chances.leaves)
        if again < chances.applies:
            return APPLYING, moves, moves + times.step
        return UNAWARE, moves, moves + 1
    if state == APPLYING:
        if happens(luck, chances.completes):
            return PENDING, at, at + _decided_after(again, times.decision_days)
        return SUSPENDED, at, at + times.suspended
    if state == PENDING:
        if luck < chances.awarded:
            return RECEIVING, at, at
        return DENIED, at, at + times.denied
    return AWARE, at, at  # a pause is over


@njit(cache=True, forceinline=True)
def _keeps(chances, times, state, since, at, luck, again):  # type: ignore[no-untyped-def]
    """Lose what is received, or come back to it; give what :func:`_seeks` gives."""
    if state == RECEIVING:
        moves = at + months_until(luck, chances.breaks)
        if times.renewal > 0:
            lapses = math.log(logistic(chances.renews))
            missed = since + times.renewal * (1 + months_until(again, lapses))
            if missed < moves:
                return LAPSED, missed, missed + 1
        return UNAWARE, moves, moves + 1
    waits = months_until(luck, chances.returns)
    if waits < times.returning:
        return RECEIVING, at + waits, at + waits
    return AWARE, at + times.returning, at + times.returning


@njit(cache=True, forceinline=True)
def live_alone(  # type: ignore[no-untyped-def]
    chances, times, key, decision, ident, code, begin, end, beside_from
):
    """Let a household that has just become entitled, and is unaware of it, live alone.

    Parameters
    ----------
    chances, times
        The household in the programme.
    key, decision, ident, code
        Key of the draws, code of the decision, household, code of the programme.
    begin, end
        Step in which the right begins, and the first that is not lived.
    beside_from
        Step from which on the household receives something else.

    Returns
    -------
    tuple
        State before the step ``end``, the step in which it was entered, and the step of the
        first receipt, ``end`` if there was none.
    """
    state, since, received = UNAWARE, begin, end
    at, n = begin, 0
    while at < end:
        luck, again = uniform_pair_at(key[0], key[1], decision, ident, n, code)
        n += 1
        if state in (RECEIVING, LAPSED):
            new, moves, at = _keeps(chances, times, state, since, at, luck, again)
        else:
            new, moves, at = _seeks(chances, times, state, at, beside_from, luck, again)
        if moves >= end:
            break
        state, since = new, moves
        if state == RECEIVING and received == end:
            received = moves
    return state, since, received
