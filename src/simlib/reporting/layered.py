"""Intervals of the report over all layers of uncertainty, from a run's other worlds."""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from simlib.experiments.uncertainty import over_layers
from simlib.reporting.run_data import RunData

Values = Callable[[RunData], pl.DataFrame]
"""Gives a value by keys and ``run``, of the replicates of a run or of its other worlds."""

LOW_ALL: Final = "low_all"
HIGH_ALL: Final = "high_all"
"""Columns of the ends of the interval over luck and all that was drawn anew."""


def with_layers(
    run: RunData,
    frame: pl.DataFrame,
    values: Values,
    keys: Sequence[str] = ("policy",),
    *,
    there: Values | None = None,
    share: bool = False,
) -> pl.DataFrame:
    """Add the interval over all layers to estimates, where a run has other worlds.

    Parameters
    ----------
    run
        The run.
    frame
        Estimates by ``keys``.
    values
        What they are the means of, by ``keys`` and run.
    keys
        Columns that tell one estimate from another.
    there
        What gives them in other worlds, if something else.
    share
        Whether they are shares of a whole, so that intervals end at 0 and 1.

    Returns
    -------
    DataFrame
        The estimates with low_all and high_all (see
        :func:`simlib.experiments.uncertainty.over_layers`), null for those that other worlds do
        not have; as they are for a run without other worlds.
    """
    if run.elsewhere is None:
        return frame
    own = values(run).select(*keys, replicate="run", difference="value")
    other = (there or values)(run.elsewhere).select(*keys, world="run", difference="value")
    kinds = run.finished.other_worlds
    drawn = pl.col("world").replace_strict(kinds, return_dtype=pl.String)
    found = over_layers(own, other.with_columns(drawn=drawn), list(keys))
    known, bounds = pl.col("lowest").is_not_null(), (0.0, 1.0) if share else (None, None)
    ends = {
        new: pl.when(known).then(pl.col(old).clip(*bounds))
        for new, old in ((LOW_ALL, "low"), (HIGH_ALL, "high"))
    }
    return frame.join(found.select(*keys, **ends), on=keys, how="left", maintain_order="left")


def with_times_first(
    run: RunData, frame: pl.DataFrame, values: Values, *, least: bool = False
) -> pl.DataFrame:
    """Add in how many other worlds each policy comes first, where there are some to beat.

    Parameters
    ----------
    run
        The run.
    frame
        Estimates by policy; only these policies count.
    values
        What is the greatest, by policy and run.
    least
        Whether the smallest is the first instead.

    Returns
    -------
    DataFrame
        The estimates with first_n and worlds_n, those in which all of these policies were run.
    """
    if run.elsewhere is None or frame.height < 2:
        return frame
    rows = values(run.elsewhere).filter(pl.col("policy").is_in(frame["policy"].to_list()))
    rows = rows.filter(pl.len().over("run") == frame.height)
    best = pl.col("value").min() if least else pl.col("value").max()
    firsts = rows.filter(pl.col("value") == best.over("run"))["policy"].to_list()
    counts = [firsts.count(policy) for policy in frame["policy"]]
    return frame.with_columns(
        first_n=pl.Series(counts, dtype=pl.Int64), worlds_n=pl.lit(rows["run"].n_unique(), pl.Int64)
    )
