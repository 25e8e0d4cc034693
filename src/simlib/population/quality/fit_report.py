"""How well a population meets its controls: the table behind ``fit.csv``."""

from collections.abc import Collection, Sequence

import polars as pl

from simlib.population.fitted import FittedTable
from simlib.population.fitting.proportional import FitStatus
from simlib.population.population import Population
from simlib.population.published.controls import ControlRow
from simlib.population.published.counting import count_homes, count_persons

_PLACE_MIN = 100


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
        One row per control, geography and category: control, unit, geography (``national``, a
        region, or a municipality's code), category, target, result, error (result minus target),
        error_share (error over target), standardised_error, gave_way, source and evidence.
        Targets are shares of the universe that the population holds. The standardised error is
        a z-score: the error over the standard deviation that the count would have if everybody
        in the universe fell into the category by chance, with the target share (binomial
        variance). ``gave_way`` marks controls that the fit left out because others of more
        importance contradict them. A municipality with fewer than 100 in the universe of a
        control is left out: it is too small to say anything.
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
    return count_rows(households, persons, [row for row, _ in table.measured()])


def count_rows(
    households: pl.DataFrame, persons: pl.DataFrame, rows: Sequence[ControlRow]
) -> pl.DataFrame:
    """Count as :func:`count_controls` does, for any controls."""
    return pl.concat([*count_homes(households, rows), *count_persons(households, persons, rows)])


def add_counts(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Add the counts of blocks."""
    keys = ["control", "geography", "category"]
    return pl.concat(parts).group_by(keys, maintain_order=True).agg(pl.col("result").sum())


def compare(counts: pl.DataFrame, table: FittedTable) -> pl.DataFrame:
    """Compare counts with every control, in the columns of :func:`fit_report`."""
    gone = table.result.responsible if table.result.status is FitStatus.RELAXED else ()
    return compare_with(counts, table.measured(), gone)


def compare_with(
    counts: pl.DataFrame,
    measured: Sequence[tuple[ControlRow, pl.DataFrame]],
    gone: Collection[str] = (),
) -> pl.DataFrame:
    """Compare counts with controls and their targets, in the columns of :func:`fit_report`.

    Parameters
    ----------
    counts
        Columns control, geography, category and result.
    measured
        Controls, each with its targets: columns geography, category and share.
    gone
        Names of the controls that gave way, or of such a control and a place: ``name[place]``.
    """
    rows = [_against(targets, counts, row) for row, targets in measured]
    names = pl.format("{}[{}]", "control", "geography")
    return pl.concat(rows).with_columns(
        error=pl.col("result") - pl.col("target"),
        gave_way=pl.col("control").is_in(sorted(gone)) | names.is_in(sorted(gone)),
    ).with_columns(
        error_share=pl.when(pl.col("target") > 0).then(pl.col("error") / pl.col("target")),
        standardised_error=pl.when(pl.col("variance") > 0).then(
            pl.col("error") / pl.col("variance").sqrt()
        ),
    ).select(
        "control", "unit", "geography", "category", "target", "result", "error", "error_share",
        "standardised_error", "gave_way", "source", "evidence",
    )  # fmt: skip


def _against(targets: pl.DataFrame, counts: pl.DataFrame, row: ControlRow) -> pl.DataFrame:
    counted = counts.filter(pl.col("control") == row.control).drop("control")
    joined = targets.join(
        counted, on=["geography", "category"], how="left", maintain_order="left"
    ).with_columns(pl.col("result").fill_null(0.0))
    universe = pl.col("result").sum().over("geography")
    if row.geography == "municipality":
        joined = joined.filter(universe >= _PLACE_MIN)
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
    """Add rows of regions or municipalities of a fit report up to the country.

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
