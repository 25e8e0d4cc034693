"""Who gains and who loses: the same households under a policy and under the baseline."""

from typing import Any

import polars as pl

from simlib.errors import UserError
from simlib.experiments.run import Run

OUTCOMES = ("gains", "loses", "same")
NEEDS = ("missing", "crisis", "none")
"""What a household lacks in the baseline: money it could claim; no money, but a crisis; nothing."""
CAUSES = ("stopped", "refused", "opted_out", "waited", "contact", "passed_on")
"""Why a household fares differently, the first that holds: a benefit stopped after a false match;
more claims refused; messages turned off; decisions that took longer; the course after a
contact; without a contact, eased claims, queues and neighbours."""

_COMPARED = ["received_cell_months", "paid_krw", "unclaimed_krw", "crisis_months"]
_ASKED = ["wait_days_sum", "decisions_n", "documents_n", "travel_n", "refused_n", "stopped_n"]
_DIFFERENCES = {
    "received_difference": "received_cell_months",
    "paid_difference_krw": "paid_krw",
    "wait_days_difference": "wait_days_sum",
    "decisions_difference": "decisions_n",
    "documents_difference": "documents_n",
    "travel_difference": "travel_n",
    "refused_difference": "refused_n",
}


def household_changes(
    run: Run, policy: str, replicate: int, other: Run, baseline: str
) -> pl.DataFrame:
    """Compare every household of one replicate with itself.

    Returns
    -------
    DataFrame
        replicate, household_id; differences over the whole run: received_difference
        (household-programme months), paid_difference_krw, wait_days_difference,
        decisions_difference, documents_difference, travel_difference, refused_difference; under
        the policy wait_days_sum, decisions_n, contacts_n and first_touched_month (0: never);
        outcome, one of :data:`OUTCOMES`, by received_difference, then by money; need, one of
        :data:`NEEDS`; and cause, one of :data:`CAUSES`, empty when the outcome is the same.
    """
    ours, theirs = run.households(policy, replicate), other.households(baseline, replicate)
    if not ours["household_id"].equals(theirs["household_id"]):
        raise UserError(
            f"replicate {replicate} does not have the same households in both",
            why="gains and losses are those of one household",
            mend="run both scenarios on the same population",
        )
    counts = [*_COMPARED, *_ASKED]
    narrow = [pl.col(name).cast(_kind(name)) for name in counts]
    own = pl.col("first_touched_month").cast(pl.Int32), pl.col("contacts_n").cast(pl.Int32)
    mine = ours.select("household_id", *own, "opted_out", *narrow)
    base = theirs.select(
        *(each.name.suffix("_base") for each in narrow), opted_out_base=pl.col("opted_out")
    )
    return (
        pl.concat([mine, base], how="horizontal")
        .with_columns(
            replicate=pl.lit(replicate, pl.Int32),
            **{name: _difference(column) for name, column in _DIFFERENCES.items()},
        )
        .with_columns(outcome=_outcome(), need=_need())
        .with_columns(cause=_cause())
        .select(
            "replicate",
            "household_id",
            *_DIFFERENCES,
            "wait_days_sum",
            "decisions_n",
            "contacts_n",
            "first_touched_month",
            "outcome",
            "need",
            "cause",
        )
    )


def _kind(name: str) -> type[pl.DataType]:
    return pl.Float64 if name.endswith("_krw") else pl.Int32


def _difference(name: str) -> pl.Expr:
    return pl.col(name) - pl.col(f"{name}_base")


def _outcome() -> pl.Expr:
    received = pl.col("received_difference")
    gain = pl.when(received != 0).then(received).otherwise(pl.col("paid_difference_krw"))
    outcome = pl.when(gain > 0).then(pl.lit("gains")).when(gain < 0).then(pl.lit("loses"))
    return outcome.otherwise(pl.lit("same")).cast(pl.Enum(list(OUTCOMES)))


def _need() -> pl.Expr:
    missing = pl.when(pl.col("unclaimed_krw_base") > 0).then(pl.lit("missing"))
    need = missing.when(pl.col("crisis_months_base") > 0).then(pl.lit("crisis"))
    return need.otherwise(pl.lit("none")).cast(pl.Enum(list(NEEDS)))


def _cause() -> pl.Expr:
    """Name why a household fares differently: the first of :data:`CAUSES` that holds."""
    holds = {
        "stopped": _difference("stopped_n") > 0,
        "refused": pl.col("refused_difference") > 0,
        "opted_out": pl.col("opted_out") & ~pl.col("opted_out_base"),
        "waited": _days_per_decision("") > _days_per_decision("_base"),
        "contact": pl.col("first_touched_month") > 0,
    }
    loses, same = pl.col("outcome") == "loses", pl.col("outcome") == "same"
    cause: Any = pl.when(same).then(pl.lit(None, pl.String))
    for name, condition in holds.items():
        applies = condition if name == "contact" else loses & condition
        cause = cause.when(applies).then(pl.lit(name))
    return pl.Expr.cast(cause.otherwise(pl.lit("passed_on")), pl.Enum(list(CAUSES)))


def _days_per_decision(world: str) -> pl.Expr:
    """Give the mean days from claim to decision, empty without decisions."""
    decisions = pl.col(f"decisions_n{world}")
    return pl.when(decisions > 0).then(pl.col(f"wait_days_sum{world}") / decisions)
