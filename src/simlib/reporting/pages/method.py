"""What is compared and how: policies with their settings, the month, what is left out."""

from html import escape
from typing import Any

import polars as pl

from simlib.files import package_data, read_yaml
from simlib.reporting.blocks import Block, bullets, heading, join, paragraph
from simlib.reporting.context import Report
from simlib.reporting.tables import Column, table

_MONTH_STEPS = 11
_LEFT_OUT = 4
LAYERS = ("simulation", "population", "parameters", "structure")
"""Layers of uncertainty, from the luck of the simulation to the model's own structure."""


def page(report: Report) -> Block:
    """Make the whole page."""
    return join([policies(report), month(report), left_out(report), uncertainty(report)])


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
    rows = [
        {
            "instrument": key,
            "name": report.word("instrument", key),
            "setting": _settings(settings) or text("method.policy.default"),
        }
        for key, settings in instruments_of(policy)
    ]
    if not rows:
        return paragraph(text("method.policy.none", policy=name))
    frame = pl.DataFrame(rows)
    columns = [
        Column("name", text("column.instrument_only")),
        Column("setting", text("column.setting")),
    ]
    return table(
        text, f"method-{policy.replace('_', '-')}", frame, columns,
        text("method.policy.caption", policy=name),
        exported=pl.DataFrame(
            [{"instrument": k, "setting": _settings(v)} for k, v in instruments_of(policy)]
        ),
    )  # fmt: skip


def instruments_of(policy: str) -> list[tuple[str, dict[str, Any]]]:
    """Read a policy's instruments: name and settings, in order."""
    path = package_data("kr", "policies", f"{policy}.yaml")
    if not path.is_file():
        return []
    found: list[tuple[str, dict[str, Any]]] = []
    for each in read_yaml(path).data.get("instruments") or []:
        if isinstance(each, str):
            found.append((each, {}))
        else:
            found += [(str(key), dict(value or {})) for key, value in each.items()]
    return found


def _settings(settings: dict[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in settings.items())


def month(report: Report) -> Block:
    """Tell the order of a month and how a household comes to a benefit."""
    text = report.text
    steps = "".join(
        f"<li>{escape(text(f'month.{number}'))}</li>" for number in range(1, _MONTH_STEPS + 1)
    )
    return join(
        [
            heading(text("method.month"), "month"),
            paragraph(text("method.month.text")),
            Block(f"<ol>{steps}</ol>"),
            heading(text("method.funnel"), "funnel"),
            paragraph(text("method.funnel.text")),
        ]
    )


def left_out(report: Report) -> Block:
    """List what the model does not have."""
    text = report.text
    words = [text(f"left_out.{number}") for number in range(1, _LEFT_OUT + 1)]
    return join([heading(text("method.left_out"), "left-out"), bullets(words)])


def uncertainty(report: Report) -> Block:
    """Say which layers of uncertainty the intervals cover."""
    text = report.text
    replicates = report.number(report.run.replicates, "count")
    rows = [
        {
            "layer": each,
            "name": text(f"layer.{each}"),
            "covered": text(f"layer.{each}.covered"),
            "how": text(f"layer.{each}.how", replicates=replicates),
        }
        for each in LAYERS
    ]
    frame = pl.DataFrame(rows)
    columns = [
        Column("name", text("column.layer")),
        Column("covered", text("column.covered")),
        Column("how", text("column.how")),
    ]
    exported = pl.DataFrame([{"layer": each, "covered": each == LAYERS[0]} for each in LAYERS])
    made = table(
        text, "method-layers", frame, columns, text("method.uncertainty.caption"),
        exported=exported,
    )  # fmt: skip
    return join([heading(text("method.uncertainty"), "uncertainty"), made])
