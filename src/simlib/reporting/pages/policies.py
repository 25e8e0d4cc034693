"""What each policy changes: take-up, crises, cost and waiting, as paired differences."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from simlib.reporting.blocks import Block, Finding, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.estimates import ENOUGH_RUNS, Estimate, paired, pick, ratio, summarise
from simlib.reporting.figures.dots import MAX_SERIES, Dots, dot_plot
from simlib.reporting.figures.framed import framed
from simlib.reporting.figures.lines import Line, line_plot
from simlib.reporting.layered import HIGH_ALL, LOW_ALL, with_layers, with_times_first
from simlib.reporting.numbers import Unit
from simlib.reporting.pages import comparison
from simlib.reporting.pages.words import BEYOND, LUCK_ONLY, holds_zero, layer_names, rest_of, worded
from simlib.reporting.run_data import RunData
from simlib.reporting.tables import SUPPRESS_BELOW, Column, table

Row = Mapping[str, Any]

_PAGE = "policies.html"
_MESSAGES = {
    "clear": "finding.{}",
    "likely": "finding.{}",
    "identical": "finding.{}.same",
    "few": "finding.{}.few",
}


def intro(report: Report) -> Block:
    """Say what is compared with what."""
    text = report.text
    words = text("policies.intro", baseline=report.policy(report.run.baseline))
    if len(report.run.policies) == 1:
        return paragraph(text("policies.alone"), "lead")
    section = heading(text("policies-gain.section"), "gain")
    return join([paragraph(words, "lead"), *_refused(report), section])


def _refused(report: Report) -> list[Block]:
    """Name the policies that could not be compared household by household, with the reason."""
    by_reason: dict[str, list[str]] = {}
    for policy, why in report.run.refused.items():
        by_reason.setdefault(why, []).append(report.policy(policy))
    text = report.text
    return [
        paragraph(text("policies.refused", policies=text.join(names), why=why), "warning")
        for why, names in by_reason.items()
    ]


def _difference_figure(
    report: Report,
    figure_id: str,
    frame: pl.DataFrame,
    unit: Unit,
    headline: str,
    *,
    findings: tuple[Finding, ...] = (),
    signed: bool = True,
) -> Block:
    """Draw one estimate for each policy; ``<figure_id>.subtitle`` and axis words must exist."""
    text = report.text
    rows = frame.to_dicts()
    names = [report.policy(row["policy"]) for row in rows]
    labels = []
    for row in rows:
        value, _, _ = worded(report, row, unit, signed=signed)
        labels.append(text("cell.identical") if row["identical"] else str(value))
    figure = dot_plot(
        names,
        _series(report, rows, labels),
        text(f"{figure_id}.axis"),
        report.tick(unit, signed=signed),
        zero=True,
    )
    pairs = [f"{name} {label}" for name, label in zip(names, labels, strict=True)]
    return framed(
        text,
        figure_id,
        figure,
        headline=headline,
        subtitle=text(
            f"{figure_id}.subtitle",
            households=report.households,
            baseline=report.policy(report.run.baseline),
            first=report.year["first"] if unit == "pp" else report.whole["first"],
            last=report.year["last"],
        ),
        alt=text("alt.dots", rows=text.join(pairs)),
        note=_interval_note(report, frame),
        numbers=frame,
        findings=findings,
    )


def _series(report: Report, rows: Sequence[Row], labels: Sequence[str]) -> list[Dots]:
    """Draw the interval over luck, and apart from it that over all layers where there is one."""
    text = report.text
    value, low, high, least, most = (
        [row.get(each) for row in rows] for each in ("value", "low", "high", LOW_ALL, HIGH_ALL)
    )
    if not any(each is not None for each in least):
        return [Dots(text("series.model"), value, low, high, labels)]
    luck = Dots(text("series.luck"), value, low, high)
    return [luck, Dots(text("series.all_layers"), value, least, most, labels)]


def _interval_note(report: Report, frame: pl.DataFrame) -> str:
    """Say what the intervals of a figure cover."""
    if LOW_ALL not in frame.columns or frame[LOW_ALL].null_count() == frame.height:
        return report.interval_note
    replicates = report.number(report.run.replicates, "count")
    about = {"run": report.run.run_id, "layers": layer_names(report)}
    return report.text("note.interval.layers", replicates=replicates, **about)


def _headline(
    report: Report, message: str, row: Row | None, unit: Unit, *, signed: bool = True
) -> str:
    """Word the finding about the leading policy, or say that none stands out."""
    if row is None or not Estimate.of(row).beyond_chance:
        return _nothing(report, message)
    value, interval, _ = worded(report, row, unit, signed=signed)
    name = report.policy(str(row["policy"]))
    return report.text(f"{message}.headline", policy=name, value=value, interval=interval)


def _nothing(report: Report, message: str) -> str:
    """Say that nothing stands out, or that there are too few replicates to tell."""
    replicates = report.number(report.run.replicates, "count")
    few = report.run.replicates < ENOUGH_RUNS
    return report.text(f"{message}.{'few' if few else 'none'}", replicates=replicates)


def _finding(
    report: Report, name: str, rank: int, csv: str, row: Row, unit: Unit,
    *, signed: bool = True,
) -> Finding:  # fmt: skip
    value, interval, numbers = worded(report, row, unit, signed=signed)
    sure = Estimate.of(row).confidence
    words = {"policy": report.policy(str(row["policy"])), "value": value, "interval": interval}
    message = _MESSAGES.get(sure, "finding.{}.none").format(name)
    more, counts = _elsewhere(report, row) if message == f"finding.{name}" else ("", ())
    if sure in BEYOND and holds_zero(row):
        sure = LUCK_ONLY
    slots = words | report.year | {
        "baseline": report.policy(report.run.baseline),
        "replicates": report.number(report.run.replicates, "count"),
    }  # fmt: skip
    sentence = report.text(message, **slots) + more
    shown = numbers + counts if str(value) in sentence else ()
    return Finding(name, rank, sentence, sure, f"{_PAGE}#{csv}", csv, shown, value.step)


def _elsewhere(report: Report, row: Row) -> tuple[str, tuple[float, ...]]:
    """Add what other worlds say of a leading policy: whether it leads, and does anything."""
    text, words, counts = report.text, [], []
    if holds_zero(row):
        words.append(text("finding.luck_only"))
    if row.get("worlds_n"):
        counts = [report.number(row[name], "count") for name in ("first_n", "worlds_n")]
        words.append(text("finding.first", first=counts[0], worlds=counts[1]))
    return "".join(f" {each}" for each in words), tuple(each.value for each in counts)


def _leader(frame: pl.DataFrame, *, least: bool = False) -> Row | None:
    if frame.is_empty():
        return None
    return frame.sort("value", descending=not least).row(0, named=True)


@comparison.needs_two
def take_up(report: Report) -> Block:
    """Show how much each policy raises take-up."""
    run = report.run
    frame = comparison.per_policy(run, comparison.take_up_gain(run))
    frame = with_layers(run, frame, comparison.take_up_gain)
    frame = with_times_first(run, frame, comparison.take_up_gain)
    top = _leader(frame)
    findings: tuple[Finding, ...] = ()
    if top is not None:
        findings = (_finding(report, "take_up", 2, "policies-take-up", top, "pp"),)
    headline = _headline(report, "policies-take-up", top, "pp")
    return _difference_figure(report, "policies-take-up", frame, "pp", headline, findings=findings)


@comparison.needs_two
def take_up_by_month(report: Report) -> Block:
    """Show when the gains come, for the four policies that gain most in the end."""
    text, run = report.text, report.run
    monthly = run.results.filter((pl.col("item") == "all") & (pl.col("stratum") == "all"))
    above, below = (
        monthly.filter(pl.col("measure") == name).select("policy", "run", "month", "value")
        for name in ("receiving_n", "entitled_n")
    )
    rates = above.join(below, on=["policy", "run", "month"], suffix="_below").filter(
        pl.col("value_below") > 0
    )
    rates = rates.with_columns(value=pl.col("value") / pl.col("value_below"))
    keys = ["policy", "month"]
    frame = summarise(paired(rates, run.baseline, ["month"]), keys).sort(keys)
    last = frame.filter(pl.col("month") == frame["month"].max()).sort("value", descending=True)
    shown = [name for name in run.policies if name in last["policy"].head(MAX_SERIES).to_list()]
    lines, months = [], sorted(frame["month"].unique().to_list())
    for name in shown:
        part = frame.filter(pl.col("policy") == name)
        low, high = part["low"].to_list(), part["high"].to_list()
        lines.append(Line(report.policy(name), part["value"].to_list(), low, high))
    figure = line_plot(
        months,
        lines,
        lambda month: _short_month(round(month)),
        report.tick("pp", signed=True),
        text("axis.month"),
        zero=True,
    )
    ends = [f"{line.name} {report.number(line.values[-1], 'pp', signed=True)}" for line in lines]
    leader = last.row(0, named=True)
    headline = _nothing(report, "policies-months")
    if Estimate.of(leader).beyond_chance and leader["value"] > 0:
        half = _month_of_half(frame.filter(pl.col("policy") == leader["policy"]))
        headline = text(
            "policies-months.headline",
            policy=report.policy(leader["policy"]),
            months=report.number(half - months[0] + 1, "count"),
        )
    return framed(
        text,
        "policies-months",
        figure,
        headline=headline,
        subtitle=text("policies-months.subtitle", households=report.households, **report.whole),
        alt=text("alt.lines", rows=text.join(ends)),
        note=report.interval_note,
        numbers=frame,
    )


def _short_month(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def _month_of_half(part: pl.DataFrame) -> int:
    """Find the first month in which half of the final gain is reached."""
    end = part["value"][-1]
    reached = part.filter(pl.col("value") >= end / 2) if end > 0 else part.tail(1)
    return int(reached["month"][0])


@comparison.needs_two
def crises(report: Report) -> Block:
    """Show how many crises each policy averts."""
    run = report.run
    frame = with_layers(run, comparison.per_policy(run, _averted(run)), _averted)
    frame = with_times_first(run, frame, _averted)
    top = _leader(frame)
    if top is not None and frame["identical"].all():
        same = paragraph(report.text("policies-crises.same"))
        made = _finding(report, "crises", 3, "policies-crises", top, "count", signed=False)
        return Block(
            f'<div id="policies-crises">{same.html}</div>', {"policies-crises": frame}, (made,)
        )
    findings: tuple[Finding, ...] = ()
    if top is not None:
        made = _finding(report, "crises", 3, "policies-crises", top, "count", signed=False)
        findings = (made,)
    headline = _headline(report, "policies-crises", top, "count", signed=False)
    return _difference_figure(
        report, "policies-crises", frame, "count", headline, findings=findings, signed=False
    )


def _averted(run: RunData) -> pl.DataFrame:
    fewer = 0 - pl.col("value")
    return comparison.total_gain(run, "crisis_new_n").with_columns(value=fewer)


@comparison.needs_two
def cost(report: Report) -> Block:
    """Show what an additional household-month of a benefit costs to bring about."""
    run, there = report.run, comparison.cost_of_worlds
    frame = comparison.per_policy(run, comparison.cost_per_month(run))
    frame = with_layers(run, frame, comparison.cost_per_month, there=there)
    frame = with_times_first(run, frame, there, least=True)
    least = _leader(frame, least=True)
    section = heading(report.text("policies-cost.section"), "cost")
    if least is None:
        return join([section, paragraph(_nothing(report, "policies-cost"))])
    # A policy that saves money has no cost: the sentence says what it saves.
    saves = float(str(least["value"])) < 0
    message, told = ("saving", rest_of(0, least)) if saves else ("cost", least)
    findings = (_finding(report, message, 4, "policies-cost", told, "krw", signed=False),)
    headline = _headline(report, f"policies-{message}", told, "krw", signed=False)
    block = _difference_figure(
        report, "policies-cost", frame, "krw", headline, findings=findings, signed=False
    )
    return join([section, block])


_UNITS: dict[str, Unit] = {
    "take_up": "pp",
    "paid_krw": "krw",
    "crisis_new_n": "count",
    "wait_days": "days",
    "hours_outreach": "hours",
    "hours_decisions": "hours",
    "delivery_krw": "krw",
}


@comparison.needs_two
def overview_table(report: Report) -> Block:
    """List the headline differences: for each measure, the baseline and every policy."""
    text = report.text
    long = comparison.overview(report.run)
    blocks = []
    for measure, unit in _UNITS.items():
        part = long.filter(pl.col("measure") == measure)
        names = pl.Series([report.policy(each) for each in part["policy"]], dtype=pl.String)
        last = measure == "delivery_krw"
        level = "share" if unit == "pp" else unit
        frame = part.with_columns(
            name=names,
            policy_level=pl.col("baseline") + pl.col("value"),
            level_error=pl.col("mc_error").max(),  # levels of a table are rounded alike
        )
        columns = [
            Column("name", text("column.policy")),
            Column("baseline", text("column.baseline"), level, error="level_error"),
            Column("policy_level", text("column.with_policy"), level, error="level_error"),
            Column("value", text("column.difference"), unit, interval=True, signed=True),
        ]
        span = report.year if measure == "take_up" else report.whole
        caption = text(
            "policies-overview.caption",
            measure=text(f"measure.{measure}"),
            households=report.households,
            **span,
        )
        blocks.append(
            table(
                text, f"policies-table-{measure.replace('_', '-')}", frame, columns, caption,
                exported=part, note=report.interval_note if last else "",
            )
        )  # fmt: skip
    return join([heading(text("policies-overview.section"), "overview"), *blocks])


@comparison.needs_two
def programme_gains(report: Report) -> Block:
    """List the change in take-up of every programme under every policy."""
    text, run = report.text, report.run
    window = run.year_mean.filter(pl.col("item") != "all")
    rates = ratio(
        pick(window, "receiving_n", item=None), pick(window, "entitled_n", item=None)
    ).select("policy", "run", "item", "value")
    long = summarise(paired(rates, run.baseline, ["item"]), ["policy", "item"])
    entitled = (
        pick(window, "entitled_n", item=None)
        .filter(pl.col("policy") == run.baseline)
        .group_by("item")
        .agg(entitled_n=pl.col("value").mean())
    )
    large_first = long.join(entitled, on="item").sort(
        "entitled_n", "item", descending=[True, False]
    )
    long = comparison.ordered(run, large_first)
    shown = long.filter(pl.col("entitled_n") >= SUPPRESS_BELOW)
    policies = [name for name in run.policies if name != run.baseline]
    rows = []
    for item in shown["item"].unique(maintain_order=True):
        row: dict[str, object] = {"name": report.programme(item)}
        for policy in policies:
            cell = shown.filter((pl.col("item") == item) & (pl.col("policy") == policy))
            for key in ("value", "mc_error", "low", "high"):
                row[f"{policy}.{key}"] = cell[key][0] if cell.height else None
        rows.append(row)
    columns = [Column("name", text("column.programme"))] + [
        Column(f"{policy}.value", report.policy(policy), "pp", interval=True, signed=True)
        for policy in policies
    ]
    caption = text("policies-programmes.caption", households=report.households, **report.year)
    return table(
        text, "policies-programmes", pl.DataFrame(rows, infer_schema_length=None), columns, caption,
        exported=long, note=report.interval_note,
    )  # fmt: skip
