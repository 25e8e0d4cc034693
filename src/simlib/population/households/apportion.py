"""Divide a region's whole households among its municipalities, cell by cell."""

import numpy as np
import polars as pl
from numba import njit

from simlib.draws import Draws
from simlib.population.fitting.tilting import codes_of
from simlib.population.published.cells import TENURES, compositions
from simlib.population.published.tables import HEAD_BANDS, SEXES, Floats, Ints, municipalities


def divide_cells(
    frame: pl.DataFrame, counts: Ints, homes: Floats, chosen: Ints, draws: Draws
) -> Ints:
    """Give each municipality of a region a whole number of households of each cell.

    Parameters
    ----------
    frame
        Cells of one region.
    counts
        Households in each cell, shape ``(cells,)``.
    homes
        Share of households by municipality of the country, kind, sex and age band of the head.
    chosen
        Index of the region's municipalities, shape ``(places,)``.
    draws
        Luck of this population: where the municipalities start.

    Returns
    -------
    ndarray
        Households by municipality and cell, shape ``(places, cells)``; its columns add up to the
        counts. Whole parts of the expectation are given first. Each household left over goes
        where most are missing so far: in all, by sex and age band of the head (of people living
        alone and of others), by kind of household and by tenure. So every one of these totals
        stays within a few households of its expectation, however large or small the population.
    """
    kind = frame["composition"].to_numpy().astype(np.int64)
    sex = codes_of(frame["head_sex"], SEXES)
    band = codes_of(frame["head_age_band"], HEAD_BANDS)
    tenure = codes_of(frame["tenure"], TENURES)
    weights = homes[chosen][:, kind, sex, band]
    total = weights.sum(axis=0)
    equal = np.full_like(weights, 1.0 / chosen.size)
    shares = np.divide(weights, total, out=equal, where=total > 0)
    sizes = np.array([each.size for each in compositions()])[kind]
    heads = (sex * len(HEAD_BANDS) + band) * 2 + (sizes > 1)
    margins = np.column_stack([np.zeros_like(kind), heads, kind, tenure])
    widths = margins.max(axis=0) + 1
    margins += np.concatenate([[0], np.cumsum(widths[:-1])])
    codes = municipalities()["code"].to_numpy()[chosen]
    missing = np.zeros((chosen.size, int(widths.sum())))
    missing[:, 0] = draws.uniform("population.place", codes)
    found = _divide(np.ascontiguousarray(shares.T), counts.astype(np.int64), margins, missing)
    return np.asarray(found, dtype=np.int64)


@njit(cache=True, nogil=True)
def _divide(shares, counts, margins, missing):  # type: ignore[no-untyped-def]
    cells, places = shares.shape
    width = margins.shape[1]
    found = np.zeros((places, cells), dtype=np.int64)
    for c in range(cells):
        left = counts[c]
        if left == 0:
            continue
        for m in range(places):
            expected = shares[c, m] * counts[c]
            whole = int(np.floor(expected + 1e-9))
            found[m, c] = whole
            left -= whole
            for k in range(width):
                missing[m, margins[c, k]] += expected - whole
        for _ in range(left):
            best, most = 0, -1e300
            for m in range(places):
                if shares[c, m] <= 0.0:
                    continue
                score = shares[c, m] * counts[c] - found[m, c]
                for k in range(width):
                    score += missing[m, margins[c, k]]
                if score > most:
                    best, most = m, score
            found[best, c] += 1
            for k in range(width):
                missing[best, margins[c, k]] -= 1.0
    return found
