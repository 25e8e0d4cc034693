"""The means of households: assets, and recognized income under each of its definitions."""

import numpy as np
import polars as pl

from simlib.benefits import recognized as rec
from simlib.benefits.members import Members, Numbers
from simlib.months import Month
from simlib.parameters import Parameters


def money(house: pl.DataFrame, name: str) -> Numbers:
    """Take a column of won, ``(households,)``."""
    column: Numbers = house[name].to_numpy()
    return column


def by_category(house: pl.DataFrame, column: str, table: dict[str, float]) -> Numbers:
    """Look a value up by the category of each household, ``(households,)``."""
    dtype = house.schema[column]
    assert isinstance(dtype, pl.Enum)
    values = np.array([table[name] for name in dtype.categories], dtype=np.float64)
    found: Numbers = values[house[column].to_physical().to_numpy()]
    return found


def assets(house: pl.DataFrame, parameters: Parameters, month: Month) -> dict[str, Numbers]:
    """Add assets up and convert rent, won; keys are names of facts."""
    property_krw = sum(
        (money(house, f"{name}_krw") for name in ("general", "vehicle")),
        start=money(house, "housing_krw"),
    )
    total = property_krw + money(house, "financial_krw")
    share_y = parameters.number("national.deposit_rent_share_y", month)
    rent = money(house, "rent_krw_m") + money(house, "deposit_krw") * share_y / 12
    classes = parameters.value("national.rent_class", month)
    return {
        "total_assets_krw": total,
        "net_assets_krw": total - money(house, "debt_krw"),
        "net_property_krw": property_krw - money(house, "debt_krw"),
        "rent_equivalent_krw_m": np.floor(rent),
        "rent_class": by_category(house, "region", classes).astype(np.int64),
    }


def livelihood(
    house: pl.DataFrame,
    people: Members,
    parameters: Parameters,
    month: Month,
) -> dict[str, Numbers]:
    """Compute recognized income of basic livelihood before counted pensions."""
    size = house["size"].to_numpy()
    share = parameters.number("national.earned_deduction_share", month)
    flat = rec.flat_work_deduction(people.age, ~people.has("disability", "none"), parameters, month)
    earned = people.total(rec.earned_after_deduction(people.earnings, flat, share))
    assessed = np.maximum(
        0.0, earned + money(house, "household_pension_krw_m") + money(house, "other_income_krw_m")
    )
    converted = _livelihood_assets(house, parameters, month)
    origin = parameters.number("national.origin_household_size", month)
    return {
        "median_income_krw_m": rec.median_income(size, parameters, month),
        "origin_median_income_krw_m": rec.median_income(
            np.full(len(size), int(origin)), parameters, month
        ),
        "assessed_income_krw_m": np.floor(assessed),
        "asset_income_krw_m": np.floor(converted),
        "recognized_base_krw_m": np.floor(assessed) + np.floor(converted),
    }


def _livelihood_assets(house: pl.DataFrame, parameters: Parameters, month: Month) -> Numbers:
    def number(name: str) -> float:
        return parameters.number(f"national.{name}", month)

    def regional(name: str) -> Numbers:
        return by_category(house, "region_class", parameters.value(f"national.{name}", month))

    deposit = money(house, "deposit_krw")
    residential, excess = rec.residential_and_excess(
        money(house, "housing_krw"),
        deposit,
        number("deposit_counted_share"),
        regional("residential_cap_krw"),
    )
    small, large = rec.split_vehicles(
        money(house, "vehicle_krw"), number("vehicle_as_general_below_krw")
    )
    general = np.maximum(0.0, money(house, "general_krw") - deposit) + excess + small
    financial = np.maximum(0.0, money(house, "financial_krw") - number("living_reserve_krw"))
    deducted = regional("basic_asset_deduction_krw") + money(house, "debt_krw")
    rates = rec.livelihood_rates(parameters, month)
    return rec.livelihood_asset_income(residential, general, financial, large, deducted, rates)


def pension_incomes(
    people: Members, house: pl.DataFrame, parameters: Parameters, month: Month
) -> list[pl.Series]:
    """Compute recognized income of each person with the spouse.

    Assets and other income belong to the head and the spouse; other members have none.
    """

    def number(name: str) -> float:
        return parameters.number(f"national.{name}", month)

    small, luxury = rec.split_vehicles(money(house, "vehicle_krw"), number("bp.luxury_vehicle_krw"))
    converted = rec.pension_asset_income(
        money(house, "housing_krw") + money(house, "general_krw") + small,
        money(house, "financial_krw"),
        money(house, "debt_krw"),
        luxury,
        by_category(
            house, "area_class", parameters.value("national.bp.asset_deduction_krw", month)
        ),
        number("bp.financial_deduction_krw"),
        number("bp.conversion_share_y"),
    )
    shared = (converted + money(house, "other_income_krw_m"))[people.rows]
    held = np.where(people.couple_member, shared, 0.0) + people.with_partner(people.pension)
    share = number("bp.earnings_deduction_share")
    series = []
    for kind in ("bp", "dp"):
        flat = number(f"{kind}.earnings_deduction_krw_m")
        earned = rec.earned_after_deduction(people.earnings, flat, share)
        income = np.floor(people.with_partner(earned) + held)
        series.append(pl.Series(f"recognized_income_{kind}_krw_m", income))
    return series
