"""Fit the joint table of households to its controls by iterative proportional fitting."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from simlib.population.controls import Control
from simlib.population.tables import Floats

_CHECK_EVERY = 10


class FitStatus(Enum):
    """Say how a fit ended."""

    CONVERGED = "converged"
    """Every control is met within the tolerance."""
    STALLED = "stalled"
    """The rounds ran out while errors were still falling."""
    INFEASIBLE = "infeasible"
    """No table of households can meet the controls together."""


@dataclass(frozen=True)
class FitResult:
    """Hold a fitted table.

    Parameters
    ----------
    weights
        Share of households in each cell, shape ``(cells,)``, summing to 1.
    status
        How the fit ended.
    responsible
        Names of the controls that are not met, worst first; empty when converged.
    rounds
        Rounds over all controls that were needed.
    worst_error
        Largest difference between a result and its target, as a share of the universe.
    """

    weights: Floats
    status: FitStatus
    responsible: tuple[str, ...]
    rounds: int
    worst_error: float

    def __repr__(self) -> str:
        named = f", {', '.join(self.responsible)}" if self.responsible else ""
        return f"FitResult({self.status.value} in {self.rounds} rounds{named})"


def fit(
    start: Floats,
    controls: Sequence[Control],
    tolerance: float = 1e-6,
    rounds_max: int = 2000,
) -> FitResult:
    """Scale starting weights until every control is met.

    Parameters
    ----------
    start
        Starting weights, shape ``(cells,)``; a weight of zero stays zero.
    controls
        In ascending importance: the last is met exactly in each round.
    tolerance
        Largest error, as a share of the universe, that counts as met.
    rounds_max
        Rounds after which the fit counts as stalled or infeasible.

    Returns
    -------
    FitResult
        Never a bare yes or no: the status names the controls that could not be met. A fit whose
        error stands still is infeasible; one whose error is still falling has stalled.

    Notes
    -----
    Iterative proportional fitting (Deming and Stephan 1940); for a feasible problem it finds the
    table closest to the start in relative entropy (Csiszar 1975).
    """
    impossible = _without_support(start, controls)
    weights = start / start.sum()
    if impossible:
        return FitResult(weights, FitStatus.INFEASIBLE, impossible, 0, float("inf"))
    earlier = float("inf")
    errors: dict[str, float] = {}
    for done in range(1, rounds_max + 1):
        errors = _round(weights, controls)
        worst = max(errors.values(), default=0.0)
        if worst <= tolerance:
            return FitResult(weights / weights.sum(), FitStatus.CONVERGED, (), done, worst)
        if done % _CHECK_EVERY == 0:
            if worst > 0.9999 * earlier:
                return _failed(weights, errors, tolerance, FitStatus.INFEASIBLE, done)
            earlier = worst
    return _failed(weights, errors, tolerance, FitStatus.STALLED, rounds_max)


def _round(weights: Floats, controls: Sequence[Control]) -> dict[str, float]:
    """Scale once to each control, in place; give each control's error before it was scaled."""
    errors = {}
    for control in controls:
        totals = control.totals(weights)
        universe = np.bincount(control.groups, totals)[control.groups]
        targets = control.shares * universe
        gap = np.abs(totals - targets) / np.where(universe > 0, universe, 1.0)
        errors[control.row.control] = float(gap.max(initial=0.0))
        factors = np.divide(targets, totals, out=np.zeros_like(totals), where=totals > 0)
        weights *= np.append(factors, 1.0)[control.codes]
    return errors


def _without_support(start: Floats, controls: Sequence[Control]) -> tuple[str, ...]:
    """Name the controls that want households where no cell can hold any."""
    named = []
    for control in controls:
        empty = (control.totals(start) <= 0) & (control.shares > 0)
        labels = [
            f"{control.row.control}[{control.geographies[i]}: {control.labels[i]}]"
            for i in np.flatnonzero(empty)
        ]
        named.extend(labels)
    return tuple(named)


def _failed(
    weights: Floats, errors: dict[str, float], tolerance: float, status: FitStatus, rounds: int
) -> FitResult:
    missed = sorted((name for name in errors if errors[name] > tolerance), key=lambda n: -errors[n])
    worst = max(errors.values())
    return FitResult(weights / weights.sum(), status, tuple(missed), rounds, worst)
