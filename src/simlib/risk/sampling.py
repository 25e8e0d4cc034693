"""How far metrics may be off because other households could have been there to be judged.

A household stands in the pool of several rounds, and one crisis counts in each of them. Rows are
therefore not independent of each other, but households are: every interval adds up what a
household contributes in all its rounds before it looks at the spread (linearisation of a ratio
with households as clusters). Who is on the list is taken as given.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEVEL = 0.95
"""Confidence of an interval."""


class Interval(NamedTuple):
    """Hold the ends of an interval; None where nothing can be said."""

    low: float | None
    high: float | None


NONE = Interval(None, None)


@dataclass(frozen=True)
class Households:
    """Say which household each row belongs to: ``of`` is (rows,) from 0 to ``n`` - 1."""

    of: NDArray[np.intp]
    n: int

    @classmethod
    def of_ids(cls, ids: NDArray[np.uint32]) -> "Households":
        """Give every household of (rows,) ids a number."""
        known, of = np.unique(ids, return_inverse=True)
        return cls(of, known.size)

    def count(self, rows: Bools) -> int:
        """Count the different households of some rows."""
        return int(np.count_nonzero(np.bincount(self.of[rows], minlength=self.n)))

    def variance(self, parts: Floats) -> float:
        """Give the variance of the sum of (rows,) parts that add up to nothing."""
        there = self.count(parts != 0.0)
        sums = np.bincount(self.of, parts, minlength=self.n)
        return float((sums**2).sum()) * there / (there - 1) if there > 1 else 0.0


def share_interval(part: Floats, whole: Floats, households: Households) -> Interval:
    """Give the interval of a share, sum of parts by sum of wholes.

    An exact binomial interval for as many households as would give the same variance (Korn and
    Graubard 1998), and never for more than there are.

    Parameters
    ----------
    part, whole
        (rows,) what counts of each row, and what it is a share of; part is at most whole.
    households
        Whose rows they are.
    """
    from scipy.special import betaincinv

    n: float = households.count(whole > 0.0)
    if n == 0:
        return NONE
    total = float(whole.sum())
    share = min(float(part.sum()) / total, 1.0)
    variance = households.variance(part - share * whole) / total**2
    if variance > 0.0 and 0.0 < share < 1.0:
        n = min(n, share * (1.0 - share) / variance)
    hits, tail = share * n, (1.0 - LEVEL) / 2.0
    low = float(betaincinv(hits, n - hits + 1.0, tail)) if hits > 0.0 else 0.0
    high = float(betaincinv(hits + 1.0, n - hits, 1.0 - tail)) if hits < n else 1.0
    return Interval(low, high)


def ratio_interval(part: Floats, whole: Floats, households: Households) -> Interval:
    """Give the normal interval of a ratio that may be negative or above one.

    Parameters
    ----------
    part, whole, households
        As for :func:`share_interval`, but a part may have any size and sign.
    """
    total = float(whole.sum())
    if total <= 0.0:
        return NONE
    ratio = float(part.sum()) / total
    return around(ratio, households.variance(part - ratio * whole) / total**2)


def gap_interval(
    part: Floats, whole: Floats, inside: Bools, households: Households, comparisons_n: int
) -> tuple[float | None, Interval]:
    """Compare the ratio of some rows with that of all others.

    Parameters
    ----------
    part, whole, households
        As for :func:`share_interval`.
    inside
        (rows,) which rows are compared with the others.
    comparisons_n
        Comparisons that are made side by side; all their intervals hold together (Bonferroni).

    Returns
    -------
    gap, Interval
        The ratio inside less that outside; None where either has no whole.
    """
    totals = float(whole[inside].sum()), float(whole[~inside].sum())
    if min(totals) <= 0.0:
        return None, NONE
    ratios = float(part[inside].sum()) / totals[0], float(part[~inside].sum()) / totals[1]
    parts = np.where(
        inside, (part - ratios[0] * whole) / totals[0], -(part - ratios[1] * whole) / totals[1]
    )
    gap = ratios[0] - ratios[1]
    return gap, around(gap, households.variance(parts), comparisons_n)


def auc_interval(scores: Floats, label: Bools, households: Households) -> Interval:
    """Give the interval of the area under the curve (DeLong 1988; Obuchowski 1997 for clusters).

    Parameters
    ----------
    scores, label
        (rows,) with both outcomes among them.
    households
        Whose rows they are.
    """
    places = np.where(label, _beaten(scores, scores[~label]), 1.0 - _beaten(scores, scores[label]))
    area = float(places[label].mean())
    n = np.where(label, label.sum(), (~label).sum())
    low, high = around(area, households.variance((places - area) / n))
    return Interval(None if low is None else max(low, 0.0), None if high is None else min(high, 1))


def _beaten(scores: Floats, others: Floats) -> Floats:
    """Give the share of others that each score beats; a tie is half a win."""
    ranked = np.sort(others)
    below = np.searchsorted(ranked, scores, "left") + np.searchsorted(ranked, scores, "right")
    return np.asarray(below / (2.0 * ranked.size))


def around(value: float, variance: float, comparisons_n: int = 1) -> Interval:
    """Give the normal interval around a value; none where nothing varies."""
    from scipy.special import ndtri

    if variance <= 0.0:
        return NONE
    half = float(ndtri(1.0 - (1.0 - LEVEL) / (2.0 * comparisons_n))) * variance**0.5
    return Interval(value - half, value + half)
