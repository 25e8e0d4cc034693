"""Monotone maps on knots, and normal scores, inside compiled loops."""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtr

from simlib.population.published.tables import Floats

_CENTRE = np.array(
    [
        [3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
         1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
         3.3430575583588128105e4, 2.5090809287301226727e3],
        [1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
         2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
         5.2264952788528545610e3],
    ]
)  # fmt: skip
_SHOULDER = np.array(
    [
        [1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
         3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
         2.27238449892691845833e-2, 7.74545014278341407640e-4],
        [1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
         1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
         1.05075007164441684324e-9],
    ]
)  # fmt: skip
_TAIL = np.array(
    [
        [6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
         2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
         2.71155556874348757815e-5, 2.01033439929228813265e-7],
        [1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
         7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
         2.04426310338993978564e-15],
    ]
)  # fmt: skip


@njit(cache=True)
def _ratio(row, x):  # type: ignore[no-untyped-def]
    above, below = row[0, 7], row[1, 7]
    for k in range(6, -1, -1):
        above = above * x + row[0, k]
        below = below * x + row[1, k]
    return above / below


@njit(cache=True)
def normal_quantile(p):  # type: ignore[no-untyped-def]
    """Invert the normal distribution function at one probability (Wichura 1988, AS 241)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(_CENTRE, 0.180625 - q * q)
    tail = np.sqrt(-np.log(p if q < 0.0 else 1.0 - p))
    value = _ratio(_SHOULDER, tail - 1.6) if tail <= 5.0 else _ratio(_TAIL, tail - 5.0)
    return -value if q < 0.0 else value


@njit(cache=True)
def on_knots(x, at, values):  # type: ignore[no-untyped-def]
    """Give a piecewise linear function at one point; its last pieces go on beyond the knots."""
    low, pieces = 0, at.size - 1
    while pieces > 1:  # halved without a branch that the processor would have to guess
        half = pieces // 2
        low += half * (at[low + half] <= x)
        pieces -= half
    step = (x - at[low]) / (at[low + 1] - at[low])
    return values[low] + step * (values[low + 1] - values[low])


@njit(cache=True)
def rounded(krw, step):  # type: ignore[no-untyped-def]
    """Round won to a whole number of steps."""
    return np.int64(np.rint(krw / step)) * step


def normal_grid(reach: float, knots_n: int) -> tuple[Floats, Floats, Floats]:
    """Divide the normal distribution at evenly spaced scores.

    Parameters
    ----------
    reach
        Largest score.
    knots_n
        Number of knots.

    Returns
    -------
    tuple of ndarray
        Scores, their probabilities, and the share of the distribution that is nearest to each,
        all of shape ``(knots_n,)``; the shares sum to 1.
    """
    scores = np.linspace(-reach, reach, knots_n)
    between = ndtr((scores[1:] + scores[:-1]) / 2.0)
    shares = np.diff(np.concatenate([[0.0], between, [1.0]]))
    return scores, np.asarray(ndtr(scores)), shares


def increasing(values: NDArray[np.float64], step: float = 1e-9) -> Floats:
    """Give values that rise strictly, by at least a small step, shape as given."""
    ramp = np.arange(values.size) * step
    return np.asarray(np.maximum.accumulate(values - ramp) + ramp)


_SURE, _WIDTH = 2.4, 1.0
"""Scores beyond the first are taken along the line through the last stretch of this width."""


def score_knots(score: Floats, group: NDArray[np.int64], groups_n: int, grid: Floats) -> Floats:
    """Find where the scores of each group stand at evenly spaced normal scores of their rank.

    Parameters
    ----------
    score, group
        Score and group of each household, shape ``(households,)``.
    groups_n
        Number of groups.
    grid
        Normal scores, from :func:`normal_grid`.

    Returns
    -------
    ndarray
        Strictly rising along each group, shape ``(groups_n, grid)``. Far out, where few
        households stand, the knots follow a straight line, so that a rich household or two of
        the sample do not bend the map.
    """
    probs = ndtr(grid)
    rows = [np.quantile(score[group == g], probs) for g in range(groups_n)]
    return np.stack([increasing(_straight_ends(np.asarray(row), grid)) for row in rows])


def _straight_ends(row: Floats, grid: Floats) -> Floats:
    for side in (-1.0, 1.0):
        near = side * grid
        last = int(np.flatnonzero(near <= _SURE)[-1 if side > 0 else 0])
        stretch = (near <= _SURE) & (near >= _SURE - _WIDTH)
        slope = np.polyfit(grid[stretch], row[stretch], 1)[0]
        row = np.where(near > _SURE, row[last] + slope * (grid - grid[last]), row)
    return row
