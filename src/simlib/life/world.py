"""A world: what happens to every household month by month, whatever the state does."""

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.draws import Draws
from simlib.life.changes import MonthChanges
from simlib.life.course import LifeCourse, median_incomes
from simlib.life.months import LivedMonths, NoMonths
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.population import Population


@dataclass(frozen=True)
class World:
    """Hold one replicate's world, shared by all policies.

    Attributes
    ----------
    population, catalogue, parameters, draws
        What it was made from.
    start, months
        First month of the run and number of months.
    changes
        What changed in each month of the run; a month is lived when it is first asked for.
    median_income_krw_m
        Standard median income in each month of the run by household size 1 to 7, won a month,
        (months + 1, 7); the last row is that of the start.
    """

    population: Population
    catalogue: Catalogue
    parameters: Parameters
    draws: Draws
    start: Month
    months: int
    changes: LivedMonths | NoMonths
    median_income_krw_m: NDArray[np.float64] = field(repr=False)

    @property
    def households_n(self) -> int:
        """Give the number of households."""
        return self.population.households.height

    @property
    def baseline(self) -> MonthChanges:
        """Give everybody's situation when the run starts (all rows)."""
        return self.changes.baseline

    def income_growth(self, step: int) -> float:
        """Give the growth of the standard median income from the start to a step."""
        table = self.median_income_krw_m
        return float(table[step, 0] / table[-1, 0])

    def thinned(self, households_n: int) -> "World":
        """Give every k-th household at the start, at most so many, without later months."""
        every = max(1, -(-self.households_n // households_n))
        rows = np.arange(0, self.households_n, every)
        households = self.population.households[rows]
        kept = self.population.persons.filter(
            pl.col("household_id").is_in(households["household_id"].to_list())
        )
        return replace(
            self,
            population=replace(self.population, households=households, persons=kept),
            changes=NoMonths(self.baseline.picked(rows)),
            months=0,
        )


def prepare_world(
    population: Population,
    catalogue: Catalogue,
    parameters: Parameters,
    start: Month,
    months: int,
    draws: Draws,
    *,
    keeps: bool = True,
) -> World:
    """Let months happen to a population and work out rights after each, when they are asked for.

    Parameters
    ----------
    population, catalogue, parameters
        Who lives here, what there is, and the numbers.
    start, months
        First month and number of months.
    draws
        Luck of the replicate.
    keeps
        Whether months are kept, for several policies; else each is there until the next, and the
        situation at the start until the first.
    """
    course = LifeCourse(population, catalogue, parameters, draws)
    course.events.warm_up(start, int(parameters.number("life.warm_up_months")))
    lived = LivedMonths(course, start, months, keeps=keeps)
    return World(
        population,
        catalogue,
        parameters,
        draws,
        start,
        months,
        lived,
        np.stack([median_incomes(parameters, start + step) for step in [*range(months), 0]]),
    )
