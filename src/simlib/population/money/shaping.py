"""Steps that move a distribution of money: a weighted median, and a stretch up to a mean."""

from collections.abc import Callable
from typing import Any

import numpy as np

from simlib.population.published.tables import Floats

AGE_GROUPS = {"29-": (0, 0), "30s": (1, 1), "40s": (2, 2), "50s": (3, 3), "65+": (5, 6)}
"""First and last of :data:`~simlib.population.money.income.HEAD_STEPS` in each published group."""


def weighted_quantile(values: Floats, weight: Floats, shares: Floats | float) -> Floats:
    """Give the values below which shares of the weight lie, shape of ``shares``.

    Parameters
    ----------
    values, weight
        Values and their weights, of any one shape.
    shares
        Shares of the weight, 0 to 1.
    """
    order = np.argsort(values, axis=None)
    held = weight.ravel()[order]
    middle = np.cumsum(held) - 0.5 * held
    return np.asarray(np.interp(np.asarray(shares) * held.sum(), middle, values.ravel()[order]))


def stretch_above(
    levels: Floats, moved: Any, middle: float, mean: Callable[[], float], wanted: float,
    span: tuple[float, float], halvings: int,
) -> None:  # fmt: skip
    """Stretch what lies above the middle, in place, until a mean is as wanted.

    Parameters
    ----------
    levels
        Levels of all cells, shape ``(cells, knots)``.
    moved
        Index of the cells to move.
    middle
        Level that stays, with all below it.
    mean
        Gives the mean as the levels stand.
    wanted
        The mean to reach.
    span
        Least and largest factor of the distance from the middle.
    halvings
        Times that the span is halved.
    """
    base = levels[moved].copy()
    above = np.maximum(base - middle, 0.0)
    low, high = span
    for _ in range(halvings):
        factor = 0.5 * (low + high)
        levels[moved] = base + (factor - 1.0) * above
        low, high = (factor, high) if mean() < wanted else (low, factor)
