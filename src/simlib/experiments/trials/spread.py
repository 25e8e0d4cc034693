"""Draws of the take-up parameters from their calibrated spread, when there is one."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from simlib.draws import Draws
from simlib.experiments.trials.ground import with_values
from simlib.files import package_data
from simlib.parameters import Parameters

FILE = ("kr", "calibration", "uptake_fit.csv")
"""Columns path, value, spread, low, high (others are not read)."""


@dataclass(frozen=True)
class Spread:
    """Hold how far a parameter may lie from its value: standard deviation and bounds."""

    path: str
    spread: float
    low: float
    high: float


def calibrated() -> tuple[Spread, ...]:
    """Read the calibrated spread of the parameters; empty when none was written."""
    return _read(package_data(*FILE))


@cache
def _read(path: Path) -> tuple[Spread, ...]:
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    needed = {"path", "spread", "low", "high"}
    if not rows or not needed <= set(rows[0]):
        return ()
    return tuple(
        Spread(row["path"], *(float(row[name]) for name in ("spread", "low", "high")))
        for row in rows
        if row["spread"] and float(row["spread"]) > 0
    )


def parameter_draw(parameters: Parameters, seed: int, draw: int) -> Parameters:
    """Give one draw of the parameters: normal about their values, within their bounds.

    Parameters
    ----------
    parameters
        Every number; values are the centre.
    seed, draw
        Seed of the trials and number of the draw; draw 0 is the centre itself.
    """
    known = [each for each in calibrated() if each.path in parameters]
    if draw == 0 or not known:
        return parameters
    luck = Draws(seed, 0).normal("trials.parameter", np.arange(len(known)), draw=draw)
    values = {
        each.path: float(
            np.clip(parameters.number(each.path) + each.spread * z, each.low, each.high)
        )
        for each, z in zip(known, luck, strict=True)
    }
    return with_values(parameters, values, "parameter draw")
