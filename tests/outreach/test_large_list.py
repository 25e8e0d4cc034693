"""A list with thousands of services: the same visits, and fewer who find their own benefits."""

import numpy as np
import polars as pl
import pytest

from simlib.model import WelfareModel
from simlib.outreach.large_list import services_listed
from worlds import START, numbers, run, same_states, sample

MANY_VISITS = {"outreach.benefit_list.visits_per_1000_persons_m": 400.0}


def total(model: WelfareModel, measure: str) -> float:
    rows = model.results().filter(
        (pl.col("measure") == measure)
        & (pl.col("item") == "benefit_list")
        & (pl.col("stratum") == "all")
    )
    return float(rows["value"].sum())


def test_local_services_make_a_list_longer_and_depend_on_the_place():
    national = services_listed(sample(500), START, numbers(), national_only=True)
    every = services_listed(sample(500), START, numbers(), national_only=False)
    assert (every >= national).all() and every.mean() > national.mean() > 20
    places = sample(500).households["municipality"].to_numpy()
    more = every - national
    means = {code: more[places == code].mean() for code in np.unique(places)}
    assert len(set(means.values())) > 1


def test_who_reads_everything_is_told_as_with_a_short_list():
    short = run("benefit_list", changes=MANY_VISITS)
    patient = MANY_VISITS | {"outreach.benefit_list.attention_items": 100_000.0}
    for policy in ("benefit_list_305", "benefit_list_6000"):
        long = run(policy, changes=patient | {"outreach.benefit_list.scope": "central"})
        assert total(long, "reached_n") == total(short, "reached_n")
        if policy == "benefit_list_305":
            same_states(short, long)


@pytest.mark.parametrize("attention", [5.0, 20.0])
def test_longer_lists_tell_fewer_of_the_same_visitors(attention: float):
    changes = MANY_VISITS | {"outreach.benefit_list.attention_items": attention}
    read = []
    for policy in ("benefit_list", "benefit_list_305", "benefit_list_6000"):
        model = run(policy, changes=changes)
        read.append(total(model, "read_n"))
    assert read[0] > read[1] > 0 and read[0] > read[2] > 0
