"""What a scorer is worth: its lead over the simple rule as a share of the oracle's lead."""

import polars as pl

from simlib.errors import UserError
from simlib.risk.baselines import BASELINES, SIMPLE

ORACLE = "oracle"


def share_of_lead(value: float, simple: float, oracle: float) -> float | None:
    """Give the part of the way from the simple rule to the oracle that a scorer goes.

    Parameters
    ----------
    value, simple, oracle
        The same measure (households in crisis found, crises averted) for the scorer, for the
        simple rule and for an oracle that knows the outcome.

    Returns
    -------
    float or None
        1 for the oracle, 0 for the simple rule, negative when the rule is better; None when
        the oracle does not lead.
    """
    lead = oracle - simple
    return (value - simple) / lead if lead > 0 else None


def value_over_simple(evaluation: pl.DataFrame, metric: str = "found_n") -> pl.DataFrame:
    """Give each scorer's value over the rule of thumb, by layer of labels.

    Parameters
    ----------
    evaluation
        Result of ``simlib.risk.training.evaluate``.
    metric
        A measure for which more is better and which holds at the real capacity.

    Returns
    -------
    DataFrame
        Columns scorer, layer, value, over_simple (difference to the rule of thumb),
        share_of_oracle_lead, and of that low and high, its 95 per cent interval over households
        where the evaluation has one; null where the oracle does not lead.

    Raises
    ------
    UserError
        If a baseline is missing: a result without its baselines says nothing.
    """
    rows = evaluation.filter(pl.col("group") == "all", pl.col("metric") == metric)
    missing = [name for name in BASELINES if name not in set(rows["scorer"])]
    if missing:
        raise UserError(
            f"the evaluation lacks {', '.join(missing)}",
            "evaluation of scorers",
            "a value without what it is compared with means nothing",
            "evaluate the scorers again, or run the scenario again",
        )
    values = {(scorer, layer): value for scorer, layer, value in _triples(rows)}
    made: list[tuple[str, str, float | None, float | None, float | None]] = []
    for (scorer, layer), value in values.items():
        simple, oracle = values[(SIMPLE, layer)], values[(ORACLE, layer)]
        if value is None or simple is None or oracle is None:
            made.append((scorer, layer, value, None, None))
            continue
        made.append((scorer, layer, value, value - simple, share_of_lead(value, simple, oracle)))
    schema = {
        "scorer": pl.String,
        "layer": pl.String,
        "value": pl.Float64,
        "over_simple": pl.Float64,
        "share_of_oracle_lead": pl.Float64,
    }
    shares = pl.DataFrame(made, schema=schema, orient="row")
    return shares.join(_intervals(evaluation, metric), on=["scorer", "layer"], how="left")


def _intervals(evaluation: pl.DataFrame, metric: str) -> pl.DataFrame:
    """Give the interval of the share of the oracle's lead, known for households found."""
    rows = evaluation.filter(
        pl.col("metric") == "share_of_oracle_lead", pl.lit(metric == "found_n")
    )
    return rows.select("scorer", "layer", low="sample_low", high="sample_high")


def _triples(rows: pl.DataFrame) -> list[tuple[str, str, float | None]]:
    return list(rows.select("scorer", "layer", "value").iter_rows())
