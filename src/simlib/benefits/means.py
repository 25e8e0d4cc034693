"""The means of households: assets, and recognized income under each of its definitions."""

from typing import Any

import numpy as np
import polars as pl

from simlib.benefits import recognized as rec
from simlib.benefits.cars import COUNTED_FOR, count_car
from simlib.benefits.fact_names import known_facts
from simlib.benefits.members import Members
from simlib.months import Month
from simlib.parameters import Parameters

House = dict[str, Any]
"""Given facts of households by name: arrays, or what stands for them."""


def by_category(house: House, column: str, table: dict[str, float]) -> Any:
    """Look a value up by the category of each household, ``(households,)``."""
    dtype = known_facts()[column].dtype
    assert isinstance(dtype, pl.Enum)
    values = np.array([table[name] for name in dtype.categories], dtype=np.float64)
    return rec.taken(values, house[column])


def _categories(column: str) -> set[str]:
    dtype = known_facts()[column].dtype
    assert isinstance(dtype, pl.Enum)
    return set(dtype.categories)


def home_value(house: House, parameters: Parameters, month: Month) -> Any:
    """Give the own home at its official price, won, ``(households,)``.

    Populations hold market values, of which the official price is a share; a household file
    states the official price itself.
    """
    share = parameters.number("national.official_price_share", month)
    stated = house["home_official_krw"]
    return np.where(stated >= 0, stated, np.floor(house["housing_krw"] * share))


def assets(house: House, parameters: Parameters, month: Month) -> dict[str, Any]:
    """Add assets up and convert rent, won; keys are names of facts."""
    home = home_value(house, parameters, month)
    property_krw = home + house["general_krw"] + house["vehicle_krw"]
    total = property_krw + house["financial_krw"]
    share_y = parameters.number("national.deposit_rent_share_y", month)
    rent = house["rent_krw_m"] + house["deposit_krw"] * share_y / 12
    classes = parameters.value("national.rent_class", month)
    return {
        "home_krw": home,
        "total_assets_krw": total,
        "net_assets_krw": total - house["debt_krw"],
        "net_property_krw": property_krw - house["debt_krw"],
        "rent_equivalent_krw_m": np.floor(rent),
        "rent_class": by_category(house, "region", classes).astype(np.int64),
    }


def livelihood(
    house: House,
    people: Members,
    counted: dict[str, Any],
    parameters: Parameters,
    month: Month,
) -> dict[str, Any]:
    """Compute recognized income of basic livelihood before counted pensions.

    Housing and education benefits had a test of cars of their own until 2025, hence two incomes
    from assets.
    """
    size = house["size"]
    share = parameters.number("national.earned_deduction_share", month)
    flat = rec.flat_work_deduction(people.age, ~people.has("disability", "none"), parameters, month)
    earned = people.total(rec.earned_after_deduction(people.earnings, flat, share))
    assessed = np.maximum(
        0.0, earned + house["household_pension_krw_m"] + house["other_income_krw_m"]
    )
    converted = {
        test: np.floor(_livelihood_assets(house, counted, test, parameters, month))
        for test in COUNTED_FOR
    }
    origin = parameters.number("national.origin_household_size", month)
    return {
        "median_income_krw_m": rec.median_income(size, parameters, month),
        "origin_median_income_krw_m": rec.median_income(np.full(1, int(origin)), parameters, month),
        "assessed_income_krw_m": np.floor(assessed),
        "asset_income_krw_m": converted["livelihood"],
        "asset_income_housing_krw_m": converted["housing"],
        "recognized_base_krw_m": np.floor(assessed) + converted["livelihood"],
    }


def _livelihood_assets(
    house: House, counted: dict[str, Any], test: str, parameters: Parameters, month: Month
) -> Any:
    def number(name: str) -> float:
        return parameters.number(f"national.{name}", month)

    def regional(name: str) -> Any:
        """Look up by the four classes of region, or by the three of municipalities before 2023."""
        table = parameters.value(f"national.{name}", month)
        column = "area_class" if set(table) == _categories("area_class") else "region_class"
        return by_category(house, column, table)

    deposit = house["deposit_krw"]
    residential, excess = rec.residential_and_excess(
        home_value(house, parameters, month),
        deposit,
        number("deposit_counted_share"),
        regional("residential_cap_krw"),
    )
    car = count_car(house, counted, test, parameters, month)
    general = np.maximum(0.0, house["general_krw"] - deposit) + excess + car.general
    financial = np.maximum(0.0, house["financial_krw"] - number("living_reserve_krw"))
    deducted = regional("basic_asset_deduction_krw") + house["debt_krw"]
    rates = rec.livelihood_rates(parameters, month)
    return rec.livelihood_asset_income(residential, general, financial, car.full, deducted, rates)


def pension_incomes(
    people: Members, house: House, parameters: Parameters, month: Month
) -> dict[str, Any]:
    """Compute recognized income of each person with the spouse.

    Assets and other income belong to the head and the spouse; other members have none.
    """

    def number(name: str) -> float:
        return parameters.number(f"national.{name}", month)

    small, luxury = rec.split_vehicles(house["vehicle_krw"], number("bp.luxury_vehicle_krw"))
    converted = rec.pension_asset_income(
        home_value(house, parameters, month) + house["general_krw"] + small,
        house["financial_krw"],
        house["debt_krw"],
        luxury,
        by_category(
            house, "area_class", parameters.value("national.bp.asset_deduction_krw", month)
        ),
        number("bp.financial_deduction_krw"),
        number("bp.conversion_share_y"),
    )
    shared = people.of_household(converted + house["other_income_krw_m"])
    held = np.where(people.couple_member, shared, 0.0) + people.with_partner(people.pension)
    share = number("bp.earnings_deduction_share")
    incomes = {}
    for kind in ("bp", "dp"):
        flat = number(f"{kind}.earnings_deduction_krw_m")
        earned = rec.earned_after_deduction(people.earnings, flat, share)
        income = np.floor(people.with_partner(earned) + held)
        incomes[f"recognized_income_{kind}_krw_m"] = income
    return incomes
