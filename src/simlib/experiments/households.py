"""Who gains and who loses: the same households under a policy and under the baseline."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from simlib.errors import UserError
from simlib.experiments.compare import compare
from simlib.experiments.run import Run

_COMPARED = [
    "entitled_cell_months",
    "received_cell_months",
    "paid_krw",
    "unclaimed_krw",
    "crisis_months",
    "crisis_new_n",
]


@dataclass(frozen=True)
class HouseholdChanges:
    """Hold how households fare under a policy against a baseline.

    Parameters
    ----------
    policy, baseline
        Their names.
    households
        A row per household and replicate: replicate, household_id, received_difference
        (household-programme months), paid_difference_krw and crisis_difference (months) over
        the whole run, first_touched_month (0: never), changed (any difference at all) and
        outcome: gains, loses or same, by received_difference, then by money.
    """

    policy: str
    baseline: str
    households: pl.DataFrame = field(repr=False)

    def summary(self) -> pl.DataFrame:
        """Count by replicate.

        Returns
        -------
        DataFrame
            Columns replicate, households_n, touched_n, gains_n, loses_n, same_n,
            gained_krw, lost_krw, crisis_averted_months, changed_untouched_n (households that
            no policy touched but that fare differently: through queues, say).
        """
        outcome, paid = pl.col("outcome"), pl.col("paid_difference_krw")
        touched = pl.col("first_touched_month") > 0
        return (
            self.households.group_by("replicate")
            .agg(
                households_n=pl.len(),
                touched_n=touched.sum(),
                gains_n=(outcome == "gains").sum(),
                loses_n=(outcome == "loses").sum(),
                same_n=(outcome == "same").sum(),
                gained_krw=paid.clip(lower_bound=0).sum(),
                lost_krw=(-paid).clip(lower_bound=0).sum(),
                crisis_averted_months=-pl.col("crisis_difference").sum(),
                changed_untouched_n=(pl.col("changed") & ~touched).sum(),
            )
            .sort("replicate")
        )

    def touched_by_month(self) -> pl.DataFrame:
        """Count the households first touched in each month: columns replicate, month, touched_n."""
        touched = self.households.filter(pl.col("first_touched_month") > 0)
        counts = touched.group_by("replicate", month="first_touched_month").agg(touched_n=pl.len())
        return counts.sort("replicate", "month")

    def as_dict(self) -> dict[str, Any]:
        """Give the summary as plain data."""
        return {
            "policy": self.policy,
            "baseline": self.baseline,
            "replicates": self.summary().to_dicts(),
        }


def compare_households(
    run: Run, policy: str, baseline: str | None = None, against: Run | None = None
) -> HouseholdChanges:
    """Compare every household with itself under the baseline.

    Raises
    ------
    UserError
        If the two are not paired (see :func:`simlib.experiments.compare.compare`).
    """
    other = against or run
    baseline = baseline or other.baseline
    compare(run, policy, baseline, other)  # refuses what is not paired
    parts = [
        _changes(run.households(policy, each), other.households(baseline, each), each)
        for each in run.replicates(policy)
    ]
    return HouseholdChanges(policy, baseline, pl.concat(parts))


def _changes(ours: pl.DataFrame, theirs: pl.DataFrame, replicate: int) -> pl.DataFrame:
    if not ours["household_id"].equals(theirs["household_id"]):
        raise UserError(
            f"replicate {replicate} does not have the same households in both",
            why="gains and losses are those of one household",
            mend="run both scenarios on the same population",
        )
    base = theirs.select(pl.col(_COMPARED).cast(pl.Float64).name.suffix("_base"))
    joined = pl.concat(
        [
            ours.select(
                "household_id",
                pl.col("first_touched_month").cast(pl.Int32),
                pl.col(_COMPARED).cast(pl.Float64),
            ),
            base,
        ],
        how="horizontal",
    )
    return (
        joined.with_columns(
            replicate=pl.lit(replicate, pl.Int32),
            received_difference=_difference("received_cell_months"),
            paid_difference_krw=_difference("paid_krw"),
            crisis_difference=_difference("crisis_months"),
            changed=pl.any_horizontal(_difference(name) != 0 for name in _COMPARED),
        )
        .with_columns(outcome=_outcome())
        .select(
            "replicate",
            "household_id",
            "received_difference",
            "paid_difference_krw",
            "crisis_difference",
            "first_touched_month",
            "changed",
            "outcome",
        )
    )


def _difference(name: str) -> pl.Expr:
    return pl.col(name) - pl.col(f"{name}_base")


def _outcome() -> pl.Expr:
    received = pl.col("received_difference")
    gain = pl.when(received != 0).then(received).otherwise(pl.col("paid_difference_krw"))
    outcome = pl.when(gain > 0).then(pl.lit("gains")).when(gain < 0).then(pl.lit("loses"))
    return outcome.otherwise(pl.lit("same"))
