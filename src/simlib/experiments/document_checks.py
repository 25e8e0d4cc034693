"""Set what a run simulated beside the figures that the five documents publish."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simlib.experiments.documents import MEASURED, Simulated
from simlib.experiments.people import PART
from simlib.experiments.run import Run
from simlib.files import package_data
from simlib.parameters import Parameters, load_parameters

SCHEMA = {
    "check_id": pl.String,
    "document": pl.String,
    "figure": pl.String,
    "unit": pl.String,
    "policy": pl.String,
    "published": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "simulated": pl.Float64,
    "simulated_low": pl.Float64,
    "simulated_high": pl.Float64,
    "ratio": pl.Float64,
    "inside": pl.Boolean,
    "evidence": pl.String,
    "source": pl.String,
    "note": pl.String,
}
"""Columns of a check table."""


@dataclass(frozen=True)
class _Row:
    check_id: str
    document: str
    figure: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    instrument: str
    measured: str
    source: str
    evidence: str
    note: str | None


def published_figures() -> pl.DataFrame:
    """Read the published figures: one row a check, with source, evidence and how it is measured."""
    return pl.read_csv(
        package_data("kr", "document_checks.csv"),
        schema_overrides=dict.fromkeys(("value", "low", "high"), pl.Float64),
    )


def document_checks(run: Run, parameters: Parameters | None = None) -> pl.DataFrame:
    """Compare a finished run with the figures that the documents publish.

    Parameters
    ----------
    run
        A finished run.
    parameters
        Where the number of households of the country is read; the package's own when not given.

    Returns
    -------
    DataFrame
        A row for each figure and each policy that has its instrument: the published value or
        range, the simulated mean of the replicates with the least and greatest, their ratio,
        and whether the mean lies in the published range (null where one value is published).
        A figure that no policy of the run can show has a row without a policy. Nothing here
        was fitted to these figures unless the note says that a parameter sets it.
    """
    parameters = parameters or load_parameters()
    country_n = parameters.number("national.general_households_n")
    municipality = _municipalities(run)
    worlds = {
        policy: [
            Simulated(run, policy, replicate, country_n, municipality)
            for replicate in run.replicates(policy)
        ]
        for policy in run.policies
    }
    rows = []
    for each in published_figures().iter_rows(named=True):
        row = _Row(**each)
        shown = [
            _compared(row, policy, replicates)
            for policy, replicates in worlds.items()
            if row.instrument in _instruments(run, policy)
        ]
        rows += shown or [_compared(row, None, [])]
    return pl.DataFrame(rows, schema=SCHEMA)


def _compared(row: _Row, policy: str | None, replicates: list[Simulated]) -> dict[str, object]:
    name, _, argument = row.measured.partition(":")
    found = [MEASURED[name](each, argument) for each in replicates]
    values = [value for value in found if value is not None]
    mean = float(np.mean(values)) if values else None
    middle = row.value
    if middle is None and row.low is not None and row.high is not None:
        middle = (row.low + row.high) / 2
    inside = None
    if mean is not None and row.low is not None and row.high is not None:
        inside = row.low <= mean <= row.high
    return {
        "check_id": row.check_id,
        "document": row.document,
        "figure": row.figure,
        "unit": row.unit,
        "policy": policy,
        "published": row.value,
        "low": row.low,
        "high": row.high,
        "simulated": mean,
        "simulated_low": min(values, default=None),
        "simulated_high": max(values, default=None),
        "ratio": mean / middle if mean is not None and middle else None,
        "inside": inside,
        "evidence": row.evidence,
        "source": row.source,
        "note": row.note,
    }


def _instruments(run: Run, policy: str) -> set[str]:
    files = run.manifest.get("policy_files", {})
    return {name for name, _ in files.get(policy, {}).get("instruments", [])}


def _municipalities(run: Run) -> pl.DataFrame | None:
    """Read where the run's households live; None when the run kept no population."""
    folder = run.folder / PART
    if not folder.is_dir():
        return None
    from simlib.population.population import Population

    return Population.load(folder).households.select("household_id", "municipality")
