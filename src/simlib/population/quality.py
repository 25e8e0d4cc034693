"""How well a population meets its controls: the table behind ``fit.csv``."""

import numpy as np
import polars as pl

from simlib.population.cells import head_age_group
from simlib.population.controls import Control, target_shares
from simlib.population.population import Population
from simlib.population.synthesis import FittedTable
from simlib.population.tables import PERSON_BANDS, band_start


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
    homes = cell_columns(population.households)
    parts = [_compare(control, homes) for control in table.controls]
    parts.append(_persons(population, table))
    return pl.concat(parts).with_columns(
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


def _compare(control: Control, homes: pl.DataFrame) -> pl.DataFrame:
    row = control.row
    inside = homes.filter(pl.sql_expr(row.universe)) if row.universe else homes
    place = pl.lit("national") if row.geography == "national" else pl.col("region")
    counted = inside.group_by(
        place.alias("geography"), pl.sql_expr(row.expression).cast(pl.String).alias("category")
    ).agg(pl.len().cast(pl.Float64).alias("result"))  # fmt: skip
    targets = pl.DataFrame(
        {
            "geography": control.geographies,
            "category": control.labels,
            "share": control.shares,
        }
    )
    return _against(targets, counted, row.control, row.unit, row.source, row.evidence)


def _against(
    targets: pl.DataFrame, counted: pl.DataFrame, name: str, unit: str, source: str, evidence: str
) -> pl.DataFrame:
    joined = targets.join(counted, on=["geography", "category"], how="left").with_columns(
        pl.col("result").fill_null(0.0)
    )
    universe = pl.col("result").sum().over("geography")
    return joined.select(
        pl.lit(name).alias("control"),
        pl.lit(unit).alias("unit"),
        "geography",
        "category",
        (pl.col("share") * universe).alias("target"),
        "result",
        (pl.col("share") * (1.0 - pl.col("share")) * universe).alias("variance"),
        pl.lit(source).alias("source"),
        pl.lit(evidence).alias("evidence"),
    )


def _persons(population: Population, table: FittedTable) -> pl.DataFrame:
    row = table.persons_control
    starts = np.array([band_start(band) for band in PERSON_BANDS])
    band = np.searchsorted(starts, population.persons["age"].to_numpy(), side="right") - 1
    place = population.households["region"].cast(pl.String)
    counted = (
        population.persons.select(
            pl.Series("geography", place.gather(population.persons["household_id"])),
            pl.concat_str(
                pl.col("sex").cast(pl.String), pl.Series(np.array(PERSON_BANDS)[band]),
                separator="|",
            ).alias("category"),
        )
        .group_by("geography", "category")
        .agg(pl.len().cast(pl.Float64).alias("result"))
    )  # fmt: skip
    targets = target_shares(row).rename({"region": "geography"})
    return _against(targets, counted, row.control, row.unit, row.source, row.evidence)


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
