"""Recognized income: what the means tests make of incomes and assets.

Every function takes columns (arrays of equal length, one entry per household or person)
and gives a column. Money is won, a month unless the name ends in ``_y``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.months import Month
from simlib.parameters import Parameters

Column = NDArray[np.float64]


def taken(table: NDArray[np.float64], places: Any) -> Any:
    """Take the entries of a table at the places that a column, or what stands for it, gives."""
    return table[places] if isinstance(places, np.ndarray) else places.taken_from(table)


@dataclass(frozen=True)
class LivelihoodRates:
    """Hold the conversion rates of basic livelihood, shares of the asset a month."""

    residential_share_m: float
    general_share_m: float
    financial_share_m: float
    vehicle_share_m: float


def livelihood_rates(parameters: Parameters, month: Month) -> LivelihoodRates:
    """Read the conversion rates in force at a month."""
    kinds = ("residential", "general", "financial", "vehicle")
    return LivelihoodRates(
        *(parameters.number(f"national.conversion_{kind}_share_m", month) for kind in kinds)
    )


def earned_after_deduction(
    earnings_krw_m: Column, flat_krw_m: Column | float, deducted_share: float
) -> Column:
    """Deduct a flat amount from earnings and then a share of what is left.

    Parameters
    ----------
    earnings_krw_m
        Earnings of each person, ``(persons,)``.
    flat_krw_m
        Amount taken off first, by person or the same for all.
    deducted_share
        Share of the remainder that does not count, 0 to 1.

    Returns
    -------
    Column
        Earnings that count, won a month, never below zero.
    """
    rest: Column = np.maximum(0.0, earnings_krw_m - flat_krw_m)
    return rest * (1.0 - deducted_share)


def flat_work_deduction(
    age: NDArray[np.int64], disabled: NDArray[np.bool_], parameters: Parameters, month: Month
) -> Column:
    """Give the flat part of the earned-income deduction of basic livelihood.

    Young adults have one, older and disabled workers another, everybody else none; where
    both fit, the larger holds.

    Returns
    -------
    Column
        Won a month, ``(persons,)``.
    """

    def number(name: str) -> float:
        return parameters.number(f"national.{name}", month)

    young = (age >= number("young_age_min")) & (age <= number("young_age_max"))
    old = (age >= number("old_age_min")) | disabled
    return np.maximum(
        np.where(young, number("young_deduction_krw_m"), 0.0),
        np.where(old, number("old_deduction_krw_m"), 0.0),
    )


def residential_and_excess(
    housing_krw: Column, deposit_krw: Column, counted_share: float, cap_krw: Column
) -> tuple[Column, Column]:
    """Split the home into the part at the residential rate and the part beyond the cap.

    Parameters
    ----------
    housing_krw, deposit_krw
        Value of the own home and of the lease deposit.
    counted_share
        Share of a deposit that counts.
    cap_krw
        Regional limit of residential property.

    Returns
    -------
    tuple
        Residential property, and the excess that counts as general property; won.
    """
    home = housing_krw + counted_share * deposit_krw
    residential: Column = np.minimum(home, cap_krw)
    return residential, home - residential


def split_vehicles(vehicle_krw: Column, general_below_krw: float) -> tuple[Column, Column]:
    """Split vehicles into those that count as general property and those that count in full."""
    small = vehicle_krw < general_below_krw
    return np.where(small, vehicle_krw, 0.0), np.where(small, 0.0, vehicle_krw)


def livelihood_asset_income(
    residential_krw: Column,
    general_krw: Column,
    financial_krw: Column,
    vehicle_krw: Column,
    deducted_krw: Column,
    rates: LivelihoodRates,
) -> Column:
    """Convert assets into monthly income for basic livelihood.

    Basic deduction and debt are used up first on residential, then on general, then on
    financial property; vehicles are not protected.

    Parameters
    ----------
    residential_krw, general_krw, financial_krw, vehicle_krw
        Assets by class after splits and the living reserve, ``(households,)``.
    deducted_krw
        Basic deduction plus debt.
    rates
        Conversion rates a month.

    Returns
    -------
    Column
        Won a month, ``(households,)``.
    """
    left = deducted_krw
    income: Column = vehicle_krw * rates.vehicle_share_m
    classes = (
        (residential_krw, rates.residential_share_m),
        (general_krw, rates.general_share_m),
        (financial_krw, rates.financial_share_m),
    )
    for asset_krw, rate in classes:
        income = income + np.maximum(0.0, asset_krw - left) * rate
        left = np.maximum(0.0, left - asset_krw)
    return income


def pension_asset_income(
    property_krw: Column,
    financial_krw: Column,
    debt_krw: Column,
    luxury_krw: Column,
    deduction_krw: Column,
    financial_deduction_krw: float,
    conversion_share_y: float,
) -> Column:
    """Convert assets into monthly income for the basic and the disability pension.

    Parameters
    ----------
    property_krw
        Home, general assets and ordinary vehicles, ``(households,)``.
    financial_krw, debt_krw
        Financial assets and debt.
    luxury_krw
        Vehicles that count in full every month.
    deduction_krw, financial_deduction_krw
        Deductions from property (by kind of municipality) and from financial assets.
    conversion_share_y
        Share of the rest that counts as income a year.

    Returns
    -------
    Column
        Won a month, ``(households,)``.
    """
    kept = np.maximum(0.0, property_krw - deduction_krw)
    kept = kept + np.maximum(0.0, financial_krw - financial_deduction_krw)
    converted: Column = np.maximum(0.0, kept - debt_krw) * conversion_share_y / 12
    return converted + luxury_krw


def median_income(size: NDArray[np.int64], parameters: Parameters, month: Month) -> Column:
    """Give the standard median income of households by size, won a month.

    Households larger than the table get the yearly increment for each further person.
    """
    table: dict[int, float] = parameters.value("national.median_income_krw_m", month)
    extra = parameters.number("national.median_income_extra_person_krw_m", month)
    largest = max(table)
    known = np.array([table[persons] for persons in range(1, largest + 1)], dtype=np.float64)
    within = np.clip(size, 1, largest)
    median: Column = taken(known, within - 1) + extra * np.maximum(0, size - largest)
    return median
