"""What a detection list yields in a finished run, beside what was published of such lists."""

import csv
from typing import Any

import numpy as np

from simlib.errors import UserError
from simlib.experiments.documents import MEASURED, Simulated
from simlib.experiments.run import Run
from simlib.experiments.trials.estimates import Band, Estimate
from simlib.experiments.trials.schema import Published
from simlib.files import package_data

FOLLOWED = "followed_n"


def list_bands(run: Run) -> list[Band]:
    """Compare the yields of every policy of a run that makes detection lists.

    Parameters
    ----------
    run
        A finished run; its replicates are the draws.

    Raises
    ------
    UserError
        If no policy of the run makes lists that were followed.
    """
    bands = []
    for policy in run.policies:
        worlds = [
            Simulated(run, policy, replicate, 1.0, None) for replicate in run.replicates(policy)
        ]
        if any(world.total("detection", FOLLOWED) > 0 for world in worlds):
            bands += [_band(row, policy, worlds) for row in _rows()]
    if not bands:
        raise UserError(
            "no policy of this run followed a detection list",
            str(run.folder),
            "there is nothing to compare",
            "run a scenario with a policy such as officer_calls",
        )
    return bands


def _rows() -> list[dict[str, str]]:
    with package_data("kr", "trials", "lists.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _band(row: dict[str, str], policy: str, worlds: list[Simulated]) -> Band:
    def measured(how: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        values = [MEASURED["supported"](world, how) for world in worlds]
        return np.array([np.nan if value is None else value for value in values])

    values = measured(row["statistic"])
    if row["minus"]:
        values = values - measured(row["minus"])
    numbers: dict[str, Any] = {
        name: float(row[name]) for name in ("value", "low", "high") if row[name]
    }
    given: dict[str, Any] = {name: row[name] for name in ("used", "source", "evidence", "note")}
    if row["sign"]:
        given["sign"] = row["sign"]
    acceptance = row["acceptance"] == "yes"
    published = Published(arm=policy, outcome="enrolled", acceptance=acceptance, **numbers, **given)
    name = f"supported_{row['statistic']}" + (f" - {row['minus']}" if row["minus"] else "")
    return Band(f"{row['id']}.{policy}", "lists", published, Estimate.of(values), name)
