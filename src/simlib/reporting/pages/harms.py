"""The harm that comes with outreach: false alarms, fatigue, crowding, and those who lose."""

import polars as pl

from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.estimates import paired, pick, summarise
from simlib.reporting.pages import comparison
from simlib.reporting.run_data import RunData
from simlib.reporting.tables import Column, table

HARMS = ("false_alarms", "opted_out_n", "queue_n", "refused_n", "documents_n", "travel_n")
"""Rows of the ledger; all are counts, more is worse."""

_LISTING = "detection"


@comparison.needs_two
def ledger(report: Report) -> Block:
    """List false alarms, fatigue and crowding beside the gains."""
    text, run = report.text, report.run
    parts = []
    for harm in HARMS:
        rows = _all_policies(run, _rows(run, harm))
        difference = summarise(paired(rows, run.baseline, []), ["policy"])
        parts.append(difference.with_columns(harm=pl.lit(harm)))
    long = comparison.ordered(run, pl.concat(parts))
    policies = [name for name in run.policies if name != run.baseline]
    frame = _matrix(report, long, policies)
    columns = [Column("name", text("column.harm"))] + [
        Column(f"{policy}.value", report.policy(policy), "count", signed=True)
        for policy in policies
    ]
    caption = text("reach-harms.caption", households=report.households, **report.whole)
    made = table(
        text, "reach-harms", frame, columns, caption, exported=long, note=report.interval_note
    )
    return join([heading(text("reach-harms.section"), "harms"), made])


def _rows(run: RunData, harm: str) -> pl.DataFrame:
    """Give policy, run and value of one harm."""
    if harm == "false_alarms":
        chosen, rightly = (
            _summed(run, name, _LISTING) for name in ("selected_n", "selected_in_need_n")
        )
        both = chosen.join(rightly, on=["policy", "run"], suffix="_need", how="left")
        return both.select(
            "policy", "run", value=pl.col("value") - pl.col("value_need").fill_null(0)
        )
    if harm == "opted_out_n":
        return _summed(run, harm, None)
    source = run.year_mean if harm == "queue_n" else run.total
    return pick(source, harm).select("policy", "run", "value")


def _summed(run: RunData, measure: str, item: str | None) -> pl.DataFrame:
    """Sum a measure over instruments, or take that of one."""
    rows = pick(run.total, measure, item=item)
    return rows.group_by("policy", "run", maintain_order=True).agg(pl.col("value").sum())


def _all_policies(run: RunData, rows: pl.DataFrame) -> pl.DataFrame:
    """Fill in zero where a policy has no rows: a policy without contacts annoys nobody."""
    every = run.results.select("policy", "run").unique()
    return every.join(rows, on=["policy", "run"], how="left").with_columns(
        pl.col("value").fill_null(0)
    )


def _matrix(report: Report, long: pl.DataFrame, policies: list[str]) -> pl.DataFrame:
    rows = []
    for each in long["harm"].unique(maintain_order=True).to_list():
        row: dict[str, object] = {"name": report.text(f"harm.{each}")}
        for policy in policies:
            cell = long.filter((pl.col("harm") == each) & (pl.col("policy") == policy))
            for name in ("value", "mc_error"):
                row[f"{policy}.{name}"] = cell[name][0] if cell.height else None
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


@comparison.needs_two
def winners_and_losers(report: Report) -> Block:
    """Count the households that receive more, and those that receive less, than without."""
    text, run = report.text, report.run
    every = run.household_summaries
    if every is None:
        return paragraph(text("reach-households.none"))
    slim = every.select("policy", "run", "household_id", value=pl.col("received_cell_months"))
    slim = slim.with_columns(pl.col("value").cast(pl.Int64))
    pairs = paired(slim, run.baseline, ["household_id"])
    counts = pairs.group_by("policy", "run").agg(
        gained_n=(pl.col("value") > 0).sum().cast(pl.Float64),
        lost_n=(pl.col("value") < 0).sum().cast(pl.Float64),
    )
    sides = [
        summarise(counts.select("policy", "run", value=name), ["policy"]).with_columns(
            side=pl.lit(name)
        )
        for name in ("gained_n", "lost_n")
    ]
    long = comparison.ordered(run, pl.concat(sides))
    gained, lost = (long.filter(pl.col("side") == name) for name in ("gained_n", "lost_n"))
    frame = gained.join(lost, on="policy", suffix="_lost", maintain_order="left").select(
        name=pl.Series([report.policy(each) for each in gained["policy"]], dtype=pl.String),
        **{f"gained.{key}": pl.col(key) for key in ("value", "low", "high", "mc_error")},
        **{f"lost.{key}": pl.col(f"{key}_lost") for key in ("value", "low", "high", "mc_error")},
    )
    columns = [
        Column("name", text("column.policy")),
        Column("gained.value", text("column.gained"), "count", interval=True),
        Column("lost.value", text("column.lost"), "count", interval=True),
    ]
    return table(
        text, "reach-households", frame, columns,
        text("reach-households.caption", households=report.households, **report.whole),
        exported=long, note=report.interval_note,
    )  # fmt: skip
