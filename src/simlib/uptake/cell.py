"""One household in one programme in one month: the moves of the funnel.

Two moves a month: :func:`seek` before the offices decide and :func:`keep` after. Both are pure
functions of plain numbers, called by the compiled loop and by the Mesa household agent.
"""

from numba import njit

from simlib.draws import uniform_at
from simlib.uptake.behaviour import (
    application_prob,
    awareness_prob,
    completion_prob,
    compliance_burden,
    is_helped,
    months_since,
    relative_benefit,
    renewal_prob,
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


@njit(cache=True)
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


@njit(cache=True)
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
    documents,
    trips,
    processing_days,
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
):
    """Move a household towards a claim: become aware, apply, complete the application.

    Parameters
    ----------
    rates, codes, key
        Numbers of the model, codes of its decisions, key of the draws.
    ident, month, step, code
        Household, calendar month, step of the run, code of the programme.
    offset, visibility, mean_krw_m, learning, documents, trips, processing_days
        The programme, in this month.
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
            prob = awareness_prob(
                rates.awareness,
                offset,
                learning,
                friction,
                need,
                at_stake,
                peers_share,
                receives_other,
            )
            if uniform_at(k0, k1, codes.aware_self, ident, month, code) < prob:
                state = AWARE
        if state == UNAWARE or not (several or told):
            return state
    if not entitled:
        return AWARE if state == APPLYING else state
    burden = compliance_burden(rates.burden, documents, trips, processing_days)
    helped = is_helped(step, helped_step, rates.application.assistance_months)
    if state == AWARE:
        prob = application_prob(
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
        if uniform_at(k0, k1, codes.apply, ident, month, code) >= prob:
            forgets = (
                uniform_at(k0, k1, codes.forget, ident, month, code) < rates.awareness.forget_prob_m
            )
            return UNAWARE if forgets and not told else AWARE
        state = APPLYING
        if not several:
            return state
    if state == APPLYING:
        prob = completion_prob(rates.completion, friction, burden, helped)
        complete = uniform_at(k0, k1, codes.complete, ident, month, code) < prob
        if complete:
            return PENDING
        return AWARE if rested else SUSPENDED  # a new pause must show as a move
    if state == LAPSED:
        back = uniform_at(k0, k1, codes.return_fast, ident, month, code)
        return RECEIVING if back < rates.renewal.return_prob_m else LAPSED
    return state


@njit(cache=True)
def keep(  # type: ignore[no-untyped-def]
    rates,
    codes,
    key,
    ident,
    month,
    step,
    code,
    documents,
    trips,
    processing_days,
    renewal_months,
    break_prob_m,
    friction,
    entitled,
    end_unknown,
    state,
    since,
):
    """Keep a benefit from month to month: end it with the entitlement, renew it when due.

    The end of an entitlement may be noticed late; until then what was paid goes on, and so it
    does as long as the state does not know of the death or move that ended it. Receipt can
    also break off unnoticed, by a change of contract; the household must then learn
    again that it has to claim.

    Returns
    -------
    int
        The new state of a household that was receiving; others stay as they are.
    """
    if state != RECEIVING:
        return state
    k0, k1 = key
    if end_unknown:
        return RECEIVING
    if not entitled:
        noticed = uniform_at(k0, k1, codes.end_noticed, ident, month, code)
        return AWARE if noticed < rates.renewal.end_noticed_prob_m else RECEIVING
    if uniform_at(k0, k1, codes.break_off, ident, month, code) < break_prob_m:
        return UNAWARE
    months = step - since
    if renewal_months <= 0.0 or months <= 0 or months % int(renewal_months) != 0:
        return RECEIVING
    burden = compliance_burden(rates.burden, documents, trips, processing_days)
    prob = renewal_prob(rates.renewal, friction, burden)
    renewed = uniform_at(k0, k1, codes.renew, ident, month, code) < prob
    return RECEIVING if renewed else LAPSED
