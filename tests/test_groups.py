"""Households sorted into groups, and what is recorded of them laid out as tidy rows."""

import numpy as np

from simlib.groups import make_groups
from simlib.tidy import TidyRows
from worlds import numbers, sample


def test_kinds_know_every_group_of_a_household():
    households = sample(2000).households
    groups = make_groups(households, numbers())
    assert groups.of_kind.shape[0] < households.height
    for stratum in ("household_type", "region_class", "region"):
        assert groups.labels(stratum).tolist() == households[stratum].cast(str).to_list()
    older = groups.names.index(("age_group", "75_plus"))
    assert ((groups.codes == older).any(axis=0) == (households["head_age"] >= 75).to_numpy()).all()


def test_counts_by_kind_are_counts_by_group():
    groups = make_groups(sample(2000).households, numbers())
    rows = np.arange(0, 4000, 3) % 2000  # some of them twice
    of_each = groups.codes[:, rows].ravel()
    assert groups.count(rows).tolist() == np.bincount(of_each, minlength=groups.groups_n).tolist()
    assert groups.count(rows)[0] == rows.size


def test_neighbours_are_of_near_kinds():
    groups = make_groups(sample(2000).households, numbers())
    region = groups.of_kind[:, -1].astype(int)
    assert (np.diff(region) >= 0).all()


def test_tidy_rows_come_in_the_order_in_which_they_were_added():
    rows = TidyRows()
    assert rows.frame().height == 0
    one_and_two = [("age", "young"), ("age", "old")]
    rows.add(5, one_and_two, ["all", "all"], {"n": np.array([1, 2]), "krw": np.array([3.0, 4.0])})
    rows.add(6, [("all", "all")], ["ai_call"], {"n": np.array([9])})
    rows.add(6, [("all", "all")], ["ai_call"], {})
    assert rows.frame().rows() == [
        (5, "age", "young", "all", "n", 1.0),
        (5, "age", "old", "all", "n", 2.0),
        (5, "age", "young", "all", "krw", 3.0),
        (5, "age", "old", "all", "krw", 4.0),
        (6, "all", "all", "ai_call", "n", 9.0),
    ]
