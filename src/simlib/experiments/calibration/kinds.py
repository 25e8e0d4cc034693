"""Kinds of households: evenly spread points in the space of traits instead of random people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kinds:
    """Hold the traits of kinds of households, each kind equally frequent; all (kinds,).

    Attributes
    ----------
    need, friction, stigma
        Standard normal, as :class:`~simlib.uptake.traits.Traits` has them.
    benefit
        Standard normal; times the spread of amounts it is the log of a kind's amount.
    """

    need: Floats
    friction: Floats
    stigma: Floats
    benefit: Floats

    @property
    def n(self) -> int:
        """Give the number of kinds."""
        return int(self.need.size)


def spread_kinds(
    doublings: int, *, need_benefit: float, need_friction: float, seed: int = 0
) -> Kinds:
    """Spread kinds evenly over the traits by a scrambled Sobol sequence.

    Parameters
    ----------
    doublings
        Number of kinds as a power of two: 9 gives 512.
    need_benefit, need_friction
        Correlation of need with the amount, and with friction.
    seed
        Of the scrambling; the same seed gives the same kinds.
    """
    points = qmc.Sobol(4, scramble=True, seed=seed).random_base2(doublings)
    need, friction, stigma, benefit = ndtri(points).T
    return Kinds(
        need,
        _mixed(need, friction, need_friction),
        stigma,
        _mixed(need, benefit, need_benefit),
    )


def _mixed(shared: Floats, own: Floats, correlation: float) -> Floats:
    return np.asarray(correlation * shared + np.sqrt(1.0 - correlation**2) * own)
