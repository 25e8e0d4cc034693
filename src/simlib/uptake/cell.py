"""One household in one programme in one month: the moves of the funnel.

Two moves a month: :func:`seek` before the offices decide and :func:`keep` after. Before each, the
decision that is open is named, and its luck drawn: :func:`open_before` and :func:`open_after`.
All are pure functions of plain numbers, called by the compiled loop and by the Mesa household
agent.
"""

import math
from typing import Final

import numpy as np
from numba import njit

from simlib.draws import uniform_at
from simlib.logit import happens
from simlib.uptake.behaviour import (
    application_logit,
    awareness_logit,
    completion_logit,
    fading,
    hears,
    is_helped,
    months_since,
    relative_benefit,
    renewal_logit,
    untold_prob,
)
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

NOTHING: Final = np.uint64(0)
"""Stands for the code of a decision where none is open."""


@njit(cache=True, forceinline=True)
def paused_state(rates, state, step, since):  # type: ignore[no-untyped-def]
    """End the pause after a failed application or the time of easy return after a lapse."""
    waited = step - since
    if state == SUSPENDED and waited >= rates.pause.suspended_months:
        return AWARE
    if state == DENIED and waited >= rates.pause.denied_months:
        return AWARE
    if state == LAPSED and waited > rates.renewal.return_months:
        return AWARE
    return state


@njit(cache=True, forceinline=True)
def luck_month(rates, codes, decision, month):  # type: ignore[no-untyped-def]
    """Give the month for which the luck of a decision is drawn.

    Whether a claim is completed belongs to the claim, not to the month in which it happens to be
    made: a policy that only brings claims forward must not change how they end. So all months
    of a span share one luck, which is as long as it takes at least from one failure to the next
    attempt.

    Parameters
    ----------
    rates, codes
        Numbers of the model, and codes of its decisions.
    decision, month
        Code of the decision, and calendar month.
    """
    if decision != codes.complete:
        return month
    span = max(int(rates.pause.suspended_months), 1) + (rates.steps_within_month <= 0.0)
    return month // span


@njit(cache=True, forceinline=True)
def forgets(rates, luck):  # type: ignore[no-untyped-def]
    """Tell whether an aware household that does not apply forgets a programme."""
    return luck < rates.awareness.forget_prob_m


@njit(cache=True, forceinline=True)
def open_before(rates, codes, entitled, told, state, step, since):  # type: ignore[no-untyped-def]
    """Name the decision that is open to a household before the offices decide.

    Parameters
    ----------
    rates, codes
        Numbers of the model, and codes of its decisions.
    entitled, told
        Whether the household is entitled, and whether a contact told it of the programme.
    state, step, since
        Where it stands, the step of the run, and the step in which it came there.

    Returns
    -------
    int
        Code of the decision, :data:`NOTHING` if none is open.
    """
    state = paused_state(rates, state, step, since)
    if not entitled:
        return NOTHING
    if state == UNAWARE and not told:
        return codes.aware_self
    if state in (UNAWARE, AWARE):
        return codes.apply
    if state == APPLYING:
        return codes.complete
    if state == LAPSED:
        return codes.return_fast
    return NOTHING


@njit(cache=True, forceinline=True)
def seek(  # type: ignore[no-untyped-def]
    rates,
    codes,
    key,
    ident,
    month,
    step,
    code,
    offset,
    visibility,
    mean_krw_m,
    learning,
    burden,
    need,
    friction,
    stigma,
    entitled,
    amount_krw_m,
    state,
    since,
    read_step,
    helped_step,
    told,
    peers_share,
    receives_other,
    luck,
):
    """Move a household towards a claim: become aware, apply, complete the application.

    Parameters
    ----------
    rates, codes, key
        Numbers of the model, codes of its decisions, key of the draws.
    ident, month, step, code
        Household, calendar month, step of the run, code of the programme.
    offset, visibility, mean_krw_m, learning, burden
        The programme, in this month; burdens of learning and of a claim, logit.
    need, friction, stigma
        Traits of the household.
    entitled, amount_krw_m
        Whether the household is entitled, and to how much a month.
    state, since, read_step, helped_step
        Where it stands.
    told
        Whether a contact of this month told it of the programme (already read).
    peers_share, receives_other
        Its neighbours' receipt, and its own of other programmes.
    luck
        Draw of the decision of :func:`open_before`.

    Returns
    -------
    int
        The new state; ``PENDING`` when a complete application has reached the office.
    """
    k0, k1 = key
    rested = state == SUSPENDED
    state = paused_state(rates, state, step, since)
    several = rates.steps_within_month > 0.0
    if state == UNAWARE:
        if told:
            state = AWARE
        elif entitled:
            at_stake = 0.0
            if rates.awareness.benefit != 0.0:  # a logarithm less for most
                at_stake = relative_benefit(rates.application, amount_krw_m, mean_krw_m)
            logit = awareness_logit(rates.awareness, offset, learning, friction, need, at_stake)
            if hears(luck, logit, untold_prob(rates.awareness, peers_share, receives_other)):
                state = AWARE
                luck = uniform_at(k0, k1, codes.apply, ident, month, code)
        if state == UNAWARE or not (several or told):
            return state
    if not entitled:
        return AWARE if state == APPLYING else state
    helped = is_helped(step, helped_step, rates.application.assistance_months)
    if state == AWARE:
        logit = application_logit(
            rates.application,
            offset,
            relative_benefit(rates.application, amount_krw_m, mean_krw_m),
            need,
            friction,
            stigma,
            visibility,
            burden,
            months_since(step, read_step),
            helped,
        )
        if not happens(luck, logit):
            luck = uniform_at(k0, k1, codes.forget, ident, month, code)
            return UNAWARE if forgets(rates, luck) and not told else AWARE
        state = APPLYING
        if not several:
            return state
        then = luck_month(rates, codes, codes.complete, month)
        luck = uniform_at(k0, k1, codes.complete, ident, then, code)
    if state == APPLYING:
        if happens(luck, completion_logit(rates.completion, friction, burden, helped)):
            return PENDING
        return AWARE if rested else SUSPENDED  # a new pause must show as a move
    if state == LAPSED:
        return RECEIVING if luck < rates.renewal.return_prob_m else LAPSED
    return state


@njit(cache=True, forceinline=True)
def open_after(codes, entitled, state):  # type: ignore[no-untyped-def]
    """Name the decision that is open after the offices have decided, :data:`NOTHING` if none."""
    if state != RECEIVING:
        return NOTHING
    return codes.break_off if entitled else codes.end_noticed


@njit(cache=True, forceinline=True)
def is_due(renewal_months, step, since):  # type: ignore[no-untyped-def]
    """Tell whether a benefit that has been received for whole periods is due for renewal.

    Numbers with a point and no branch: dividing whole ones takes several times as long.
    """
    months = float(step - since)
    periods = math.floor(months / max(renewal_months, 1.0))
    return (renewal_months > 0.0) & (months > 0.0) & (periods * renewal_months == months)


@njit(cache=True, forceinline=True)
def keep(  # type: ignore[no-untyped-def]
    rates,
    codes,
    key,
    ident,
    month,
    step,
    code,
    burden,
    renewal_months,
    break_prob_m,
    friction,
    entitled,
    end_unknown,
    state,
    since,
    read_step,
    luck,
):
    """Keep a benefit from month to month: end it with the entitlement, renew it when due.

    The end of an entitlement may be noticed late; until then what was paid goes on, and so it
    does as long as the state does not know of the death or move that ended it. Receipt can
    also break off unnoticed, by a change of contract; the household must then learn
    again that it has to claim. A notice about the programme that was read reminds of a renewal.

    Parameters
    ----------
    rates, codes, key, ident, month, step, code, burden, friction, entitled, state, since, read_step
        As in :func:`seek`.
    renewal_months, break_prob_m
        Months between renewals, 0 if none; chance that receipt breaks off.
    end_unknown
        Whether the entitlement ended and the state does not know.
    luck
        Draw of the decision of :func:`open_after`.

    Returns
    -------
    int
        The new state of a household that was receiving; others stay as they are.
    """
    if state != RECEIVING:
        return state
    if end_unknown:
        return RECEIVING
    if not entitled:
        return AWARE if luck < rates.renewal.end_noticed_prob_m else RECEIVING
    if luck < break_prob_m:
        return UNAWARE
    if not is_due(renewal_months, step, since):
        return RECEIVING
    read = months_since(step, read_step)
    reminded = fading(rates.application, read) if read >= 0.0 else 0.0
    luck = uniform_at(key[0], key[1], codes.renew, ident, month, code)
    logit = renewal_logit(rates.renewal, friction, burden, reminded)
    return RECEIVING if happens(luck, logit) else LAPSED
