"""What comes of detection lists: support that followed, and crises that they found."""

import math

import polars as pl

from simlib.experiments.list_yields import YIELDS, list_yields
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.numbers import Unit
from simlib.reporting.pages import comparison
from simlib.reporting.tables import Column, table


def yields(report: Report) -> Block:
    """List for every policy with a detection list what support followed, and crises found."""
    text, run = report.text, report.run
    long = pl.concat([list_yields(run.finished, each) for each in run.policies])
    if long.is_empty():
        return Block("")
    long = comparison.as_estimates(long, run.replicates, "value").drop("replicates_n")
    share = pl.col("measure").str.ends_with("_share")
    most = pl.when(share).then(pl.lit(1.0)).otherwise(pl.lit(math.inf))
    long = long.with_columns(pl.col("low").clip(lower_bound=0.0), pl.min_horizontal("high", most))
    found = {(row["measure"], row["policy"]): row for row in long.to_dicts()}
    policies = long["policy"].unique(maintain_order=True).to_list()
    frame = comparison.matrix(policies, [report.policy(each) for each in policies], found)
    shown = [each for each in YIELDS if each in set(long["measure"])]
    columns = [Column("name", text("column.policy"))] + [
        Column(f"{measure}.value", text(f"list.{measure}"), _unit(measure), interval=True)
        for measure in shown
    ]
    made = table(
        text, "reach-lists", frame, columns,
        text("reach-lists.caption", households=report.households, **report.whole),
        exported=long, note=report.interval_note,
    )  # fmt: skip
    months = {
        name: report.number(run.number_read(f"risk.labels.{name}_months"), "count")
        for name in ("delay", "horizon")
    }
    return join(
        [
            heading(text("reach-lists.section"), "lists", 3),
            paragraph(text("reach-lists.intro", **months)),
            made,
        ]
    )


def _unit(measure: str) -> Unit:
    return "share" if measure.endswith("_share") else "times" if measure == YIELDS[-1] else "count"
