"""The harm that comes with outreach: false alarms, fatigue, refusals and crowding."""

import polars as pl

from simlib.experiments.harms import LEDGER, WAITED, WALK_IN
from simlib.reporting.blocks import Block, heading, join, paragraph
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
    changed = set(long.filter(pl.col("value") != 0)["harm"])
    kind = {row["harm"]: _UNITS.get(row["unit"], "count") for row in units.to_dicts()}
    parts = [
        _table(report, long, [line for line in LINES if kind[line] == unit], changed, unit)
        for unit in ("count", "days", "krw")
    ]
    section = heading(text("reach-harms.section"), "harms")
    return join([section, paragraph(text("reach-harms.intro")), *parts])


def _table(
    report: Report, long: pl.DataFrame, every: list[str], changed: set[str], unit: Unit
) -> Block:
    text = report.text
    lines = [line for line in every if line in changed]
    if not lines:
        return Block("")
    here = long.filter(pl.col("harm").is_in(lines))
    found = {(row["policy"], row["harm"]): row for row in here.to_dicts()}
    frame = comparison.matrix(lines, [text(f"harm.{each}") for each in lines], found)
    columns = [Column("name", text("column.harm"))] + [
        Column(f"{policy}.value", report.policy(policy), unit, interval=True, signed=True)
        for policy in report.run.compared
    ]
    caption = text(
        "reach-harms.caption",
        unit=text(f"unit.{unit}"),
        households=report.households,
        **report.whole,
    )
    name = f"reach-harms-{unit}"
    return table(text, name, frame, columns, caption, exported=here, note=report.interval_note)
