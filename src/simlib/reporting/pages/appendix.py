"""Limits, assumptions, checks, provenance, every parameter, and a glossary."""

from ast import literal_eval
from collections.abc import Mapping, Sequence
from html import escape

import polars as pl

from simlib.files import read_parquet
from simlib.reporting.blocks import Block, bullets, definition_list, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.tables import Column, table

_LIMITS = 5
_RUNGS = ("code", "population", "patterns", "experiments", "forecast")
_TERMS = (
    "take_up",
    "household_month",
    "missed",
    "crisis",
    "hardship",
    "paired",
    "mc_error",
    "replicate",
)
_SOURCED = ("law", "official-statistic", "study")


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
            parameters(report),
            glossary(report),
        ]
    )


def limits(report: Report) -> Block:
    """List what the results cannot say."""
    text = report.text
    words = [text(f"limit.{number}") for number in range(1, _LIMITS + 1)]
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
            sourced_n=pl.col("evidence").is_in(_SOURCED).sum(),
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
    )  # fmt: skip
    return join([title, made])


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
        value=pl.Series([readable_value(each) for each in read["value"]], dtype=pl.String),
        evidence=pl.Series([text(f"evidence.{each}") for each in read["evidence"]]),
    )
    columns = [
        Column("path", text("column.path")),
        Column("since", text("column.value_from")),
        Column("value", text("column.value")),
        Column("unit", text("column.unit")),
        Column("source", text("column.source")),
        Column("evidence", text("column.evidence")),
        Column("origin", text("column.origin")),
        Column("note", text("column.note")),
    ]
    made = table(
        text, "appendix-parameters", worded, columns,
        text("appendix.parameters.caption", n=report.number(read.height, "count")), exported=read,
    )  # fmt: skip
    small = Block(f'<div class="parameters">{made.html}</div>', made.tables)
    return join([title, small])


def readable_value(value: str) -> str:
    """Write a parameter's value without the brackets of code: ``1: 2228445, 2: 3682609``."""
    try:
        return _plain(literal_eval(value), outer=True)
    except (ValueError, SyntaxError):
        return value


def _plain(value: object, *, outer: bool = False) -> str:
    if isinstance(value, dict):
        words = ", ".join(f"{key}: {_plain(each)}" for key, each in value.items())
    elif isinstance(value, list | tuple):
        words = ", ".join(_plain(each) for each in value)
    else:
        return str(value)
    return words if outer else f"({words})"


def glossary(report: Report) -> Block:
    """Explain the terms of the report."""
    text = report.text
    pairs = [(text(f"glossary.{each}"), text(f"glossary.{each}.text")) for each in _TERMS]
    return join([heading(text("appendix.glossary"), "glossary"), definition_list(pairs)])
