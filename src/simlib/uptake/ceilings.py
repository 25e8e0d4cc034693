"""Whether a move is out of reach of a draw, told from sums alone.

Most households stay where they are in most months. A draw above the largest chance that a
household can have settles that without a logarithm, a power or a look at the neighbours; only
what is left is reckoned by :mod:`simlib.uptake.behaviour`. The ceilings decide nothing else:
results are the same without them.
"""

import math
from typing import Final

from numba import njit

from simlib.logit import logistic_bounds
from simlib.uptake.behaviour import application_logit, untold_prob

_TOUCHES: Final = (0.5, 1.0, 1.8)
"""Ratios of a benefit to the mean at which tangents touch the logarithm."""
_LOGS: Final = tuple(math.log(each) - 1.0 for each in _TOUCHES)
_HALF_LN2: Final = 0.5 * math.log(2.0)


@njit(cache=True, forceinline=True)
def benefit_ceiling(rates, amount_krw_m, mean_krw_m):  # type: ignore[no-untyped-def]
    """Bound the log of the relative benefit from above: a logarithm lies below its tangents.

    See :func:`~simlib.uptake.behaviour.relative_benefit`.
    """
    if amount_krw_m <= 0.0 or mean_krw_m <= 0.0:
        return 0.0
    ratio = amount_krw_m / mean_krw_m
    low, mid, high = _TOUCHES
    bound = min(ratio / low + _LOGS[0], ratio / mid + _LOGS[1], ratio / high + _LOGS[2])
    return min(max(bound, -rates.benefit_cap), rates.benefit_cap)


@njit(cache=True, forceinline=True)
def salience_ceiling(rates, months_since_read):  # type: ignore[no-untyped-def]
    """Bound what is left of a read notice's push from above, whatever the claim weighs.

    A power of two fades at least as fast as one over a square: ``exp(x) >= (1 + x / 2) ** 2``.
    See :func:`~simlib.uptake.behaviour.salience`.
    """
    if months_since_read < 0.0:
        return 0.0
    slower = 1.0 + _HALF_LN2 * months_since_read / rates.salience_half_life_months
    return rates.salience / (slower * slower)


@njit(cache=True, forceinline=True)
def untold_floors(rates):  # type: ignore[no-untyped-def]
    """Bound the chance that nobody tells a household from below, by whether it receives anything.

    Parameters
    ----------
    rates
        :class:`~simlib.uptake.rates.AwarenessRates`.
    """
    return untold_prob(rates, 1.0, 0.0), untold_prob(rates, 1.0, 1.0)


@njit(cache=True, forceinline=True)
def may_hear(logit, floor, luck):  # type: ignore[no-untyped-def]
    """Tell whether luck may be below the chance of :func:`~simlib.uptake.behaviour.awareness_prob`.

    Parameters
    ----------
    logit
        Chance that the household looks by itself, at most.
    floor
        Chance that nobody tells it, at least.
    luck
        Its draw.
    """
    return luck < 1.0 - (1.0 - logistic_bounds(logit)[1]) * floor


@njit(cache=True, forceinline=True)
def application_ceiling(  # type: ignore[no-untyped-def]
    rates, offset, benefit, need, friction, stigma, visibility, burden, months_since_read, helped
):
    """Bound :func:`~simlib.uptake.behaviour.application_logit` from above.

    Parameters are those of that function, ``benefit`` that of :func:`benefit_ceiling`.
    """
    logit = application_logit(
        rates, offset, benefit, need, friction, stigma, visibility, burden, -1.0, helped
    )
    return logit + salience_ceiling(rates, months_since_read)


@njit(cache=True, forceinline=True)
def may_happen(luck, logit):  # type: ignore[no-untyped-def]
    """Tell whether luck may be below the probability of a logit that is at most so high."""
    return luck < logistic_bounds(logit)[1]
