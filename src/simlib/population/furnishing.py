"""Give households and persons money and traits, and write them as frames."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.frames.schema import AREA_CLASSES, HOUSEHOLD_TYPES, REGION_CLASSES
from simlib.population.households.expansion import RELATIONS, Skeleton
from simlib.population.money.income import Income, give_income
from simlib.population.money.maps import MoneyMaps
from simlib.population.money.wealth import Wealth, give_wealth
from simlib.population.people.conditions import VETERANS, single_parents
from simlib.population.people.rates import DISABILITIES, DISABILITY_TYPES, WORKS
from simlib.population.people.status import STUDENTS, Status
from simlib.population.published.cells import TENURES, compositions
from simlib.population.published.tables import SEXES, municipalities, place_of, regions
from simlib.population.traits.cars import age_and_engine
from simlib.population.traits.homes import city_gas, district_heating, public_rental
from simlib.population.traits.relatives import obligors
from simlib.population.traits.skill_and_health import digital_skill, medical_costs


class _Named(NamedTuple):
    """Hold the codes of a column and the names they stand for."""

    codes: NDArray[Any]
    names: Sequence[str]


def furnish(
    people: Skeleton, status: Status, maps: MoneyMaps, parameters: Parameters, draws: Draws
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give households and persons money and traits.

    Parameters
    ----------
    people, status
        Households and persons, and what they do.
    maps
        Frozen maps of incomes and wealth.
    parameters
        Dated parameters.
    draws
        Luck of this population.

    Returns
    -------
    tuple of DataFrame
        Households and persons in the columns of the schema.
    """
    alone_with_child = single_parents(people)
    income = give_income(people, status, alone_with_child, maps.income, parameters, draws)
    wealth = give_wealth(people, income, alone_with_child, maps.wealth, parameters, draws)
    persons = _persons_frame(people, status, income)
    car = age_and_engine(people.household_ids, wealth.vehicle_krw, parameters, draws)
    households = _households_frame(people, income, wealth, car)
    relatives = obligors(people, income, maps.income, parameters, draws)
    households = households.with_columns(
        digital_skill=digital_skill(people, status, income, parameters, draws),
        lives_alone=pl.col("size") == 1,
        single_parent=alone_with_child,
        obligor_income_krw_y=relatives[0],
        obligor_assets_krw=relatives[1],
        city_gas=city_gas(people, draws),
        district_heating=district_heating(people, draws),
        public_rental=public_rental(people, status, income, alone_with_child, parameters, draws),
        medical_cost_krw_y=medical_costs(people, status, income, parameters, draws),
    )
    return households, persons


def _frame(columns: dict[str, NDArray[Any] | _Named]) -> pl.DataFrame:
    """Make a frame; names are put in the place of codes for all columns at once."""
    coded = {
        name: column.codes.astype(np.uint8) if isinstance(column, _Named) else column
        for name, column in columns.items()
    }
    named = [
        pl.col(name).cat.to(pl.Enum(column.names))
        for name, column in columns.items()
        if isinstance(column, _Named)
    ]
    return pl.DataFrame(coded).with_columns(named)


def _households_frame(
    people: Skeleton, income: Income, wealth: Wealth, car: tuple[NDArray[Any], NDArray[Any]]
) -> pl.DataFrame:
    place = place_of(people.municipality)
    types = np.array([HOUSEHOLD_TYPES.index(kind.household_type) for kind in compositions()])
    head = people.first[:-1]

    def classes(column: str, names: Sequence[str]) -> _Named:
        codes = np.array([names.index(name) for name in municipalities()[column]])
        return _Named(codes[place], names)

    return _frame(
        {
            "household_id": people.household_ids.astype(np.uint32),
            "municipality": people.municipality.astype(np.int32),
            "region": _Named(people.region, regions()),
            "region_class": classes("region_class", REGION_CLASSES),
            "area_class": classes("area_class", AREA_CLASSES),
            "size": np.diff(people.first).astype(np.uint8),
            "household_type": _Named(types[people.kind], HOUSEHOLD_TYPES),
            "head_age": people.age[head],
            "head_sex": _Named(people.head_sex, SEXES),
            "tenure": _Named(people.tenure, TENURES),
            "rent_krw_m": wealth.rent_krw_m,
            "deposit_krw": wealth.deposit_krw,
            "earnings_krw_m": income.household_earnings_krw_m,
            "pension_krw_m": income.household_pension_krw_m,
            "other_income_krw_m": income.other_krw_m,
            "income_krw_m": income.total_krw_m,
            "housing_krw": wealth.housing_krw,
            "general_krw": wealth.general_krw,
            "financial_krw": wealth.financial_krw,
            "vehicle_krw": wealth.vehicle_krw,
            "vehicle_years": car[0],
            "vehicle_cc": car[1],
            "debt_krw": wealth.debt_krw,
        }
    )


def _persons_frame(people: Skeleton, status: Status, income: Income) -> pl.DataFrame:
    return _frame(
        {
            "person_id": people.person_ids.astype(np.uint32),
            "household_id": (people.household + people.household_offset).astype(np.uint32),
            "relation": _Named(people.relation, RELATIONS),
            "sex": _Named(people.sex, SEXES),
            "birth_month": status.birth_month,
            "age": people.age,
            "disability": _Named(status.disability, DISABILITIES),
            "chronic_illness": status.ill.astype(np.bool_),
            "work": _Named(status.work, WORKS),
            "earnings_krw_m": income.earnings_krw_m,
            "pension_krw_m": income.pension_krw_m,
            "occupational_pension": status.pension == 2,
            "student": _Named(status.student, STUDENTS),
            "in_daycare": status.daycare.astype(np.bool_),
            "pregnant": status.pregnant.astype(np.bool_),
            "disability_type": _Named(status.disability_type, DISABILITY_TYPES),
            "care_score": status.care_score,
            "dementia": status.dementia.astype(np.bool_),
            "veteran": _Named(status.veteran, VETERANS),
            "insured": status.insured.astype(np.bool_),
            "infertility": status.infertility.astype(np.bool_),
            "uses_internet": status.online.astype(np.bool_),
        }
    )
