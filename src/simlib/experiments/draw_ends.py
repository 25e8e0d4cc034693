"""Between which values 95 % of all draws would lie, from the few that were made."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlib.experiments.pairing import CONFIDENCE

Floats = NDArray[np.float64]

_TAIL: Final = round((1 - CONFIDENCE) / 2, 9)


def draw_ends(draws: Floats) -> tuple[Floats, Floats]:
    """Give the quantiles of 2.5 and 97.5 % of what draws come from, each side by itself.

    A further draw lies below the i-th of n with a chance of i / (n + 1), whatever the draws come
    from. Where 39 draws or more reach the tails, quantiles lie between draws, by that chance.
    With fewer the outermost draws are moved away from the median, by as much as the quantile of
    t (n - 1 degrees of freedom) lies further out than it does at the chance that they have. So
    both ends follow the draws on their side, and how lopsided these are is kept; that the tail
    beyond the last draw is one of t is assumed.

    Parameters
    ----------
    draws
        Draws of several series, two or more each, in any unit, (series, draws).

    Returns
    -------
    low, high
        Both (series,), in the unit of the draws.
    """
    ordered = np.sort(draws, axis=1)
    place = _TAIL * (draws.shape[1] + 1)
    if place >= 1:
        return _between(ordered, place), _between(ordered[:, ::-1], place)
    return _beyond(ordered)


def _between(ordered: Floats, place: float) -> Floats:
    """Give the value at a place counted from 1, between two draws by the part that is over."""
    at, part = int(place), place - int(place)
    return np.asarray((1 - part) * ordered[:, at - 1] + part * ordered[:, at])


def _beyond(ordered: Floats) -> tuple[Floats, Floats]:
    """Move the first and the last draw away from the median."""
    from scipy.stats import t

    n = ordered.shape[1]
    further = float(t.ppf(_TAIL, n - 1) / t.ppf(1 / (n + 1), n - 1))
    middle = np.median(ordered, axis=1)
    low, high = (middle + further * (end - middle) for end in (ordered[:, 0], ordered[:, -1]))
    return low, high
