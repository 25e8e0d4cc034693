"""Paired differences of the policies from the baseline, ready for figures and tables."""

from collections.abc import Callable
from functools import wraps

import polars as pl

from simlib.reporting.blocks import Block
from simlib.reporting.context import Report
from simlib.reporting.estimates import (
    LAYERS,
    ROUNDING,
    cost_parts,
    paired,
    pick,
    ratio,
    summarise,
)
from simlib.reporting.run_data import RunData

_SHOWN_KEYS = ["policy"]

OVERVIEW: tuple[tuple[str, str], ...] = (
    ("take_up", "share"),
    ("paid_krw", "total"),
    ("crisis_new_n", "total"),
    ("wait_days", "ratio"),
    ("hours_outreach", "total"),
    ("hours_decisions", "total"),
    ("delivery_krw", "total"),
)
"""Columns of the overview: name, and how the levels behind its differences are formed."""


def needs_two(show: Callable[[Report], Block]) -> Callable[[Report], Block]:
    """Let a part of a page be empty when the run has nothing to compare the baseline with."""

    @wraps(show)
    def shown(report: Report) -> Block:
        return show(report) if len(report.run.policies) > 1 else Block("")

    return shown


def take_up_gain(run: RunData) -> pl.DataFrame:
    """Difference in take-up, last-year mean: policy, run, value (share of 1)."""
    rates = ratio(pick(run.year_mean, "receiving_n"), pick(run.year_mean, "entitled_n"))
    return paired(rates.select("policy", "run", "value"), run.baseline, [])


def total_gain(run: RunData, measure: str) -> pl.DataFrame:
    """Difference in a measure summed over all months: policy, run, value."""
    rows = pick(run.total, measure).select("policy", "run", "value")
    return paired(rows, run.baseline, [])


def cost_per_month(run: RunData) -> pl.DataFrame:
    """Extra delivery cost for each additional household-month of a benefit.

    Returns
    -------
    DataFrame
        As :func:`simlib.reporting.estimates.cost_parts`, in won.
    """
    return cost_parts(total_gain(run, "delivery_krw"), total_gain(run, "receiving_n"))


def cost_of_worlds(run: RunData) -> pl.DataFrame:
    """Give the same in each other world by itself: policy, run, value in won.

    Policies that add no receipt in some world are left out: a cost has no meaning there.
    """
    cost, gain = total_gain(run, "delivery_krw"), total_gain(run, "receiving_n")
    both = cost.join(gain, on=["policy", "run"], suffix="_gain")
    both = both.filter((pl.col("value_gain") > 0).all().over("policy"))
    return both.select("policy", "run", value=pl.col("value") / pl.col("value_gain"))


def per_policy(run: RunData, frame: pl.DataFrame) -> pl.DataFrame:
    """Summarise differences by policy, in the order of the scenario."""
    return ordered(run, summarise(frame, _SHOWN_KEYS))


def as_estimates(frame: pl.DataFrame, replicates: int, value: str = "difference") -> pl.DataFrame:
    """Give rows of a comparison the columns of :func:`simlib.reporting.estimates.summarise`."""
    same = pl.col("verdict") == "identical" if "verdict" in frame.columns else pl.lit(value=False)
    varies = pl.col("mc_error") > ROUNDING * pl.col(value).abs()
    ends = [pl.when(varies).then(name).alias(name) for name in ("low", "high", "mc_error")]
    return frame.with_columns(ends).with_columns(
        value=pl.col(value),
        replicates=pl.lit(replicates, pl.Int64),
        identical=same,
        layers=pl.lit(LAYERS),
    )


def matrix(
    rows: list[str], names: list[str], found: dict[tuple[str, str], dict[str, object]]
) -> pl.DataFrame:
    """Lay estimates out: a row each, and a value and error for every policy.

    Parameters
    ----------
    rows, names
        Keys of the rows, and what heads them.
    found
        Estimates by policy and row.
    """
    laid = []
    policies = list(dict.fromkeys(policy for policy, _ in found))
    for key, name in zip(rows, names, strict=True):
        row: dict[str, object] = {"name": name}
        for policy in policies:
            cell = found.get((policy, key), {})
            for column in ("value", "low", "high", "mc_error"):
                row[f"{policy}.{column}"] = cell.get(column)
        laid.append(row)
    return pl.DataFrame(laid, infer_schema_length=None)


def ordered(run: RunData, frame: pl.DataFrame) -> pl.DataFrame:
    """Sort rows by policy in the order of the scenario."""
    place = pl.col("policy").replace_strict(
        {name: number for number, name in enumerate(run.policies)}, return_dtype=pl.Int32
    )
    return frame.sort(place, maintain_order=True)


def best_policy(report: Report) -> str:
    """Name the policy with the greatest gain in take-up; the baseline when nothing gains."""
    run = report.run
    gains = summarise(take_up_gain(run), _SHOWN_KEYS).sort("value", descending=True)
    if gains.is_empty() or gains["value"][0] <= 0:
        return run.baseline
    return str(gains["policy"][0])


def overview(run: RunData) -> pl.DataFrame:
    """Give every headline difference of every policy in one long table.

    Returns
    -------
    DataFrame
        policy, measure, baseline (mean level), and the columns of :func:`summarise`.
    """
    parts = []
    for name, kind in OVERVIEW:
        if kind == "share":
            levels = ratio(pick(run.year_mean, "receiving_n"), pick(run.year_mean, "entitled_n"))
        elif kind == "ratio":
            levels = ratio(pick(run.total, "wait_days_sum"), pick(run.total, "decisions_n"))
        else:
            levels = pick(run.total, name)
        levels = levels.select("policy", "run", "value")
        base = levels.filter(pl.col("policy") == run.baseline)["value"].mean()
        difference = per_policy(run, paired(levels, run.baseline, []))
        parts.append(
            difference.with_columns(measure=pl.lit(name), baseline=pl.lit(base, pl.Float64))
        )
    return pl.concat(parts)
