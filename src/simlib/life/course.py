"""The course of households' lives: what happened to them, and what rules ask about them then."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.ascending import once
from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.graph import HOUSEHOLD, PERSON
from simlib.benefits.entitlement import entitle
from simlib.benefits.fact_names import known_facts
from simlib.draws import Draws
from simlib.life.changes import HomeState, MonthChanges
from simlib.life.columns import RuleColumns
from simlib.life.events import Happenings, LifeEvents
from simlib.life.homes import Homes
from simlib.life.moves import Mobility
from simlib.life.people import People
from simlib.life.refreshing import Now
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.population import Population
from simlib.rights import Rights

SIZES_N = 7
"""Household sizes with a standard median income of their own."""


@dataclass(frozen=True)
class RuleFrames:
    """Hold what rules ask about some households in a month, as frames.

    Attributes
    ----------
    households, persons
        The columns of the population and the supplied facts.
    """

    households: pl.DataFrame
    persons: pl.DataFrame


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
        self.people = People.of(population.persons, ids)
        self.homes = Homes.of(self.households, self.people)
        mobility = Mobility(self.homes, self.households, parameters, draws)
        self.events = LifeEvents(self.people, self.homes, mobility, parameters, draws)
        self.columns = RuleColumns(self.households, self.people, self.homes)

    def now(self, month: Month, step: int) -> Now:
        """Say when it is, and what incomes and crises depend on then."""
        number = self.parameters.number
        return Now(
            month,
            step,
            self._income_growth(month),
            number("life.illness_earnings_share"),
            number("life.event_recent_months"),
        )

    def situation(self, rows: NDArray[np.int64], month: Month, step: int) -> MonthChanges:
        """Work out incomes, members and rights of some households after a month's events."""
        lives = self.homes.size[rows] > 0
        asked = self.frames(rows[lives], month, step)
        found = entitle(self.catalogue, asked.households, asked.persons, month, self.parameters)
        rights = Rights.of(_spread(found.right, lives), _spread(found.amount_krw_m, lives))
        self.columns.refresh(rows[~lives], self.now(month, step))
        return self.changes(rows, rights)

    def changes(self, rows: NDArray[np.int64], rights: Rights) -> MonthChanges:
        """Tell how some households stand, as the columns have it."""
        columns = self.columns
        return MonthChanges(
            rows=rows,
            rights=rights,
            income_krw_m=_of(columns.of_homes["income_krw_m"], rows).astype(np.float32),
            jobless_since=_of(columns.jobless_since, rows),
            ill_since=_of(columns.ill_since, rows),
            size=_of(self.homes.size, rows),
            children_n=_of(columns.children_n, rows),
        )

    def home_state(self, happened: Happenings, step: int) -> HomeState:
        """Tell how the households stand that changed their members, home or address."""
        rows = once(happened.regrouped, happened.moves, happened.readdressed)
        return HomeState.of(self.homes, rows, step)

    def frames(self, rows: NDArray[np.int64], month: Month, step: int) -> RuleFrames:
        """Work out what rules ask about some households and their members after the events."""
        columns = self.columns
        columns.refresh(rows, self.now(month, step))
        changed = rows[self.homes.changed[rows]]
        columns.regroup(changed)
        columns.relocate(changed)
        members, _ = self.homes.members(self.people, rows)
        households = _replaced(self.households[rows], columns.changing(HOUSEHOLD), rows)
        persons = _replaced(self.people.frame[members], columns.changing(PERSON), members)
        return RuleFrames(households, persons)

    def _income_growth(self, month: Month) -> float:
        """Give the growth of incomes since the population's reference month.

        Incomes are taken to grow with the standard median income, so that nobody becomes
        entitled merely because thresholds rise.
        """
        now = median_incomes(self.parameters, month)
        return float(now[0] / median_incomes(self.parameters, self.reference_month)[0])


def _of(column: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """Copy what stands in some rows, each once; of all it is copied as a whole."""
    return column.copy() if rows.size == column.size else column[rows]


def _replaced(
    frame: pl.DataFrame, columns: dict[str, NDArray[Any]], rows: NDArray[np.int64]
) -> pl.DataFrame:
    """Give a frame with some columns as they are now, in the frame's own kinds and words."""
    return frame.with_columns(
        [_series(name, column[rows], frame.schema.get(name)) for name, column in columns.items()]
    )


def _series(name: str, values: NDArray[Any], kind: Any) -> pl.Series:
    dtype = kind or known_facts()[name].dtype
    if isinstance(dtype, pl.Enum):
        words = dtype.categories.to_list()
        return pl.Series(name, words, dtype=dtype).gather(values.astype(np.int64))
    return pl.Series(name, values).cast(dtype)


def _spread(values: NDArray[Any], lives: NDArray[np.bool_]) -> NDArray[Any]:
    """Give values of living households a place among all, the ended ones with nothing."""
    if lives.all():
        return values
    out = np.zeros((lives.size, *values.shape[1:]), values.dtype)
    out[lives] = values
    return out


def median_incomes(parameters: Parameters, month: Month) -> NDArray[np.float64]:
    """Give the standard median income by household size 1 to 7 in a month, won a month, (7,)."""
    table = parameters.value("national.median_income_krw_m", month)
    return np.asarray([float(table[size]) for size in sorted(table)][:SIZES_N], dtype=np.float64)
