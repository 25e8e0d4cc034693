"""Published relations that were not controlled: chosen first, printed whole."""

import polars as pl
import pytest

from simlib.population.published.tables import table as read_table
from simlib.population.published.targets import CONTROLLED, published
from simlib.population.quality.money_measures import measures
from simlib.population.quality.relations import WIDE, relations_report


@pytest.fixture(scope="module")
def report(korea, parameters):
    return relations_report(korea, parameters)


def test_each_published_figure_is_either_controlled_or_only_compared():
    rows = read_table("published_relations")
    assert rows["relation"].is_unique().all()
    assert set(rows["controlled"]) == {CONTROLLED, "table", "no"}
    chosen = [published(controlled=each)["relation"].to_list() for each in (True, False)]
    assert not set(chosen[0]) & set(chosen[1])


def test_every_published_figure_has_a_measure():
    assert set(read_table("published_relations")["relation"]) <= set(measures())


def test_the_table_of_uncontrolled_relations_is_whole(report):
    rows = read_table("published_relations").filter(pl.col("controlled") == "no")
    assert report["relation"].to_list() == rows["relation"].to_list()
    assert report["result"].is_finite().all()


def test_a_relation_that_is_far_off_says_why(report):
    off = report.filter((pl.col("ratio") - 1.0).abs() > WIDE)
    assert (off["reason"].str.len_chars() > 20).all(), off["relation"].to_list()
    near = report.filter((pl.col("ratio") - 1.0).abs() <= WIDE)
    assert (near["reason"] == "").all()
