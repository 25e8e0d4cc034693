"""What the uncertainty of a difference consists of: luck, parameters, population."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Final

import numpy as np
import polars as pl

from simlib.experiments.compare import Comparison
from simlib.experiments.draw_ends import draw_ends
from simlib.experiments.measures import KEYS, totals
from simlib.experiments.pairing import CONFIDENCE, paired
from simlib.experiments.run import Run

PARAMETERS: Final = "parameters"
POPULATION: Final = "population"
ERRORS: Final = ("luck_error", "parameters_error", "population_error")
"""Standard errors of a difference, one a layer."""
_FOUND: Final = {
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

    Parameters
    ----------
    comparison
        A policy's differences over replicates.
    pairs
        Those in other worlds, from :func:`elsewhere`.

    Returns
    -------
    DataFrame
        A row per series: stratum, group, item, measure, and the columns of :func:`over_layers`.
        No rows without other worlds.
    """
    if pairs.is_empty():
        return pl.DataFrame(schema={**dict.fromkeys(KEYS, pl.String), **_FOUND})
    return over_layers(comparison.pairs, pairs, KEYS)


def over_layers(own: pl.DataFrame, other: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Give intervals over luck, parameters and population together.

    Each other world was run once, with the luck of the first replicate. The spread over draws of
    the parameters is taken as theirs, since all have the same luck; where it falls on other
    decisions it stands in their spread too. Over populations luck differs, so what it makes of
    the spread, known from the replicates, is taken off. Layers are independent.

    An end of the interval lies as far from the difference as the distances of the layers make
    together, the root of the sum of their squares; each side has its own (confidence limits of a
    sum from those of its parts: Zou and Donner, Statistics in Medicine 27, 2008, 1693-1702).
    Luck and population have one distance for both sides: their error times the quantile of t,
    degrees of freedom after Welch and Satterthwaite. That of the parameters goes from the first
    replicate, whose luck they share, to the end of the draws on that side (:func:`draw_ends`), so
    that the interval is as lopsided as they are; a side on which no draws lie has none.

    Parameters
    ----------
    own
        Columns ``keys``, replicate and difference, of the scenario's own world.
    other
        Columns ``keys``, world, drawn and difference, of all others.
    keys
        Columns that tell one series from another.

    Returns
    -------
    DataFrame
        ``keys``, by which it is sorted; difference (mean over replicates); luck_error (of that
        mean), parameters_error and population_error, standard errors in the unit of the
        difference, null where nothing was drawn; low and high, the interval of all layers, which
        leaves out those that were not drawn, null with one replicate and where nothing differs;
        lowest and highest difference of other worlds, and same_sign_share, those whose difference
        has the sign of their mean.
    """
    difference = pl.col("difference")
    found = own.group_by(keys, maintain_order=True).agg(
        difference=difference.mean(), luck_variance=difference.var(), luck_n=pl.len(),
        first=difference.filter(pl.col("replicate") == 0).first(),
    )  # fmt: skip
    drawn = {kind: other.filter(pl.col("drawn") == kind) for kind in (PARAMETERS, POPULATION)}
    for kind, rows in drawn.items():
        spread = _spread(rows, own if kind == POPULATION else None, keys)
        names = {"variance": f"{kind}_variance", "n": f"{kind}_n"}
        found = found.join(spread.rename(names), on=keys, how="left")
    found = found.join(_draw_ends(drawn[PARAMETERS], keys), on=keys, how="left")
    found = found.join(_range(other, keys), on=keys, how="left")
    return _with_ends(_with_errors(found)).select(*keys, *_FOUND).sort(keys)


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


def _spread(rows: pl.DataFrame, own: pl.DataFrame | None, keys: Sequence[str]) -> pl.DataFrame:
    """Give the variance of differences over worlds, the scenario's own among them if given."""
    rows = rows.select(*keys, "difference")
    if own is not None and not rows.is_empty():
        first = own.filter(pl.col("replicate") == 0)
        rows = pl.concat([rows, first.select(*keys, "difference")])
    return rows.group_by(keys).agg(variance=pl.col("difference").var(), n=pl.len())


def _draw_ends(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Give the ends of the draws of every series, null where it has fewer than two."""
    lists = rows.group_by(keys).agg(draws="difference", n=pl.len())
    ends = np.full((2, lists.height), np.nan)
    for n in lists["n"].unique().to_list():
        here = lists["n"].to_numpy() == n
        if n > 1:
            ends[:, here] = draw_ends(np.array(lists.filter(n=n)["draws"].to_list()))
    low, high = (pl.Series(each).fill_nan(None) for each in ends)
    return lists.select(keys).with_columns(draws_low=low, draws_high=high)


def _range(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    difference = pl.col("difference")
    same = (difference.sign() == difference.mean().sign()).mean()
    ends = {"lowest": difference.min(), "highest": difference.max()}
    return rows.group_by(keys).agg(same_sign_share=same, **ends)


def _with_errors(found: pl.DataFrame) -> pl.DataFrame:
    """Turn variances into standard errors; what luck makes of that of populations is taken off."""
    luck = pl.col("luck_variance")
    beside_luck = pl.max_horizontal(pl.col("population_variance") - luck.fill_null(0.0), 0.0)
    beside_luck = pl.when(pl.col("population_variance").is_not_null()).then(beside_luck)
    return found.with_columns(
        luck_error=(luck / pl.col("luck_n")).sqrt(),
        parameters_error=pl.col("parameters_variance").sqrt(),
        population_error=beside_luck.sqrt(),
    )


def _with_ends(table: pl.DataFrame) -> pl.DataFrame:
    """Add the interval of all layers: on each side the root of the sum of squared distances."""
    first = pl.col("first").fill_null(pl.col("difference"))
    width = pl.lit(_width_of_luck_and_population(table))
    below, above = (
        (width**2 + away.clip(0.0).fill_null(0.0) ** 2).sqrt()
        for away in (first - pl.col("draws_low"), pl.col("draws_high") - first)
    )
    known = pl.col("luck_error").is_not_null() & (below + above > 0)
    difference = pl.col("difference")
    return table.with_columns(
        low=pl.when(known).then(difference - below), high=pl.when(known).then(difference + above)
    )


def _width_of_luck_and_population(table: pl.DataFrame) -> pl.Series:
    """Give half the interval of two layers: their error times t for sums of variances."""
    from scipy.stats import t

    errors = [table[f"{name}_error"].fill_null(0.0).to_numpy() for name in ("luck", POPULATION)]
    counts = [table[f"{name}_n"].fill_null(2).to_numpy() for name in ("luck", POPULATION)]
    total = np.sum(np.square(errors), axis=0)
    parts = [e**4 / np.maximum(n - 1, 1) for e, n in zip(errors, counts, strict=True)]
    below = np.sum(parts, axis=0)
    freedom = np.where(below > 0, total**2 / np.where(below > 0, below, 1.0), 1.0)
    factor = t.ppf(0.5 + CONFIDENCE / 2, np.maximum(freedom, 1.0))
    return pl.Series("width", np.sqrt(total) * factor)
