"""What is compared and how: policies with their settings, the month, what is left out."""

from html import escape
from typing import Any

import polars as pl

from simlib.months import parse_month
from simlib.population.published.tables import municipalities
from simlib.reporting.blocks import Block, bullets, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.pages.appendix import readable_value
from simlib.reporting.pages.reform import reform
from simlib.reporting.tables import Column, table

_LEFT_OUT = 6
_SETTING_COLUMNS = (
    "instrument",
    "name",
    "setting",
    "words",
    "value",
    "unit",
    "unit_words",
    "evidence",
    "grade",
    "source",
    "cited",
)
LAYERS = ("simulation", "population", "parameters", "structure")
"""Layers of uncertainty, from the luck of the simulation to the model's own structure."""


def page(report: Report) -> Block:
    """Make the whole page."""
    return join(
        [policies(report), reform(report), month(report), left_out(report), uncertainty(report)]
    )


def policies(report: Report) -> Block:
    """List every policy's instruments and their settings."""
    text = report.text
    parts = [
        heading(text("method.policies"), "policies"),
        paragraph(text("method.policies.text")),
    ]
    parts.extend(_policy(report, policy) for policy in report.run.policies)
    return join(parts)


def _policy(report: Report, policy: str) -> Block:
    text = report.text
    name = report.policy_title(policy)
    used = instruments_of(report, policy)
    if not used:
        return paragraph(text("method.policy.none", policy=name))
    read = report.run.parameters_read()
    rows = [row for key, given in used for row in _settings(report, key, given, read)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(_SETTING_COLUMNS, pl.String))
    heads = [
        ("name", "column.instrument_only"),
        ("words", "column.setting"),
        ("value", "column.value"),
        ("unit_words", "column.unit"),
        ("grade", "column.evidence"),
        ("cited", "column.source"),
    ]
    since = report.run.policy_files[policy].get("from")
    when = Block("")
    if since is not None:
        when = paragraph(
            text("method.policy.since", policy=name, month=text.month(parse_month(str(since))))
        )
    regions = report.run.policy_files[policy].get("regions", "all")
    if regions != "all":
        names = dict(municipalities().select("code", "name_ko").iter_rows())
        places = text.join([f"{names.get(each, '')} ({each})" for each in regions])
        when = join([when, paragraph(text("method.policy.regions", policy=name, places=places))])
    made = table(
        text,
        f"method-{policy.replace('_', '-')}",
        frame,
        [Column(key, text(head), cites=key == "cited") for key, head in heads],
        text("method.policy.caption", policy=name),
        exported=frame.drop("name", "words", "unit_words", "grade", "cited"),
    )
    return join([when, made])


def instruments_of(report: Report, policy: str) -> list[tuple[str, dict[str, Any]]]:
    """Give a policy's instruments and the settings its file gave, in order."""
    file = report.run.policy_files.get(policy, {})
    return [(name, dict(given)) for name, given in file.get("instruments", [])]


def _settings(
    report: Report, instrument: str, given: dict[str, Any], read: pl.DataFrame
) -> list[dict[str, str]]:
    """List an instrument's settings: those of the policy file, then the parameters it read."""
    text = report.text
    name = report.word("instrument", instrument)
    rows = [
        {
            "instrument": instrument,
            "name": name,
            "setting": key,
            "words": _setting_name(report, instrument, key),
            "value": readable_value(str(value)),
            "unit": "",
            "unit_words": "",
            "evidence": "assumption",
            "grade": text("evidence.assumption"),
            "source": "policy_file",
            "cited": text("method.policy.file"),
        }
        for key, value in given.items()
    ]
    prefix = f"outreach.{instrument}."
    for row in read.filter(pl.col("path").str.starts_with(prefix)).sort("path").to_dicts():
        key = row["path"].removeprefix(prefix)
        if key in given:
            continue
        rows.append(
            {
                "instrument": instrument,
                "name": name,
                "setting": key,
                "words": _setting_name(report, instrument, key),
                "value": readable_value(row["value"]),
                "unit": row["unit"],
                "unit_words": report.unit(row["unit"]),
                "evidence": row["evidence"],
                "grade": text(f"evidence.{row['evidence']}"),
                "source": row["source"],
                "cited": row["source"],
            }
        )
    return rows


def _setting_name(report: Report, instrument: str, key: str) -> str:
    """Name a setting in the report's language; some names mean another thing elsewhere."""
    own = f"{instrument}.{key}"
    return report.word("setting", own if report.text.knows(f"setting.{own}") else key)


def month(report: Report) -> Block:
    """Tell the order of a month and how a household comes to a benefit."""
    text = report.text
    steps = "".join(f"<li>{escape(text(f'month.{name}'))}</li>" for name in month_steps())
    return join(
        [
            heading(text("method.month"), "month"),
            paragraph(text("method.month.text")),
            Block(f"<ol>{steps}</ol>"),
            heading(text("method.funnel"), "funnel"),
            paragraph(text("method.funnel.text")),
        ]
    )


def month_steps() -> list[str]:
    """Name the steps of the model's month, in its order."""
    from simlib.model import MONTH

    return [name.removeprefix("_") for name, _ in MONTH]


def left_out(report: Report) -> Block:
    """List what the model does not have."""
    text = report.text
    words = [text(f"left_out.{number}") for number in range(1, _LEFT_OUT + 1)]
    return join([heading(text("method.left_out"), "left-out"), bullets(words)])


def uncertainty(report: Report) -> Block:
    """Say which layers of uncertainty are covered, and where."""
    text, covered = report.text, _covered(report)
    rows = [
        {
            "layer": each,
            "name": text(f"layer.{each}"),
            "covered": text(f"layer.covered.{where}"),
            "how": text(f"layer.{each}.{where}", number=report.number(number, "count")),
        }
        for each, (where, number) in covered.items()
    ]
    frame = pl.DataFrame(rows)
    columns = [
        Column("name", text("column.layer")),
        Column("covered", text("column.covered")),
        Column("how", text("column.how")),
    ]
    made = table(
        text, "method-layers", frame, columns, text("method.uncertainty.caption"),
        exported=pl.DataFrame(
            [{"layer": each, "covered": where != "no"} for each, (where, _) in covered.items()]
        ),
    )  # fmt: skip
    return join([heading(text("method.uncertainty"), "uncertainty"), made])


def _covered(report: Report) -> dict[str, tuple[str, int]]:
    """Tell where each layer is covered (``yes``, ``table`` or ``no``), by how many draws."""
    worlds = report.run.drawn
    found = {each: ("table" if n else "no", n) for each, n in worlds.items()}
    return {
        LAYERS[0]: ("yes", report.run.replicates),
        **{each: found.get(each, ("no", 0)) for each in LAYERS[1:]},
    }
