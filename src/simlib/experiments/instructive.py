"""Choose the households whose diaries a report shows, by rules that it states."""

from dataclasses import dataclass

import polars as pl

from simlib.experiments.gainers import HouseholdTables
from simlib.experiments.households import household_changes
from simlib.experiments.run import Run


@dataclass(frozen=True)
class Choice:
    """Say whose diary is shown under which policy, and by which of :data:`RULES`."""

    rule: str
    policy: str
    household_id: int


RULES = ("gains_by_contact", "loses_by_waiting", "reached_in_vain")
"""Of those who gain after a contact, the one with the median gain in months of receipt, under the
policy with most of them; of those who lose because decisions take longer, the one with the median
loss, under the policy with most of them; and of those who miss money in the baseline, were
contacted and receive no more, the one with the median number of contacts, under the policy of the
first."""


def instructive_households(
    run: Run, tables: list[HouseholdTables], replicate: int = 0
) -> list[Choice]:
    """Choose a household by each rule that some household meets; equals by their id.

    Parameters
    ----------
    run
        A finished run.
    tables
        Gainers and losers of every policy.
    replicate
        The replicate in which the households are looked for.
    """
    if not tables:
        return []
    gains = max(tables, key=lambda each: float(each.moved("gains", "contact")["value"]))
    waits = max(tables, key=lambda each: float(each.moved("loses", "waited")["value"]))
    wanted = {
        "gains_by_contact": (
            gains,
            (pl.col("outcome") == "gains") & (pl.col("cause") == "contact"),
            "received_difference",
        ),
        "loses_by_waiting": (waits, pl.col("cause").eq_missing("waited"), "received_difference"),
        "reached_in_vain": (
            gains,
            (pl.col("outcome") == "same")
            & (pl.col("need") == "missing")
            & (pl.col("contacts_n") > 0),
            "contacts_n",
        ),
    }
    chosen = []
    for rule, (table, condition, order) in wanted.items():
        changes = household_changes(run, table.policy, replicate, run, table.baseline)
        rows = changes.filter(condition).sort(order, "household_id")
        if rows.height:
            median = int(rows["household_id"][(rows.height - 1) // 2])
            chosen.append(Choice(rule, table.policy, median))
    return chosen
