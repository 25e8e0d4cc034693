"""Tables of who gains, who loses and why, who was reached, and what it asked of whom."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from simlib.experiments.households import household_changes
from simlib.experiments.pairing import CONFIDENCE, ROUNDING
from simlib.experiments.run import Run
from simlib.experiments.strata import STRATA, household_strata

ALL = "all"


def _days_per_decision(baseline: float) -> pl.Expr:
    """Give the days from claim to decision of households without a contact, mean of claims."""
    alone = pl.col("contacts_n") == 0
    days, decisions = (
        (pl.col(name) - baseline * pl.col(change)).filter(alone).sum()
        for name, change in (
            ("wait_days_sum", "wait_days_difference"),
            ("decisions_n", "decisions_difference"),
        )
    )
    return pl.when(decisions > 0).then(days / decisions).otherwise(0.0)


_COUNTS = {
    "households_n": pl.len(),
    "missing_n": (pl.col("need") == "missing").sum(),
    "reached_n": (pl.col("contacts_n") > 0).sum(),
    "missing_reached_n": ((pl.col("need") == "missing") & (pl.col("contacts_n") > 0)).sum(),
    "missing_gains_n": ((pl.col("need") == "missing") & (pl.col("outcome") == "gains")).sum(),
    "gains_n": (pl.col("outcome") == "gains").sum(),
    "loses_n": (pl.col("outcome") == "loses").sum(),
    "gained_krw": pl.col("paid_difference_krw").clip(lower_bound=0).sum(),
    "lost_krw": (-pl.col("paid_difference_krw")).clip(lower_bound=0).sum(),
    "walk_in_wait_days": _days_per_decision(0.0) - _days_per_decision(1.0),
}
_CAUSES = {
    "households_n": pl.len(),
    "received_months": pl.col("received_difference").sum(),
    "paid_krw": pl.col("paid_difference_krw").sum(),
}
_BURDENS = {
    "households_n": pl.len(),
    "reached_n": (pl.col("contacts_n") > 0).sum(),
    "contacts_n": pl.col("contacts_n").sum(),
    "documents_n": pl.col("documents_difference").sum(),
    "travel_n": pl.col("travel_difference").sum(),
    "refused_n": pl.col("refused_difference").sum(),
    "wait_days_sum": pl.col("wait_days_difference").sum(),
}


@dataclass(frozen=True)
class HouseholdTables:
    """Hold what a comparison household by household shows, as means over replicates.

    Parameters
    ----------
    policy, baseline
        Their names.
    groups
        A row per stratum, group and measure: households_n, missing_n (money unclaimed in the
        baseline), reached_n (contacted), missing_reached_n, missing_gains_n, gains_n, loses_n,
        gained_krw, lost_krw, and walk_in_wait_days: how many days longer those without a contact
        wait for a decision.
    causes
        A row per outcome (gains, loses), cause and measure: households_n, and in sum their
        received_months and paid_krw against the baseline. Who waited longer may be paid back.
    burdens
        A row per need in the baseline and measure: households_n, reached_n, contacts_n, and
        against the baseline documents_n, travel_n, refused_n and wait_days_sum of the claims
        decided.

    All tables have the columns value, low, high (t-interval over replicates), mc_error and
    replicates_n; what is the same in all replicates has no interval.
    """

    policy: str
    baseline: str
    groups: pl.DataFrame = field(repr=False)
    causes: pl.DataFrame = field(repr=False)
    burdens: pl.DataFrame = field(repr=False)

    def row(self, measure: str, stratum: str = ALL, group: str = ALL) -> dict[str, Any]:
        """Give a measure of a group with its interval."""
        chosen = self.groups.filter(
            pl.col("stratum") == stratum, pl.col("group") == group, pl.col("measure") == measure
        )
        return chosen.row(0, named=True)

    def moved(self, outcome: str, cause: str) -> dict[str, Any]:
        """Give the number of households that gain or lose by a cause with its interval."""
        here = (pl.col("outcome") == outcome) & (pl.col("cause") == cause)
        chosen = self.causes.filter(here & (pl.col("measure") == "households_n"))
        nothing = {"value": 0.0, "low": None, "high": None, "mc_error": None}
        return chosen.row(0, named=True) if chosen.height else nothing

    def as_dict(self) -> dict[str, Any]:
        """Give the tables as plain data."""
        return {
            "groups": self.groups.to_dicts(),
            "causes": self.causes.to_dicts(),
            "burdens": self.burdens.to_dicts(),
        }


def household_tables(
    run: Run, policy: str, baseline: str | None = None, against: Run | None = None
) -> HouseholdTables:
    """Compare household by household, one replicate after the other, and count by group.

    Parameters
    ----------
    run, policy, baseline, against
        As in :func:`simlib.experiments.compare.compare`, which says whether they are paired.
    """
    other = against or run
    baseline = baseline or other.baseline
    strata = household_strata(run)
    parts = [
        _count(household_changes(run, policy, each, other, baseline), strata)
        for each in run.replicates(policy)
    ]
    groups, causes, burdens = (pl.concat(tables) for tables in zip(*parts, strict=True))
    return HouseholdTables(
        policy,
        baseline,
        over_replicates(groups, ["stratum", "group", "measure"]),
        over_replicates(causes, ["outcome", "cause", "measure"]),
        over_replicates(burdens, ["need", "measure"]),
    )


def _count(
    changes: pl.DataFrame, strata: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    groups = pl.concat(_by_strata(changes, strata))
    moved = changes.filter(pl.col("outcome") != "same")
    causes = moved.group_by("outcome", "cause").agg(**_CAUSES)
    burdens = changes.group_by("need").agg(**_BURDENS)
    replicate = pl.lit(changes["replicate"][0], pl.Int32)
    causes, burdens = (
        _long(each, keys).with_columns(replicate=replicate)
        for each, keys in ((causes, ["outcome", "cause"]), (burdens, ["need"]))
    )
    return groups.with_columns(replicate=replicate), causes, burdens


def _by_strata(changes: pl.DataFrame, strata: pl.DataFrame | None) -> Iterator[pl.DataFrame]:
    whole = changes.select(stratum=pl.lit(ALL), group=pl.lit(ALL), **_COUNTS)
    yield _long(whole, ["stratum", "group"])
    if strata is None:
        return
    joined = changes.join(strata, on="household_id", how="left")
    for name in STRATA:
        counted = joined.group_by(group=pl.col(name).cast(pl.String)).agg(**_COUNTS)
        yield _long(counted.with_columns(stratum=pl.lit(name)), ["stratum", "group"])


def _long(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Lay counts out as one row a measure."""
    values = [name for name in frame.columns if name not in keys]
    long = frame.with_columns(pl.col(values).cast(pl.Float64)).unpivot(
        values, index=keys, variable_name="measure", value_name="value"
    )
    return long.select(pl.col(keys).cast(pl.String), "measure", "value")


def over_replicates(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Average counts over replicates; what a replicate lacks counts as zero there.

    Returns
    -------
    DataFrame
        ``keys`` and value, low, high, mc_error, replicates_n.
    """
    from scipy.stats import t

    replicates = frame.select("replicate").unique()
    every = frame.select(keys).unique().join(replicates, how="cross")
    full = every.join(frame, on=[*keys, "replicate"], how="left", nulls_equal=True)
    n = replicates.height
    means = (
        full.with_columns(pl.col("value").fill_null(0.0))
        .sort(*keys, "replicate")
        .group_by(keys, maintain_order=True)
        .agg(pl.col("value").mean(), mc_error=pl.col("value").std() / n**0.5)
        .with_columns(
            mc_error=pl.when(pl.col("mc_error") > ROUNDING * pl.col("value").abs()).then("mc_error")
        )
    )
    wide = float(t.ppf(0.5 + CONFIDENCE / 2, max(n - 1, 1)))
    return means.select(
        *keys,
        "value",
        low=pl.col("value") - wide * pl.col("mc_error"),
        high=pl.col("value") + wide * pl.col("mc_error"),
        mc_error="mc_error",
        replicates_n=pl.lit(n, pl.Int64),
    )
