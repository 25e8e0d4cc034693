import shutil

import numpy as np
import polars as pl
import pytest

from simlib.experiments.compare import compare
from simlib.experiments.comparison_tables import print_comparisons
from simlib.experiments.costs import cost_per_month, linearised
from simlib.experiments.gainers import household_tables, over_replicates
from simlib.experiments.households import household_changes
from simlib.experiments.people import PART
from simlib.experiments.stages import STAGES, stage_table
from simlib.experiments.strata import QUINTILES, STRATA, household_strata, in_order
from simlib.experiments.whole_comparison import compare_wholly
from simlib.population.population import Population
from worlds import SAMPLE


def test_the_cost_of_a_household_month_follows_both_its_parts():
    cost, gain = np.array([30.0, 50.0, 40.0]), np.array([9.0, 11.0, 10.0])
    parts = linearised(cost, gain)
    assert parts.mean() == pytest.approx(4.0)
    assert linearised(2 * gain, gain).std() == pytest.approx(0.0)  # bought at a fixed price


def test_no_cost_is_given_where_receipt_is_not_raised(make_run):
    run = make_run(effects={"none": 0.0, "letters": 5.0, "harmful": -5.0})
    assert cost_per_month(compare(run, "harmful"), 3).value_krw is None
    raised = cost_per_month(compare(run, "letters"), 3)
    assert raised.household_months == pytest.approx(15.75, rel=0.05)
    assert raised.value_krw == 0.0  # the made-up delivery costs nothing


def test_those_who_lose_have_a_cause_and_those_who_gain_were_contacted(make_run):
    tables = household_tables(make_run(), "letters")
    causes = {
        (row["outcome"], row["cause"]): row["value"]
        for row in tables.causes.filter(pl.col("measure") == "households_n").to_dicts()
    }
    assert causes == {("gains", "contact"): 5.0, ("loses", "waited"): 1.0}
    assert tables.row("gains_n")["value"] == 5
    assert tables.row("missing_reached_n")["value"] == 5
    assert tables.row("walk_in_wait_days")["value"] == pytest.approx(10 / 30)  # ten days, 30 claims
    documents = tables.burdens.filter(pl.col("measure") == "documents_n").to_dicts()
    assert [(row["need"], row["value"]) for row in documents] == [("missing", 5.0)]


def test_what_a_replicate_lacks_counts_as_none_there():
    counts = pl.DataFrame({"replicate": [0, 1, 1], "cause": ["a", "a", "b"], "value": [2.0, 4, 6]})
    means = over_replicates(counts, ["cause"])
    assert means["value"].to_list() == [3.0, 3.0]
    assert means["mc_error"].to_list() == pytest.approx([1.0, 3.0])


def test_households_are_sorted_into_equal_fifths_by_income(make_run):
    run = make_run()
    assert household_strata(run) is None
    shutil.copytree(SAMPLE, run.folder / PART)
    pl.DataFrame(schema={"path": pl.String, "value": pl.String}).write_parquet(
        run.folder / "parameters_read.parquet"
    )
    strata = household_strata(run)
    assert strata.columns == ["household_id", *STRATA]
    counts = strata["need_quintile"].value_counts()
    assert set(counts["count"]) == {1000}
    households = Population.load(SAMPLE).households
    each = households["income_krw_m"] / households["size"].sqrt()
    means = [each.filter(strata["need_quintile"] == name).mean() for name in QUINTILES]
    assert means == sorted(means)
    ages = in_order("age_group", strata["age_group"].unique())
    assert ages == ["under_40", "40_64", "65_74", "75_plus"]


def test_shares_by_stage_add_to_one_and_are_paired(small_world_run):
    table = stage_table(small_world_run, small_world_run.policies[1:])
    for name in ("baseline", "policy_share"):
        sums = table.group_by("policy", "stratum", "group").agg(pl.col(name).sum())
        assert np.allclose(sums[name], 1.0)
    assert set(table["stage"]) == set(STAGES)


def test_everything_is_plain_data_and_prints(small_world_run, capsys):
    import json

    found = compare_wholly(small_world_run)
    plain = json.loads(json.dumps([each.as_dict("all") for each in found]))
    assert {"differences", "variance_ratios", "stages", "harms", "households"} <= set(plain[0])
    assert plain[0]["cost_per_household_month"]["household_months"] is not None
    print_comparisons(found)
    shown = capsys.readouterr().out
    assert "variance ratio" in shown
    assert "walk_in_wait_days" in shown


def test_an_untouched_household_changes_only_through_others(small_world_run):
    run = small_world_run
    changes = pl.concat(
        [household_changes(run, "membership", each, run, "none") for each in (0, 1)]
    )
    untouched = changes.filter(pl.col("first_touched_month") == 0)
    moved = untouched.filter(pl.col("outcome") != "same")
    assert set(moved["cause"]) <= {"waited", "refused", "passed_on"}
    assert moved.height < 0.2 * untouched.height


def test_where_offices_are_crowded_those_who_lose_by_waiting_are_reported(crowded_run):
    [found] = compare_wholly(crowded_run)
    assert found.households.moved("loses", "waited")["value"] > 0
    lines = {row["harm"]: row["difference"] for row in found.harms.to_dicts()}
    more = ("late_decisions_n", "first_payment_days_mean", "appeals_filed_n", "appeals_lost_n")
    for each in more:
        assert lines[each] == found.comparison.row(each)["difference"]
    assert lines["loses_waiting_n"] == found.households.moved("loses", "waited")["value"]
    waited = found.households.causes.filter(
        pl.col("outcome") == "loses", pl.col("cause") == "waited"
    )
    assert dict(waited.select("measure", "value").iter_rows())["received_months"] < 0


def test_what_comes_of_lists_is_the_mean_of_the_replicates_ratios(crowded_run, capsys):
    [found] = compare_wholly(crowded_run)
    shares = dict(found.lists.select("measure", "value").iter_rows())
    assert set(found.lists["policy"]) == {"officer_calls"}  # the baseline makes no lists
    rows = crowded_run.results("officer_calls").filter(pl.col("item") == "detection")
    sums = rows.group_by("replicate", "measure").agg(pl.col("value").sum())
    counts = sums.pivot("measure", index="replicate", values="value")
    for name, (above, below) in {
        "supported_any_share": ("supported_any_n", "followed_n"),
        "lift_ratio": ("judged_crisis_n", "judged_by_lot_n"),
    }.items():
        assert shares[name] == pytest.approx((counts[above] / counts[below]).mean())
    print_comparisons([found])
    assert "What comes of detection lists" in capsys.readouterr().out
