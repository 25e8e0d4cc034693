"""What may be fitted, within which bounds, and what each structure of the model holds fixed."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simlib.errors import UserError
from simlib.experiments.calibration.moments import FOLDER
from simlib.experiments.scenario import Section
from simlib.files import package_data, read_yaml, validate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """Hold a parameter of the fit: bounds, and a weak normal prior about its default.

    Attributes
    ----------
    path
        Parameter path, or ``offsets.POOL.STEP``.
    default, low, high
        Centre and bounds.
    fixed
        Whether it stays at its default.
    unit, source, evidence, note
        As of every number.
    """

    path: str
    default: float
    low: float
    high: float
    fixed: bool
    unit: str
    source: str
    evidence: str
    note: str

    @property
    def sd(self) -> float:
        """Give the standard deviation of the prior: half the range."""
        return (self.high - self.low) / 2.0


class Structure(Section):
    """Describe a variant of the model."""

    fix: dict[str, float] = Field(default_factory=dict, description="Parameters held fixed.")
    need_friction: float = Field(0.0, ge=-1, le=1, description="Correlation of need and friction.")
    note: str = ""


class Structures(Section):
    """Hold all structures by name."""

    chosen: str = Field(description="The structure whose fit is written out in full.")
    structures: dict[str, Structure]


@cache
def load_priors(path: Path | None = None) -> tuple[Prior, ...]:
    """Read the priors, those that ship with simlib by default.

    Raises
    ------
    UserError
        If a default lies outside its bounds.
    """
    path = path or package_data(*FOLDER, "priors.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    made = []
    for line, row in enumerate(rows, start=2):
        numbers = {name: float(row[name]) for name in ("default", "low", "high")}
        if not numbers["low"] <= numbers["default"] <= numbers["high"]:
            raise UserError(
                f"the default of '{row['path']}' lies outside its bounds",
                f"{path.name}:{line}",
                "the fit begins there",
                "move the default or the bounds",
            )
        given: dict[str, Any] = {**row, **numbers, "fixed": row["fixed"] == "yes"}
        made.append(Prior(**given))
    return tuple(made)


@cache
def load_structures() -> Structures:
    """Read the variants of the model."""
    return validate(Structures, read_yaml(package_data(*FOLDER, "structures.yaml")))


@dataclass(frozen=True)
class Free:
    """Hold the parameters that a fit may move, as a vector in units of their priors.

    Attributes
    ----------
    priors
        One for each element.
    fixed
        Values of all others, by path.
    """

    priors: tuple[Prior, ...]
    fixed: dict[str, float]

    @classmethod
    def of(cls, priors: tuple[Prior, ...], fix: Mapping[str, float]) -> "Free":
        """Free what is neither fixed by its prior nor by the structure."""
        free = tuple(each for each in priors if not each.fixed and each.path not in fix)
        held = {each.path: each.default for each in priors if each not in free}
        return cls(free, held | dict(fix))

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Give lower and upper bounds, (parameters,) each."""
        low = np.array([(each.low - each.default) / each.sd for each in self.priors])
        high = np.array([(each.high - each.default) / each.sd for each in self.priors])
        return low, high

    def values(self, z: Floats) -> dict[str, float]:
        """Give all parameters by path from a vector in units of the priors."""
        moved = {
            each.path: each.default + each.sd * float(zi)
            for each, zi in zip(self.priors, z, strict=True)
        }
        return self.fixed | moved

    def vector(self, values: Mapping[str, float]) -> Floats:
        """Give the vector of values by path; what is missing stays at its default."""
        return np.array([(values.get(p.path, p.default) - p.default) / p.sd for p in self.priors])
