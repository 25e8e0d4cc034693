"""What a scenario changes: parameters with other values, programmes of its own."""

from typing import Any

import polars as pl

from simlib.reporting.blocks import Block, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.tables import Column, table


def reform(report: Report) -> Block:
    """Show the changed parameters and added programmes, or say that there are none."""
    text, manifest = report.text, report.run.manifest
    changes = list(manifest.get("changes", []))
    added = dict(manifest.get("programme_files", {}))
    parts = [
        heading(text("method.reform"), "reform"),
        paragraph(
            text(
                "method.reform.programmes",
                n=report.number(len(manifest.get("programmes", [])), "count"),
            )
        ),
    ]
    if not changes and not added:
        parts.append(paragraph(text("method.reform.none")))
    if changes:
        parts.append(_changes(report, changes))
    if added:
        parts.append(_added(report, added))
    return join(parts)


def _changes(report: Report, changes: list[dict[str, Any]]) -> Block:
    text = report.text
    rows = [
        {
            "path": change["path"],
            "since": change["since"],
            "shown": change["since"] or text("method.reform.always"),
            "before": "" if change["before"] is None else str(change["before"]),
            "after": str(change["after"]),
            "unit": change["unit"],
        }
        for change in changes
    ]
    columns = ("path", "shown", "before", "after", "unit")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("since", *columns), pl.String))
    heads = ("column.path", "column.value_from", "column.before", "column.after", "column.unit")
    return table(
        text,
        "method-changes",
        frame,
        [Column(key, text(head)) for key, head in zip(columns, heads, strict=True)],
        text("method.reform.changes"),
        exported=frame.drop("shown"),
    )


def _added(report: Report, added: dict[str, dict[str, Any]]) -> Block:
    text = report.text
    rows = [
        {
            "programme": programme,
            "name": text.pick(file["name"]),
            "entitled": str(file["entitled"]),
            "amount_krw_m": str(file["amount_krw_m"]),
            "source": str(file["source"]),
        }
        for programme, file in added.items()
    ]
    frame = pl.DataFrame(rows)
    heads = {
        "name": "column.programme",
        "entitled": "column.entitled_rule",
        "amount_krw_m": "column.amount_rule",
        "source": "column.source",
    }
    return table(
        text,
        "method-added-programmes",
        frame,
        [Column(key, text(head), cites=key == "source") for key, head in heads.items()],
        text("method.reform.added"),
        exported=frame.drop("name"),
    )
