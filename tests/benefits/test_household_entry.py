"""What a household file may state of need, insurance and housing, and what is taken otherwise."""

from typing import Any

import pytest

from simlib.benefits.fact_names import facts_of
from simlib.benefits.household_entry import PersonEntry, flags
from simlib.errors import UserError
from simlib.parameters import Parameters

from .conftest import case_of

PLAIN: dict[str, Any] = {"municipality": "청양군", "persons": [{"age": 40, "sex": "female"}]}


def with_person(**stated: Any) -> dict[str, Any]:
    return {**PLAIN, "persons": [{**PLAIN["persons"][0], **stated}]}


def test_what_is_not_stated_is_none_or_no(parameters: Parameters):
    made = case_of(PLAIN, "2025-03", parameters)
    person, household = made.persons.row(0, named=True), made.households.row(0, named=True)
    nothing = {"disability_type": "none", "care_score": 0, "dementia": False, "veteran": "none"}
    nothing |= {"insured": False, "infertility": False, "uses_internet": False}
    nothing |= {"serious_illness": False, "nutrition_risk": False, "jobless_months": 0}
    assert {name: person[name] for name in nothing} == nothing
    assert household["medical_cost_krw_y"] == 0
    assert not household["district_heating"] and not household["public_rental"]
    assert made.supplied == frozenset()


@pytest.mark.parametrize(
    ("stated", "insured"),
    [
        ({"work": "employee"}, True),
        ({"work": "temporary"}, True),
        ({"earnings_krw_m": 2000000}, True),
        ({"work": "daily", "earnings_krw_m": 2000000}, False),
        ({"work": "employee", "insured": False}, False),
        ({"work": "unemployed", "insured": True}, True),
    ],
)
def test_insurance_follows_work_unless_it_is_stated(
    parameters: Parameters, stated: dict[str, Any], insured: bool
):
    made = case_of(with_person(**stated), "2025-03", parameters)
    assert made.persons["insured"].to_list() == [insured]


def test_a_disability_of_untold_type_is_taken_as_physical(parameters: Parameters):
    made = case_of(with_person(disability="mild"), "2025-03", parameters)
    assert made.persons["disability_type"].to_list() == ["physical"]


@pytest.mark.parametrize(
    "stated",
    [{"disability_type": "visual"}, {"disability": "mild", "disability_type": "none"}],
)
def test_a_disability_and_a_type_that_do_not_fit_are_refused(
    parameters: Parameters, stated: dict[str, Any]
):
    with pytest.raises(UserError, match="disability and the disability_type") as caught:
        case_of(with_person(**stated), "2025-03", parameters)
    assert caught.value.where.startswith("household.yaml:")


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"care_score": 101}, "care_score"),
        ({"veteran": "hero"}, "veteran"),
        ({"dementai": True}, "did you mean 'dementia'"),
    ],
)
def test_a_wrong_entry_is_refused(parameters: Parameters, stated: dict[str, Any], message: str):
    with pytest.raises(UserError, match=message):
        case_of(with_person(**stated), "2025-03", parameters)


@pytest.mark.parametrize("place", ["assets", "beside"])
def test_the_car_is_told_under_assets_or_beside(parameters: Parameters, place: str):
    car = {"vehicle_krw": 4_000_000, "vehicle_years": 12, "vehicle_cc": 998}
    made = case_of(PLAIN | ({"assets": car} if place == "assets" else car), "2025-03", parameters)
    assert made.households.select(*car).row(0, named=True) == car
    assert {"vehicle_years", "vehicle_cc"} <= made.supplied


def test_a_car_of_which_only_the_value_is_told_is_new_and_of_the_most_frequent_size(
    parameters: Parameters,
):
    made = case_of(PLAIN | {"vehicle_krw": 4_000_000}, "2025-03", parameters)
    assert made.households.select("vehicle_years", "vehicle_cc").row(0) == (0, 1998)
    nothing = case_of(PLAIN, "2025-03", parameters)
    assert nothing.households.select("vehicle_years", "vehicle_cc").row(0) == (0, 0)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"vehicle_years": 12}, "vehicle_years and no value"),
        ({"assets": {"vehicle_cc": 998}}, "vehicle_cc and no value"),
        ({"assets": {"vehicle_krw": 1, "vehicle_cc": 998}, "vehicle_cc": 998}, "stands .* twice"),
        ({"vehicle_krw": 1, "vehicle_years": 2012}, "vehicle_years"),
        ({"vehicle_krw": 1, "vehicle_age": 12}, "vehicle_age"),
    ],
)
def test_a_car_that_cannot_be_is_refused(
    parameters: Parameters, stated: dict[str, Any], message: str
):
    with pytest.raises(UserError, match=message) as caught:
        case_of(PLAIN | stated, "2025-03", parameters)
    assert caught.value.where.startswith("household.yaml:")


def test_supplied_facts_that_are_stated_are_known_as_such(parameters: Parameters):
    household = with_person(serious_illness=False) | {"uncovered_cost_krw_y": 0}
    made = case_of(household | {"flags": ["in_crisis"]}, "2025-03", parameters)
    assert made.supplied == {"serious_illness", "uncovered_cost_krw_y", "in_crisis"}


def test_every_supplied_fact_can_be_stated():
    for name, fact in facts_of("person").items():
        if fact.kind == "supplied":
            assert name in PersonEntry.model_fields, name
    assert {"in_crisis", "city_gas", "district_heating", "public_rental"} <= set(flags())
