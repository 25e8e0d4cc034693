"""The harms ledger: what outreach does to households that it was not meant to do."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from simlib.experiments.compare import Comparison
from simlib.experiments.gainers import HouseholdTables
from simlib.experiments.measures import KEYS
from simlib.experiments.pairing import judged, summed_up


@dataclass(frozen=True)
class Harm:
    """Say how a harm is counted: measures added up over all instruments, and those taken off."""

    name: str
    unit: str
    added: tuple[str, ...]
    taken_off: tuple[str, ...] = ()
    by_instrument: bool = False


LEDGER = (
    Harm("false_alarms", "households", ("selected_n",), ("selected_in_need_n",), True),
    Harm("opted_out_n", "households", ("opted_out_n",), by_instrument=True),
    Harm("fatigued_n", "households", ("fatigued_n",)),
    Harm("stopped_n", "household-programmes", ("stopped_n",), by_instrument=True),
    Harm("held_n", "households", ("held_n",)),
    Harm("refused_n", "claims", ("refused_n",)),
    Harm("appeals_filed_n", "appeals", ("appeals_filed_n",)),
    Harm("appeals_lost_n", "appeals", ("appeals_lost_n",)),
    Harm("no_right_n", "claims", ("no_right_n",)),
    Harm("queue_n", "claims", ("queue_n",)),
    Harm("wait_days_mean", "days", ("wait_days_mean",)),
    Harm("late_decisions_n", "claims", ("late_decisions_n",)),
    Harm("withdrawn_n", "claims", ("withdrawn_n",)),
    Harm("first_payment_days_mean", "days", ("first_payment_days_mean",)),
    Harm("wrong_krw", "KRW", ("wrong_krw",)),
    Harm("documents_n", "documents", ("documents_n",)),
    Harm("travel_n", "trips", ("travel_n",)),
)
"""Every line of the ledger; more is worse. Flows are sums over the run, stocks monthly means."""

DETECTION = "detection"


WAITED = "loses_waiting_n"
WALK_IN = "walk_in_wait_days"
"""Lines that only households compared with themselves can show: how many lose because their
decisions take longer, and how much longer those without a contact wait."""


def harm_table(comparison: Comparison, households: HouseholdTables) -> pl.DataFrame:
    """Set each harm under a policy beside that in the baseline.

    Returns
    -------
    DataFrame
        harm, unit, and baseline, policy, difference, low, high, mc_error, same_sign_share,
        variance_ratio and verdict as in the comparison, in the order of :data:`LEDGER`, then
        :data:`WAITED` and :data:`WALK_IN`, which the baseline has none of by their nature.
    """
    whole = comparison.pairs.filter(pl.col("stratum") == "all")
    pairs = pl.concat([_pairs(whole, each) for each in LEDGER])
    same = pairs.group_by(KEYS).agg(equal=(pl.col("difference") == 0).all(), event=pl.lit(1.0))
    table = judged(summed_up(pairs).join(same, on=KEYS, how="left"), comparison.replicates_n)
    names = [each.name for each in LEDGER]
    units = {each.name: each.unit for each in LEDGER}
    ledger = (
        table.rename({"measure": "harm"})
        .with_columns(unit=pl.col("harm").replace_strict(units, return_dtype=pl.String))
        .sort(pl.col("harm").cast(pl.Enum(names)))
        .select("harm", "unit", pl.exclude("harm", "unit", "stratum", "group", "item"))
    )
    more = [
        _line(WAITED, "households", households.moved("loses", "waited")),
        _line(WALK_IN, "days", households.row(WALK_IN)),
    ]
    return pl.concat([ledger, pl.DataFrame(more, schema_overrides=ledger.schema)], how="diagonal")


def _line(name: str, unit: str, row: dict[str, Any]) -> dict[str, Any]:
    """Turn a difference between households and themselves into a line of the ledger."""
    value, low, high = float(row["value"]), row["low"], row["high"]
    sure = low is not None and (low > 0 or high < 0)
    verdict = (
        "single" if low is None else ("higher" if value > 0 else "lower") if sure else "unclear"
    )
    return {
        "harm": name,
        "unit": unit,
        "difference": value,
        "low": low,
        "high": high,
        "mc_error": row["mc_error"],
        "verdict": "identical" if value == 0 and not row["mc_error"] else verdict,
    }


def _pairs(whole: pl.DataFrame, harm: Harm) -> pl.DataFrame:
    """Add up the rows of a harm in each replicate, all zero where none was recorded."""
    item = pl.col("item") == (DETECTION if harm.taken_off else "all")
    chosen = whole if harm.by_instrument and not harm.taken_off else whole.filter(item)
    sign = pl.when(pl.col("measure").is_in(list(harm.taken_off))).then(-1.0).otherwise(1.0)
    rows = chosen.filter(pl.col("measure").is_in([*harm.added, *harm.taken_off]))
    sums = rows.group_by("world", "replicate").agg(
        (pl.col("value") * sign).sum(), (pl.col("value_base") * sign).sum()
    )
    every = whole.select("world", "replicate").unique().sort("world", "replicate")
    values = every.join(sums, on=["world", "replicate"], how="left").with_columns(
        pl.col("value", "value_base").fill_null(0.0)
    )
    return values.with_columns(
        **dict.fromkeys(("stratum", "group", "item"), pl.lit("all")),
        measure=pl.lit(harm.name),
        difference=pl.col("value") - pl.col("value_base"),
    )
