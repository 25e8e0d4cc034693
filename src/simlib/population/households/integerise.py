"""Turn fitted shares into whole households without losing the controls.

Whole parts are kept; fractions are rounded by balanced sampling (the cube method of Deville and
Tille 2004, "Efficient balanced sampling"), so that every margin keeps its total but for a handful
of households, however small the population is.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from simlib.draws import Draws
from simlib.population.published.controls import Control
from simlib.population.published.tables import Floats, Ints, regions

_EPS = 1e-9


@njit(cache=True, nogil=True)
def flight(prob, codes, margins_n, uniforms):  # type: ignore[no-untyped-def]
    """Move inclusion probabilities to 0 or 1 while every margin keeps its total.

    Parameters
    ----------
    prob
        Inclusion probabilities, shape ``(units,)``; changed in place.
    codes
        Margins to which each unit belongs, shape ``(units, controls)``.
    margins_n
        Number of margins.
    uniforms
        One uniform number per unit, shape ``(units,)``.

    Notes
    -----
    Keeps the inverse of a basis of margins, as the simplex method does; at most ``margins_n``
    units stay between 0 and 1.
    """
    units, width = codes.shape
    inverse = np.eye(margins_n)
    basis = np.full(margins_n, -1, dtype=np.int64)
    column = np.empty(margins_n)
    for unit in range(units):
        if prob[unit] <= _EPS or prob[unit] >= 1.0 - _EPS:
            prob[unit] = np.round(prob[unit])
            continue
        for i in range(margins_n):
            total = 0.0
            for k in range(width):
                total += inverse[i, codes[unit, k]]
            column[i] = total
        pivot = _free_row(basis, column)
        if pivot < 0:
            pivot = _move(prob, basis, column, unit, uniforms[unit])
        if pivot >= 0:
            basis[pivot] = unit
            _exchange(inverse, column, pivot)


@njit(cache=True)
def _free_row(basis, column):  # type: ignore[no-untyped-def]
    """Find a margin that no unit balances yet, or -1."""
    best, size = -1, 1e-7
    for i in range(basis.size):
        if basis[i] < 0 and abs(column[i]) > size:
            best, size = i, abs(column[i])
    return best


@njit(cache=True)
def _move(prob, basis, column, unit, uniform):  # type: ignore[no-untyped-def]
    """Move a unit and those that balance it; give the row whose unit became whole, or -1."""
    up, down = 1.0 - prob[unit], prob[unit]
    up_row, down_row = -1, -1
    for i in range(basis.size):
        if basis[i] < 0 or abs(column[i]) < 1e-7:
            continue
        value, slope = prob[basis[i]], column[i]
        to_up = value / slope if slope > 0 else (value - 1.0) / slope
        to_down = (1.0 - value) / slope if slope > 0 else -value / slope
        if to_up < up:
            up, up_row = max(to_up, 0.0), i
        if to_down < down:
            down, down_row = max(to_down, 0.0), i
    rises = up + down <= 0.0 or uniform * (up + down) < down
    step, row = (up, up_row) if rises else (-down, down_row)
    prob[unit] += step
    for i in range(basis.size):
        if basis[i] >= 0 and abs(column[i]) >= 1e-7:
            prob[basis[i]] = min(max(prob[basis[i]] - step * column[i], 0.0), 1.0)
    if row < 0:
        prob[unit] = np.round(prob[unit])
    else:
        prob[basis[row]] = np.round(prob[basis[row]])
    return row


@njit(cache=True)
def _exchange(inverse, column, pivot):  # type: ignore[no-untyped-def]
    """Put a new column into the basis at a row."""
    inverse[pivot] /= column[pivot]
    for i in range(column.size):
        if i != pivot and column[i] != 0.0:
            inverse[i] -= column[i] * inverse[pivot]


@dataclass(frozen=True)
class Margins:
    """Hold the margins whose totals rounding keeps.

    Parameters
    ----------
    regions
        Cells of each region, in the order of regions.
    within, across
        Margins of each cell within its region and in the country, shape ``(cells, margins)``.
    """

    regions: tuple[Ints, ...]
    within: Ints
    across: Ints


def margins_of(frame: pl.DataFrame, controls: Sequence[Control] = ()) -> Margins:
    """Find the margins of cells that rounding keeps.

    Parameters
    ----------
    frame
        The cells' columns.
    controls
        Controls that rounding keeps beside size, composition, age, sex and tenure: national ones
        across regions, and those of a part of all households within each region too.
    """
    shared = [each for each in controls if each.row.geography == "national"]
    region_codes = _codes(frame, ["region"])[:, 0]
    return Margins(
        tuple(np.flatnonzero(region_codes == region) for region in range(len(regions()))),
        _codes(
            frame,
            ["size_group", "composition", "head_age_band|head_sex", "tenure"],
            [each.codes for each in shared if each.row.universe],
        ),
        _codes(
            frame,
            ["region", "region|size_group", "household_type", "head_age_band|head_sex", "tenure"],
            [each.codes for each in shared],
        ),
    )


def whole_households(weights: Floats, margins: Margins, households_n: int, draws: Draws) -> Ints:
    """Give each cell a whole number of households.

    Parameters
    ----------
    weights
        Share of households in each cell, shape ``(cells,)``, summing to 1.
    margins
        What rounding keeps.
    households_n
        Households to make.
    draws
        Luck of this population.

    Returns
    -------
    ndarray
        Whole numbers, shape ``(cells,)``, summing to ``households_n``.
    """
    expected = np.round(weights * households_n, 9)  # the last bits differ between processors
    counts = np.floor(expected)
    rest = expected - counts
    uniforms = draws.uniform("population.round_cell", np.arange(rest.size))
    with ThreadPoolExecutor() as pool:
        flown = pool.map(
            lambda rows: fly(rest[rows], margins.within[rows], uniforms[rows]), margins.regions
        )
        for rows, found in zip(margins.regions, list(flown), strict=True):
            rest[rows] = found
    rest = fly(rest, margins.across, 1.0 - uniforms)
    rest = land(rest, int(households_n - counts.sum()))
    return np.asarray(counts + rest, dtype=np.int64)


def fly(prob: Floats, codes: Ints, uniforms: Floats) -> Floats:
    """Round inclusion probabilities while margins keep their totals, as far as that goes.

    Parameters
    ----------
    prob
        Inclusion probabilities, shape ``(units,)``.
    codes
        Margins to which each unit belongs, shape ``(units, controls)``.
    uniforms
        One uniform number per unit.

    Returns
    -------
    ndarray
        Probabilities of which at most as many as there are margins lie between 0 and 1.
    """
    open_units = np.flatnonzero((prob > _EPS) & (prob < 1.0 - _EPS))
    result = np.round(prob)
    if open_units.size:
        part = prob[open_units].copy()
        flight(
            part,
            np.ascontiguousarray(codes[open_units]),
            int(codes.max()) + 1,
            uniforms[open_units],
        )
        result[open_units] = part
    return result


def land(prob: Floats, total: int) -> Floats:
    """Round what is left so that running sums along the cells stay within one household."""
    result = np.floor(prob + _EPS)
    open_units = np.flatnonzero(np.abs(prob - np.round(prob)) > _EPS)
    result[open_units] = 0.0
    missing = total - int(result.sum())
    if open_units.size == 0:
        return result
    part = prob[open_units]
    running = np.cumsum(part) * (missing / part.sum())
    steps = np.diff(np.floor(running + 0.5), prepend=0.0)
    steps[-1] += missing - steps.sum()
    result[open_units] = steps
    return result


def _codes(frame: pl.DataFrame, margins: Sequence[str], more: Sequence[Ints] = ()) -> Ints:
    """Give each cell's category in several margins, numbered on, shape ``(cells, margins)``.

    ``more`` has categories that are known already, -1 for none.
    """
    columns = []
    offset = 0
    for margin in margins:
        key = pl.concat_str(
            [pl.col(name).cast(pl.String) for name in margin.split("|")], separator="|"
        )
        codes = frame.select(key.rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
        columns.append(codes + offset)
        offset += int(codes.max()) + 1
    for known in more:
        columns.append(known + 1 + offset)
        offset += int(known.max()) + 2
    return np.column_stack(columns).astype(np.int64)
