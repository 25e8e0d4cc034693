"""Homes in means tests: the official price, stated in a household file or taken of the market's."""

import polars as pl
import pytest

from simlib.benefits.facts import household_facts
from simlib.parameters import Parameters

from .conftest import case_of

OWNER = {
    "municipality": "청양군",
    "housing_krw": 200_000_000,
    "persons": [{"age": 40, "sex": "male"}],
}


def facts_of(parameters: Parameters, *, stated: bool, date: str = "2025-03") -> pl.DataFrame:
    case = case_of(OWNER, date, parameters)
    households = case.households if stated else case.households.drop("home_official_krw")
    return household_facts(households, case.persons, case.month, parameters).households


def test_a_household_file_states_the_official_price(parameters: Parameters):
    assert facts_of(parameters, stated=True)["home_krw"].to_list() == [200_000_000]


@pytest.mark.parametrize(("date", "share"), [("2022-03", 0.715), ("2025-03", 0.69)])
def test_of_a_population_the_share_of_the_year_is_taken(
    parameters: Parameters, date: str, share: float
):
    made = facts_of(parameters, stated=False, date=date)
    assert made["home_krw"].item() == pytest.approx(share * 200_000_000)
    assert made["total_assets_krw"].item() == made["home_krw"].item()


def test_recognized_income_takes_it_too(parameters: Parameters):
    # 2025: beyond 53 million at 1.04 per cent a month to the cap of 112 million, then 4.17
    def by_hand(home: int) -> int:
        return int((112_000_000 - 53_000_000) * 0.0104 + (home - 112_000_000) * 0.0417 + 1e-6)

    stated = facts_of(parameters, stated=True)["asset_income_krw_m"].item()
    taken = facts_of(parameters, stated=False)["asset_income_krw_m"].item()
    assert (stated, taken) == (by_hand(200_000_000), by_hand(138_000_000))
