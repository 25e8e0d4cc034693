"""Refuse runs of another version of simlib that lack what this version reads."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from simlib.command import command
from simlib.errors import UserError
from simlib.experiments.measures import measures
from simlib.files import package_data, parquet_columns, read_parquet
from simlib.provenance import code_version

MANIFEST_KEYS = (
    *("run", "seed", "start", "months", "population", "replicates"),
    *("policies", "policy_files", "files"),
)
"""What a manifest must say for its run to be read."""

PEOPLE = ("population/households", "population/persons")
"""Folders of a run's population: a file a region."""

SCORERS = "scorer/evaluation.parquet"
"""How scorers did, of runs that trained any."""

_SHOWN = 4


def refuse_lacking(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse a run of another version in which something is not there that is read today.

    What this very version wrote is not looked at.

    Parameters
    ----------
    folder
        The run folder.
    manifest
        What it says of itself.

    Raises
    ------
    UserError
        If entries of the manifest, files of the population, columns, measures, or rankings that
        stand beside every scorer are missing.
    """
    made_by = str(manifest.get("code_version", "of another version"))
    if made_by == code_version():
        return
    lacking = _lacking(folder, manifest)
    if lacking:
        more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
        raise UserError(
            "this run lacks what this version of simlib reads: "
            + ", ".join(lacking[:_SHOWN])
            + more,
            str(folder),
            f"it was made by simlib {made_by}, and this is {code_version()}",
            f"make it again: {command('run')} with its scenario file",
        )


def _lacking(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Name what is missing: entries of the manifest, else files, else columns, else the rest."""
    keys = [f"'{key}' in manifest.json" for key in MANIFEST_KEYS if key not in manifest]
    if keys:
        return keys
    firsts = {kind: _first(folder, kind) for kind in ("results", "households", *PEOPLE)}
    files = [f"the files {kind}/*.parquet" for kind in PEOPLE if firsts[kind] is None]
    columns = []
    for kind, needed in _columns().items():
        path = firsts.get(kind, folder / kind)
        if path is not None and path.is_file():
            missing = _without(parquet_columns(path), needed)
            columns += [f"column '{name}' of {kind}" for name in missing]
    return files or columns or _measures_lacking(firsts["results"]) + _rankings_lacking(folder)


def _first(folder: Path, kind: str) -> Path | None:
    return min((folder / kind).glob("*.parquet"), default=None)


def _columns() -> dict[str, list[str]]:
    """Give the columns that the files of a folder, or a file, must have."""
    from simlib.observation import HOUSEHOLD_COLUMNS, SCHEMA
    from simlib.parameters import Parameters
    from simlib.risk.evaluation import SCHEMA as EVALUATION

    known = pl.read_csv(package_data("kr", "population_columns.csv"))
    people = {each: known.filter(table=Path(each).name)["column"].to_list() for each in PEOPLE}
    return {
        "results": list(SCHEMA),
        "households": ["household_id", *HOUSEHOLD_COLUMNS],
        "parameters_read.parquet": Parameters({}).read_log().columns,
        SCORERS: list(EVALUATION),
        **people,
    }


def _without(there: Collection[str], needed: Collection[str]) -> list[str]:
    return [name for name in needed if name not in there]


def _measures_lacking(results: Path | None) -> list[str]:
    if results is None:
        return []
    there = set(read_parquet(results)["measure"])
    always = [name for name, each in measures().items() if each.always]
    return [f"measure '{name}'" for name in _without(there, always)]


def _rankings_lacking(folder: Path) -> list[str]:
    """Name the rankings that stand beside every scorer and are not in the run's evaluation."""
    from simlib.risk.baselines import BASELINES

    path = folder / SCORERS
    if not path.is_file():
        return []
    there = set(read_parquet(path)["scorer"])
    return [f"ranking '{name}' of {SCORERS}" for name in _without(there, BASELINES)]
