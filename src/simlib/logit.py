"""The logistic function, for compiled loops and plain Python alike."""

import math
from typing import Final

import numpy as np
from numba import njit

STEPS: Final = 64
"""Steps of the table of bounds on a unit of the logit."""
LIMIT: Final = 16.0
"""Logits beyond which the table says nothing."""
ROUNDING: Final = 1e-12
"""Share by which bounds are moved apart, far more than the function can err by."""
_EDGES = np.arange(-LIMIT, LIMIT + 0.5 / STEPS, 1.0 / STEPS)
_LOW = (1.0 - ROUNDING) / (1.0 + np.exp(-_EDGES[:-1]))
_HIGH = (1.0 + ROUNDING) / (1.0 + np.exp(-_EDGES[1:]))


@njit(cache=True, forceinline=True)
def logistic(x):  # type: ignore[no-untyped-def]
    """Turn a logit into a probability."""
    return 1.0 / (1.0 + math.exp(-x))


@njit(cache=True, forceinline=True)
def table_step(x):  # type: ignore[no-untyped-def]
    """Give where a logit stands in the table of bounds, for :func:`highest_prob`."""
    return np.int32(min(max((x + LIMIT) * STEPS, -1.0), 2 * LIMIT * STEPS))


@njit(cache=True, forceinline=True)
def highest_prob(step):  # type: ignore[no-untyped-def]
    """Bound the logistic function from above, by the step of the logit in the table."""
    return _HIGH[step] if 0 <= step < _HIGH.size else 1.0


@njit(cache=True, forceinline=True)
def logistic_bounds(x):  # type: ignore[no-untyped-def]
    """Bound the logistic function from below and above, out of a table.

    Luck falls between the bounds in less than one draw of two hundred; only then a decision
    needs the exponential.
    """
    step = (x + LIMIT) * STEPS
    if not 0.0 <= step < _LOW.size:
        return 0.0, 1.0
    return _LOW[int(step)], _HIGH[int(step)]


@njit(cache=True, forceinline=True)
def happens(luck, logit):  # type: ignore[no-untyped-def]
    """Tell whether luck, a number in (0, 1), is below the probability of a logit."""
    low, high = logistic_bounds(logit)
    return luck < low or (luck < high and luck < logistic(logit))
