"""Weights of given households that meet controls of households and of persons together."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from simlib.population.fitting.proportional import FitResult, FitStatus
from simlib.population.microdata.incidence import Incidence
from simlib.population.published.controls import MUST
from simlib.population.published.tables import Floats, Ints

_ROUNDS_MAX = 60
_PASSES = 8
_STEEPEST = 300.0
"""Largest change of a log weight; a fit that wants more does not exist."""
_SMALLEST = 1e-9
_LEAST = -700.0
"""Logarithm below which a weight counts as nothing."""
_SOUNDING, _SOFT, _STIFF = 1e-4, 1e-2, 1e-10
"""Ridges: of the first pass, of controls that give way, and of those that are met."""
_EXTREME = 10.0
"""Factor (in logarithms) of the first pass above which a control gives way."""


def calibrate(base: Floats, counts: Incidence, tolerance: float = 1e-6) -> FitResult:
    """Find the weights closest to the given ones that meet every control.

    Parameters
    ----------
    base
        Weights to start from, shape ``(households,)``, above 0.
    counts
        Counts of households and persons in the categories of the controls.
    tolerance
        Largest error, as a share of a control's universe, that counts as met.

    Returns
    -------
    FitResult
        Weights summing to 1. Where controls contradict each other in a place, those of least
        importance give way there if their importance is below 1000: they are met as closely as
        goes without extreme weights. They are named with the place.

    Notes
    -----
    Entropy balancing (Hainmueller 2012), the generalised raking of Deville, Saerndal and Sautory
    (1993) with an exponential distance: a household's weight is its start times the exponential
    of a sum over its categories, found by Newton's method on the convex dual. A control that
    gives way has a quadratic penalty instead of a constraint, which is a ridge on the dual.
    """
    importance = np.array([row.importance for row in counts.rows])[counts.control]
    yields = importance < MUST
    start = base / base.sum()
    universe = np.bincount(counts.group, counts.matrix.T @ start)[counts.group]
    easing = universe * (MUST / importance) ** 2
    ridge = np.where(yields, _SOUNDING * easing, _STIFF * universe)
    first = _newton(start, counts, ridge, tolerance)
    rounds = first.rounds
    bad = np.abs(first.factor) > _EXTREME
    soft = np.zeros(importance.size, dtype=np.bool_)
    for _ in range(_PASSES):
        soft |= np.isin(counts.group, counts.group[bad & yields])
        ridge = np.where(soft, _SOFT * easing, _STIFF * universe)
        found = _newton(start, counts, ridge, tolerance)
        weights, errors = found.weights, found.errors
        rounds += found.rounds
        steep = np.abs(found.factor) > _EXTREME
        bad = steep if (steep & yields & ~soft).any() else errors > tolerance
        if errors[~soft].max(initial=0.0) <= tolerance:
            named = (*_places(counts, np.flatnonzero(soft)), *counts.empty)
            status = FitStatus.RELAXED if named else FitStatus.CONVERGED
            return FitResult(weights, status, named, rounds, float(errors[~soft].max(initial=0.0)))
        if not (yields & ~soft & (errors > tolerance)).any():
            break
    missed = np.flatnonzero((errors > tolerance) & ~soft)
    missed = missed[np.argsort(-errors[missed])]
    return FitResult(
        weights, FitStatus.INFEASIBLE, _places(counts, missed), rounds, float(errors.max())
    )


def _places(counts: Incidence, categories: Ints) -> tuple[str, ...]:
    """Name the controls and places of categories, each once."""
    return tuple(dict.fromkeys(counts.names[i].split(":")[0] + "]" for i in categories))


@dataclass(frozen=True)
class _Minimum:
    """Hold where a minimisation ended: weights, factors, errors of categories, rounds."""

    weights: Floats
    factor: Floats
    errors: Floats
    rounds: int


def _newton(start: Floats, counts: Incidence, ridge: Floats, tolerance: float) -> _Minimum:
    """Minimise the dual with a ridge."""
    shares, group = counts.shares, counts.group
    factor = np.zeros(shares.size)
    weights, height = _weights(start, counts, factor)
    errors = np.zeros(shares.size)
    done = 0
    while done < _ROUNDS_MAX:
        done += 1
        totals = counts.matrix.T @ weights
        universe = np.bincount(group, totals)[group]
        gap = totals - shares * universe
        errors = np.abs(gap) / universe
        slope = gap + ridge * factor
        if (np.abs(slope) / universe).max(initial=0.0) <= 0.1 * tolerance:
            break
        step = _direction(weights, totals, slope, counts, ridge)
        size = 1.0
        while size > _SMALLEST:
            tried = factor - size * step
            found_weights, found = _weights(start, counts, tried)
            found += 0.5 * float(ridge @ tried**2)
            if found <= height - 1e-4 * size * float(slope @ step):
                break
            size *= 0.5
        steep = np.abs(_log_change(counts, tried)).max(initial=0.0) > _STEEPEST
        if size <= _SMALLEST or steep:
            break
        factor, weights, height = tried, found_weights, found
    return _Minimum(weights, factor, errors, done)


def _log_change(counts: Incidence, factor: Floats) -> Floats:
    centred = factor - np.bincount(counts.group, counts.shares * factor)[counts.group]
    return np.asarray(counts.matrix @ centred)


def _weights(start: Floats, counts: Incidence, factor: Floats) -> tuple[Floats, float]:
    """Give the weights that go with the factors, and the height of the dual there."""
    change = _log_change(counts, factor)
    top = change.max()
    weights = start * np.exp(np.maximum(change - top, _LEAST))
    total = weights.sum()
    return weights / total, float(np.log(total) + top)


def _direction(
    weights: Floats, totals: Floats, slope: Floats, counts: Incidence, ridge: Floats
) -> Floats:
    """Solve for Newton's step; redundant controls leave directions free, which stay at rest."""
    matrix, shares, group = counts.matrix, counts.shares, counts.group
    scaled = matrix.multiply(weights[:, None]).tocsr()
    second = (matrix.T @ scaled).toarray() - np.outer(totals, totals)
    member = sparse.csr_array((np.ones(group.size), (np.arange(group.size), group)))
    second -= (second @ member)[:, group] * shares
    second -= shares[:, None] * (member.T @ second)[group]
    second[np.diag_indices_from(second)] += ridge
    root = np.sqrt(np.maximum(np.diag(second), 1e-300))
    second /= root[:, None] * root
    second[np.diag_indices_from(second)] += 1e-10
    solved = linalg.solve(second, slope / root, assume_a="sym", overwrite_a=True)
    return np.asarray(solved / root)
