"""At which stage of the funnel entitled households stand, under every policy."""

from collections.abc import Sequence

import polars as pl

from simlib.experiments.pairing import judged, paired, summed_up
from simlib.experiments.run import Run
from simlib.uptake.states import STATE_NAMES

STAGES = tuple(STATE_NAMES)
"""Stages in the order of the funnel; ``receiving`` is reached, all others are missed."""
LAST_MONTHS = 12
"""Months at the end of a run over which stages are averaged."""

_KEYS = ["world", "replicate", "stratum", "group", "item"]


def stage_table(
    run: Run, policies: Sequence[str], baseline: str | None = None, against: Run | None = None
) -> pl.DataFrame:
    """Give the share of entitled household-programmes at each stage, at the end of a run.

    Parameters
    ----------
    run
        A finished run.
    policies
        Whose rows are wanted.
    baseline, against
        What they are compared with, the first policy by default, and its run.

    Returns
    -------
    DataFrame
        policy, stratum, group, stage, and as in a comparison: baseline and policy_share (means
        over replicates), difference, low, high, mc_error, same_sign_share, variance_ratio and
        verdict. Shares of a group add to one.
    """
    other = against or run
    base = _shares(other.results(baseline or other.baseline))
    parts = []
    for policy in policies:
        pairs = paired(_shares(run.results(policy)), base)
        equal = pairs.group_by("stratum", "group", "item", "measure").agg(
            equal=(pl.col("difference") == 0).all(), event=pl.lit(1.0)
        )
        keys = ["stratum", "group", "item", "measure"]
        table = judged(
            summed_up(pairs).join(equal, on=keys, how="left"), pairs["replicate"].n_unique()
        )
        parts.append(table.rename({"policy": "policy_share"}).with_columns(policy=pl.lit(policy)))
    stage = pl.col("measure").str.strip_suffix("_n").cast(pl.Enum(list(STAGES)))
    found = pl.concat(parts).with_columns(stage=stage).drop("item", "measure")
    return found.select(
        "policy", "stratum", "group", "stage", pl.exclude("policy", "stratum", "group", "stage")
    )


def _shares(results: pl.DataFrame) -> pl.DataFrame:
    """Divide the stock at each stage by the entitled, over the last months of a run."""
    last = pl.col("month") > results["month"].max() - pl.lit(LAST_MONTHS)
    names = [f"{stage}_n" for stage in STAGES]
    kept = results.filter(
        last, pl.col("item") == "all", pl.col("measure").is_in([*names, "entitled_n"])
    )
    sums = kept.group_by([*_KEYS, "measure"]).agg(pl.col("value").sum())
    entitled = sums.filter(pl.col("measure") == "entitled_n", pl.col("value") > 0).drop("measure")
    joined = sums.filter(pl.col("measure") != "entitled_n").join(
        entitled, on=_KEYS, suffix="_entitled"
    )
    return joined.select(*_KEYS, "measure", value=pl.col("value") / pl.col("value_entitled")).sort(
        [*_KEYS, "measure"]
    )
