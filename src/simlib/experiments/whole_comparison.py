"""Everything a comparison shows of one policy, as objects and as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from simlib.experiments.compare import Comparison, compare_all
from simlib.experiments.costs import CostPerMonth, cost_per_month
from simlib.experiments.gainers import HouseholdTables, household_tables
from simlib.experiments.harms import harm_table
from simlib.experiments.list_yields import list_yields
from simlib.experiments.run import Run
from simlib.experiments.stages import stage_table
from simlib.experiments.uncertainty import elsewhere, layers

HEADLINES = (
    "take_up_share",
    "receiving_n",
    "paid_krw",
    "unclaimed_krw",
    "missed_households_n",
    "crisis_n",
    "wait_days_mean",
    "documents_n",
    "hours_outreach",
    "hours_decisions",
    "queue_n",
    "delivery_krw",
)
"""Measures shown first, and whose variance ratio is given; the results hold many more."""


@dataclass(frozen=True)
class WholeComparison:
    """Hold all that is known of a policy against the baseline.

    Parameters
    ----------
    comparison
        Paired differences of every series.
    cost
        Cost of an additional household-month.
    stages
        Where entitled households stand in the funnel at the end, of this policy.
    harms
        The harms ledger.
    households
        Gainers, losers, causes and burdens.
    lists
        What came of the detection lists of the baseline and of this policy; those that make none
        have no rows.
    layers
        What the uncertainty of every difference consists of, see
        :func:`~simlib.experiments.uncertainty.layers`; no rows for a run without other worlds.
    elsewhere
        Differences in all other worlds, see :func:`~simlib.experiments.uncertainty.elsewhere`.
    """

    comparison: Comparison
    cost: CostPerMonth
    stages: pl.DataFrame = field(repr=False)
    harms: pl.DataFrame = field(repr=False)
    households: HouseholdTables = field(repr=False)
    lists: pl.DataFrame = field(repr=False)
    layers: pl.DataFrame = field(repr=False)
    elsewhere: pl.DataFrame = field(repr=False)

    @property
    def policy(self) -> str:
        """Name the policy."""
        return self.comparison.policy

    def variance_ratios(self) -> dict[str, float | None]:
        """Give the variance ratio of every headline measure, None where nothing varies."""
        rows = self.headlines("all")
        return dict(zip(rows["measure"], rows["variance_ratio"], strict=True))

    def headlines(self, stratum: str) -> pl.DataFrame:
        """Give the rows of the headline measures in a stratum, in their order."""
        return _headlines(self.comparison.table, stratum)

    def headline_layers(self, stratum: str) -> pl.DataFrame:
        """Give the layers of uncertainty of the headline measures in a stratum."""
        return _headlines(self.layers, stratum)

    def as_dict(self, stratum: str | None = None) -> dict[str, Any]:
        """Give everything as plain data, the differences and stages of one stratum or all."""
        stages = self.stages.with_columns(pl.col("stage").cast(pl.String))
        if stratum is not None:
            stages = stages.filter(pl.col("stratum") == stratum)
        return {
            **self.comparison.as_dict(stratum),
            "variance_ratios": self.variance_ratios(),
            "cost_per_household_month": self.cost.as_dict(),
            "stages": stages.to_dicts(),
            "harms": self.harms.to_dicts(),
            "households": self.households.as_dict(),
            "lists": self.lists.to_dicts(),
            "uncertainty": self.headline_layers(stratum or "all").to_dicts(),
        }


def compare_wholly(
    run: Run,
    policy: str | None = None,
    baseline: str | None = None,
    against: Run | None = None,
    comparisons: Sequence[Comparison] | None = None,
) -> list[WholeComparison]:
    """Compare one policy, or all, with the baseline in every respect.

    Parameters
    ----------
    run, policy, baseline, against
        As in :func:`simlib.experiments.compare.compare_all`.
    comparisons
        Their differences when they are known already.

    Raises
    ------
    UserError
        If what is compared is not paired.
    """
    found = compare_all(run, policy, baseline, against) if comparisons is None else comparisons
    return [_whole(each, run, against or run) for each in found]


def _whole(comparison: Comparison, run: Run, other: Run) -> WholeComparison:
    policy, baseline = comparison.policy, comparison.baseline
    households = household_tables(run, policy, baseline, other)
    pairs = elsewhere(run, comparison, other)
    return WholeComparison(
        comparison,
        cost_per_month(comparison, int(run.manifest["months"])),
        stage_table(run, [policy], baseline, other),
        harm_table(comparison, households),
        households,
        pl.concat([list_yields(other, baseline), list_yields(run, policy)]),
        layers(comparison, pairs),
        pairs,
    )


def _headlines(table: pl.DataFrame, stratum: str) -> pl.DataFrame:
    chosen = table.filter(
        pl.col("stratum") == stratum,
        pl.col("item") == "all",
        pl.col("measure").is_in(HEADLINES),
    )
    return chosen.sort("group", pl.col("measure").cast(pl.Enum(list(HEADLINES))))
