"""How well a population meets its controls: the table behind ``fit.csv``."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from simlib.population.cells import head_age_group
from simlib.population.controls import Control, ControlRow, target_shares
from simlib.population.population import Population
from simlib.population.synthesis import FittedTable
from simlib.population.tables import PERSON_BANDS, band_start

COUNTED = ("region", "size", "household_type", "head_age", "head_sex", "tenure")
"""Columns of households on which controls rest."""


def fit_report(population: Population, table: FittedTable) -> pl.DataFrame:
    """Compare a population with every control it was fitted to.

    Parameters
    ----------
    population
        The population.
    table
        The fitted table it came from.

    Returns
    -------
    DataFrame
        One row per control and category: control, unit, geography, category, target, result,
        error (result minus target), error_share (error over target), standardised_error (error
        in standard deviations of a simple random draw of the same size) and source. Targets are
        shares of the universe that the population holds.
    """
    return compare(count_controls(population.households, population.persons, table), table)


def count_controls(
    households: pl.DataFrame, persons: pl.DataFrame, table: FittedTable
) -> pl.DataFrame:
    """Count a population, or one block of it, by the categories of every control.

    Returns
    -------
    DataFrame
        Columns control, geography, category and result. Counts of blocks add up to those of the
        population: see :func:`add_counts`.
    """
    alike = households.group_by(COUNTED, maintain_order=True).agg(pl.len().alias("households_n"))
    homes = cell_columns(alike)
    parts = [_count(control, homes) for control in table.controls]
    parts.append(_count_persons(households, persons, table))
    return pl.concat(parts)


def add_counts(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add the counts of blocks."""
    keys = ["control", "geography", "category"]
    return pl.concat(parts).group_by(keys, maintain_order=True).agg(pl.col("result").sum())


def compare(counts: pl.DataFrame, table: FittedTable) -> pl.DataFrame:
    """Compare counts with every control, in the columns of :func:`fit_report`."""
    rows = []
    for control in table.controls:
        targets = pl.DataFrame(
            {
                "geography": control.geographies,
                "category": control.labels,
                "share": control.shares,
            }
        )
        rows.append(_against(targets, counts, control.row))
    persons = table.persons_control
    rows.append(_against(target_shares(persons).rename({"region": "geography"}), counts, persons))
    return pl.concat(rows).with_columns(
        error=pl.col("result") - pl.col("target"),
    ).with_columns(
        error_share=pl.when(pl.col("target") > 0).then(pl.col("error") / pl.col("target")),
        standardised_error=pl.when(pl.col("variance") > 0).then(
            pl.col("error") / pl.col("variance").sqrt()
        ),
    ).select(
        "control", "unit", "geography", "category", "target", "result", "error", "error_share",
        "standardised_error", "source", "evidence",
    )  # fmt: skip


def cell_columns(households: pl.DataFrame) -> pl.DataFrame:
    """Add to households the columns on which controls are written."""
    age = pl.col("head_age").cast(pl.Int64)
    low = pl.min_horizontal((age // 5) * 5, pl.lit(85)).clip(15)
    size = pl.col("size")
    bands = {band_start(band): band for band in PERSON_BANDS if band_start(band) >= 15}
    groups = {start: head_age_group(start) for start in bands}
    return households.with_columns(
        pl.col("region").cast(pl.String),
        head_age_from=low,
        head_age_band=low.replace_strict(bands, return_dtype=pl.String),
        head_age_group=low.replace_strict(groups, return_dtype=pl.String),
        size_group=pl.when(size < 5).then(size.cast(pl.String)).otherwise(pl.lit("5+")),
        head_sex=pl.col("head_sex").cast(pl.String),
        household_type=pl.col("household_type").cast(pl.String),
        tenure=pl.col("tenure").cast(pl.String),
    )


def person_columns(households: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Add to persons the columns on which controls of persons are written."""
    starts = [band_start(band) for band in PERSON_BANDS[1:]]
    home = np.searchsorted(
        households["household_id"].to_numpy(), persons["household_id"].to_numpy()
    )
    bands = pl.col("age").cut(starts, labels=list(PERSON_BANDS), left_closed=True)
    return persons.with_columns(
        pl.selectors.by_dtype(pl.Enum).cast(pl.String),
        region=households["region"].cast(pl.String).gather(home),
        age_band=bands.cast(pl.String),
        home=home,
    )


def _count(control: Control, homes: pl.DataFrame) -> pl.DataFrame:
    row = control.row
    inside = homes.filter(pl.sql_expr(row.universe)) if row.universe else homes
    place = pl.lit("national") if row.geography == "national" else pl.col("region")
    counted = inside.group_by(
        place.alias("geography"), pl.sql_expr(row.expression).cast(pl.String).alias("category")
    ).agg(pl.col("households_n").sum().cast(pl.Float64).alias("result"))  # fmt: skip
    return counted.select(pl.lit(row.control).alias("control"), pl.all())


def _count_persons(
    households: pl.DataFrame, persons: pl.DataFrame, table: FittedTable
) -> pl.DataFrame:
    starts = np.array([band_start(band) for band in PERSON_BANDS])
    band = np.searchsorted(starts, persons["age"].to_numpy(), side="right") - 1
    home = np.searchsorted(
        households["household_id"].to_numpy(), persons["household_id"].to_numpy()
    )
    place = households["region"].gather(home)
    counted = (
        pl.DataFrame({"geography": place, "sex": persons["sex"], "band": band})
        .group_by("geography", "sex", "band")
        .agg(pl.len().cast(pl.Float64).alias("result"))
    )
    names = pl.Series(np.array(PERSON_BANDS)).gather(counted["band"])
    return counted.select(
        pl.lit(table.persons_control.control).alias("control"),
        pl.col("geography").cast(pl.String),
        pl.concat_str(pl.col("sex").cast(pl.String), names, separator="|").alias("category"),
        "result",
    )


def _against(targets: pl.DataFrame, counts: pl.DataFrame, row: ControlRow) -> pl.DataFrame:
    counted = counts.filter(pl.col("control") == row.control).drop("control")
    joined = targets.join(
        counted, on=["geography", "category"], how="left", maintain_order="left"
    ).with_columns(pl.col("result").fill_null(0.0))
    universe = pl.col("result").sum().over("geography")
    return joined.select(
        pl.lit(row.control).alias("control"),
        pl.lit(row.unit).alias("unit"),
        "geography",
        "category",
        (pl.col("share") * universe).alias("target"),
        "result",
        (pl.col("share") * (1.0 - pl.col("share")) * universe).alias("variance"),
        pl.lit(row.source).alias("source"),
        pl.lit(row.evidence).alias("evidence"),
    )


def national(report: pl.DataFrame) -> pl.DataFrame:
    """Add regional rows of a fit report up to the country.

    Returns
    -------
    DataFrame
        Columns control, category, target, result, error_share of the country's total of the
        control, worst first.
    """
    summed = report.group_by("control", "unit", "category").agg(
        pl.col("target").sum(), pl.col("result").sum()
    )
    total = pl.col("target").sum().over("control")
    return summed.with_columns(error_share=(pl.col("result") - pl.col("target")) / total).sort(
        pl.col("error_share").abs(), descending=True
    )
