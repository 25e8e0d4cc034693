"""Weights of given households that meet controls of households and of persons together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import linalg, sparse

from simlib.errors import UserError
from simlib.population.controls import MUST, ControlRow, target_shares
from simlib.population.fitting import FitResult, FitStatus
from simlib.population.population import Population
from simlib.population.quality import cell_columns, person_columns
from simlib.population.tables import Floats, Ints

_ROUNDS_MAX = 80
_STEEPEST = 60.0
"""Largest change of a log weight; a fit that wants more does not exist."""
_CLOSE = 1e-4


@dataclass(frozen=True)
class Incidence:
    """Say how often each household counts in each category of the controls.

    Parameters
    ----------
    matrix
        Sparse counts, shape ``(households, categories)``.
    control
        Control of each category, as an index into ``rows``.
    group
        Universe of each category: a control in one place.
    shares
        Target share of each category in its universe.
    names
        Place and label of each category.
    rows
        The controls.
    empty
        Categories that no household falls into although their target is more than 0.
    """

    matrix: sparse.csr_array
    control: Ints
    group: Ints
    shares: Floats
    names: tuple[str, ...]
    rows: tuple[ControlRow, ...]
    empty: tuple[str, ...]

    def without(self, control: int) -> "Incidence":
        """Leave a control out."""
        kept = np.flatnonzero(self.control != control)
        return Incidence(
            self.matrix[:, kept],
            self.control[kept],
            np.unique(self.group[kept], return_inverse=True)[1],
            self.shares[kept],
            tuple(self.names[i] for i in kept),
            self.rows,
            self.empty,
        )


def count_incidence(population: Population, rows: Sequence[ControlRow]) -> Incidence:
    """Count households and persons of each household in the categories of controls.

    Parameters
    ----------
    population
        Households and persons.
    rows
        Controls of households and persons; those of municipalities are not used.

    Raises
    ------
    UserError
        If a household falls into a category without a target, or a category of a control that
        must be met has a target but no household.
    """
    homes = cell_columns(population.households).with_columns(
        home=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    people = person_columns(population.households, population.persons)
    used = tuple(row for row in rows if row.geography != "municipality")
    parts: list[pl.DataFrame] = []
    frames = {"households": homes, "persons": people}
    entries = []
    offset = 0
    for i, row in enumerate(used):
        targets, counts = _counts(row, frames[row.unit])
        targets = targets.with_columns(control=pl.lit(i), code=pl.col("code") + offset)
        entries.append(counts.with_columns(pl.col("code") + offset))
        parts.append(targets)
        offset += targets.height
    targets = pl.concat(parts)
    counts = pl.concat(entries)
    shape = (population.households.height, offset)
    matrix = sparse.csr_array(
        (counts["n"].to_numpy(), (counts["home"].to_numpy(), counts["code"].to_numpy())),
        shape=shape, dtype=np.float64,
    )  # fmt: skip
    return _used(matrix, targets, used)


def _counts(row: ControlRow, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    place = pl.lit("national") if row.geography == "national" else pl.col("region")
    inside = frame.filter(pl.sql_expr(row.universe)) if row.universe else frame
    counted = (
        inside.select(
            "home",
            place.cast(pl.String).alias("geography"),
            pl.sql_expr(row.expression).cast(pl.String).alias("category"),
        )
        .group_by("home", "geography", "category", maintain_order=True)
        .agg(pl.len().alias("n"))
    )
    targets = target_shares(row).rename({"region": "geography"})
    targets = targets.with_columns(code=pl.int_range(pl.len(), dtype=pl.Int64))
    joined = counted.join(targets, on=["geography", "category"], how="left", maintain_order="left")
    unknown = joined.filter(pl.col("code").is_null())
    if not unknown.is_empty():
        raise UserError(
            f"the control '{row.control}' has no target for '{unknown['category'][0]}' in "
            f"{unknown['geography'][0]}",
            row.where,
            "every household in its universe must fall into a category with a target",
            "add the category to the table of targets, or narrow the universe",
        )
    return targets, joined.select("home", "code", "n")


def _used(
    matrix: sparse.csr_array, targets: pl.DataFrame, rows: tuple[ControlRow, ...]
) -> Incidence:
    """Leave out categories that nobody falls into, and refuse those that must be met."""
    total = np.asarray(matrix.sum(axis=0)).ravel()
    place = targets.select(pl.struct("control", "geography").rank("dense") - 1)
    group = place.to_series().to_numpy().astype(np.int64)
    present = np.bincount(group, total) > 0
    filled = total > 0
    gaps = ~filled & present[group] & (targets["share"].to_numpy() > 0)
    names = [
        f"{rows[c].control}[{g}: {label}]"
        for c, g, label in targets.select("control", "geography", "category").iter_rows()
    ]
    must = [i for i in np.flatnonzero(gaps) if rows[targets["control"][int(i)]].importance >= MUST]
    if must:
        raise UserError(
            f"no household of the data falls into {', '.join(names[i] for i in must[:4])}"
            + (f" and {len(must) - 4} more" if len(must) > 4 else ""),
            rows[targets["control"][int(must[0])]].where,
            "weights cannot make households that are not there",
            "merge these categories in the table of targets, or give the control an importance "
            "below 1000: it then does without them",
        )
    kept = np.flatnonzero(filled)
    shares = targets["share"].to_numpy()[kept]
    dense = np.unique(group[kept], return_inverse=True)[1]
    shares = shares / np.bincount(dense, shares)[dense]
    return Incidence(
        sparse.csr_array(matrix[:, kept]),
        targets["control"].to_numpy()[kept].astype(np.int64),
        dense,
        shares,
        tuple(names[i] for i in kept),
        rows,
        tuple(names[i] for i in np.flatnonzero(gaps)),
    )


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
        Weights summing to 1. Where controls contradict each other, the least important of
        those missed gives way if its importance is below 1000, as in the fit of cells.

    Notes
    -----
    Entropy balancing (Hainmueller 2012), the generalised raking of Deville, Saerndal and Sautory
    (1993) with an exponential distance: a household's weight is its start times the exponential
    of a sum over its categories, found by Newton's method on the convex dual.
    """
    gone: list[str] = []
    while True:
        weights, errors, rounds, falling = _newton(base, counts, tolerance)
        worst = float(errors.max(initial=0.0))
        if worst <= tolerance:
            status = FitStatus.RELAXED if gone or counts.empty else FitStatus.CONVERGED
            return FitResult(weights, status, (*gone, *counts.empty), rounds, worst)
        missed = np.unique(counts.control[errors > max(tolerance, _CLOSE * worst)])
        weak = [i for i in missed if counts.rows[i].importance < MUST]
        if not weak or falling:
            status = FitStatus.STALLED if falling else FitStatus.INFEASIBLE
            order = np.argsort(-errors)
            named = dict.fromkeys(counts.rows[counts.control[i]].control for i in order[:50])
            return FitResult(weights, status, (*named, *gone), rounds, worst)
        least = min(weak, key=lambda i: counts.rows[i].importance)
        gone.append(counts.rows[least].control)
        counts = counts.without(int(least))


def _newton(base: Floats, counts: Incidence, tolerance: float) -> tuple[Floats, Floats, int, bool]:
    """Minimise the dual; give weights, errors, rounds, and whether errors were still falling."""
    shares, group = counts.shares, counts.group
    start = base / base.sum()
    factor = np.zeros(shares.size)
    weights, height = _weights(start, counts, factor)
    earlier = np.inf
    worst = np.inf
    for done in range(_ROUNDS_MAX):
        totals = counts.matrix.T @ weights
        universe = np.bincount(group, totals)[group]
        gap = totals - shares * universe
        errors = np.abs(gap) / universe
        earlier, worst = worst, float(errors.max(initial=0.0))
        if worst <= tolerance:
            return weights, errors, done, False
        step = _direction(weights, totals, gap, counts)
        size = 1.0
        while True:
            tried, found = _weights(start, counts, factor - size * step)
            if found <= height - 1e-4 * size * float(gap @ step) or size < 1e-6:
                break
            size *= 0.5
        if size < 1e-6 or np.abs(_log_change(counts, factor - size * step)).max() > _STEEPEST:
            return weights, errors, done, False
        factor, weights, height = factor - size * step, tried, found
    return weights, errors, _ROUNDS_MAX, worst < 0.9 * earlier


def _log_change(counts: Incidence, factor: Floats) -> Floats:
    centred = factor - np.bincount(counts.group, counts.shares * factor)[counts.group]
    return np.asarray(counts.matrix @ centred)


def _weights(start: Floats, counts: Incidence, factor: Floats) -> tuple[Floats, float]:
    """Give the weights that go with the factors, and the height of the dual there."""
    change = _log_change(counts, factor)
    top = change.max(initial=0.0)
    weights = start * np.exp(change - top)
    total = weights.sum()
    return weights / total, float(np.log(total) + top)


def _direction(weights: Floats, totals: Floats, gap: Floats, counts: Incidence) -> Floats:
    """Solve for Newton's step; redundant controls leave directions free, which stay at rest."""
    matrix, shares, group = counts.matrix, counts.shares, counts.group
    scaled = matrix.multiply(weights[:, None]).tocsr()
    second = (matrix.T @ scaled).toarray() - np.outer(totals, totals)
    member = sparse.csr_array((np.ones(group.size), (np.arange(group.size), group)))
    second -= (second @ member)[:, group] * shares
    second -= shares[:, None] * (member.T @ second)[group]
    root = np.sqrt(np.maximum(np.diag(second), 1e-300))
    second /= root[:, None] * root
    second[np.diag_indices_from(second)] += 1e-8
    solved = linalg.solve(second, gap / root, assume_a="sym", overwrite_a=True)
    return np.asarray(solved / root)
