"""A world: what happens to every household month by month, whatever the state does."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.entitlement import entitle
from simlib.draws import Draws
from simlib.life.events import LifeEvents
from simlib.life.people import NOT, UNEMPLOYED, People
from simlib.months import Month, month_of_year
from simlib.parameters import Parameters
from simlib.population.population import Population
from simlib.rights import Rights, RightsChange

CHILD_UNDER_YEARS = 18
"""Age from which a member counts as a child no more."""
SIZES_N = 7
"""Household sizes with a standard median income of their own."""


@dataclass(frozen=True)
class MonthChanges:
    """Hold what changed in one month for the households it changed for.

    Attributes
    ----------
    rows
        Rows of the households, (changed,).
    rights
        What each is entitled to.
    change
        What of this differs from the month before.
    income_krw_m
        Income without simulated benefits, won a month, (changed,).
    jobless_since, ill_since
        Step in which a member lost the job or fell ill, (changed,).
    size, children_n
        Members, and those under 18, (changed,).
    """

    rows: NDArray[np.int64]
    rights: Rights
    income_krw_m: NDArray[np.float32]
    jobless_since: NDArray[np.int32]
    ill_since: NDArray[np.int32]
    size: NDArray[np.uint8]
    children_n: NDArray[np.uint8]
    change: RightsChange = field(default_factory=RightsChange.none)

    def picked(self, rows: NDArray[np.int64]) -> "MonthChanges":
        """Give the situation of some of the households, numbered anew."""
        columns: dict[str, Any] = {
            name: each[rows] for name, each in vars(self).items() if isinstance(each, np.ndarray)
        }
        columns["rows"] = np.arange(rows.size)
        return MonthChanges(**columns, rights=self.rights.picked(rows))


@dataclass(frozen=True)
class World:
    """Hold one replicate's world, shared by all policies.

    Attributes
    ----------
    population, catalogue, parameters, draws
        What it was made from.
    start, months
        First month of the run and number of months.
    baseline
        Everybody's situation when the run starts (all rows).
    changes
        One entry for each month of the run.
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
    baseline: MonthChanges
    changes: tuple[MonthChanges, ...]
    median_income_krw_m: NDArray[np.float64] = field(repr=False)

    @property
    def households_n(self) -> int:
        """Give the number of households."""
        return int(self.baseline.rows.size)

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
            baseline=self.baseline.picked(rows),
            changes=(),
            months=0,
        )


def prepare_world(
    population: Population,
    catalogue: Catalogue,
    parameters: Parameters,
    start: Month,
    months: int,
    draws: Draws,
) -> World:
    """Let the months happen to a population and work out rights after each.

    Parameters
    ----------
    population, catalogue, parameters
        Who lives here, what there is, and the numbers.
    start, months
        First month and number of months.
    draws
        Luck of the replicate.
    """
    course = LifeCourse(population, catalogue, parameters, draws)
    course.events.warm_up(start, int(parameters.number("life.warm_up_months")))
    everybody = np.arange(population.households.height)
    baseline = course.situation(everybody, start, 0)
    rights = baseline.rights
    has_right = rights.any()
    changes = []
    for step in range(months):
        touched = course.events.happen(start + step, step)
        month = start + step
        if course.season_changes(month):
            touched = touched | has_right
        rows = everybody if month_of_year(month) == 1 else np.flatnonzero(touched)
        now = course.situation(rows, month, step)
        has_right[rows] = now.rights.any()
        changes.append(replace(now, change=RightsChange.between(rights, rows, now.rights)))
        rights = rights.replaced(rows, now.rights)
    return World(
        population,
        catalogue,
        parameters,
        draws,
        start,
        months,
        baseline,
        tuple(changes),
        np.stack([_median_incomes(parameters, start + step) for step in [*range(months), 0]]),
    )


@dataclass(frozen=True)
class Circumstances:
    """Hold what rules ask about some households in a month.

    Attributes
    ----------
    households, persons
        Frames with the columns of the population and the supplied facts.
    home
        Place of each person's household among the households, (persons,).
    jobless_since, ill_since
        Step in which a member lost the job or fell ill, (households,).
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    home: NDArray[np.int64]
    jobless_since: NDArray[np.int32]
    ill_since: NDArray[np.int32]


class LifeCourse:
    """Follow households through events and tell their situation when asked."""

    def __init__(
        self, population: Population, catalogue: Catalogue, parameters: Parameters, draws: Draws
    ) -> None:
        self.households = population.households
        self.reference_month = population.reference_month
        self.catalogue = catalogue
        self.parameters = parameters
        ids = self.households["household_id"].to_numpy().astype(np.int64)
        self.people = People.of(population.persons, ids, parameters)
        self.events = LifeEvents(self.people, parameters, draws)

    def season_changes(self, month: Month) -> bool:
        """Tell whether some amounts change with this month's season; rights change in January."""
        return month_of_year(month) in _season_months(self.catalogue, self.parameters, month)

    def situation(self, rows: NDArray[np.int64], month: Month, step: int) -> MonthChanges:
        """Work out incomes, members and rights of some households after a month's events."""
        now = self.circumstances(rows, month, step)
        rights = entitle(self.catalogue, now.households, now.persons, month, self.parameters)
        young = (month - now.persons["birth_month"].to_numpy()) // 12 < CHILD_UNDER_YEARS
        return MonthChanges(
            rows=rows,
            rights=Rights.of(rights.right, rights.amount_krw_m),
            income_krw_m=now.households["income_krw_m"].to_numpy().astype(np.float32),
            jobless_since=now.jobless_since,
            ill_since=now.ill_since,
            size=now.households["size"].to_numpy(),
            children_n=np.bincount(now.home[young], minlength=rows.size).astype(np.uint8),
        )

    def circumstances(self, rows: NDArray[np.int64], month: Month, step: int) -> "Circumstances":
        """Work out what rules ask about some households and their members after the events."""
        place = np.full(self.households.height, -1)
        place[rows] = np.arange(rows.size)
        members = np.flatnonzero(place[self.people.household] >= 0)
        members = members[np.argsort(self.people.household[members], kind="stable")]
        home = place[self.people.household[members]]
        growth = self._income_growth(month)
        persons = self._persons(members, step, growth)
        jobless = _latest(self.people.jobless_since[members], home, rows.size)
        ill = _latest(self.people.ill_since[members], home, rows.size)
        earnings = persons["earnings_krw_m"].to_numpy()
        pensions = persons["pension_krw_m"].to_numpy()
        fixed = self.households[rows]
        other = fixed["other_income_krw_m"].to_numpy() * growth
        households = fixed.with_columns(
            pl.Series("size", np.bincount(home, minlength=rows.size).astype(np.uint8)),
            pl.Series("earnings_krw_m", _sum(earnings, home, rows.size)),
            pl.Series("pension_krw_m", _sum(pensions, home, rows.size)),
            pl.Series("other_income_krw_m", other.astype(np.int64)),
            pl.Series("in_crisis", self._recent(jobless, step) | self._recent(ill, step)),
        )
        households = households.with_columns(
            income_krw_m=pl.sum_horizontal("earnings_krw_m", "pension_krw_m", "other_income_krw_m")
        )
        return Circumstances(households, persons, home, jobless, ill)

    def _pregnancies_last(self, step: int) -> bool:
        """Tell whether pregnancies known at the start may still last; later ones are not known."""
        return step < self.parameters.number("population.pregnancy_months")

    def _recent(self, since: NDArray[np.int32], step: int) -> NDArray[np.bool_]:
        """Tell whose event is recent enough to count as a crisis event of the law."""
        limit = self.parameters.number("life.event_recent_months")
        return np.asarray((since != NOT) & (step - since < limit))

    def _income_growth(self, month: Month) -> float:
        """Give the growth of incomes since the population's reference month.

        Incomes are taken to grow with the standard median income, so that nobody becomes
        entitled merely because thresholds rise.
        """
        now = _median_incomes(self.parameters, month)
        return float(now[0] / _median_incomes(self.parameters, self.reference_month)[0])

    def _persons(self, members: NDArray[np.int64], step: int, growth: float) -> pl.DataFrame:
        people = self.people
        jobless = people.jobless_since[members] != NOT
        ill = people.ill_since[members] != NOT
        kept = self.parameters.number("life.illness_earnings_share")
        earnings = people.earnings_krw_m[members] * growth * np.where(ill, kept, 1.0) * ~jobless
        months_out = np.where(jobless, step - people.jobless_since[members] + 1, 0)
        last_wage = people.earnings_krw_m[members] * growth * jobless
        frame = people.frame[members]
        return frame.with_columns(
            pl.when(pl.Series(jobless))
            .then(pl.lit(UNEMPLOYED, frame.schema["work"]))
            .otherwise("work")
            .alias("work"),
            pl.Series("earnings_krw_m", earnings.astype(np.int64)),
            (pl.col("pension_krw_m") * growth).cast(pl.Int64),
            pl.col("pregnant") & pl.lit(self._pregnancies_last(step)),
            pl.Series("jobless_months", months_out.astype(np.int64)),
            pl.Series("last_wage_krw_m", last_wage.astype(np.int64)),
            pl.Series("serious_illness", ill),
        )


def _season_months(catalogue: Catalogue, parameters: Parameters, month: Month) -> set[int]:
    """Collect the first month, and the month after the last, of every programme's season."""
    changes: set[int] = set()
    for programme in catalogue.programmes:
        path = f"programmes.{programme.id}"
        if not programme.in_force(month) or f"{path}.first_month" not in parameters:
            continue
        changes.add(int(parameters.number(f"{path}.first_month", month)))
        changes.add(int(parameters.number(f"{path}.last_month", month)) % 12 + 1)
    return changes


def _latest(since: NDArray[np.int32], home: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """Give each household the latest of its members' steps."""
    latest = np.full(n, NOT, np.int32)
    np.maximum.at(latest, home, since)
    return latest


def _sum(values: NDArray[np.int64], home: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    return np.bincount(home, weights=values, minlength=n).astype(np.int64)


def _median_incomes(parameters: Parameters, month: Month) -> NDArray[np.float64]:
    table = parameters.value("national.median_income_krw_m", month)
    return np.asarray([float(table[size]) for size in sorted(table)][:SIZES_N], dtype=np.float64)
