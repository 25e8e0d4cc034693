"""At which stage of the funnel the missed stand, under every policy; and what pairing is worth."""

import polars as pl

from simlib.experiments.whole_comparison import HEADLINES
from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.estimates import ENOUGH_RUNS, Estimate
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.pages import comparison
from simlib.reporting.pages.uptake import STAGES
from simlib.reporting.tables import Column, table

SHOWN = 3
"""Policies in the figure; the table has them all."""


def _stages(report: Report) -> pl.DataFrame:
    """Join the stages of all policies, over all households."""
    parts = [
        comparison.as_estimates(each.stages, each.comparison.replicates_n)
        for each in report.run.compared.values()
    ]
    whole = pl.concat(parts).filter(pl.col("stratum") == "all")
    return whole.with_columns(pl.col("stage").cast(pl.String)).drop("difference")


@comparison.needs_two
def changes(report: Report) -> Block:
    """Show from which stage to which the policies move the entitled."""
    text, compared = report.text, report.run.compared
    if not compared:
        return Block("")
    frame = _stages(report)
    by = {(row["policy"], row["stage"]): row for row in frame.to_dicts()}
    gain = {policy: by[policy, "receiving"]["value"] for policy in compared}
    largest = sorted(compared, key=lambda policy: -abs(gain[policy]))[:SHOWN]
    shown = [policy for policy in compared if policy in largest]
    series = [
        Dots(
            report.policy(policy),
            [by[policy, stage]["value"] for stage in STAGES],
            [by[policy, stage]["low"] for stage in STAGES],
            [by[policy, stage]["high"] for stage in STAGES],
        )
        for policy in shown
    ]
    names = [text(f"stage.{stage}") for stage in STAGES]
    figure = dot_plot(
        names, series, text("axis.stage_change"), report.tick("pp", signed=True), zero=True
    )
    best = max(compared, key=lambda policy: gain[policy])
    from_ = min(STAGES[1:], key=lambda stage: by[best, stage]["value"])
    emptied = by[best, from_]
    slots = {
        "policy": report.policy(best),
        "stage": text(f"stage.{from_}"),
        "value": report.number(emptied["value"], "pp", emptied["mc_error"]),
    }
    kind = "headline" if Estimate.of(emptied).beyond_chance else "none"
    pairs = [
        f"{report.policy(policy)} {text(f'stage.{stage}')} "
        f"{report.number(by[policy, stage]['value'], 'pp', signed=True)}"
        for policy in shown
        for stage in STAGES
    ]
    return framed(
        text,
        "reach-stage-changes",
        figure,
        headline=text(f"reach-stage-changes.{kind}", **slots),
        subtitle=text("reach-stage-changes.subtitle", households=report.households, **report.year),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=report.interval_note,
        numbers=frame,
    )


@comparison.needs_two
def stage_table(report: Report) -> Block:
    """List the share of the entitled at each stage, under the baseline and every policy."""
    text, compared = report.text, report.run.compared
    if not compared:
        return Block("")
    long = _stages(report)
    rows = []
    first = next(iter(compared))
    for policy in (report.run.baseline, *compared):
        column = "policy_share" if policy in compared else "baseline"
        part = long.filter(pl.col("policy") == (policy if policy in compared else first))
        shares = dict(part.select("stage", column).iter_rows())
        errors = dict(part.select("stage", "mc_error").iter_rows())
        row: dict[str, object] = {"name": report.policy(policy)}
        for stage in STAGES:
            row |= {f"{stage}.value": shares[stage], f"{stage}.mc_error": errors[stage]}
        rows.append(row)
    columns = [Column("name", text("column.policy"))] + [
        Column(f"{stage}.value", text(f"stage.{stage}"), "share") for stage in STAGES
    ]
    caption = text("reach-stage-table.caption", households=report.households, **report.year)
    return table(
        text, "reach-stage-table", pl.DataFrame(rows, infer_schema_length=None), columns, caption,
        exported=long, note=report.level_note,
    )  # fmt: skip


@comparison.needs_two
def pairing(report: Report) -> Block:
    """List how much more the differences would vary with independent seeds."""
    text, compared = report.text, report.run.compared
    if not compared:
        return Block("")
    long = pl.concat(
        [
            each.headlines("all").select(
                pl.lit(policy).alias("policy"), "measure", "same_sign_share", "variance_ratio"
            )
            for policy, each in compared.items()
        ]
    )
    varies = long.filter(pl.col("variance_ratio").is_not_null())
    shown = [each for each in HEADLINES if each in set(varies["measure"])]
    section = heading(text("pairing.section"), "pairing", 3)
    if report.run.replicates < ENOUGH_RUNS:
        return join([section, paragraph(text("pairing.few"))])
    if not shown:
        return join([section, paragraph(text("pairing.none"))])
    found = {
        (row["policy"], row["measure"]): {"value": row["variance_ratio"]} for row in long.to_dicts()
    }
    frame = comparison.matrix(shown, [text(f"measure.{each}") for each in shown], found)
    columns = [Column("name", text("column.measure"))] + [
        Column(f"{policy}.value", report.policy(policy), "times") for policy in compared
    ]
    caption = text(
        "pairing.caption",
        households=report.households,
        replicates=report.number(report.run.replicates, "count"),
    )
    made = table(
        text, "policies-pairing", frame, columns, caption, exported=long, note=text("pairing.note")
    )
    return join([section, paragraph(text("pairing.intro")), made])
