"""Published moments with their weights, and what the model gives for each of them."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.errors import UserError, did_you_mean
from simlib.experiments.calibration.designs import Claim, Design, claim_of, load_designs
from simlib.experiments.calibration.kinds import Kinds
from simlib.experiments.calibration.numbers import Numbers
from simlib.experiments.calibration.statistics import STATISTICS, Ground
from simlib.files import package_data
from simlib.parameters import Parameters

Floats = NDArray[np.float64]
FOLDER = ("kr", "calibration")
RULES = ("both", "below", "above")


@dataclass(frozen=True)
class Moment:
    """Hold one published moment.

    Attributes
    ----------
    id, evidence_row, block
        Its name, the row of the evidence, and what it is about.
    design, statistic, arm, months
        What it is measured on, what is measured, in which arm, and after how many months.
    target, se, discrepancy
        Published value, its standard error, and how far the model may be off all the same.
    rule
        ``both``: distance on either side counts; ``below``: a value should lie below the target,
        and only what lies above counts; ``above``: the other way round.
    used
        ``fit`` or ``check``.
    unit, source, evidence, note
        As of every number.
    """

    id: str
    evidence_row: str
    block: str
    design: str
    statistic: str
    arm: str
    months: int
    target: float
    se: float
    discrepancy: float
    rule: str
    used: str
    unit: str
    source: str
    evidence: str
    note: str

    @property
    def sd(self) -> float:
        """Give the distance that counts as one: standard error and discrepancy together."""
        return float(np.hypot(self.se, self.discrepancy))

    def distance(self, value: float) -> float:
        """Give how far a value is off, in those units; negative is too low."""
        gap = (value - self.target) / self.sd
        if self.rule == "both":
            return gap
        return max(gap, 0.0) if self.rule == "below" else min(gap, 0.0)


@cache
def load_moments(path: Path | None = None) -> tuple[Moment, ...]:
    """Read the moments, those that ship with simlib by default.

    Raises
    ------
    UserError
        If a moment names a design, an arm or a statistic that does not exist.
    """
    path = path or package_data(*FOLDER, "moments.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    designs, _ = load_designs()
    made = []
    for line, row in enumerate(rows, start=2):
        where = f"{path.name}:{line}"
        _known(row["design"], designs, where, "design")
        _known(row["arm"], designs[row["design"]].arms, where, "arm")
        _known(row["statistic"], STATISTICS, where, "statistic")
        _known(row["weight_rule"], RULES, where, "weight rule")
        if float(row["se"]) <= 0.0 and float(row["discrepancy"]) <= 0.0:
            raise UserError(
                "a moment has no width", where, "it would count for ever", "give a discrepancy"
            )
        made.append(_moment(row))
    return tuple(made)


def _moment(row: dict[str, str]) -> Moment:
    made: dict[str, Any] = dict(row)
    for name in ("target", "se", "discrepancy"):
        made[name] = float(made[name])
    made["months"], made["rule"] = int(made["months"]), made.pop("weight_rule")
    return Moment(**made)


def _known(name: str, names: object, where: str, kind: str) -> None:
    known = list(names)  # type: ignore[call-overload]
    if name not in known:
        raise UserError(
            f"there is no {kind} '{name}'",
            where,
            "the moment cannot be worked out",
            did_you_mean(name, known),
        )


@dataclass(frozen=True)
class Bench:
    """Hold what every evaluation of the moments needs, whatever the numbers.

    Attributes
    ----------
    kinds
        Kinds of households.
    designs, claims
        Designs by name, and what a claim asks in each.
    moments
        The moments, in their order.
    """

    kinds: Kinds
    designs: dict[str, Design]
    claims: dict[str, Claim]
    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, parameters: Parameters, kinds: Kinds, moments: Sequence[Moment]) -> "Bench":
        """Set up the designs that some moments are measured on."""
        every, _ = load_designs()
        named = {moment.design for moment in moments}
        designs = {name: design for name, design in every.items() if name in named}
        claims = {name: claim_of(design, parameters) for name, design in designs.items()}
        return cls(kinds, designs, claims, tuple(moments))

    def values(self, numbers: Numbers) -> Floats:
        """Give what the model expects for every moment, (moments,)."""
        grounds = {
            name: Ground(self.kinds, design, self.claims[name], numbers)
            for name, design in self.designs.items()
        }
        return np.array(
            [STATISTICS[m.statistic](grounds[m.design], m.arm, m.months) for m in self.moments]
        )

    def distances(self, values: Floats) -> Floats:
        """Give how far values are from the moments, (moments,)."""
        pairs = zip(self.moments, values, strict=True)
        return np.array([moment.distance(float(value)) for moment, value in pairs])
