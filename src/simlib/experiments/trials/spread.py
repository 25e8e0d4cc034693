"""Fitted values of the take-up parameters, and draws from their spread, when a fit is there."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.experiments.trials.ground import with_values
from simlib.experiments.trials.schema import Trial
from simlib.files import package_data
from simlib.parameters import Parameters

FOLDER = ("kr", "calibration")
FILE = "uptake_fit.csv"
CORRELATIONS = "correlation.csv"
LEAST_EIGENVALUE = 1e-9
OFFSETS = "offsets."
"""Beginning of the paths of a fit that are offsets of a pool, not parameters."""
STEPS = ("awareness_logit", "application_logit")


@dataclass(frozen=True)
class Fitted:
    """Hold a parameter of a fit: its value, standard deviation and bounds."""

    path: str
    value: float
    spread: float
    low: float
    high: float


def fitted() -> tuple[Fitted, ...]:
    """Read the fitted parameters; empty when no fit was written."""
    return _read(package_data(*FOLDER, FILE))


@cache
def _read(path: Path) -> tuple[Fitted, ...]:
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("value", "spread", "low", "high")
    return tuple(Fitted(row["path"], *(float(row[name]) for name in names)) for row in rows)


def drawn_from(parameters: Parameters) -> tuple[Fitted, ...]:
    """Give what is drawn: fitted parameters of the decision model, and offsets of its pools.

    A parameter that stands at a bound of its fit is switched off and stays so; what made
    households are like is theirs, and not drawn.
    """

    def inside(each: Fitted) -> bool:
        if each.path.startswith(OFFSETS):
            return True
        if each.path not in parameters or each.path.startswith("trials."):
            return False
        return each.low < parameters.number(each.path) < each.high

    return tuple(each for each in fitted() if each.spread > 0.0 and inside(each))


@cache
def _correlations(path: Path, paths: tuple[str, ...]) -> NDArray[np.float64]:
    """Give the correlations of some fitted parameters, (parameters, parameters)."""
    matrix = np.eye(len(paths))
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["path"] in paths and row["other_path"] in paths:
                    i, j = paths.index(row["path"]), paths.index(row["other_path"])
                    matrix[i, j] = matrix[j, i] = float(row["correlation"])
    return matrix


def _root(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give a matrix that turns independent normal numbers into correlated ones."""
    values, vectors = np.linalg.eigh(correlations)
    return np.asarray(vectors * np.sqrt(np.maximum(values, LEAST_EIGENVALUE)))


@dataclass(frozen=True)
class Draw:
    """Hold one draw: the parameters, and by how much offsets of pools are shifted, by path."""

    parameters: Parameters
    shifts: dict[str, float]

    def of(self, trial: Trial) -> Trial:
        """Give a trial with the shifted offsets of its pool, where the fit has the pool."""
        offsets = trial.programme.offsets
        if offsets is None or offsets.fitted_as is None:
            return trial
        start = f"{OFFSETS}{offsets.fitted_as}."
        return _with_offsets(
            trial,
            {name: getattr(offsets, name) + self.shifts.get(start + name, 0.0) for name in STEPS},
        )


def moved(parameters: Parameters, seed: int, draw: int) -> dict[str, float]:
    """Draw what was fitted: normal about the values in force, within the fit's bounds.

    Spread and correlations are those of the fit; offsets that were fitted with the parameters
    move along.

    Parameters
    ----------
    parameters
        Every number.
    seed, draw
        Seed and number of the draw; draw 0 is the centre itself.

    Returns
    -------
    dict
        New values of parameters, and shifts of the fit's offsets, by path.
    """
    known = drawn_from(parameters)
    if draw == 0 or not known:
        return {}
    paths = tuple(each.path for each in known)
    root = _root(_correlations(package_data(*FOLDER, CORRELATIONS), paths))
    luck = Draws(seed, 0).normal("trials.parameter", np.arange(len(known)), draw=draw)
    moves = root @ luck * np.array([each.spread for each in known])
    return {
        each.path: float(move)
        if each.path.startswith(OFFSETS)
        else min(max(parameters.number(each.path) + float(move), each.low), each.high)
        for each, move in zip(known, moves, strict=True)
    }


def parameter_draw(parameters: Parameters, seed: int, draw: int) -> Draw:
    """Draw the parameters of a trial, and the offsets of its pool, as :func:`moved` does."""
    drawn = moved(parameters, seed, draw)
    if not drawn:
        return Draw(parameters, {})
    shifts = {path: value for path, value in drawn.items() if path.startswith(OFFSETS)}
    values = {path: value for path, value in drawn.items() if path not in shifts}
    return Draw(with_values(parameters, values, "parameter draw"), shifts)


def at_fit(parameters: Parameters) -> Parameters:
    """Give the parameters with the fitted values.

    Raises
    ------
    UserError
        If no fit was written.
    """
    if not fitted():
        raise UserError(
            "there is no fit of the parameters of take-up",
            "/".join((*FOLDER, FILE)),
            "its values cannot be used",
            "leave out --fitted",
        )
    values = {each.path: each.value for each in fitted() if each.path in parameters}
    return with_values(parameters, values, "fit")


def trial_at_fit(trial: Trial) -> Trial:
    """Give a trial with the fitted offsets of its pool, where the fit has the pool."""
    offsets = trial.programme.offsets
    if offsets is None or offsets.fitted_as is None:
        return trial
    values = {each.path: each.value for each in fitted()}
    start = f"{OFFSETS}{offsets.fitted_as}."
    return _with_offsets(
        trial, {name: values.get(start + name, getattr(offsets, name)) for name in STEPS}
    )


def _with_offsets(trial: Trial, logits: dict[str, float]) -> Trial:
    assert trial.programme.offsets is not None
    offsets = trial.programme.offsets.model_copy(update=logits)
    programme = trial.programme.model_copy(update={"offsets": offsets})
    return trial.model_copy(update={"programme": programme})
