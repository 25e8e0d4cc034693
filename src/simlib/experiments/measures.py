"""What each measure is, and how its months add up over a run."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import polars as pl

Kind = Literal["stock", "flow", "ratio"]

KEYS = ["stratum", "group", "item", "measure"]
"""Columns that tell one series of results from another."""

RATIOS = {
    "take_up_share": ("receiving_n", "entitled_n"),
    "wait_days_mean": ("wait_days_sum", "decisions_n"),
    "late_decisions_share": ("late_decisions_n", "decisions_n"),
    "first_payment_days_mean": ("first_payment_days_sum", "first_payments_n"),
    "supported_any_share": ("supported_any_n", "followed_n"),
    "supported_public_share": ("supported_public_n", "followed_n"),
    "supported_livelihood_share": ("supported_livelihood_n", "followed_n"),
    "precision_share": ("judged_crisis_n", "judged_n"),
    "recall_share": ("judged_crisis_n", "judged_pool_crisis_n"),
    "lift_ratio": ("judged_crisis_n", "judged_by_lot_n"),
    "in_need_share": ("selected_in_need_n", "selected_n"),
}
"""Measures computed from two others: numerator and denominator, summed over the months."""


@dataclass(frozen=True)
class Measure:
    """Describe a measure: whether it is a stock or a flow, its unit and its meaning.

    ``always`` says whether it is recorded in every run, whatever the policy.
    """

    name: str
    kind: Kind
    unit: str
    always: bool
    meaning: str

    @property
    def is_lumpy(self) -> bool:
        """Tell whether one event brings several at once: documents or days of a claim, or won."""
        return self.unit in ("documents", "trips", "days", "KRW")


@cache
def measures() -> dict[str, Measure]:
    """Read the list of measures by name."""
    path = Path(__file__).with_name("measures.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Measure(
                row["measure"],
                row["kind"],  # type: ignore[arg-type]
                row["unit"],
                row["always"] == "yes",
                row["meaning"],
            )
            for row in csv.DictReader(file)
        ]
    return {row.name: row for row in rows}


def totals(results: pl.DataFrame) -> pl.DataFrame:
    """Add up the months of each series: flows are summed, stocks averaged, ratios formed.

    Parameters
    ----------
    results
        Tidy results of one policy.

    Returns
    -------
    DataFrame
        Columns world, replicate, stratum, group, item, measure, value.
    """
    by = ["world", "replicate", *KEYS]
    stocks = [name for name, each in measures().items() if each.kind == "stock"]
    months_n = max(results["month"].n_unique(), 1)
    sums = results.group_by(by).agg(pl.col("value").sum())
    mean = pl.col("value") / months_n
    shown = sums.with_columns(
        value=pl.when(pl.col("measure").is_in(stocks)).then(mean).otherwise(pl.col("value"))
    )
    parts = [shown.select([*by, "value"])]
    parts += [_ratio(sums, name, above, below) for name, (above, below) in RATIOS.items()]
    return pl.concat(parts).sort(by)


def _ratio(sums: pl.DataFrame, name: str, above: str, below: str) -> pl.DataFrame:
    keys = ["world", "replicate", "stratum", "group", "item"]
    columns = [*keys, "value"]
    numerator = sums.filter(pl.col("measure") == above).select(columns)
    denominator = sums.filter(pl.col("measure") == below, pl.col("value") > 0).select(columns)
    joined = numerator.join(denominator, on=keys, suffix="_below")
    return joined.select(
        *keys, measure=pl.lit(name), value=pl.col("value") / pl.col("value_below")
    ).select(["world", "replicate", *KEYS, "value"])
