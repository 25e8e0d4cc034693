"""Means and paired differences over replicates, with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from simlib.experiments.costs import linearised

LAYERS = "simulation"
"""What an interval covers: the luck of the simulation, not parameters or structure."""

CONFIDENCE = 0.95
_STRICT = 0.99
ROUNDING = 1e-9
"""A spread within this share of its mean is rounding error, no spread."""
ENOUGH_RUNS = 3
"""Replicates from which on an interval can tell a difference from chance."""
COLUMNS = ["value", "low", "high", "mc_error", "replicates", "identical", "layers"]


@dataclass(frozen=True)
class Estimate:
    """Hold a number, its interval and how it was obtained.

    ``low``, ``high`` and ``mc_error`` are None when the replicates cannot give them: with
    one replicate, or when the compared worlds are identical.
    """

    value: float
    low: float | None
    high: float | None
    mc_error: float | None
    replicates: int
    identical: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Estimate":
        """Read an estimate from a row of a summarised frame."""
        names = ("value", "low", "high", "mc_error", "replicates", "identical")
        return cls(*(row[name] for name in names))

    @property
    def confidence(self) -> str:
        """Say how sure the sign is: identical, few, clear, likely or unclear."""
        if self.identical:
            return "identical"
        if self.replicates < ENOUGH_RUNS:
            return "few"
        if self.mc_error is None:  # the same difference in every replicate
            return "clear"
        if abs(self.value) > t_quantile(_STRICT, self.replicates) * self.mc_error:
            return "clear"
        wide = t_quantile(CONFIDENCE, self.replicates) * self.mc_error
        return "likely" if abs(self.value) > wide else "unclear"

    @property
    def beyond_chance(self) -> bool:
        """Tell whether the interval leaves out zero."""
        return self.confidence in ("clear", "likely")


@cache
def t_quantile(confidence: float, replicates: int) -> float:
    """Give the two-sided Student quantile for a mean over replicates."""
    from scipy.stats import t

    return float(t.ppf((1 + confidence) / 2, replicates - 1))


def summarise(
    frame: pl.DataFrame, keys: list[str], *, share: bool = False, level: bool = False
) -> pl.DataFrame:
    """Average a value over runs, with Monte Carlo error and a 95 % t-interval.

    Parameters
    ----------
    frame
        Columns ``keys``, run and value; one row per key and run.
    keys
        Columns to keep.
    share
        Whether the value is a share of a whole, so that intervals end at 0 and 1.
    level
        Whether the value is a number of things, so that intervals end at 0.

    Returns
    -------
    DataFrame
        ``keys`` and value, low, high, mc_error, replicates, identical, layers.
    """
    # Sums of floats depend on their order, so the order is fixed first.
    frame = frame.sort([*keys, "run"])
    means = frame.group_by(keys, maintain_order=True).agg(
        value=pl.col("value").mean(),
        spread=pl.col("value").std(),
        replicates=pl.len().cast(pl.Int64),
    )
    factor = pl.Series(
        [t_quantile(CONFIDENCE, n) if n > 1 else None for n in means["replicates"]],
        dtype=pl.Float64,
    )
    # A spread within rounding error of the mean is no spread at all.
    moves = pl.col("spread") > ROUNDING * pl.col("value").abs()
    error = pl.when(moves).then(pl.col("spread")) / pl.col("replicates").cast(pl.Float64).sqrt()
    same = ((pl.col("spread") == 0) & (pl.col("value") == 0)).fill_null(value=False)
    bounds = (0.0 if share or level else None, 1.0 if share else None)
    return means.with_columns(mc_error=error, identical=same, layers=pl.lit(LAYERS)).select(
        *keys,
        "value",
        low=(pl.col("value") - pl.col("mc_error") * factor).clip(*bounds),
        high=(pl.col("value") + pl.col("mc_error") * factor).clip(*bounds),
        mc_error="mc_error",
        replicates="replicates",
        identical="identical",
        layers="layers",
    )


def pick(
    window: pl.DataFrame, measure: str, *, item: str | None = "all", stratum: str | None = "all"
) -> pl.DataFrame:
    """Take one measure out of a run's means or totals: policy, run, stratum, group, item, value."""
    rows = window.filter(pl.col("measure") == measure)
    if item is not None:
        rows = rows.filter(pl.col("item") == item)
    if stratum is not None:
        rows = rows.filter(pl.col("stratum") == stratum)
    return rows.drop("measure")


def ratio(above: pl.DataFrame, below: pl.DataFrame) -> pl.DataFrame:
    """Divide two picked measures run by run; rows with nothing below are left out."""
    keys = ["policy", "run", "stratum", "group", "item"]
    both = above.join(below, on=keys, suffix="_below")
    kept = both.filter(pl.col("value_below") > 0)
    return kept.select(*keys, value=pl.col("value") / pl.col("value_below"))


def paired(frame: pl.DataFrame, baseline: str, keys: list[str]) -> pl.DataFrame:
    """Difference of each policy from the baseline, run by run.

    Parameters
    ----------
    frame
        Columns policy, run, ``keys`` and value.
    baseline
        Policy that is subtracted; runs that it lacks are left out.
    keys
        Columns besides policy and run that identify a value.

    Returns
    -------
    DataFrame
        policy, run, ``keys``, value: one row per other policy and run.
    """
    base = frame.filter(pl.col("policy") == baseline).drop("policy")
    others = frame.filter(pl.col("policy") != baseline)
    both = others.join(base, on=["run", *keys], suffix="_base")
    return both.select("policy", "run", *keys, value=pl.col("value") - pl.col("value_base"))


def cost_parts(cost: pl.DataFrame, gain: pl.DataFrame) -> pl.DataFrame:
    """Divide mean extra cost by mean gain, as parts whose mean and error are those of the ratio.

    Both frames come from :func:`paired`. The parts are those of the linearised ratio
    (``cost - ratio * gain`` run by run), so that no single run's near-zero gain counts
    for more than it should.

    Returns
    -------
    DataFrame
        policy, run, value; policies whose gain is not clearly above zero are left out, as a
        cost per unit of nothing has no meaning.
    """
    both = cost.join(gain, on=["policy", "run"], suffix="_gain")
    rows = []
    for (policy,), part in both.sort("policy", "run").group_by("policy", maintain_order=True):
        gained = summarise(part.select("policy", "run", value="value_gain"), ["policy"])
        estimate = Estimate.of(gained.row(0, named=True))
        if not estimate.beyond_chance or estimate.value <= 0:
            continue
        values = linearised(part["value"].to_numpy(), part["value_gain"].to_numpy())
        rows.append(part.select(policy=pl.lit(policy), run="run", value=pl.Series(values)))
    return pl.concat([both.clear().select("policy", "run", "value"), *rows])
