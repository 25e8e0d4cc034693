"""Published figures beside the population's: money that was controlled, and what was not."""

import polars as pl

from simlib.parameters import Parameters
from simlib.population.population import Population
from simlib.population.published.targets import published
from simlib.population.quality.money_measures import measures, with_money

WIDE = 0.2
"""A relation that is off by more than this share carries the reason."""
_UNEXAMINED = "no reason known; small populations miss by luck"


def relations_report(population: Population, parameters: Parameters) -> pl.DataFrame:
    """Compare a population with published relations that it was not fitted to.

    Parameters
    ----------
    population
        The population, or a part of it taken evenly.
    parameters
        Dated parameters.

    Returns
    -------
    DataFrame
        Columns relation, label, published, result, ratio (result over published), error (result
        minus published), unit, year, source, evidence, note and reason (where the ratio is off
        by more than :data:`WIDE`); the list was chosen before fitting and is printed whole.

    Notes
    -----
    Income with benefits and disposable income are approximate; see
    :mod:`simlib.population.money.transfers`.
    """
    rows = _measured(population, parameters, controlled=False)
    off = ((pl.col("ratio") - 1.0).abs() > WIDE) & pl.col("ratio").is_finite()
    reason = pl.col("reason").fill_null("")
    return rows.with_columns(
        reason=pl.when(off & (reason == "")).then(pl.lit(_UNEXAMINED)).when(off).then(reason)
        .otherwise(pl.lit(""))
    ).select(
        "relation", "label", "published", "result", "ratio", "error", "unit", "year", "source",
        "evidence", "note", "reason",
    )  # fmt: skip


def money_report(population: Population, parameters: Parameters) -> pl.DataFrame:
    """Compare a population with the published figures that its money is fitted to.

    Parameters
    ----------
    population
        The population, or a part of it taken evenly.
    parameters
        Dated parameters.

    Returns
    -------
    DataFrame
        Columns as those of the fit report: control ``money``, the unit of the figure,
        geography, category (the figure's name), target, result, error, error_share,
        standardised_error (none: these are not counts), gave_way, source and evidence.
    """
    rows = _measured(population, parameters, controlled=True)
    return rows.select(
        pl.lit("money").alias("control"),
        "unit",
        pl.lit("national").alias("geography"),
        pl.col("relation").alias("category"),
        pl.col("published").alias("target"),
        "result",
        "error",
        (pl.col("ratio") - 1.0).alias("error_share"),
        pl.lit(None, dtype=pl.Float64).alias("standardised_error"),
        pl.lit(value=False).alias("gave_way"),
        "source",
        "evidence",
    )


def _measured(population: Population, parameters: Parameters, controlled: bool) -> pl.DataFrame:
    homes, people = with_money(population, parameters)
    how = measures()
    rows = published(controlled)
    result = [how[name](homes, people) for name in rows["relation"]]
    return rows.with_columns(
        pl.col("value").cast(pl.Float64).alias("published"),
        pl.Series("result", result, dtype=pl.Float64),
        pl.col("year").cast(pl.String),
        pl.col("note").fill_null(""),
    ).with_columns(
        ratio=pl.col("result") / pl.col("published"),
        error=pl.col("result") - pl.col("published"),
    )
