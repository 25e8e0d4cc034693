"""How often each household of the data counts in the categories of controls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import sparse

from simlib.errors import UserError
from simlib.population.population import Population
from simlib.population.published.controls import MUST, ControlRow, inside, sql, target_shares
from simlib.population.published.counting import home_columns, person_rows
from simlib.population.published.tables import Floats, Ints

_HOMES_A_CATEGORY = 50
"""Households of the data that a municipality must hold for each category of its controls."""
_CATEGORIES_MOST = 4_000
"""Categories beyond which no further control of municipalities enters: weights are found by a
dense system of equations of that many."""


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
    places_n
        Municipalities in which a control of municipalities holds.
    left_out
        Controls of municipalities of which the data could not carry any, or not all at once.
    """

    matrix: sparse.csr_array
    control: Ints
    group: Ints
    shares: Floats
    names: tuple[str, ...]
    rows: tuple[ControlRow, ...]
    empty: tuple[str, ...]
    places_n: int = 0
    left_out: tuple[str, ...] = ()


def count_incidence(population: Population, rows: Sequence[ControlRow]) -> Incidence:
    """Count households and persons of each household in the categories of controls.

    Parameters
    ----------
    population
        Households and persons.
    rows
        Controls of households and persons. One of municipalities enters where the data hold fifty
        households for each of its categories.

    Raises
    ------
    UserError
        If a household falls into a category without a target, a category of a control that must
        be met has a target but no household, or no control can be used.
    """
    homes = home_columns(population.households).with_columns(
        home=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    people = person_rows(population.households, population.persons)
    frames = {"households": homes, "persons": people}
    parts: list[pl.DataFrame] = []
    entries: list[pl.DataFrame] = []
    used: list[ControlRow] = []
    left_out: list[str] = []
    offset, places_n = 0, 0
    for row in sorted(rows, key=lambda each: each.geography == "municipality"):
        targets, counts = _counts(row, frames[row.unit])
        local = row.geography == "municipality"
        if local and not 0 < targets.height <= _CATEGORIES_MOST - offset:
            left_out.append(row.control)
            continue
        entries.append(counts.with_columns(pl.col("code") + offset))
        parts.append(targets.with_columns(control=pl.lit(len(used)), code=pl.col("code") + offset))
        offset += targets.height
        places_n = max(places_n, targets["geography"].n_unique() if local else 0)
        used.append(row)
    if not used:
        raise UserError(
            "no control can be used",
            rows[0].where if rows else "controls.csv",
            "the data do not say who lives in the municipalities that the controls are about",
            "add a control of the country or of regions",
        )
    targets = pl.concat(parts)
    counts = pl.concat(entries)
    shape = (population.households.height, offset)
    matrix = sparse.csr_array(
        (counts["n"].to_numpy(), (counts["home"].to_numpy(), counts["code"].to_numpy())),
        shape=shape, dtype=np.float64,
    )  # fmt: skip
    return replace(_used(matrix, targets, tuple(used)), places_n=places_n, left_out=tuple(left_out))


def _counts(row: ControlRow, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    place = pl.lit("national") if row.geography == "national" else pl.col(row.geography)
    targets = target_shares(row).rename({"region": "geography"})
    chosen = frame.with_columns(geography=place.cast(pl.String)).filter(inside(row, frame))
    if row.geography == "municipality":
        targets, chosen = _carried(targets, chosen)
    counted = (
        chosen.select(
            "home", "geography", sql(row.expression, frame, row).cast(pl.String).alias("category")
        )
        .group_by("home", "geography", "category", maintain_order=True)
        .agg(pl.len().alias("n"))
    )
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


def _carried(targets: pl.DataFrame, chosen: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the municipalities of which the data hold enough households."""
    held = chosen.group_by("geography").agg(homes=pl.col("home").n_unique())
    enough = pl.col("homes") >= _HOMES_A_CATEGORY * pl.col("categories")
    kept = (
        targets.group_by("geography")
        .agg(categories=pl.len())
        .join(held, on="geography")
        .filter(enough)
    )
    return (
        targets.join(kept, on="geography", how="semi", maintain_order="left"),
        chosen.join(kept, on="geography", how="semi", maintain_order="left"),
    )


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
