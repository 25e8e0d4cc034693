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
    score, and ``seats_n`` is the number of places for them.
    """

    share: Floats
    tied: Bools
    seats_n: int


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
    return Membership(share, tied, seats)


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


def exact_interval(hits_n: int, n: int, level: float = 0.95) -> tuple[float | None, float | None]:
    """Give the exact (Clopper and Pearson 1934) interval of a binomial share."""
    from scipy.stats import beta

    if n == 0:
        return None, None
    tail = (1 - level) / 2
    low = 0.0 if hits_n == 0 else float(beta.ppf(tail, hits_n, n - hits_n + 1))
    high = 1.0 if hits_n == n else float(beta.ppf(1 - tail, hits_n + 1, n - hits_n))
    return low, high


def ranking_metrics(scores: Floats, label: Bools) -> dict[str, float]:
    """Give AUC and average precision; empty when only one outcome occurs."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    if not label.any() or label.all():
        return {}
    return {
        "auc": float(roc_auc_score(label, scores)),
        "average_precision": float(average_precision_score(label, scores)),
    }


def calibration_rows(
    scores: Floats, label: Bools, bins_n: int
) -> list[tuple[str, float, float | None, float | None]]:
    """Compare predicted and observed shares in bins of equal size.

    Returns
    -------
    list
        (metric, value, low, high): the mean prediction of a bin, and its observed share with
        the exact 95 per cent interval.
    """
    rows: list[tuple[str, float, float | None, float | None]] = []
    order = np.argsort(scores, kind="stable")
    for number, part in enumerate(np.array_split(order, bins_n), start=1):
        if not len(part):
            continue
        hits = int(label[part].sum())
        low, high = exact_interval(hits, len(part))
        rows.append((f"calibration_predicted_{number:02d}", float(scores[part].mean()), None, None))
        rows.append((f"calibration_observed_{number:02d}", hits / len(part), low, high))
    return rows
