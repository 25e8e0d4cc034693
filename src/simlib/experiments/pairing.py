"""Pair the replicates of two policies: differences, intervals, and what pairing is worth."""

import math

import polars as pl

from simlib.experiments.measures import KEYS, RATIOS

CONFIDENCE = 0.95
"""Coverage of the intervals: over the luck of replicates, nothing else."""

ROUNDING = 1e-12
"""Spreads below this share of a value are rounding of floating-point sums."""

FEW = 10
"""Fewer events than this may agree by chance in however many replicates."""

BY_CHANCE = 1e-4
"""Replicates that agree with a smaller chance than this do not agree by chance."""

PAIR = ["world", "replicate", *KEYS]
"""Columns that tell one series of one replicate from another."""


def paired(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Set every series of a policy beside that of the baseline in the same replicate.

    Parameters
    ----------
    ours, theirs
        Series by replicate, see :func:`~simlib.experiments.measures.totals`.

    Returns
    -------
    DataFrame
        world, replicate, stratum, group, item, measure, value, value_base, difference.
    """
    # An instrument that one policy lacks has no rows there: nothing was done with it.
    pairs = ours.join(theirs, on=PAIR, how="full", coalesce=True, suffix="_base")
    ratio = pl.col("measure").is_in(list(RATIOS))
    pairs = pairs.with_columns(
        pl.when(ratio).then(pl.col(name)).otherwise(pl.col(name).fill_null(0.0))
        for name in ("value", "value_base")
    ).drop_nulls(["value", "value_base"])
    return pairs.with_columns(difference=pl.col("value") - pl.col("value_base")).sort(PAIR)


def variance_ratio() -> pl.Expr:
    """Say how much more an unpaired difference would vary than the paired one does.

    The numerator is the variance of a difference with independent luck, the policy in one
    replicate against the baseline in another. Over all pairs of unequal replicates it is the
    variance of the policy plus that of the baseline, which is how it is computed; a ratio of 30
    saves 29 of 30 replicates. None when the paired difference does not vary.
    """
    paired_variance = pl.col("difference").var()
    independent = pl.col("value").var() + pl.col("value_base").var()
    return pl.when(paired_variance > 0).then(independent / paired_variance)


def summed_up(pairs: pl.DataFrame) -> pl.DataFrame:
    """Sum the replicates of every series up: means, spread, share of equal signs, ratio."""
    difference = pl.col("difference")
    return (
        pairs.group_by(KEYS, maintain_order=True)
        .agg(
            pairs_n=pl.len(),
            baseline=pl.col("value_base").mean(),
            policy=pl.col("value").mean(),
            sd=difference.std(),
            unpaired=pl.col("value").var() + pl.col("value_base").var(),
            same_sign_share=(difference.sign() == difference.mean().sign()).mean(),
            variance_ratio=variance_ratio(),
            difference=difference.mean(),
        )
        .sort(KEYS)
    )


def few_events(replicates_n: int) -> float:
    """Say how many events may agree in all replicates by chance.

    Counts of n events that vary as those of a Poisson process agree in R replicates with a
    chance of about ``(2 pi n) ** (-(R - 1) / 2) / sqrt(R)``: likely in two replicates even of
    thousands, one in ten thousand in five replicates of ten.
    """
    if replicates_n < 2:
        return math.inf
    chance = BY_CHANCE * math.sqrt(replicates_n)
    return max(FEW, math.pow(chance, -2 / (replicates_n - 1)) / (2 * math.pi))


def judged(table: pl.DataFrame, replicates_n: int) -> pl.DataFrame:
    """Add intervals and verdicts to the sums of :func:`summed_up`.

    Parameters
    ----------
    table
        Its rows, with the columns ``equal``, whether a series is equal in every month, and
        ``event``, how much one event changes it.
    replicates_n
        Pairs of replicates.
    """
    from scipy.stats import t

    factor = float(t.ppf(0.5 + CONFIDENCE / 2, max(replicates_n - 1, 1)))
    single = replicates_n < 2
    sd = pl.lit(None, pl.Float64) if single else pl.col("sd")
    table = table.with_columns(mc_error=sd / pl.col("pairs_n").cast(pl.Float64).sqrt())
    table = table.with_columns(
        low=pl.col("difference") - factor * pl.col("mc_error"),
        high=pl.col("difference") + factor * pl.col("mc_error"),
    )
    dust = ROUNDING * (pl.col("baseline").abs() + pl.col("policy").abs())
    # A ratio agrees when its counts do, and those are judged by themselves.
    few = pl.col("difference").abs() < few_events(replicates_n) * pl.col("event").fill_null(1.0)
    few |= pl.col("measure").is_in(list(RATIOS))
    verdict = (
        pl.when(pl.col("equal").fill_null(pl.col("difference") == 0))
        .then(pl.lit("identical"))
        .when(pl.lit(single))
        .then(pl.lit("single"))
        .when(pl.col("unpaired").sqrt() <= dust)
        .then(pl.lit("fixed"))
        .when((pl.col("sd") <= dust) & few)
        .then(pl.lit("rare"))
        .when(pl.col("sd") <= dust)
        .then(pl.lit("zero_width"))
        .when(pl.col("low") > 0)
        .then(pl.lit("higher"))
        .when(pl.col("high") < 0)
        .then(pl.lit("lower"))
        .otherwise(pl.lit("unclear"))
    )
    columns = ["baseline", "policy", "difference", "low", "high", "mc_error"]
    more = ["same_sign_share", "variance_ratio", "verdict"]
    table = table.with_columns(verdict=verdict)
    varies = pl.col("verdict").is_in(["higher", "lower", "unclear"])
    ratio = pl.when(varies).then(pl.col("variance_ratio"))
    return table.with_columns(variance_ratio=ratio).select([*KEYS, *columns, *more])
