import polars as pl
import pytest
from scipy import stats

from simlib.reporting.estimates import Estimate, cost_parts, paired, summarise
from simlib.reporting.pages.comparison import as_estimates


def frame(policy: str, values: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {"policy": [policy] * len(values), "run": range(len(values)), "value": values}
    )


def test_the_interval_is_students() -> None:
    values = [1.0, 2.0, 4.0, 4.5, 6.0]
    row = summarise(frame("a", values), ["policy"]).row(0, named=True)
    low, high = stats.t.interval(0.95, 4, loc=3.5, scale=stats.sem(values))
    assert row["value"] == pytest.approx(3.5)
    assert (row["low"], row["high"]) == pytest.approx((low, high))


def test_pairing_removes_the_luck_that_runs_share() -> None:
    luck = [0.0, 10.0, 20.0]
    both = pl.concat([frame("none", luck), frame("a", [each + 1 + 0.1 * each for each in luck])])
    row = summarise(paired(both, "none", []), ["policy"]).row(0, named=True)
    assert row["value"] == pytest.approx(2.0)
    assert row["mc_error"] < 1


def test_identical_worlds_have_no_interval_and_say_so() -> None:
    estimate = Estimate.of(summarise(frame("a", [0.0] * 3), ["policy"]).row(0, named=True))
    assert estimate.identical
    assert estimate.low is None and estimate.mc_error is None
    assert estimate.confidence == "identical" and not estimate.beyond_chance


def test_the_same_difference_in_every_run_is_clear_and_not_identical() -> None:
    estimate = Estimate.of(summarise(frame("a", [5.0] * 3), ["policy"]).row(0, named=True))
    assert not estimate.identical and estimate.low is None
    assert estimate.confidence == "clear"


def test_one_replicate_gives_no_interval() -> None:
    estimate = Estimate.of(summarise(frame("a", [5.0]), ["policy"]).row(0, named=True))
    assert estimate.low is None and estimate.confidence == "few"


def test_cost_parts_leaves_out_policies_without_a_gain() -> None:
    cost = pl.concat([frame("a", [100.0, 110.0, 105.0]), frame("b", [50.0, 60.0, 55.0])])
    gain = pl.concat([frame("a", [10.0, 11.0, 10.4]), frame("b", [-5.0, 4.0, 1.0])])
    made = summarise(cost_parts(cost, gain), ["policy"])
    assert made["policy"].to_list() == ["a"]
    row = made.row(0, named=True)
    assert row["value"] == pytest.approx(315 / 31.4)
    assert row["low"] < row["value"] < row["high"]


def test_order_of_rows_changes_nothing() -> None:
    rows = frame("a", [0.1, 0.7, 0.30000001, 0.2])
    assert summarise(rows, ["policy"]).equals(summarise(rows.reverse(), ["policy"]))


def test_without_any_gain_there_is_no_cost() -> None:
    same = frame("a", [0.0, 0.0, 0.0])
    assert cost_parts(same, same).is_empty()


def test_a_spread_of_rounding_error_is_no_interval() -> None:
    value = 5 / 12
    row = {"difference": value, "low": value - 1e-15, "high": value + 1e-15, "mc_error": 1e-16}
    made = as_estimates(pl.DataFrame([row]), 2).row(0, named=True)
    assert made["low"] is made["high"] is made["mc_error"] is None
