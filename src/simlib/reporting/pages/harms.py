"""The harm that comes with outreach: false alarms, fatigue, refusals and crowding."""

import polars as pl

from simlib.experiments.harms import LEDGER, WAITED, WALK_IN
from simlib.reporting.blocks import Block, heading, join
from simlib.reporting.context import Report
from simlib.reporting.numbers import Unit
from simlib.reporting.pages import comparison
from simlib.reporting.tables import Column, table

LINES = (*(each.name for each in LEDGER), WAITED, WALK_IN)
"""Lines of the ledger; more is worse in all of them."""
_UNITS: dict[str, Unit] = {"KRW": "krw", "days": "days"}


@comparison.needs_two
def ledger(report: Report) -> Block:
    """List false alarms, fatigue and crowding beside the gains, a table for each unit."""
    text, run = report.text, report.run
    if not run.compared:
        return Block("")
    long = pl.concat(
        [
            comparison.as_estimates(each.harms, each.comparison.replicates_n).select(
                pl.lit(policy).alias("policy"),
                "harm", "unit", "baseline", "value", "low", "high", "mc_error", "same_sign_share",
                "replicates", "identical", "layers",
            )
            for policy, each in run.compared.items()
        ]
    )  # fmt: skip
    units = long.unique("harm").select("harm", "unit")
    kind = {row["harm"]: _UNITS.get(row["unit"], "count") for row in units.to_dicts()}
    parts = [
        _table(report, long, [line for line in LINES if kind[line] == unit], unit)
        for unit in ("count", "days", "krw")
    ]
    return join([heading(text("reach-harms.section"), "harms"), *parts])


def _table(report: Report, long: pl.DataFrame, lines: list[str], unit: Unit) -> Block:
    text = report.text
    here = long.filter(pl.col("harm").is_in(lines))
    found = {(row["policy"], row["harm"]): row for row in here.to_dicts()}
    frame = comparison.matrix(lines, [text(f"harm.{each}") for each in lines], found)
    columns = [Column("name", text("column.harm"))] + [
        Column(f"{policy}.value", report.policy(policy), unit, signed=True)
        for policy in report.run.compared
    ]
    caption = text(
        "reach-harms.caption",
        unit=text(f"unit.{unit}"),
        households=report.households,
        **report.whole,
    )
    last = report.interval_note if unit == "krw" else ""
    name = f"reach-harms-{unit}"
    return table(text, name, frame, columns, caption, exported=here, note=last)
