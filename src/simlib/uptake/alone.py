"""A household in one programme on its own, from move to move instead of month to month.

Without contacts, and with the same chances every month, the time until the next move can be drawn
at once by inverting its distribution. Moves and chances are those of the funnel, see
:mod:`simlib.uptake.cell` and :mod:`simlib.uptake.behaviour`; only what others do is left out: the
queues of offices, appeals, and neighbours beyond the share of them who receive. How a household
hears, forgets and hears again until it applies is one such move (:mod:`simlib.uptake.searching`).
"""

import math
from typing import NamedTuple

from simlib.draws import uniform_pair_at
from simlib.logit import happens, logistic
from simlib.loops import inner
from simlib.uptake.behaviour import (
    application_logit,
    awareness_logit,
    completion_logit,
    relative_benefit,
    renewal_logit,
)
from simlib.uptake.claims import DAYS_IN_MONTH
from simlib.uptake.searching import applies_after, is_aware_after, months_until, search_of
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


class Chances(NamedTuple):
    """Hold the chances of one household in one programme.

    Attributes
    ----------
    unfound, applies
        Chance that it does not look it up in a month, and that it applies in one once it is aware.
    untold, untold_beside
        Chance of not being told of it, and of that while something else is received.
    forgets
        Chance that it forgets it in a month in which it does not apply.
    completes, renews
        Logit that an application is complete, and that a renewal succeeds.
    awarded
        Chance that a complete claim is awarded.
    breaks, returns
        Log chance that receipt does not break off, and of not returning after a missed renewal.
    """

    unfound: float
    applies: float
    untold: float
    untold_beside: float
    forgets: float
    completes: float
    renews: float
    awarded: float
    breaks: float
    returns: float


class Times(NamedTuple):
    """Hold what takes how long.

    Attributes
    ----------
    gap_months
        Months between two moves towards a claim, 0 or 1.
    decision_days
        Days from a complete claim to its decision.
    renewal, suspended, denied, returning
        Months between renewals, 0 if none; until a new try after a failed application and after
        a refusal; of easy return.
    """

    gap_months: int
    decision_days: float
    renewal: int
    suspended: int
    denied: int
    returning: int


@inner
def odds_of(  # type: ignore[no-untyped-def]
    rates, offset, visibility, mean_krw_m, burden, need, friction, stigma, amount_krw_m
):
    """Give ``unfound`` and ``applies`` of :class:`Chances`.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.UptakeRates`.
    offset, visibility, mean_krw_m, burden
        The programme, as in :func:`~simlib.uptake.cell.seek`.
    need, friction, stigma, amount_krw_m
        Traits of the household, and what it is entitled to, won a month.
    """
    apply = rates.application
    benefit = relative_benefit(apply, amount_krw_m, mean_krw_m)
    finds = awareness_logit(rates.awareness, offset, 0.0, friction, need, benefit)
    applies = application_logit(
        apply, offset, benefit, need, friction, stigma, visibility, burden, -1.0, 0.0
    )
    return logistic(-finds), logistic(applies)


@inner
def chances_of(rates, odds, untold, ease, breaks, returns, burden, friction):  # type: ignore[no-untyped-def]
    """Gather the chances of a household in a programme, whom nobody contacts or helps.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.UptakeRates`.
    odds
        What :func:`odds_of` gives.
    untold
        As in :class:`Chances`, without and with other receipt.
    ease, breaks, returns, burden
        The programme, as in :func:`~simlib.uptake.cell.keep` and :class:`Chances`.
    friction
        Trait of the household.
    """
    return Chances(
        odds[0],
        odds[1],
        untold[0],
        untold[1],
        rates.awareness.forget_prob_m,
        completion_logit(rates.completion, friction, burden, 0.0),
        renewal_logit(rates.renewal, friction, burden - ease, 0.0),
        rates.completion.award_prob,
        breaks,
        returns,
    )


@inner
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


@inner
def _claims(chances, times, at, end, luck, again):  # type: ignore[no-untyped-def]
    """Complete an application or not, and be awarded or not; give what :func:`_keeps` gives."""
    if not happens(luck, chances.completes):
        return SUSPENDED, at, at + times.suspended
    day = again * DAYS_IN_MONTH  # arrives within the day that has begun; the rest of it is luck
    days = times.decision_days + math.floor(day) + 1.0
    decided = at + max(0, math.ceil(days / DAYS_IN_MONTH) - 1)
    if decided >= end:
        return PENDING, at, decided
    if day - math.floor(day) < chances.awarded:
        return RECEIVING, decided, decided
    return DENIED, decided, decided + times.denied


@inner
def _keeps(chances, times, since, end, luck, again):  # type: ignore[no-untyped-def]
    """Keep what is received until it is lost; give state, its step, and that of the next move."""
    lost = since + months_until(luck, chances.breaks)
    if times.renewal > 0 and since + times.renewal < min(lost, end):
        kept = -math.log1p(math.exp(-chances.renews))
        missed = since + times.renewal * (1 + months_until(again, kept))
        if missed < min(lost, end):
            return LAPSED, missed, missed + 1
    if lost >= end:
        return RECEIVING, since, lost
    return UNAWARE, lost, lost + 1


@inner
def _returns(chances, times, since, at, end, luck):  # type: ignore[no-untyped-def]
    """Come back after a missed renewal or not; give what :func:`_keeps` gives."""
    waits = months_until(luck, chances.returns)
    moves = at + min(waits, times.returning)
    if moves >= end:
        return LAPSED, since, moves
    return RECEIVING if waits < times.returning else AWARE, moves, moves


@inner
def search_by(chances, gap_months, is_beside):  # type: ignore[no-untyped-def]
    """Work out how a household searches, given :class:`Chances`; see :func:`search_of`."""
    untold = chances.untold_beside if is_beside else chances.untold
    return search_of(gap_months, chances.unfound, untold, chances.applies, chances.forgets)


@inner
def pair_of(luck, n):  # type: ignore[no-untyped-def]
    """Give the ``n``-th pair of draws of a right: one drawn before, or a new one.

    Parameters
    ----------
    luck
        Pairs drawn before, (pairs, listed) each, the place of the right among the listed, and
        key, decision, household and code of the programme.
    n
        Number of the pair.
    """
    first, second, j, key, decision, ident, code = luck
    if n < first.shape[0]:
        return first[n, j], second[n, j]
    return uniform_pair_at(key[0], key[1], decision, ident, n, code)


@inner
def live_alone(chances, times, luck, stands, end, beside_from, first_receipt):  # type: ignore[no-untyped-def]
    """Let a household live alone with one of its rights.

    Parameters
    ----------
    chances, times
        The household in the programme.
    luck
        As in :func:`pair_of`.
    stands
        Where it begins: state, step since when, step of its next move, and pairs drawn until then.
    end
        First step that is not lived.
    beside_from
        Step from which on the household receives something else.
    first_receipt
        Whether to live no further than to the first receipt.

    Returns
    -------
    tuple
        State before the step ``end``, the step in which it was entered, and pairs drawn. Whoever
        searches is unaware or aware since ``end``: when that began is not drawn.
    """
    (state, since, at, n), regime = stands, -1
    while at < end:
        one, other = pair_of(luck, n)
        n += 1
        if state in (UNAWARE, AWARE):
            if regime != int(at >= beside_from):
                regime = int(at >= beside_from)
                search = search_by(chances, times.gap_months, regime == 1)
            stop = end if regime == 1 else min(beside_from, end)
            applies = at + applies_after(search, times.gap_months, state, one, other)
            if applies < stop:
                state, since, at = APPLYING, applies, applies + times.gap_months
            else:
                one, _ = pair_of(luck, n)
                n += 1
                state = AWARE if is_aware_after(search, state, stop - at, one) else UNAWARE
                since = at = stop
        elif state == APPLYING:
            state, since, at = _claims(chances, times, at, end, one, other)
        elif state == RECEIVING:
            state, since, at = _keeps(chances, times, since, end, one, other)
        else:
            state, since, at = _returns(chances, times, since, at, end, one)
        if state in (SUSPENDED, DENIED) and at < end:
            state, since = AWARE, at
        if state == RECEIVING and first_receipt:
            break
    return state, since, n
