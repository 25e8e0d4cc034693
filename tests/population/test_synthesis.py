"""What must hold in every synthetic population, whatever its size and seed."""

from pathlib import Path

import numba
import numpy as np
import polars as pl
import pytest

from simlib.errors import UserError
from simlib.population import Population, synthesize
from simlib.population.frames.checking import check_frame, check_together
from simlib.population.frames.schema import Households, Persons
from simlib.population.published.tables import municipalities, regions

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "synthetic" / "kr-2025-5k"


@pytest.fixture(params=["korea", "small"])
def population(request) -> Population:
    return request.getfixturevalue(request.param)


def with_relations(population: Population) -> pl.DataFrame:
    roles = ["spouse", "child", "parent"]
    counted = population.persons.group_by("household_id", maintain_order=True).agg(
        *[(pl.col("relation") == role).sum().alias(f"{role}_n") for role in roles],
        (pl.col("age") < 18).any().alias("minor"),
        ((pl.col("relation") == "child") & (pl.col("age") < 18)).any().alias("minor_child"),
        pl.col("pension_krw_m").sum().alias("pensions"),
    )
    return population.households.join(counted, on="household_id", maintain_order="left")


def test_every_household_has_its_persons_with_one_head_first(population):
    check_frame(population.households, Households, "households")
    check_frame(population.persons, Persons, "persons")
    check_together(population.households, population.persons, "population")


def test_ids_count_up_and_municipalities_are_contiguous_blocks(population):
    homes = population.households
    assert homes["household_id"].to_list() == list(range(homes.height))
    assert homes["municipality"].is_sorted()
    assert population.persons["household_id"].is_sorted()


def test_couples_have_a_spouse_of_the_other_sex_and_nobody_else_of_their_own(population):
    homes = with_relations(population)
    couples = homes.filter(pl.col("household_type").is_in(["couple", "couple_children"]))
    assert (couples["spouse_n"] == 1).all()
    assert (homes.filter(pl.col("household_type") == "single_parent")["spouse_n"] == 0).all()
    spouses = population.persons.filter(pl.col("relation") == "spouse").join(
        homes.select("household_id", "head_sex"), on="household_id"
    )
    assert (spouses["sex"].cast(pl.String) != spouses["head_sex"].cast(pl.String)).all()
    assert (spouses["age"] >= 18).all()


def test_children_are_at_least_17_years_younger_than_the_head_and_parents_older(population):
    people = population.persons.join(
        population.households.select("household_id", "head_age"), on="household_id"
    ).with_columns(gap=pl.col("head_age").cast(pl.Int32) - pl.col("age").cast(pl.Int32))
    assert people.filter(pl.col("relation") == "child")["gap"].min() >= 17
    assert people.filter(pl.col("relation") == "parent")["gap"].max() <= -17
    assert people.filter(pl.col("relation") == "grandchild")["gap"].min() >= 34
    assert people.filter(pl.col("relation") == "head")["age"].min() >= 18


def test_single_parent_means_one_parent_with_a_child_under_18(population):
    homes = with_relations(population)
    meant = (homes["household_type"] == "single_parent") & homes["minor_child"]
    assert (homes["single_parent"] == meant).all()


def test_pensions_of_a_household_are_those_of_its_persons(population):
    homes = with_relations(population)
    assert (homes["pension_krw_m"] == homes["pensions"]).all()


def test_age_is_completed_years_at_the_reference_month(population):
    months = population.reference_month - population.persons["birth_month"]
    assert (months // 12 == population.persons["age"].cast(pl.Int64)).all()


def test_pupils_small_children_and_people_without_work_earn_nothing(population):
    people = population.persons
    idle = people.filter(pl.col("work").is_in(["inactive", "unemployed", "family_worker"]))
    assert idle["earnings_krw_m"].sum() == 0
    pupils = people.filter(pl.col("student").is_in(["elementary", "middle", "high"]))
    assert (pupils["work"] == "inactive").all()
    assert pupils["age"].is_between(7, 19).all()
    assert people.filter(pl.col("in_daycare"))["age"].max() <= 6
    assert (people.filter(pl.col("pregnant"))["sex"] == "female").all()
    assert people.filter(pl.col("pension_krw_m") > 0)["age"].min() >= 60
    assert people.filter(pl.col("occupational_pension"))["pension_krw_m"].min() > 0


def test_homes_deposits_and_rents_go_with_tenure(population):
    homes = population.households
    owner = pl.col("tenure") == "own"
    assert homes.filter(~owner)["housing_krw"].sum() == 0
    renting = pl.col("tenure").is_in(["deposit_rent", "monthly_rent"])
    assert homes.filter(~renting)["rent_krw_m"].sum() == 0
    assert homes.filter(renting)["rent_krw_m"].min() > 0
    with_deposit = pl.col("tenure").is_in(["jeonse", "deposit_rent"])
    assert homes.filter(~with_deposit)["deposit_krw"].sum() == 0
    assert (homes["deposit_krw"] <= homes["general_krw"]).all()


def test_every_region_is_there_and_classes_follow_the_municipality(population):
    assert set(population.households["region"].unique()) == set(regions())
    joined = population.households.join(
        municipalities(), left_on="municipality", right_on="code", suffix="_place"
    )
    for column in ("region", "area_class", "region_class"):
        assert (joined[column].cast(pl.String) == joined[f"{column}_place"]).all()


def test_all_229_municipalities_are_populated_at_100_000_households(korea):
    assert korea.households["municipality"].n_unique() == 229


def test_older_people_living_alone_are_poorer_than_those_who_do_not(korea):
    old = korea.households.filter(pl.col("head_age") >= 65)
    median = dict(old.group_by("lives_alone").agg(pl.col("income_krw_m").median()).iter_rows())
    assert 2 * median[True] < median[False]


def test_the_same_seed_gives_the_same_population_on_one_thread_and_on_two(parameters, table):
    threads = numba.get_num_threads()
    found = []
    try:
        for n in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(n)
            found.append(synthesize(2_000, 2025, 9, parameters, table).hashes())
    finally:
        numba.set_num_threads(threads)
    assert found[0] == found[1]
    assert synthesize(2_000, 2025, 10, parameters, table).hashes() != found[0]


def test_the_committed_sample_is_what_the_code_makes(parameters, table):
    sample = Population.load(SAMPLE)
    made = synthesize(5_000, 2025, sample.seed, parameters, table)
    assert made.hashes() == sample.hashes(), (
        "the population changed: if that is meant, make the sample again with "
        "simlib synthesize --households 5000 --year 2025 --seed 1 --out data/synthetic/kr-2025-5k "
        "and say so in the changelog"
    )
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 2_000_000


@pytest.mark.parametrize(
    ("households_n", "year", "seed", "named"),
    [
        (0, 2025, 1, "households"),
        (999, 2025, 1, "households"),
        (60_000_000, 2025, 1, "households"),
        (5_000, 1999, 1, "1999"),
        (5_000, 2025, -1, "seed"),
    ],
)
def test_an_impossible_request_is_refused(parameters, households_n, year, seed, named):
    with pytest.raises(UserError, match=named):
        synthesize(households_n, year, seed, parameters)


def test_whole_numbers_of_any_seed_sum_to_the_request(parameters, table):
    for seed in range(4):
        made = synthesize(1_237, 2025, seed, parameters, table)
        assert made.households.height == 1_237
        assert np.unique(made.persons["household_id"].to_numpy()).size == 1_237
