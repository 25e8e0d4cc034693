"""What the uncertainty of a difference consists of: luck, parameters, population."""

from collections.abc import Mapping
from itertools import permutations
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.experiments.compare import Comparison
from simlib.experiments.measures import KEYS, totals
from simlib.experiments.pairing import CONFIDENCE, paired
from simlib.experiments.run import Run

Floats = NDArray[np.float64]
PARAMETERS: Final = "parameters"
POPULATION: Final = "population"
ERRORS: Final = ("luck_error", "parameters_error", "population_error")
"""Standard errors of a difference, one a layer."""
_COUNTS: Final = ("luck_n", f"{PARAMETERS}_n", f"{POPULATION}_n")
_SCHEMA: Final = {
    **dict.fromkeys(KEYS, pl.String),
    **dict.fromkeys(("difference", *ERRORS, "low", "high"), pl.Float64),
    **dict.fromkeys(("lowest", "highest", "same_sign_share"), pl.Float64),
}


def elsewhere(run: Run, comparison: Comparison, against: Run | None = None) -> pl.DataFrame:
    """Give a policy's differences in all other worlds.

    Parameters
    ----------
    run
        The run of the policy.
    comparison
        Its differences in the scenario's own world.
    against
        The run of the baseline when it is another one.

    Returns
    -------
    DataFrame
        world, drawn (what was drawn anew in it), replicate, stratum, group, item, measure, value,
        value_base, difference. No rows for a run without other worlds.
    """
    other, kinds = against or run, run.other_worlds
    ours = run.results_elsewhere(comparison.policy)
    theirs = other.results_elsewhere(comparison.baseline)
    if ours is None or theirs is None or kinds != other.other_worlds:
        return comparison.pairs.clear().with_columns(drawn=pl.lit(None, pl.String))
    drawn = pl.col("world").replace_strict(kinds, return_dtype=pl.String)
    return paired(totals(ours), totals(theirs)).with_columns(drawn=drawn)


def layers(comparison: Comparison, pairs: pl.DataFrame) -> pl.DataFrame:
    """Say what the uncertainty of every difference consists of.

    Each other world was run once, with the luck of the first replicate. The spread over draws of
    the parameters is taken as theirs, since all have the same luck; where it falls on other
    decisions it stands in their spread too. Over populations luck differs, so what it makes of
    the spread, known from the replicates, is taken off. Layers are independent: variances add up.

    Parameters
    ----------
    comparison
        A policy's differences over replicates.
    pairs
        Those in other worlds, from :func:`elsewhere`.

    Returns
    -------
    DataFrame
        A row per series: stratum, group, item, measure, difference (of the scenario's own world);
        luck_error (over replicates), parameters_error and population_error, standard errors in
        the unit of the measure, null where nothing was drawn; low and high, the interval of all
        layers together (t, degrees of freedom after Welch and Satterthwaite), which leaves out
        the layers that were not drawn; lowest and highest difference of other worlds, which show
        how lopsided they are, and same_sign_share, those whose difference has the sign of their
        mean. No rows without other worlds.
    """
    if pairs.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    found = comparison.table.select(*KEYS, "difference", luck_error="mc_error")
    luck = comparison.pairs.group_by(KEYS).agg(luck_variance=pl.col("difference").var())
    found = found.join(luck, on=KEYS, how="left").with_columns(luck_n=comparison.replicates_n)
    own = comparison.pairs.filter(pl.col("replicate") == 0)
    for kind in (PARAMETERS, POPULATION):
        spread = _spread(pairs.filter(pl.col("drawn") == kind), own if kind == POPULATION else None)
        names = {"variance": f"{kind}_variance", "n": f"{kind}_n"}
        found = found.join(spread.rename(names), on=KEYS, how="left")
    return _judged(found, _range(pairs)).select(*_SCHEMA).sort(KEYS)


def ahead(pairs: Mapping[str, pl.DataFrame], measure: str) -> pl.DataFrame:
    """Count the other worlds in which one policy changes a measure by more than another.

    Parameters
    ----------
    pairs
        Differences in other worlds by policy, from :func:`elsewhere`.
    measure
        The measure, over all households and programmes.

    Returns
    -------
    DataFrame
        policy, other, worlds_n (in which both were run), ahead_n.
    """
    whole = (
        (pl.col("measure") == measure) & (pl.col("stratum") == "all") & (pl.col("item") == "all")
    )
    found = {name: each.filter(whole).select("world", "difference") for name, each in pairs.items()}
    rows = []
    for policy, other in permutations(found, 2):
        both = found[policy].join(found[other], on="world")
        more = both["difference"] > both["difference_right"]
        rows.append((policy, other, both.height, int(more.sum())))
    names = {"policy": pl.String, "other": pl.String, "worlds_n": pl.Int64, "ahead_n": pl.Int64}
    return pl.DataFrame(rows, schema=names, orient="row")


def _spread(pairs: pl.DataFrame, own: pl.DataFrame | None) -> pl.DataFrame:
    """Give the variance of differences over worlds, the scenario's own among them if given."""
    rows = pairs.select(*KEYS, "difference")
    if own is not None and not rows.is_empty():
        rows = pl.concat([rows, own.select(*KEYS, "difference")])
    return rows.group_by(KEYS).agg(variance=pl.col("difference").var(), n=pl.len())


def _range(pairs: pl.DataFrame) -> pl.DataFrame:
    difference = pl.col("difference")
    same = (difference.sign() == difference.mean().sign()).mean()
    ends = {"lowest": difference.min(), "highest": difference.max()}
    return pairs.group_by(KEYS).agg(same_sign_share=same, **ends)


def _judged(found: pl.DataFrame, signs: pl.DataFrame) -> pl.DataFrame:
    """Turn variances into errors, and add the interval of all layers."""
    beside_luck = pl.max_horizontal(
        pl.col("population_variance") - pl.col("luck_variance").fill_null(0.0), 0.0
    )
    beside_luck = pl.when(pl.col("population_variance").is_not_null()).then(beside_luck)
    table = found.join(signs, on=KEYS, how="left").with_columns(
        parameters_error=pl.col("parameters_variance").sqrt(), population_error=beside_luck.sqrt()
    )
    variances = [table[name].fill_null(0.0).to_numpy() ** 2 for name in ERRORS]
    counts = [table[name].fill_null(2).to_numpy() for name in _COUNTS]
    total = np.sum(variances, axis=0)
    width = np.sqrt(total) * _quantiles(total, variances, counts)
    known = pl.col("luck_error").is_not_null() & (pl.col("width") > 0)
    return table.with_columns(width=width).with_columns(
        low=pl.when(known).then(pl.col("difference") - pl.col("width")),
        high=pl.when(known).then(pl.col("difference") + pl.col("width")),
    )


def _quantiles(total: Floats, variances: list[Floats], counts: list[Floats]) -> Floats:
    """Give the quantile of t for sums of variances that rest on so many draws each."""
    from scipy.stats import t

    parts = [v**2 / np.maximum(n - 1, 1) for v, n in zip(variances, counts, strict=True)]
    below = np.sum(parts, axis=0)
    freedom = np.where(below > 0, total**2 / np.where(below > 0, below, 1.0), 1.0)
    return np.asarray(t.ppf(0.5 + CONFIDENCE / 2, np.maximum(freedom, 1.0)))
