"""Make a synthetic population: fit, round, expand, then give status, money and traits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.parameters import Parameters
from simlib.population import expansion
from simlib.population import status as statuses
from simlib.population.blocks import joined, plan_blocks
from simlib.population.cells import TENURES, Cells, compositions, joint_cells
from simlib.population.conditions import DISABILITY_TYPES, VETERANS
from simlib.population.controls import Control, ControlRow, bind, read_controls
from simlib.population.expansion import RELATIONS, Skeleton, expand
from simlib.population.fitting import FitResult, FitStatus, fit
from simlib.population.income import Income, give_income
from simlib.population.members import MemberAges, fit_member_ages
from simlib.population.population import Population
from simlib.population.schema import AREA_CLASSES, HOUSEHOLD_TYPES, REGION_CLASSES
from simlib.population.status import Status, give_status
from simlib.population.tables import SEXES, municipalities, regions
from simlib.population.traits import (
    city_gas,
    digital_skill,
    district_heating,
    medical_costs,
    obligors,
    public_rental,
)
from simlib.population.wealth import Wealth, give_wealth

HOUSEHOLDS_MIN = 1_000
HOUSEHOLDS_MAX = 50_000_000
YEARS = (2024, 2025, 2026)
"""Reference years for which the published tables can stand."""
_MINOR = 18


@dataclass(frozen=True)
class FittedTable:
    """Hold what does not depend on the seed: cells, controls, their fit and members' ages."""

    cells: Cells
    controls: tuple[Control, ...]
    persons_control: ControlRow
    result: FitResult
    ages: MemberAges


def fit_table(parameters: Parameters, controls_path: Path | None = None) -> FittedTable:
    """Fit the joint table of households, and members' ages, to the controls.

    Parameters
    ----------
    parameters
        Dated parameters.
    controls_path
        Another list of controls than the package's own.

    Raises
    ------
    UserError
        If the controls contradict each other or could not be met; they are named.
    """
    rows = read_controls(controls_path)
    cells = joint_cells()
    controls = tuple(bind(row, cells) for row in rows if row.unit == "households")
    result = fit(cells.start, controls)
    _refuse(result, str(controls_path or "controls.csv"))
    persons = _persons_control(rows, str(controls_path or "controls.csv"))
    ages = fit_member_ages(result.weights, cells, persons, parameters)
    return FittedTable(cells, controls, persons, result, ages)


def _refuse(result: FitResult, where: str) -> None:
    if result.status is FitStatus.CONVERGED:
        return
    why = {
        FitStatus.INFEASIBLE: "no table of households can meet them together",
        FitStatus.STALLED: "the fit was still improving when its rounds ran out",
    }[result.status]
    raise UserError(
        f"the controls cannot be met ({result.status.value}): {', '.join(result.responsible[:6])}",
        where,
        why,
        "correct their targets, or remove one of them",
    )


def _persons_control(rows: Sequence[ControlRow], where: str) -> ControlRow:
    found = [row for row in rows if row.unit == "persons"]
    if len(found) != 1:
        raise UserError(
            "exactly one control of persons is needed",
            where,
            "members' ages are fitted to it",
            "keep the control persons_age_sex",
        )
    return found[0]


def synthesize(
    households_n: int,
    year: int,
    seed: int,
    parameters: Parameters,
    table: FittedTable | None = None,
) -> Population:
    """Make a synthetic population.

    Parameters
    ----------
    households_n
        Number of households, 1,000 to 50 million; they stand for all general households.
    year
        Reference year; ages are completed years at its January.
    seed
        Seed; the same seed gives the same population on any machine and thread count.
    parameters
        Dated parameters.
    table
        A fitted table to use again; fitted when not given.

    Returns
    -------
    Population
        Households sorted by municipality, persons by household with the head first.

    Raises
    ------
    UserError
        If the number of households or the year is out of range, or controls cannot be met.
    """
    check_request(households_n, year, seed)
    fitted = table or fit_table(parameters)
    month = year * 12
    draws = Draws(seed)
    plan = plan_blocks(fitted.result.weights, fitted.cells, households_n, draws)
    parts = [expand(plan.counts, fitted.cells, fitted.ages, draws, span) for span in plan.spans]
    status = joined([give_status(part, month, parameters, draws) for part in parts])
    people = joined(parts)
    alone_with_child = single_parents(people)
    income = give_income(people, status, alone_with_child, parameters, draws)
    wealth = give_wealth(people, income, parameters, draws)
    persons = _persons_frame(people, status, income)
    households = _households_frame(people, income, wealth)
    relatives = obligors(people, income, parameters, draws)
    households = households.with_columns(
        digital_skill=digital_skill(people, status, income, parameters, draws),
        lives_alone=pl.col("size") == 1,
        single_parent=alone_with_child,
        obligor_income_krw_y=relatives[0],
        obligor_assets_krw=relatives[1],
        city_gas=city_gas(people, draws),
        district_heating=district_heating(people, draws),
        public_rental=public_rental(people, income, alone_with_child, parameters, draws),
        medical_cost_krw_y=medical_costs(people, status, income, parameters, draws),
    )
    return Population(households, persons, month, seed)


def make_blocks(
    households_n: int, year: int, seed: int, parameters: Parameters, table: FittedTable
) -> Iterator[tuple[str, Population]]:
    """Make a population region by region: each region's name, households and persons."""
    yield from synthesize(households_n, year, seed, parameters, table).by_region()


def check_request(households_n: int, year: int, seed: int) -> None:
    """Check the numbers that ask for a population.

    Raises
    ------
    UserError
        If one is out of range.
    """
    if not HOUSEHOLDS_MIN <= households_n <= HOUSEHOLDS_MAX:
        raise UserError(
            f"{households_n:,} households are asked for",
            "households",
            "fewer than 1,000 cannot represent 17 regions; more than 50 million do not exist",
            f"choose {HOUSEHOLDS_MIN:,} to {HOUSEHOLDS_MAX:,}",
        )
    if year not in YEARS:
        raise UserError(
            f"there are no tables for the year {year}",
            "year",
            "the published tables are of 2022 to 2025",
            f"choose {YEARS[0]} to {YEARS[-1]}",
        )
    if not 0 <= seed < 2**63:
        raise UserError(f"the seed {seed} is out of range", "seed", mend="choose 0 or more")


def single_parents(people: Skeleton) -> NDArray[np.bool_]:
    """Say which households are one parent with a child under 18, shape ``(households,)``."""
    kinds = np.array([kind.household_type == "single_parent" for kind in compositions()])
    minor = (people.relation == RELATIONS.index("child")) & (people.age < _MINOR)
    return kinds[people.kind] & (people.max_by_household(minor.astype(np.uint8)) > 0)


def _named(codes: NDArray[Any], names: Sequence[str]) -> pl.Series:
    return pl.Series(codes.astype(np.uint8)).cat.to(pl.Enum(names))


def _households_frame(people: Skeleton, income: Income, wealth: Wealth) -> pl.DataFrame:
    place = np.searchsorted(municipalities()["code"].to_numpy(), people.municipality)
    types = np.array([HOUSEHOLD_TYPES.index(kind.household_type) for kind in compositions()])
    head = people.first[:-1]

    def classes(column: str, names: Sequence[str]) -> pl.Series:
        codes = np.array([names.index(name) for name in municipalities()[column]])
        return _named(codes[place], names)

    return pl.DataFrame(
        {
            "household_id": np.arange(people.households_n, dtype=np.uint32),
            "municipality": people.municipality.astype(np.int32),
            "region": _named(people.region, regions()),
            "region_class": classes("region_class", REGION_CLASSES),
            "area_class": classes("area_class", AREA_CLASSES),
            "size": np.diff(people.first).astype(np.uint8),
            "household_type": _named(types[people.kind], HOUSEHOLD_TYPES),
            "head_age": people.age[head],
            "head_sex": _named(people.head_sex, SEXES),
            "tenure": _named(people.tenure, TENURES),
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
            "debt_krw": wealth.debt_krw,
        }
    )


def _persons_frame(people: Skeleton, status: Status, income: Income) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "person_id": np.arange(people.persons_n, dtype=np.uint32),
            "household_id": people.household.astype(np.uint32),
            "relation": _named(people.relation, expansion.RELATIONS),
            "sex": _named(people.sex, SEXES),
            "birth_month": status.birth_month,
            "age": people.age,
            "disability": _named(status.disability, statuses.DISABILITIES),
            "chronic_illness": status.ill.astype(np.bool_),
            "work": _named(status.work, statuses.WORKS),
            "earnings_krw_m": income.earnings_krw_m,
            "pension_krw_m": income.pension_krw_m,
            "occupational_pension": status.pension == 2,
            "student": _named(status.student, statuses.STUDENTS),
            "in_daycare": status.daycare.astype(np.bool_),
            "pregnant": status.pregnant.astype(np.bool_),
            "disability_type": _named(status.disability_type, DISABILITY_TYPES),
            "care_score": status.care_score,
            "dementia": status.dementia.astype(np.bool_),
            "veteran": _named(status.veteran, VETERANS),
            "insured": status.insured.astype(np.bool_),
            "infertility": status.infertility.astype(np.bool_),
            "uses_internet": status.online.astype(np.bool_),
        }
    )
