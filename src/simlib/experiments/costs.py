"""What an additional household-month of receipt costs to bring about."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.experiments.compare import Comparison
from simlib.experiments.pairing import CONFIDENCE

COST = "delivery_krw"
GAIN = "receiving_n"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CostPerMonth:
    """Hold what each additional month in which a household receives a benefit costs.

    Attributes
    ----------
    value_krw, low_krw, high_krw
        Extra delivery cost (caseworker hours x wage, and messages) by extra household-month,
        won, with its interval; below zero when delivery costs less than in the baseline. None
        when receipt is not clearly raised, and the interval with fewer than two replicates.
    household_months
        Additional household-months of receipt over the run, mean over replicates.
    delivery_krw, paid_krw
        Additional cost of delivery and additional benefits over the run, won.
    """

    value_krw: float | None
    low_krw: float | None
    high_krw: float | None
    household_months: float
    delivery_krw: float
    paid_krw: float

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)


def linearised(cost: Floats, gain: Floats) -> Floats:
    """Give the replicates' parts in the ratio of mean cost to mean gain, (replicates,).

    Their mean is the ratio, and their spread its error as far as it is linear in both (the
    delta method): no single replicate's small gain counts for more than it should.
    """
    ratio = cost.mean() / gain.mean()
    return np.asarray((cost - ratio * gain) / gain.mean() + ratio)


def cost_per_month(comparison: Comparison, months: int) -> CostPerMonth:
    """Divide the extra cost of delivery by the extra household-months of receipt.

    Parameters
    ----------
    comparison
        A policy against a baseline.
    months
        Months of the run: receipt is a stock, and its table holds monthly means.
    """
    cost, receiving, paid = (_differences(comparison, name) for name in (COST, GAIN, "paid_krw"))
    gain = receiving * months
    value = low = high = None
    if comparison.row(GAIN)["verdict"] in ("higher", "single") and gain.mean() > 0:
        parts = linearised(cost, gain)
        value = float(parts.mean())
        if parts.size > 1:
            low, high = _interval(parts)
    return CostPerMonth(
        value, low, high, float(gain.mean()), float(cost.mean()), float(paid.mean())
    )


def _differences(comparison: Comparison, measure: str) -> Floats:
    whole = (pl.col("stratum") == "all") & (pl.col("item") == "all")
    rows = comparison.pairs.filter(whole & (pl.col("measure") == measure))
    return rows["difference"].to_numpy() if rows.height else np.zeros(1)


def _interval(parts: Floats) -> tuple[float, float]:
    from scipy.stats import t

    wide = float(t.ppf(0.5 + CONFIDENCE / 2, parts.size - 1) * parts.std(ddof=1))
    wide /= float(np.sqrt(parts.size))
    return float(parts.mean()) - wide, float(parts.mean()) + wide
