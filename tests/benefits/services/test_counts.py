"""The compiled counts against each service's rule as SQL, and against themselves."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numba import set_num_threads

from simlib.benefits.facts import household_facts
from simlib.benefits.services.catalogue import Services, make_services, rule_columns
from simlib.benefits.services.conditions import conditions
from simlib.benefits.services.counts import ServiceCounter, count_services
from simlib.benefits.services.households import count_folder
from simlib.benefits.services.population_words import population_words, view_population
from simlib.benefits.services.rules import rule_of
from simlib.benefits.services.sql import rule_sql
from simlib.benefits.services.templates import template_services
from simlib.errors import UserError
from simlib.months import parse_month
from simlib.parameters import Parameters, load_parameters
from simlib.population.population import Population

ROOT = Path(__file__).parents[3]
MONTH = parse_month("2025-03")
COUNTS = ["households_n", "persons_n", "checking_households_n", "checking_persons_n"]


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return load_parameters()


@pytest.fixture(scope="module")
def population() -> Population:
    return Population.load(ROOT / "data" / "synthetic" / "kr-2025-5k")


@pytest.fixture(scope="module")
def services(parameters: Parameters) -> Services:
    return template_services(parameters, 1)


@pytest.fixture(scope="module")
def counted(services: Services, population: Population, parameters: Parameters) -> pl.DataFrame:
    block = (population.households, population.persons)
    return count_services(services, [block], MONTH, parameters)


def one_service(codes: dict[str, int | bool], **place: object) -> Services:
    row = {"service_id": "A", "name_ko": "별", "agency": "보건복지부", "unit": "person"}
    where = {"level": "national", "municipality": 0} | place
    return make_services([{**row, **where, **rule_columns(rule_of(codes))}], "test")


def counts_of(services: Services, population: Population, parameters: Parameters) -> list[int]:
    block = (population.households, population.persons)
    table = count_services(services, [block], MONTH, parameters)
    return [int(table[name][0]) for name in COUNTS]


def joined(population: Population, parameters: Parameters) -> pl.DataFrame:
    views = view_population(population.households, population.persons, MONTH, parameters)
    households = views.households.with_columns(region=population.households["region"])
    brought = households[views.rows].drop("babies_n")
    return views.persons.hstack(brought).with_columns(household=pl.Series(views.rows))


def test_the_compiled_counts_equal_the_rules_as_sql(services, population, parameters, counted):
    people = joined(population, parameters)
    chosen = services.frame.with_row_index("row").filter(pl.col("row") % 23 == 0)
    assert chosen["level"].n_unique() == 3
    met = 0
    for row in chosen.iter_rows(named=True):
        there = people
        if row["level"] == "region":
            there = people.filter(pl.col("region") == row["region"])
        elif row["level"] == "municipality":
            there = people.filter(pl.col("municipality") == row["municipality"])
        held = there.filter(pl.sql_expr(rule_sql(row)))
        expected = (held["household"].n_unique(), held.height)
        found = counted.row(row["row"], named=True)
        assert (found["households_n"], found["persons_n"]) == expected, row["service_id"]
        met += expected[0] > 0
    assert met > 50


@pytest.mark.parametrize("code", [each.code for each in conditions().values() if each.expression])
def test_each_code_alone_counts_what_its_expression_says(code, population, parameters):
    people = joined(population, parameters)
    held = people.filter(pl.sql_expr(conditions()[code].expression))
    found = counts_of(one_service({code: True}), population, parameters)
    assert found == [held["household"].n_unique(), held.height, 0, 0]


def test_everyone_meets_a_service_without_conditions(population, parameters):
    whole = [population.households.height, population.persons.height]
    assert counts_of(one_service({"JA0322": True}), population, parameters) == [*whole, 0, 0]
    assert counts_of(one_service({}), population, parameters) == [0, 0, *whole]


def test_who_meets_no_decided_alternative_must_ask(population, parameters):
    disabled = counts_of(one_service({"JA0328": True}), population, parameters)
    either = counts_of(one_service({"JA0328": True, "JA0313": True}), population, parameters)
    assert either[:2] == disabled[:2]
    whole = [population.households.height, population.persons.height]
    assert [either[0] + either[2], either[1] + either[3]] == whole
    family = counts_of(one_service({"JA0401": True, "JA0328": True}), population, parameters)
    assert family == [0, 0, *disabled[:2]]


def test_one_member_meets_all_personal_conditions_together(population, parameters):
    asked = {"JA0110": 60, "JA0102": True, "JA0328": True, "JA0412": True}
    people = joined(population, parameters).filter(pl.col("tenure") != "own")
    disabled = (pl.col("age") >= 60) & (pl.col("disability") != "none")
    held = people.filter(disabled & (pl.col("sex") == "female"))
    found = counts_of(one_service(asked), population, parameters)
    assert found == [held["household"].n_unique(), held.height, 0, 0]
    apart = people.group_by("household").agg(
        old=disabled.any(), woman=(pl.col("sex") == "female").any()
    )
    assert found[0] < apart.filter(pl.col("old") & pl.col("woman")).height


def test_local_services_only_meet_residents(population, parameters):
    everyone = {"JA0322": True, "JA0410": True}
    seoul = one_service(everyone, level="region", region="Seoul")
    residents = population.households.filter(pl.col("region") == "Seoul").height
    assert counts_of(seoul, population, parameters)[0] == residents > 0
    merged = one_service(everyone, level="region", region="Gwangju|Jeonnam")
    both = population.households.filter(pl.col("region").is_in(["Gwangju", "Jeonnam"])).height
    assert counts_of(merged, population, parameters)[0] == both
    haenam = one_service(everyone, level="municipality", region="Jeonnam", municipality=46820)
    there = population.households.filter(pl.col("municipality") == 46820).height
    assert counts_of(haenam, population, parameters)[0] == there > 0


def test_households_count_the_services_they_meet(services, population, parameters, counted):
    counter = ServiceCounter(services, MONTH, parameters)
    made = counter.add(population.households, population.persons)
    assert made.entitled_n.sum() == counted["households_n"].sum()
    assert made.checking_n.sum() == counted["checking_households_n"].sum()
    assert counter.households_n == population.households.height
    assert made.entitled_n.min() > 0


def test_blocks_threads_and_order_do_not_matter(services, population, parameters, counted):
    regions = list(population.by_region())
    blocks = [(part.households, part.persons) for _, part in regions]
    assert count_services(services, blocks, MONTH, parameters).equals(counted)
    set_num_threads(1)
    try:
        block = (population.households, population.persons)
        assert count_services(services, [block], MONTH, parameters).equals(counted)
    finally:
        set_num_threads(2)
    mixed = np.argsort(np.arange(population.households.height) % 7, kind="stable")
    block = (population.households[mixed], population.persons.reverse())
    assert count_services(services, [block], MONTH, parameters).equals(counted)


def test_a_service_more_leaves_the_others_alone(services, population, parameters, counted):
    extra = one_service({"JA0328": True}).frame
    more = Services(pl.concat([services.frame, extra]), "test")
    block = (population.households, population.persons)
    assert count_services(more, [block], MONTH, parameters)[: counted.height].equals(counted)


def test_facts_of_conditions_are_those_of_programmes(population, parameters):
    views = view_population(population.households, population.persons, MONTH, parameters)
    facts = household_facts(population.households, population.persons, MONTH, parameters)
    for name in ("children_n", "babies_n", "grandparent_family"):
        assert (views.households[name] == facts.households[name]).all(), name
    assert (views.persons["age"] == facts.persons["age"]).all()
    share = facts.households["income_krw_m"] / facts.households["median_income_krw_m"]
    assert np.allclose(views.households["income_share"], share)


def test_a_population_that_cannot_be_read_is_refused(services, population, parameters):
    counter = ServiceCounter(services, MONTH, parameters)
    with pytest.raises(UserError, match="persons lack the columns veteran"):
        counter.add(population.households, population.persons.drop("veteran"))
    lost = population.households.with_columns(municipality=pl.lit(99, pl.Int32))
    with pytest.raises(UserError, match="there is no municipality 99"):
        counter.add(lost, population.persons)


def test_no_households_count_nothing(services, population, parameters):
    counter = ServiceCounter(services, MONTH, parameters)
    made = counter.add(population.households[:0], population.persons[:0])
    assert made.entitled_n.size == 0
    assert counter.table()["households_n"].sum() == 0


def test_words_have_one_bit_for_everyone(population, parameters):
    views = view_population(population.households, population.persons, MONTH, parameters)
    words = population_words(views)
    assert (words.person >> 31 == 1).all()
    assert (words.household >> 31 == 1).all()
    assert words.first[0] == 0
    assert words.first[-1] == population.persons.height


def test_a_population_on_disk_is_counted_region_by_region(
    services, population, parameters, counted, tmp_path
):
    population.save(tmp_path / "population")
    made = count_folder(services, tmp_path / "population", "2025-03")
    assert made.by_service.select("service_id", *COUNTS).equals(counted)
    assert made.households_n == population.households.height
    entitled, checking = made.means
    assert entitled == pytest.approx(counted["households_n"].sum() / made.households_n)
    assert checking == pytest.approx(counted["checking_households_n"].sum() / made.households_n)
    made.save(tmp_path / "counts")
    again = pl.read_csv(tmp_path / "counts" / "by_service.csv")
    assert again["households_n"].sum() == counted["households_n"].sum()
    with pytest.raises(UserError, match="is not a month"):
        count_folder(services, tmp_path / "population", "2025")
