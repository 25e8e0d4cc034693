"""What comes of detection lists: the support that followed, and the crises that they found."""

import polars as pl

from simlib.experiments.gainers import over_replicates
from simlib.experiments.harms import DETECTION
from simlib.experiments.measures import totals
from simlib.experiments.run import Run

YIELDS = (
    "followed_n",
    "supported_any_share",
    "supported_public_share",
    "supported_livelihood_share",
    "precision_share",
    "recall_share",
    "lift_ratio",
)
"""Measures of a policy's lists: households followed, what part of them was supported and how, what
part was or came to be in crisis, what part of all crises of the pools that is, and how many times
as many as on lists drawn by lot."""


def list_yields(run: Run, policy: str) -> pl.DataFrame:
    """Give what came of the detection lists of a policy.

    Parameters
    ----------
    run
        A finished run.
    policy
        One of its policies.

    Returns
    -------
    DataFrame
        policy, measure (in the order of :data:`YIELDS`), value, low, high (t-interval over
        replicates), mc_error, replicates_n; no rows where no list was followed to its end. A
        replicate whose lists were not is left out.
    """
    rows = totals(run.results(policy)).filter(
        pl.col("stratum") == "all",
        pl.col("item") == DETECTION,
        pl.col("measure").is_in(YIELDS),
    )
    place = pl.col("measure").cast(pl.Enum(list(YIELDS)))
    parts = [
        over_replicates(part.select("replicate", "measure", "value"), ["measure"])
        for part in rows.partition_by("measure")
    ]
    empty = over_replicates(rows.clear().select("replicate", "measure", "value"), ["measure"])
    return pl.concat([empty, *parts]).sort(place).select(pl.lit(policy).alias("policy"), pl.all())
