"""Take-up at baseline: who is missed, in which programme, and at which stage."""

from functools import partial
from typing import Any

import polars as pl

from simlib.reporting.blocks import Block, Finding, heading, join, paragraph
from simlib.reporting.context import Report, group_place, was_published
from simlib.reporting.estimates import pick, ratio, summarise
from simlib.reporting.figures.bars import bar_plot
from simlib.reporting.figures.dots import Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.layered import HIGH_ALL, LOW_ALL, with_layers
from simlib.reporting.pages.rates import has_fixed_rates
from simlib.reporting.pages.words import rest_of, worded
from simlib.reporting.run_data import RunData
from simlib.reporting.tables import Column, suppress, table

STAGES = (
    "receiving",
    "pending",
    "applying",
    "aware",
    "unaware",
    "suspended",
    "lapsed",
    "denied",
)
"""Where an entitled household can stand in a programme, from success to loss."""

_MONTHS_A_YEAR = 12


def intro(report: Report) -> Block:
    """Say what the page shows."""
    text = report.text
    return join(
        [
            paragraph(text("uptake.intro", policy=report.policy(report.run.baseline)), "lead"),
            heading(text("uptake.funnel.section"), "funnel"),
        ]
    )


def stage_shares(report: Report, policy: str) -> pl.DataFrame:
    """Share of entitled household-programmes in each stage, last-year mean under a policy.

    Returns
    -------
    DataFrame
        policy, stage, and the columns of :func:`summarise` and
        :func:`~simlib.reporting.layered.with_layers`; values add to 1.
    """
    keys, values = ["policy", "stage"], partial(_in_stages, policy)
    shares = summarise(values(report.run), keys, share=True)
    return with_layers(report.run, shares, values, keys, share=True)


def _in_stages(policy: str, run: RunData) -> pl.DataFrame:
    """Give the share in each stage run by run."""
    window = run.year_mean.filter(pl.col("policy") == policy)
    below = pick(window, "entitled_n")
    return pl.concat(
        ratio(pick(window, f"{stage}_n"), below).with_columns(stage=pl.lit(stage))
        for stage in STAGES
    )


def funnel(report: Report) -> Block:
    """Show where the benefits that households are entitled to get stuck."""
    text, run = report.text, report.run
    shares = stage_shares(report, run.baseline)
    rows = {row["stage"]: row for row in shares.iter_rows(named=True)}
    stages = [stage for stage in STAGES if stage in rows]
    lost = [stage for stage in stages if stage != "receiving"]
    worst = max(lost, key=lambda stage: float(rows[stage]["value"]))
    missed = 1 - rows["receiving"]["value"]
    error = rows["receiving"]["mc_error"]
    words = {
        "missed": report.number(missed, "share", error),
        "stage": text(f"stage.{worst}"),
        "share": report.number(rows[worst]["value"], "share", rows[worst]["mc_error"]),
    }
    labels = [str(report.number(rows[s]["value"], "share", rows[s]["mc_error"])) for s in stages]
    figure = bar_plot(
        [text(f"stage.{stage}") for stage in stages],
        [rows[stage]["value"] for stage in stages],
        labels,
        text("axis.share_entitled"),
        report.tick("share"),
        marked=stages.index(worst),
    )
    pairs = [f"{text(f'stage.{s}')} {label}" for s, label in zip(stages, labels, strict=True)]
    kind = "fixed" if has_fixed_rates(report) else "headline"
    return framed(
        text,
        "uptake-funnel",
        figure,
        headline=text(f"uptake.funnel.{kind}", **words),
        subtitle=text("uptake.funnel.subtitle", households=report.households, **report.year),
        alt=text("alt.bars", rows=text.join(pairs)),
        note=report.level_note,
        numbers=shares,
        findings=(_missed_finding(report, rows["receiving"]),),
    )


def _missed_finding(report: Report, receiving: dict[str, Any]) -> Finding:
    missed = rest_of(1, receiving)
    value, interval, numbers = worded(report, missed, "share", signed=False)
    sentence = report.text("finding.missed", value=value, interval=interval, **report.year)
    return Finding(
        "missed", 1, sentence, "level", "uptake.html#uptake-funnel", "uptake-funnel", numbers,
        value.step,
    )  # fmt: skip


def programme_rates(report: Report) -> pl.DataFrame:
    """Take-up of every programme beside the published or assumed rate, lowest first.

    Returns
    -------
    DataFrame
        programme, entitled_n (households a month), the columns of :func:`summarise` for
        take-up, unclaimed_krw_y (null where a claim alone brings nothing), published,
        evidence, source, suppressed.
    """
    run = report.run
    window = run.year_mean.filter((pl.col("policy") == run.baseline) & (pl.col("item") != "all"))
    entitled = pick(window, "entitled_n", item=None)
    received = ratio(pick(window, "receiving_n", item=None), entitled)
    rates = summarise(received, ["item"], share=True)
    unclaimed = pick(window, "unclaimed_krw", item=None).group_by("item")
    frame = (
        rates.join(entitled.group_by("item").agg(entitled_n=pl.col("value").mean()), on="item")
        .join(unclaimed.agg(unclaimed_krw_y=pl.col("value").mean() * _MONTHS_A_YEAR), on="item")
        .rename({"item": "programme"})
    )
    known = [
        {"programme": name, "sure": entry.get("granted") in (None, "right"),
         **_known_rate(entry.get("take_up"))}
        for name, entry in report.programmes.items()
    ]  # fmt: skip
    schema = {"programme": pl.String, "sure": pl.Boolean, "published": pl.Float64}
    schema |= {"evidence": pl.String, "source": pl.String}
    joined = frame.join(pl.DataFrame(known, schema=schema), on="programme", how="left")
    # Nothing goes unclaimed where a claim alone brings nothing.
    sure = pl.when(pl.col("sure").fill_null(value=True)).then(pl.col("unclaimed_krw_y"))
    joined = joined.with_columns(unclaimed_krw_y=sure).drop("sure")
    hidden = ["value", "low", "high", "mc_error", "unclaimed_krw_y"]
    return suppress(joined, "entitled_n", hidden).sort("value", "programme", nulls_last=True)


def _known_rate(take_up: dict[str, object] | None) -> dict[str, object]:
    given = take_up or {}
    return {
        "published": given.get("value"),
        "evidence": given.get("evidence"),
        "source": given.get("source"),
    }


def programmes(report: Report) -> Block:
    """Show take-up by programme beside what is published or assumed about it."""
    text = report.text
    every = programme_rates(report)
    frame = every.filter(pl.col("value").is_not_null())
    rows = frame.to_dicts()
    names = [report.programme(row["programme"]) for row in rows]
    model = Dots(
        text("series.model"),
        [row["value"] for row in rows],
        [row["low"] for row in rows],
        [row["high"] for row in rows],
    )
    series = [model]
    for key, known in (("published", True), ("assumed", False)):
        values = [
            row["published"] if was_published(row["evidence"], row["source"]) is known else None
            for row in rows
        ]
        if any(value is not None for value in values):
            series.append(Dots(text(f"series.{key}"), values, hollow=True))
    figure = dot_plot(
        names, series, text("axis.take_up"), report.tick("share")
    )  # fmt: skip
    lowest = rows[0]
    value = report.number(lowest["value"], "share", lowest["mc_error"])
    shown = [
        f"{name} {report.number(row['value'], 'share', row['mc_error'])}"
        for name, row in zip(names, rows, strict=True)
    ]
    block = framed(
        text,
        "uptake-programmes",
        figure,
        headline=text("uptake.programmes.headline", programme=names[0], value=value),
        subtitle=text("uptake.programmes.subtitle", households=report.households, **report.year),
        alt=text("alt.dots", rows=text.join(shown)),
        note=f"{text('uptake.programmes.note')} {report.interval_note}",
        numbers=every,
    )
    return join([heading(text("uptake.programmes.section"), "programmes"), block])


def programme_table(report: Report) -> Block:
    """List every programme with its numbers and the grade of the rate beside it."""
    text = report.text
    frame = programme_rates(report)
    worded = frame.with_columns(
        name=pl.Series([report.programme(each) for each in frame["programme"]], dtype=pl.String),
        grade=pl.Series(
            [text(f"evidence.{each}") if each else "" for each in frame["evidence"]],
            dtype=pl.String,
        ),
    )
    columns = [
        Column("name", text("column.programme")),
        Column("entitled_n", text("column.entitled_n"), "count"),
        Column("value", text("column.take_up"), "share", interval=True),
        Column("published", text("column.known_rate"), "share"),
        Column("grade", text("column.evidence")),
        Column("source", text("column.source"), cites=True),
        Column("unclaimed_krw_y", text("column.unclaimed"), "krw"),
    ]
    caption = text("uptake.table.caption", households=report.households, **report.year)
    note = f"{text('uptake.table.note')} {report.interval_note}"
    return table(text, "uptake-table", worded, columns, caption, exported=frame, note=note)


def missed_by_group(report: Report, policy: str) -> pl.DataFrame:
    """Share of entitled households that receive nothing, by group, last-year mean.

    Returns
    -------
    DataFrame
        policy, stratum, group, entitled_households_n, suppressed and the columns of
        :func:`summarise` and :func:`~simlib.reporting.layered.with_layers`, in the order of the
        scenario's strata.
    """
    keys, values = ["policy", "stratum", "group"], partial(_receiving_nothing, policy)
    shares = summarise(values(report.run), keys, share=True)
    shares = with_layers(report.run, shares, values, keys, share=True)
    households = (
        _entitled(policy, report.run)
        .group_by(keys)
        .agg(entitled_households_n=pl.col("value").mean())
    )
    frame = shares.join(households, on=keys)
    wanted = list(report.run.scenario.get("report", {}).get("strata", [])) or sorted(
        set(frame["stratum"]) - {"all", "region"}
    )
    frame = frame.filter(pl.col("stratum").is_in(wanted))
    place = pl.col("stratum").replace_strict(
        {name: number for number, name in enumerate(wanted)}, return_dtype=pl.Int32
    )
    within = pl.Series(
        [group_place(*key) for key in frame.select("stratum", "group").rows()], dtype=pl.Int32
    )
    ordered = frame.sort(place, within, pl.col("group"))
    hidden = ["value", "low", "high", "mc_error", *(set(frame.columns) & {LOW_ALL, HIGH_ALL})]
    return suppress(ordered, "entitled_households_n", hidden)


def _entitled(policy: str, run: RunData) -> pl.DataFrame:
    window = run.year_mean.filter(pl.col("policy") == policy)
    return pick(window, "entitled_households_n", stratum=None)


def _receiving_nothing(policy: str, run: RunData) -> pl.DataFrame:
    """Give the share of entitled households without any benefit, by group and run by run."""
    window = run.year_mean.filter(pl.col("policy") == policy)
    missed = pick(window, "missed_households_n", stratum=None)
    return ratio(missed, _entitled(policy, run))


def groups(report: Report) -> Block:
    """Show which households are missed altogether."""
    text = report.text
    every = missed_by_group(report, report.run.baseline)
    rows = every.filter(pl.col("value").is_not_null()).to_dicts()
    names = [report.group(row["stratum"], row["group"]) for row in rows]
    labels = [str(report.number(row["value"], "share", row["mc_error"])) for row in rows]
    dots = Dots(
        text("series.model"),
        [row["value"] for row in rows],
        [row["low"] for row in rows],
        [row["high"] for row in rows],
        labels,
    )
    figure = dot_plot(names, [dots], text("axis.missed"), report.tick("share"))
    order = sorted(range(len(rows)), key=lambda number: rows[number]["value"])
    most, least = order[-1], order[0]
    block = framed(
        text,
        "uptake-groups",
        figure,
        headline=text(
            "uptake.groups.headline",
            most=names[most],
            least=names[least],
            high=labels[most],
            low=labels[least],
        ),
        subtitle=text("uptake.groups.subtitle", households=report.households, **report.year),
        alt=text(
            "alt.dots", rows=text.join([f"{n} {x}" for n, x in zip(names, labels, strict=True)])
        ),
        note=report.interval_note,
        numbers=every,
    )
    return join([heading(text("uptake.groups.section"), "groups"), block])
