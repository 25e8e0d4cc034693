"""The logistic function, for compiled loops and plain Python alike."""

import math

from numba import njit


@njit(cache=True)
def logistic(x):  # type: ignore[no-untyped-def]
    """Turn a logit into a probability."""
    return 1.0 / (1.0 + math.exp(-x))
