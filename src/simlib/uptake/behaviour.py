"""What a household does, as small functions of plain numbers.

Each function gives a chance for one month, as a probability or as its logit. The compiled loop
and the Mesa household agent both call these, so that there is one behaviour and two ways to run
it. The model is that of
thresholds, trade-off and triggers (van Oorschot 1991; Herd and Moynihan 2018): learning costs
act on awareness, compliance costs on application, completion and renewal, psychological costs
on application only.
"""

import math

from numba import njit

from simlib.logit import logistic, logistic_bounds
from simlib.uptake.states import NEVER


@njit(cache=True, forceinline=True)
def awareness_logit(rates, offset, learning, friction, need, benefit):  # type: ignore[no-untyped-def]
    """Give the chance that a household looks up a programme by itself this month, logit.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.AwarenessRates`.
    offset
        The programme's own offset, logit.
    learning
        Learning burden, logit.
    friction, need
        How hard forms and offices are for the household, and its need, standard normal.
    benefit
        Log of the relative benefit, from :func:`relative_benefit`: who has more at stake may look.
    """
    return (
        rates.base_logit
        + offset
        - learning
        - rates.friction * friction
        + rates.need * need
        + rates.benefit * benefit
    )


@njit(cache=True, forceinline=True)
def untold_prob(rates, peers_share, receives_other):  # type: ignore[no-untyped-def]
    """Give the chance that nobody tells a household of a programme this month.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.AwarenessRates`.
    peers_share
        Share of the nearest neighbours who receive the programme, 0 to 1.
    receives_other
        1.0 if the household receives another programme, else 0.0.
    """
    return math.exp(-rates.peers * peers_share - rates.cross_programme * receives_other)


@njit(cache=True, forceinline=True)
def awareness_prob(  # type: ignore[no-untyped-def]
    rates, offset, learning, friction, need, benefit, peers_share, receives_other
):
    """Give the chance that a household hears of a programme this month, by itself or from others.

    See :func:`awareness_logit` and :func:`untold_prob`.
    """
    alone = logistic(awareness_logit(rates, offset, learning, friction, need, benefit))
    return 1.0 - (1.0 - alone) * untold_prob(rates, peers_share, receives_other)


@njit(cache=True, forceinline=True)
def hears(luck, logit, untold):  # type: ignore[no-untyped-def]
    """Tell whether luck, a number in (0, 1), is below the chance of :func:`awareness_prob`."""
    low, high = logistic_bounds(logit)
    if luck < 1.0 - (1.0 - low) * untold:
        return True
    if luck >= 1.0 - (1.0 - high) * untold:
        return False
    return luck < 1.0 - (1.0 - logistic(logit)) * untold


@njit(cache=True, forceinline=True)
def relative_benefit(rates, amount_krw_m, mean_krw_m):  # type: ignore[no-untyped-def]
    """Give the log of a benefit against the programme's mean, capped on both sides."""
    if amount_krw_m <= 0.0 or mean_krw_m <= 0.0:
        return 0.0
    ratio = math.log(amount_krw_m / mean_krw_m)
    return min(max(ratio, -rates.benefit_cap), rates.benefit_cap)


@njit(cache=True, forceinline=True)
def fading(rates, months_since_read):  # type: ignore[no-untyped-def]
    """Give the share that is left of a read notice's push: it halves each half-life."""
    return 2.0 ** (-months_since_read / rates.salience_half_life_months)


@njit(cache=True, forceinline=True)
def salience(rates, months_since_read, weight):  # type: ignore[no-untyped-def]
    """Give what is left of a read notice's push towards a claim, logit.

    The push fades with time, and is the weaker the more the claim weighs on the household: a
    message moves those for whom the next step is small. Claims lighter than the standard one
    are not pushed more.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.ApplicationRates`.
    months_since_read
        Months since the notice was read.
    weight
        What stands against the claim: its burden and the household's own friction, logit.
    """
    push = rates.salience * fading(rates, months_since_read)
    return push * math.exp(-rates.salience_weight * max(weight, 0.0))


@njit(cache=True, forceinline=True)
def application_logit(  # type: ignore[no-untyped-def]
    rates, offset, benefit, need, friction, stigma, visibility, burden, months_since_read, helped
):
    """Give the chance that an aware household starts an application this month, logit.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.ApplicationRates`.
    offset
        The programme's own offset, logit.
    benefit
        Log of the relative benefit, from :func:`relative_benefit`.
    need, friction, stigma
        Household traits, standard normal.
    visibility
        How visible receipt is to others, 0 to 1.
    burden
        Compliance burden, logit.
    months_since_read
        Months since a notice about the programme was read; negative if never.
    helped
        1.0 while a caseworker's help lasts, else 0.0.
    """
    logit = (
        rates.base_logit
        + offset
        + rates.benefit * benefit
        + rates.need * need
        - rates.friction * friction
        - rates.stigma * stigma * visibility
        - burden
        + rates.assistance * helped
    )
    if months_since_read >= 0.0:
        logit += salience(rates, months_since_read, burden + rates.friction * friction)
    return logit


@njit(cache=True, forceinline=True)
def application_prob(*of):  # type: ignore[no-untyped-def]
    """Give the probability of :func:`application_logit`."""
    return logistic(application_logit(*of))


@njit(cache=True, forceinline=True)
def completion_logit(rates, friction, burden, helped):  # type: ignore[no-untyped-def]
    """Give the chance that a started application is completed with all documents, logit."""
    return rates.base_logit - rates.friction * friction - burden + rates.assistance * helped


@njit(cache=True, forceinline=True)
def completion_prob(*of):  # type: ignore[no-untyped-def]
    """Give the probability of :func:`completion_logit`."""
    return logistic(completion_logit(*of))


@njit(cache=True, forceinline=True)
def renewal_logit(rates, friction, burden, reminded):  # type: ignore[no-untyped-def]
    """Give the chance that a household gets through a renewal that is due, logit.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.RenewalRates`.
    friction, burden
        How hard forms are for the household, and what the renewal asks, logit.
    reminded
        What is left of a notice about the programme that was read, 0 (never) to 1 (just now).
    """
    return rates.base_logit - rates.friction * friction - burden + rates.reminder * reminded


@njit(cache=True, forceinline=True)
def renewal_prob(*of):  # type: ignore[no-untyped-def]
    """Give the probability of :func:`renewal_logit`."""
    return logistic(renewal_logit(*of))


@njit(cache=True, forceinline=True)
def compliance_burden(weights, documents, trips, processing_days):  # type: ignore[no-untyped-def]
    """Weigh documents, trips and days against those of a standard claim, logit.

    Zero for a claim of standard burden, on which the base logits rest; negative for a lighter one.
    """
    return (
        weights.document_logit * (documents - weights.standard_documents)
        + weights.travel_logit * (trips - weights.standard_trips)
        + weights.wait_logit * (processing_days - weights.standard_days)
    )


@njit(cache=True, forceinline=True)
def is_helped(step, helped_step, assistance_months):  # type: ignore[no-untyped-def]
    """Tell (1.0 or 0.0) whether a caseworker's help still lasts."""
    return 1.0 if helped_step != NEVER and step - helped_step < assistance_months else 0.0


@njit(cache=True, forceinline=True)
def months_since(step, then):  # type: ignore[no-untyped-def]
    """Give the months since a step, -1 if it never was."""
    return -1.0 if then == NEVER else float(step - then)
