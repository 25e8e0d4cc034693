"""Print policies, parameters and checks in a terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from rich.table import Table

from simlib.errors import UserError, did_you_mean
from simlib.experiments.loading import load_scenario, policy_names
from simlib.experiments.setting import changed_parameters
from simlib.months import format_month
from simlib.parameters import ALWAYS
from simlib.terminal import console

MILLION = 1_000_000
PARAMETERS_WIDE = 150
LONGEST_PATH = 60
"""Letters of a path that stand on one line."""


def print_documents(checks: pl.DataFrame) -> None:
    """Print the figures of the documents beside those of a run."""
    table = Table("policy", "figure", "published", "simulated", "ratio", "inside", "evidence")
    for row in checks.iter_rows(named=True):
        if row["policy"] is None:
            continue
        published = f"{row['published']:g}" if row["published"] is not None else ""
        if row["low"] is not None:
            published = f"{row['low']:g} to {row['high']:g}"
        inside = {True: "yes", False: "no", None: ""}[row["inside"]]
        figures = [
            "" if row[name] is None else f"{row[name]:.3g}" for name in ("simulated", "ratio")
        ]
        table.add_row(row["policy"], row["figure"], published, *figures, inside, row["evidence"])
    console().print(table)


def print_policies(lang: str) -> None:
    """Print the policies that ship with simlib, with titles and instruments."""
    from simlib.outreach.policy import load_policy

    parameters = changed_parameters()
    table = Table("policy", "title", "instruments")
    for name in policy_names():
        policy = load_policy(name, parameters)
        instruments = ", ".join(each.id for each in policy.instruments)
        table.add_row(name, policy.title[lang], instruments or "-")
    console().print(table)


def parameter_rows(
    prefix: str, scenario: Path | None, options: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """List every dated value of the parameters that begin with a prefix.

    Returns
    -------
    list of dict
        path, since, value, unit, source, evidence, origin, note.
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
                    "source": value.source,
                    "evidence": value.evidence,
                    "origin": value.origin,
                    "note": value.note,
                }
            )
    return rows


def print_parameters(rows: list[dict[str, Any]]) -> None:
    """Print parameters as a table."""
    columns = ("path", "since", "value", "unit", "source", "evidence", "origin")
    table = Table()
    longest = max((len(str(row["path"])) for row in rows), default=0)
    table.add_column("path", overflow="fold", min_width=min(longest, LONGEST_PATH))
    for name in columns[1:]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(row[name]) for name in columns))
    console(PARAMETERS_WIDE).print(table)
