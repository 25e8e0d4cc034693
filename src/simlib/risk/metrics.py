"""Metrics of a list at its real length, honest about ties and about missing labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Membership:
    """Say who is on a list of the k highest scores when ties are broken by lot.

    ``share`` is (n,) the probability of being listed, ``tied`` is (n,) who shares the last
    score, ``seats_n`` is the number of places for them, and ``threshold`` is that score.
    """

    share: Floats
    tied: Bools
    seats_n: int
    threshold: float | None = None


def list_membership(scores: Floats, capacity_n: int) -> Membership:
    """Put the highest scores on a list.

    Parameters
    ----------
    scores
        (n,) higher means first.
    capacity_n
        Places on the list; more than n lists everybody.

    Returns
    -------
    Membership
        Who is listed for certain, who shares the last places, and how many there are.
    """
    n = len(scores)
    k = min(max(capacity_n, 0), n)
    if k == 0:
        return Membership(np.zeros(n), np.zeros(n, dtype=np.bool_), 0)
    threshold = np.partition(scores, n - k)[n - k]
    above, tied = scores > threshold, scores == threshold
    seats = k - int(above.sum())
    share = above + tied * (seats / int(tied.sum()))
    return Membership(share, tied, seats, float(threshold))


def hit_bounds(member: Membership, label: Bools) -> tuple[float, float, float]:
    """Give the number of positives on the list: expected, worst and best under ties."""
    certain = float((label & (member.share > 0) & ~member.tied).sum())
    tied_n = int(member.tied.sum())
    positives = int((label & member.tied).sum())
    worst = max(0, member.seats_n - (tied_n - positives))
    best = min(positives, member.seats_n)
    return float(member.share @ label), certain + worst, certain + best


def ratio(part: float, whole: float) -> float | None:
    """Divide, or give None where there is nothing to divide by."""
    return part / whole if whole else None


def ranking_metrics(scores: Floats, label: Bools) -> dict[str, float]:
    """Give AUC and average precision; empty when only one outcome occurs."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    if not label.any() or label.all():
        return {}
    return {
        "auc": float(roc_auc_score(label, scores)),
        "average_precision": float(average_precision_score(label, scores)),
    }
