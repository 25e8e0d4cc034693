"""What the uncertainty of a difference consists of: luck, parameters, population."""

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
    **dict.fromkeys(("difference", *ERRORS, "low", "high", "same_sign_share"), pl.Float64),
}


def layers(run: Run, comparison: Comparison, against: Run | None = None) -> pl.DataFrame:
    """Say what the uncertainty of every difference consists of.

    Each other world was run once, with the luck of the first replicate. The spread of the
    differences over draws of the parameters is theirs, since all have the same luck; over
    populations luck differs too, so what it makes of the spread, known from the replicates, is
    taken off. Layers are independent: their variances add up.

    Parameters
    ----------
    run
        The run of the policy.
    comparison
        Its differences over replicates.
    against
        The run of the baseline when it is another one.

    Returns
    -------
    DataFrame
        A row per series: stratum, group, item, measure, difference (of the scenario's own world);
        luck_error (over replicates), parameters_error and population_error, standard errors in
        the unit of the measure, null where nothing was drawn; low and high, the interval of all
        layers together (t, degrees of freedom after Welch and Satterthwaite), which leaves out
        the layers that were not drawn; same_sign_share, other worlds whose difference has the
        sign of the mean. No rows for a run without other worlds.
    """
    other = against or run
    ours, theirs = (
        each.results_elsewhere(name)
        for each, name in ((run, comparison.policy), (other, comparison.baseline))
    )
    if ours is None or theirs is None or run.other_worlds != other.other_worlds:
        return pl.DataFrame(schema=_SCHEMA)
    pairs = paired(totals(ours), totals(theirs))
    kinds = run.other_worlds
    first = comparison.pairs.filter(pl.col("replicate") == 0)
    drawn = {kind: [world for world in kinds if kinds[world] == kind] for kind in kinds.values()}
    found = comparison.table.select(*KEYS, "difference", luck_error="mc_error")
    luck = comparison.pairs.group_by(KEYS).agg(luck_variance=pl.col("difference").var())
    found = found.join(luck, on=KEYS, how="left").with_columns(luck_n=comparison.replicates_n)
    for kind in (PARAMETERS, POPULATION):
        spread = _spread(pairs, drawn.get(kind, []), first if kind == POPULATION else None)
        names = {"variance": f"{kind}_variance", "n": f"{kind}_n"}
        found = found.join(spread.rename(names), on=KEYS, how="left")
    return _judged(found, _signs(pairs)).select(*_SCHEMA).sort(KEYS)


def _spread(pairs: pl.DataFrame, worlds: list[int], first: pl.DataFrame | None) -> pl.DataFrame:
    """Give the variance of differences over some worlds, the scenario's own among them if given."""
    rows = pairs.filter(pl.col("world").is_in(worlds)).select(*KEYS, "difference")
    if first is not None and worlds:
        rows = pl.concat([rows, first.select(*KEYS, "difference")])
    return rows.group_by(KEYS).agg(variance=pl.col("difference").var(), n=pl.len())


def _signs(pairs: pl.DataFrame) -> pl.DataFrame:
    difference = pl.col("difference")
    same = (difference.sign() == difference.mean().sign()).mean()
    return pairs.group_by(KEYS).agg(same_sign_share=same)


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
    known = pl.col("luck_error").is_not_null()
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
