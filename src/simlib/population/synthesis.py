"""Make a synthetic population: fit, round, expand, then give status, money and traits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.blocks import joined, plan_blocks
from simlib.population.cells import Cells, joint_cells
from simlib.population.controls import Control, ControlRow, bind, read_controls
from simlib.population.expansion import Skeleton, expand
from simlib.population.fitting import FitResult, FitStatus, fit
from simlib.population.furnishing import furnish
from simlib.population.members import MemberAges, fit_member_ages
from simlib.population.population import Population
from simlib.population.rates import AttributeRates, expected_persons, family_of, fit_attributes
from simlib.population.status import Status, give_status

HOUSEHOLDS_MIN = 1_000
HOUSEHOLDS_MAX = 50_000_000
YEARS = (2024, 2025, 2026)
"""Reference years for which the published tables can stand."""


@dataclass(frozen=True)
class FittedTable:
    """Hold what does not depend on the seed: cells, controls, their fit and members' ages."""

    cells: Cells
    controls: tuple[Control, ...]
    persons_control: ControlRow
    result: FitResult
    ages: MemberAges
    attributes: AttributeRates


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
    expected = expected_persons(result.weights, cells, persons, parameters)
    attributes = fit_attributes(rows, expected, str(controls_path or "controls.csv"))
    return FittedTable(cells, controls, persons, result, ages, attributes)


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
    found = [row for row in rows if row.unit == "persons" and family_of(row) is None]
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
    status = joined(
        [give_status(part, month, fitted.attributes, parameters, draws) for part in parts]
    )
    people = joined(parts)
    households, persons = furnish(people, status, parameters, draws)
    return Population(households, persons, month, seed)


def make_blocks(
    households_n: int, year: int, seed: int, parameters: Parameters, table: FittedTable
) -> Iterator[tuple[str, Population]]:
    """Make a population region by region: each region's name, households and persons."""
    yield from synthesize(households_n, year, seed, parameters, table).by_region()


def make_block(
    people: Skeleton,
    month: Month,
    parameters: Parameters,
    table: FittedTable,
    draws: Draws,
    given: Callable[[Status], Status] | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the households and persons of one region status, money and traits.

    Parameters
    ----------
    people
        Households and persons.
    month
        Reference month; ages are completed years at it.
    parameters
        Dated parameters.
    table
        What was solved at the fit.
    draws
        Luck of this population.
    given
        Puts what is known of persons in the place of what was modelled, before money is given.

    Returns
    -------
    tuple of DataFrame
        Households and persons in the columns of the schema.
    """
    status = give_status(people, month, table.attributes, parameters, draws)
    return furnish(people, given(status) if given else status, parameters, draws)


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
