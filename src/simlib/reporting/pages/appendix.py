"""Limits, assumptions, checks, provenance, every parameter, and a glossary."""

from ast import literal_eval
from collections.abc import Mapping, Sequence
from html import escape

import polars as pl

from simlib.files import read_parquet
from simlib.parameters import in_words
from simlib.provenance import sources, split_sources
from simlib.reporting.blocks import Block, bullets, definition_list, heading, join, paragraph
from simlib.reporting.context import PUBLISHED, Report, was_published
from simlib.reporting.tables import SOURCE_ANCHOR, Column, table

_LIMITS = 5
_RUNGS = ("code", "population", "patterns", "experiments", "forecast")
_TERMS = (
    "take_up",
    "household_month",
    "missed",
    "not_applied",
    "crisis",
    "hardship",
    "delivery_cost",
    "household_programme",
    "precision",
    "recall",
    "lift",
    "paired",
    "interval",
    "mc_error",
    "replicate",
    "evidence",
)


def page(
    report: Report, checks: Sequence[str], provenance: Mapping[str, str], command: str
) -> Block:
    """Make the whole page.

    Parameters
    ----------
    report
        The open report.
    checks
        Names of the checks; the report is only kept when all of them pass.
    provenance
        Item -> value, such as run id, code version, seed and hashes.
    command
        What makes the report again.
    """
    return join(
        [
            limits(report),
            assumptions(report),
            checks_table(report, checks),
            ladder(report),
            provenance_table(report, provenance, command),
            failures(report),
            source_list(report),
            parameters(report),
            glossary(report),
        ]
    )


def limits(report: Report) -> Block:
    """List what the results cannot say."""
    text = report.text
    words = [text(f"limit.{number}") for number in range(1, _LIMITS)]
    words.append(text(f"limit.{_LIMITS}{'.layers' if report.run.elsewhere else ''}"))
    return join([heading(text("appendix.limits"), "limits"), bullets(words)])


def assumptions(report: Report) -> Block:
    """Count how much of each part of the model rests on assumption."""
    text = report.text
    read = report.run.parameters_read()
    title = heading(text("appendix.assumptions"), "assumptions")
    if read.is_empty():
        return join([title, paragraph(text("appendix.parameters.none"))])
    part = pl.col("path").str.split(".").list.first()
    counts = (
        read.group_by(part=part)
        .agg(
            assumed_n=(pl.col("evidence") == "assumption").sum(),
            expert_n=(pl.col("evidence") == "expert").sum(),
            sourced_n=pl.col("evidence").is_in(PUBLISHED).sum(),
        )
        .sort("assumed_n", "part", descending=[True, False])
    )
    names = [report.word("part", each) for each in counts["part"]]
    columns = [
        Column("name", text("column.part")),
        *(
            Column(key, text(f"column.{key}"), "count")
            for key in ("assumed_n", "expert_n", "sourced_n")
        ),
    ]
    made = table(
        text, "appendix-assumptions", counts.with_columns(name=pl.Series(names, dtype=pl.String)),
        columns, text("appendix.assumptions.caption"), exported=counts,
        note=text("appendix.assumptions.note", n=report.number(_second_hand(read), "count")),
    )  # fmt: skip
    return join([title, made])


def _second_hand(read: pl.DataFrame) -> int:
    """Count values that were published and are known here from a copy of a copy only."""
    return sum(was_published(*row) for row in read.filter(pl.col("evidence") == "expert")
               .select("evidence", "source").rows())  # fmt: skip


def checks_table(report: Report, checks: Sequence[str]) -> Block:
    """List the checks that the report passed."""
    text = report.text
    frame = pl.DataFrame(
        {
            "check": list(checks),
            "name": [text(f"check.{each}") for each in checks],
            "result": [text("check.passed")] * len(checks),
        }
    )
    columns = [Column("name", text("column.check")), Column("result", text("column.result"))]
    made = table(
        text, "appendix-checks", frame, columns, text("appendix.checks.caption"),
        exported=pl.DataFrame({"check": list(checks), "passed": [True] * len(checks)}),
    )  # fmt: skip
    return join([heading(text("appendix.checks"), "checks"), made])


def ladder(report: Report) -> Block:
    """Show how far the model was validated."""
    text = report.text
    frame = pl.DataFrame(
        {
            "name": [text(f"rung.{each}") for each in _RUNGS],
            "state": [text(f"rung.{each}.state") for each in _RUNGS],
        }
    )
    columns = [Column("name", text("column.rung")), Column("state", text("column.state"))]
    made = table(
        text, "appendix-ladder", frame, columns, text("appendix.ladder.caption"),
        exported=pl.DataFrame({"rung": list(_RUNGS)}),
    )  # fmt: skip
    return join([heading(text("appendix.ladder"), "ladder"), made])


def provenance_table(report: Report, provenance: Mapping[str, str], command: str) -> Block:
    """Say where the report comes from and how to make it again."""
    text = report.text
    frame = pl.DataFrame({"item": list(provenance), "value": list(provenance.values())})
    worded = frame.with_columns(
        item=pl.Series([report.word("provenance", each) for each in provenance], dtype=pl.String)
    )
    columns = [Column("item", text("column.what")), Column("value", text("column.value"))]
    made = table(
        text, "appendix-provenance", worded, columns, text("appendix.provenance.caption"),
        exported=frame,
    )  # fmt: skip
    return join(
        [
            heading(text("appendix.provenance"), "provenance"),
            paragraph(text("appendix.provenance.text")),
            Block(f"<pre>{escape(command)}</pre>"),
            made,
        ]
    )


def failures(report: Report) -> Block:
    """Say which runs failed."""
    text = report.text
    path = report.run.optional("failures.parquet")
    rows = 0 if path is None else read_parquet(path).height
    words = text("appendix.failures.none")
    if rows:
        words = text("appendix.failures.text", n=report.number(rows, "count"))
    return join([heading(text("appendix.failures"), "failures"), paragraph(words)])


def source_list(report: Report) -> Block:
    """Say what every source is that this report cites, and how far it can be trusted."""
    text = report.text
    used = _cited(report)
    frame = pl.DataFrame(
        [
            {**vars(each), "parameters_n": used[key]}
            for key, each in sorted(sources().items())
            if key in used
        ],
        schema=["source_id", "grade", "description", "locator", "parameters_n"],
    )
    grades = [text(f"source_grade.{each}") for each in frame["grade"]]
    columns = [
        Column("source_id", text("column.source")),
        Column("kind", text("column.source_grade")),
        Column("description", text("column.description")),
        Column("locator", text("column.locator")),
        Column("parameters_n", text("column.parameters_n"), "count"),
    ]
    made = table(
        text, "appendix-sources", frame.with_columns(kind=pl.Series(grades, dtype=pl.String)),
        columns, text("appendix.sources.caption", n=report.number(frame.height, "count")),
        exported=frame, note=text("appendix.sources.note"), anchors=SOURCE_ANCHOR,
    )  # fmt: skip
    small = Block(f'<div class="listing">{made.html}</div>', made.tables)
    return join([heading(text("appendix.sources"), "sources"), small])


def _cited(report: Report) -> dict[str, int]:
    """Count by source the parameters read; 0 for sources that only the tables cite."""
    run = report.run
    cited = [entry["take_up"].get("source", "") for entry in report.programmes.values()
             if entry.get("take_up")]  # fmt: skip
    cited += [
        str(file.get("source", "")) for file in run.manifest.get("programme_files", {}).values()
    ]
    for place in (("population", "fit.csv"), ("population", "relations.csv"), ("caseloads.csv",)):
        path = run.optional(*place)
        if path is not None:
            cited += pl.read_csv(path, infer_schema_length=None)["source"].drop_nulls().to_list()
    used = {each: 0 for given in cited for each in split_sources(given)}
    for given in run.parameters_read()["source"]:
        for each in split_sources(given):
            used[each] = used.get(each, 0) + 1
    return used


def parameters(report: Report) -> Block:
    """List every parameter that the run read, worst evidence first."""
    text = report.text
    read = report.run.parameters_read()
    title = heading(text("appendix.parameters"), "parameters")
    if read.is_empty():
        return join([title, paragraph(text("appendix.parameters.none"))])
    worded = read.with_columns(
        pl.col("since").replace("", text("appendix.always")),
        pl.col("origin").replace("default", text("appendix.default")),
        unit=pl.Series([report.unit(each) for each in read["unit"]], dtype=pl.String),
        value=pl.Series([readable_value(each) for each in read["value"]], dtype=pl.String),
        evidence=pl.Series([text(f"evidence.{each}") for each in read["evidence"]]),
    )
    columns = [
        Column("path", text("column.path")),
        Column("since", text("column.value_from")),
        Column("value", text("column.value")),
        Column("unit", text("column.unit")),
        Column("source", text("column.source"), cites=True),
        Column("evidence", text("column.evidence")),
        Column("origin", text("column.origin")),
    ]
    if text.lang == "en":  # notes are written in English only; the CSV file has them for all
        columns.append(Column("note", text("column.note")))
    made = table(
        text, "appendix-parameters", worded, columns,
        text("appendix.parameters.caption", n=report.number(read.height, "count")), exported=read,
        note=text("appendix.parameters.note"),
    )  # fmt: skip
    small = Block(f'<div class="listing parameters">{made.html}</div>', made.tables)
    return join([title, small])


def readable_value(value: str) -> str:
    """Write a parameter's value, as the run recorded it, without the brackets of code."""
    try:
        return in_words(literal_eval(value))
    except (ValueError, SyntaxError):
        return value


def glossary(report: Report) -> Block:
    """Explain the terms of the report."""
    text = report.text
    pairs = [(text(f"glossary.{each}"), text(f"glossary.{each}.text")) for each in _TERMS]
    return join([heading(text("appendix.glossary"), "glossary"), definition_list(pairs)])
