"""Attributes of persons: controls hold, and what belongs together goes together."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from simlib.errors import UserError
from simlib.population import Population
from simlib.population.people.rates import family_of, fit_attributes
from simlib.population.published.controls import ControlRow, read_controls, target_shares

DISABLED = pl.col("disability") != "none"
EMPLOYED = ~pl.col("work").is_in(["unemployed", "inactive"])


@pytest.fixture(scope="module")
def people(korea: Population) -> pl.DataFrame:
    """Persons with what is asked of their household."""
    wanted = ["household_id", "region", "lives_alone", "single_parent", "size"]
    return korea.persons.join(korea.households.select(wanted), on="household_id")


def attribute_controls() -> list[ControlRow]:
    return [row for row in read_controls() if row.unit == "persons" and family_of(row)]


@pytest.mark.parametrize("row", attribute_controls(), ids=lambda row: row.control)
def test_a_control_of_persons_is_met_within_the_rounding_of_17_regions(people, row, table):
    names = ["region", "sex", "disability", "disability_type", "work"]
    frame = people.with_columns(pl.col(names).cast(pl.String))
    if row.universe:
        frame = frame.filter(pl.sql_expr(row.universe))
    category = pl.sql_expr(row.expression).cast(pl.String).alias("category")
    counted = frame.group_by(category).agg(pl.len().alias("n"))
    joined = target_shares(row).join(counted, on="category", how="left").fill_null(0)
    gap = (joined["n"] - joined["share"] * frame.height).abs().max()
    assert gap <= 0.002 * frame.height + 20, joined.with_columns(
        wanted=joined["share"] * frame.height
    )


def test_disability_lives_where_the_census_finds_it(korea, people):
    homes = people.group_by("household_id").agg(DISABLED.any(), pl.col("lives_alone").first())
    assert homes["disability"].mean() == pytest.approx(0.1027, rel=0.03)
    alone = homes.filter("disability")["lives_alone"].mean()
    assert alone == pytest.approx(0.256, rel=0.05)


def test_types_that_are_only_severe_are_severe(people):
    severe = people.filter(pl.col("disability_type").is_in(["intellectual", "autism", "mental"]))
    assert severe.height > 500
    assert (severe["disability"] == "severe").all()


def test_disabled_people_work_less_and_more_often_without_a_contract(people):
    grown = people.filter(pl.col("age").is_between(20, 64))
    rates = dict(grown.group_by("disability").agg(EMPLOYED.mean()).iter_rows())
    assert rates["severe"] < rates["mild"] < rates["none"]
    at_work = grown.filter(EMPLOYED)
    loose = pl.col("work").is_in(["temporary", "daily"]).mean()
    shares = dict(at_work.group_by("disability").agg(loose).iter_rows())
    assert shares["none"] < shares["mild"] < shares["severe"]


def test_single_parents_work_as_published(people):
    parents = people.filter(pl.col("single_parent") & (pl.col("relation") == "head"))
    low, high = binom.ppf([1e-5, 1 - 1e-5], parents.height, 0.839) / parents.height
    assert low < parents.select(EMPLOYED.mean()).item() < high
    at_work = parents.filter(EMPLOYED)
    low, high = binom.ppf([1e-5, 1 - 1e-5], at_work.height, 0.308) / at_work.height
    assert low < at_work["work"].is_in(["temporary", "daily"]).mean() < high


def test_care_and_dementia_rise_with_age_and_with_each_other(people):
    old = people.filter(pl.col("age") >= 65)
    need = pl.col("care_score") >= 45
    by_age = old.group_by((pl.col("age") // 10).clip(upper_bound=9).alias("decade")).agg(
        need.mean().alias("need"), pl.col("dementia").mean()
    ).sort("decade")  # fmt: skip
    assert by_age["need"].is_sorted()
    assert by_age["dementia"].is_sorted()
    with_need = old.filter(need)["dementia"].mean()
    assert with_need > 5 * old.filter(~need)["dementia"].mean()
    severe = old.filter(pl.col("disability") == "severe").select(need.mean()).item()
    assert severe > 1.5 * old.filter(pl.col("disability") == "none").select(need.mean()).item()
    young = people.filter((pl.col("age") < 65) & (pl.col("care_score") > 0))
    assert (young["disability"] == "severe").all()


def test_people_recognised_for_long_term_care_come_near_their_number(korea, people):
    per_household = people.filter(pl.col("care_score") >= 45).height / korea.households.height
    assert per_household * 22.29e6 == pytest.approx(1_000_000, rel=0.1)


def test_a_household_without_internet_has_hardly_any_digital_skill(korea, people, parameters):
    offline = np.float32(parameters.number("population.skill.offline"))
    adults = people.filter(pl.col("age") >= 18)
    online = adults.group_by("household_id").agg(pl.col("uses_internet").any())
    homes = korea.households.join(online, on="household_id")
    assert homes.filter(~pl.col("uses_internet"))["digital_skill"].max() <= offline
    assert homes.filter("uses_internet")["digital_skill"].min() >= offline
    poor = homes["income_krw_m"].to_numpy() < homes["income_krw_m"].quantile(0.2)
    skill = homes["digital_skill"].to_numpy()
    assert skill[poor].mean() < 0.7 * skill[~poor].mean()


def test_small_children_at_home_are_about_as_many_as_receive_the_allowance(korea, people):
    at_home = people.filter(
        pl.col("age").is_between(2, 6) & ~pl.col("in_daycare") & (pl.col("student") == "none")
    ).height
    assert at_home / korea.households.height * 22.29e6 == pytest.approx(150_000, rel=0.25)


def test_medical_costs_follow_illness_and_age(korea, people):
    ill = people.group_by("household_id").agg(pl.col("chronic_illness").any())
    alone = korea.households.join(ill, on="household_id").filter("lives_alone")
    mean = dict(
        alone.group_by("chronic_illness").agg(pl.col("medical_cost_krw_y").mean()).iter_rows()
    )
    assert mean[True] > 1.5 * mean[False]
    per_person = korea.households["medical_cost_krw_y"].sum() / people.height
    assert per_person == pytest.approx(420_000, rel=0.1)


def test_public_rental_is_for_tenants_and_for_the_poor(korea):
    homes = korea.households
    owners = pl.col("tenure").is_in(["own", "rent_free"])
    assert homes.filter(owners)["public_rental"].sum() == 0
    poor = homes.filter(pl.col("income_krw_m") < pl.col("income_krw_m").quantile(0.2))
    assert poor["public_rental"].mean() > 2.0 * homes["public_rental"].mean()
    assert homes.filter("single_parent")["public_rental"].mean() == pytest.approx(0.194, abs=0.03)


def test_counties_have_no_district_heating(korea):
    rural = korea.households.filter(pl.col("area_class") == "rural")
    assert rural["district_heating"].sum() == 0


def test_veterans_of_wars_are_old_men_and_infertility_is_of_women_in_couples(people):
    war = people.filter(pl.col("veteran") == "war")
    assert war.filter(pl.col("sex") == "male")["age"].min() >= 70
    wish = people.filter("infertility")
    assert (wish["sex"] == "female").all()
    assert not wish["pregnant"].any()
    assert wish["relation"].is_in(["head", "spouse"]).all()


def persons_row(name: str, expression: str, target: str, universe: str = "") -> ControlRow:
    return ControlRow(
        name, "persons", "national", universe, expression, target, 1000.0, "HEDGE", "assumption", ""
    )


def everybody() -> np.ndarray:
    return np.full((17, 2, 101), 1.0 / (17 * 2 * 101))


def test_contradictory_controls_of_persons_are_named():
    rows = [
        persons_row("no_work", "work IN ('unemployed', 'inactive')", "0.9"),
        persons_row("much_work", "work = 'employee'", "0.4"),
    ]
    with pytest.raises(UserError, match=r"cannot be met.*(no_work|much_work)"):
        fit_attributes(rows, everybody())


def test_a_control_of_two_attributes_is_refused():
    row = persons_row("both", "work = 'employee' AND uses_internet", "0.4")
    with pytest.raises(UserError, match=r"'both'.*internet and work"):
        fit_attributes([row], everybody())


def test_a_control_of_municipalities_is_refused():
    row = replace(persons_row("local", "uses_internet", "0.9"), geography="municipality")
    with pytest.raises(UserError, match="country and its regions"):
        fit_attributes([row], everybody())


def test_of_two_controls_the_less_important_gives_way():
    much = persons_row("much_work", "work = 'employee'", "0.4")
    none = replace(
        persons_row("no_work", "work IN ('unemployed', 'inactive')", "0.9"), importance=300.0
    )
    rates = fit_attributes([none, much], everybody())
    assert rates.results["work"].responsible == ("no_work",)
    assert rates.work[:, 0].mean() == pytest.approx(0.4, abs=1e-3)


def test_a_control_with_an_unknown_category_is_refused():
    row = persons_row("kinds", "work", "tables/employed_sex.csv")
    with pytest.raises(UserError, match="no target for"):
        fit_attributes([row], everybody())


def test_a_control_that_cannot_be_read_is_refused():
    with pytest.raises(UserError, match="cannot be read"):
        family_of(persons_row("broken", "work = = 'employee'", "0.4"))


def test_shares_meet_a_control_and_keep_the_persons():
    row = persons_row(
        "work_of_the_old", "work NOT IN ('unemployed', 'inactive')", "0.5", "age >= 65"
    )
    rates = fit_attributes([row], everybody())
    old = np.tile(np.arange(101) >= 65, 34)
    assert rates.work[old, :5].sum(axis=1).mean() == pytest.approx(0.5, abs=1e-4)
    assert np.allclose(rates.work.sum(axis=1), 1.0)
    assert np.allclose(rates.disability.sum(axis=1), 1.0)


def test_an_age_that_nobody_has_keeps_sensible_shares():
    persons = everybody()
    persons[:, :, 99:] = 0.0
    rates = fit_attributes([persons_row("few", "disability <> 'none'", "0.05")], persons)
    assert np.allclose(rates.disability.sum(axis=1), 1.0)
    assert rates.disability[99, 0] > 0.5
