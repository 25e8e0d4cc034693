"""Print policies, parameters and checks in a terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from simlib.errors import UserError, did_you_mean
from simlib.experiments.loading import load_scenario, policy_names
from simlib.experiments.setting import changed_parameters
from simlib.months import format_month
from simlib.parameters import ALWAYS, in_words
from simlib.provenance import sources, split_sources
from simlib.terminal import Sheet, console

MILLION = 1_000_000


def print_documents(checks: pl.DataFrame) -> None:
    """Print the figures of the documents, and below each what the policies of a run gave."""
    heads = ["figure, and by policy", "published, simulated", "evidence; ratio, inside the band"]
    sheet = Sheet("", heads)
    shown = checks.filter(pl.col("policy").is_not_null())
    for (figure,), rows in shown.group_by("figure", maintain_order=True):
        first = rows.row(0, named=True)
        sheet.add(str(figure), _published(first), first["evidence"])
        for row in rows.iter_rows(named=True):
            sheet.add(f"  {row['policy']}", _figure(row["simulated"]), _agreement(row))
    console().print(sheet)


def _published(row: Mapping[str, Any]) -> str:
    if row["low"] is None:
        return _figure(row["published"])
    return f"{_figure(row['low'])} to {_figure(row['high'])}"


def _agreement(row: Mapping[str, Any]) -> str:
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.3g}"
    inside = {True: "inside", False: "outside", None: ""}[row["inside"]]
    return ", ".join(each for each in (ratio, inside) if each)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def print_policies(lang: str) -> None:
    """Print the policies that ship with simlib, with titles and instruments."""
    from simlib.outreach.policy import load_policy

    parameters = changed_parameters()
    sheet = Sheet("", ["policy", "title", "instruments"])
    for name in policy_names():
        policy = load_policy(name, parameters)
        instruments = ", ".join(each.id for each in policy.instruments)
        sheet.add(name, policy.title[lang], instruments or "-")
    console().print(sheet)


def parameter_rows(
    prefix: str, scenario: Path | None, options: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """List every dated value of the parameters that begin with a prefix.

    Returns
    -------
    list of dict
        path, since, value, unit, range (the least and the greatest, or None), source, evidence,
        origin, note.
    """
    parameters = changed_parameters(
        load_scenario(scenario, options) if scenario is not None else None, options
    )
    paths = sorted(path for path in parameters if path.startswith(prefix))
    if not paths:
        raise UserError(
            f"no parameter begins with '{prefix}'", prefix, mend=did_you_mean(prefix, parameters)
        )
    rows = []
    for path in paths:
        parameter = parameters.parameter(path)
        for since, value in parameter.values:
            rows.append(
                {
                    "path": path,
                    "since": "" if since == ALWAYS else format_month(since),
                    "value": value.value,
                    "unit": parameter.unit,
                    "range": parameter.range,
                    "source": value.source,
                    "evidence": value.evidence,
                    "origin": value.origin,
                    "note": value.note,
                }
            )
    return rows


def print_parameters(rows: list[dict[str, Any]]) -> None:
    """Print parameters as a table, and below it what their sources are."""
    columns = ("path", "since", "value", "range", "unit", "source", "evidence", "origin")
    sheet = Sheet("", columns)
    for row in rows:
        limits = "" if row["range"] is None else "{:g} to {:g}".format(*row["range"])
        shown = row | {"range": limits, "value": in_words(row["value"])}
        sheet.add(*(str(shown[name]) for name in columns))
    console().print(sheet)
    cited = {each for row in rows for each in split_sources(row["source"])}
    about = Sheet("", ["source", "grade", "what it is"])
    for each in sorted(cited):
        about.add(each, sources()[each].grade, sources()[each].description)
    console().print(about)
