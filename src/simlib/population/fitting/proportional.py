"""Fit the joint table of households to its controls by iterative proportional fitting."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np

from simlib.population.published.controls import MUST, Control
from simlib.population.published.tables import Floats

_CHECK_EVERY = 10
_SLIGHT = 0.02
"""Share of the worst error below which a missed control is not named: others pull it."""
_NEAR = 10.0
"""Tolerances within which a fit that stands still is met: published shares are rounded."""


class FitStatus(Enum):
    """Say how a fit ended."""

    CONVERGED = "converged"
    """Every control is met within the tolerance."""
    RELAXED = "relaxed"
    """All but the controls that gave way are met within the tolerance."""
    STALLED = "stalled"
    """The rounds ran out while errors were still falling."""
    INFEASIBLE = "infeasible"
    """No table of households can meet the controls together."""


class Persons(Protocol):
    """Stand for a control of persons, which moves households and their members' ages."""

    name: str

    def adjust(self, weights: Floats) -> float:
        """Move the weights once, in place; give the error before, as a share of all persons."""


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
        Names of the controls that are not met, worst first, or that gave way; empty when
        converged.
    rounds
        Rounds over all controls that were needed.
    worst_error
        Largest difference between a result and its target, as a share of the universe, among
        the controls that did not give way.
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
    persons: Persons | None = None,
) -> FitResult:
    """Scale starting weights until every control is met.

    Parameters
    ----------
    start
        Starting weights, shape ``(cells,)``; a weight of zero stays zero.
    controls
        In ascending importance: the last is met exactly in each round.
    tolerance
        Largest error, as a share of the universe, that counts as met; ten times as much where
        the fit stands still, since published shares are rounded and fit together only so far.
    rounds_max
        Rounds after which the fit counts as stalled or infeasible.
    persons
        A control of persons to be met as well.

    Returns
    -------
    FitResult
        Never a bare yes or no: the status names the controls that could not be met. A fit whose
        error stands still is infeasible; one whose error is still falling has stalled. Where
        controls contradict each other, the least important of them gives way if its importance
        is below 1000: it is left out from there on, the compromise it has reached until then
        being where the rest goes on from.

    Notes
    -----
    Iterative proportional fitting (Deming and Stephan 1940); for a feasible problem it finds the
    table closest to the start in relative entropy (Csiszar 1975).
    """
    weights = start / start.sum()
    impossible = _without_support(start, controls)
    gone = [
        each.row.control for each in controls if each.row.control in impossible and _yields(each)
    ]
    active = [each for each in controls if each.row.control not in gone]
    blocked = [text for each in active for text in impossible.get(each.row.control, ())]
    if blocked:
        return FitResult(weights, FitStatus.INFEASIBLE, tuple(blocked), 0, float("inf"))
    earlier = float("inf")
    errors: dict[str, float] = {}
    for done in range(1, rounds_max + 1):
        errors = _round(weights, active, persons)
        worst = max(errors.values(), default=0.0)
        if worst <= tolerance:
            return FitResult(weights / weights.sum(), _ended(gone), tuple(gone), done, worst)
        if done % _CHECK_EVERY:
            continue
        if worst > 0.9999 * earlier and worst <= _NEAR * tolerance:
            return FitResult(weights / weights.sum(), _ended(gone), tuple(gone), done, worst)
        if worst > 0.9999 * earlier:
            missed = [each for each in active if errors[each.row.control] > tolerance]
            weakest = min(filter(_yields, missed), key=lambda c: c.row.importance, default=None)
            if weakest is None:
                return _failed(weights, errors, tolerance, FitStatus.INFEASIBLE, done)
            gone.append(weakest.row.control)
            active = [each for each in active if each is not weakest]
            if (weakest.shares == 0.0).any():
                weights = start / start.sum()
            worst = float("inf")
        earlier = worst
    return _failed(weights, errors, tolerance, FitStatus.STALLED, rounds_max)


def _ended(gone: Sequence[str]) -> FitStatus:
    return FitStatus.RELAXED if gone else FitStatus.CONVERGED


def _yields(control: Control) -> bool:
    return control.row.importance < MUST


def _round(
    weights: Floats, controls: Sequence[Control], persons: Persons | None = None
) -> dict[str, float]:
    """Scale once to each control, in place; give each control's error before it was scaled."""
    errors = {}
    if persons is not None:
        errors[persons.name] = persons.adjust(weights)
    for control in controls:
        totals = control.totals(weights)
        universe = np.bincount(control.groups, totals)[control.groups]
        targets = control.shares * universe
        gap = np.abs(totals - targets) / np.where(universe > 0, universe, 1.0)
        errors[control.row.control] = float(gap.max(initial=0.0))
        factors = np.divide(targets, totals, out=np.zeros_like(totals), where=totals > 0)
        weights *= np.append(factors, 1.0)[control.codes]
    return errors


def _without_support(start: Floats, controls: Sequence[Control]) -> dict[str, tuple[str, ...]]:
    """List what each control wants where no cell can hold any household."""
    found = {}
    for control in controls:
        empty = np.flatnonzero((control.totals(start) <= 0) & (control.shares > 0))
        if empty.size:
            found[control.row.control] = tuple(
                f"{control.row.control}[{control.geographies[i]}: {control.labels[i]}]"
                for i in empty
            )
    return found


def _failed(
    weights: Floats, errors: dict[str, float], tolerance: float, status: FitStatus, rounds: int
) -> FitResult:
    """End a fit without success, naming the controls that are missed by more than a little."""
    worst = max(errors.values())
    least = max(tolerance, _SLIGHT * worst)
    missed = sorted((name for name in errors if errors[name] > least), key=lambda n: -errors[n])
    return FitResult(weights / weights.sum(), status, tuple(missed), rounds, worst)
