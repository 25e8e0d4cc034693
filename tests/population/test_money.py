"""Incomes and wealth: anchored on published distributions, and checked against others."""

import numpy as np
import polars as pl
import pytest

from simlib.population.relations import gini, relations_report
from simlib.population.tables import table as published
from simlib.population.wealth import net_worth_at


def net_worth(homes: pl.DataFrame) -> pl.Series:
    assets = pl.sum_horizontal("housing_krw", "general_krw", "financial_krw", "vehicle_krw")
    return homes.select(assets - pl.col("debt_krw")).to_series()


def test_published_tenths_of_net_worth_come_back(korea):
    worth = net_worth(korea.households)
    for quantile, value in published("net_worth_quantiles").select("quantile", "value").iter_rows():
        assert worth.quantile(quantile) == pytest.approx(value, rel=0.01, abs=200_000)


def test_net_worth_rises_with_rank_and_has_the_published_extreme_tenths(parameters):
    share = (np.arange(200_000) + 0.5) / 200_000
    worth = net_worth_at(share, parameters)
    assert (np.diff(worth) >= 0).all()
    assert worth[:20_000].mean() == pytest.approx(-7_710_000, rel=0.05)
    assert worth[180_000:].mean() == pytest.approx(2_171_220_000, rel=0.03)


def test_median_income_by_age_of_head_is_the_published_one(korea):
    rows = published("head_age_money").filter(pl.col("measure") == "income_median")
    steps = rows.sort("age_from").select("age_from", "value").rows()
    for (low, median), (high, _) in zip(steps, [*steps[1:], (200, 0)], strict=True):
        homes = korea.households.filter(pl.col("head_age").is_between(low, high - 1))
        found = float(homes["income_krw_m"].median()) * 12
        assert found == pytest.approx(median, rel=0.01)


def test_mean_debt_by_age_of_head_is_the_published_one(korea):
    rows = published("head_age_money").filter(pl.col("measure") == "debt_mean")
    steps = rows.sort("age_from").select("age_from", "value").rows()
    for (low, mean), (high, _) in zip(steps, [*steps[1:], (200, 0)], strict=True):
        homes = korea.households.filter(pl.col("head_age").is_between(low, high - 1))
        assert float(homes["debt_krw"].mean()) == pytest.approx(mean, rel=0.01)


def test_the_table_of_uncontrolled_relations_is_whole(korea, parameters):
    report = relations_report(korea, parameters)
    assert report["relation"].to_list() == published("published_relations")["relation"].to_list()
    assert report["result"].is_finite().all()


def test_gini_of_equal_and_of_concentrated_shares():
    assert gini(np.ones(10)) == pytest.approx(0.0)
    assert gini(np.array([0.0, 0.0, 0.0, 1.0])) == pytest.approx(0.75)
    weighted = gini(np.array([1.0, 3.0]), np.array([2.0, 1.0]))
    assert weighted == pytest.approx(gini(np.array([1.0, 1.0, 3.0])))
