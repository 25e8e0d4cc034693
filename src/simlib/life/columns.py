"""What rules ask about households and persons, kept current as columns.

Facts that events keep themselves (who is there, who leads, where) are read where they stand;
the others (earnings after a lost job, sums over members, recent crises) follow from them and are
worked out anew for the households to which something happened (:mod:`simlib.life.refreshing`).
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.compiled.graph import HOUSEHOLD, PERSON
from simlib.benefits.compiled.machine import Members
from simlib.benefits.compiled.run import read_columns
from simlib.benefits.fact_names import RENAMED, known_facts
from simlib.life.growing import appended, roomy
from simlib.life.homes import Homes
from simlib.life.moves import place_codes
from simlib.life.people import NOT, UNEMPLOYED, People, Rows, newborn
from simlib.life.refreshing import HomeColumns, Now, PersonColumns, count_jobless, refresh
from simlib.months import Month

SUPPLIED = ("in_crisis", "jobless_months", "last_wage_krw_m", "serious_illness")
"""Supplied facts that life gives."""
ASSETS = ("deposit_krw", "housing_krw", "general_krw", "financial_krw", "vehicle_krw", "debt_krw")
_PERSONS: dict[str, type] = {
    "work": np.uint8,
    "earnings_krw_m": np.int64,
    "pension_krw_m": np.int64,
    "pregnant": np.uint8,
    "jobless_months": np.int32,
    "last_wage_krw_m": np.int64,
    "serious_illness": np.uint8,
}
_HOMES: dict[str, type] = {
    "lives_alone": np.uint8,
    "household_earnings_krw_m": np.int64,
    "household_pension_krw_m": np.int64,
    "other_income_krw_m": np.int64,
    "income_krw_m": np.int64,
    "in_crisis": np.uint8,
}
"""Facts that are worked out anew, and what kind of column holds each."""
_HELD = ("size", "head_age", "household_type", "single_parent", "municipality")
CLASSES = ("region_class", "area_class")
PLACES = ("region", *CLASSES)


class RuleColumns:
    """Keep the facts of a run's households and persons in columns that the machine reads.

    Parameters
    ----------
    households
        The population's households.
    people, homes
        Persons and households as events change them.
    """

    def __init__(self, households: pl.DataFrame, people: People, homes: Homes) -> None:
        self.households, self.people, self.homes = households, people, homes
        n = households.height
        self.newborn: dict[str, NDArray[Any]] = {}
        self.jobless_since, self.ill_since = np.full(n, NOT, np.int32), np.full(n, NOT, np.int32)
        self.children_n = np.zeros(n, np.uint8)
        self.of_homes: dict[str, NDArray[Any]] = {
            name: np.zeros(n, kind) for name, kind in _HOMES.items()
        }
        self.base_other_krw_m = _read(households, "other_income_krw_m", "household")
        self.base_work = roomy(_read(people.frame, "work", "person").astype(np.uint8, copy=False))
        self.of_persons: dict[str, NDArray[Any]] = {
            name: roomy(np.zeros(people.ids.size, kind)) for name, kind in _PERSONS.items()
        }

    def _at_birth(self, name: str, girl: NDArray[np.bool_]) -> NDArray[Any]:
        """Give a fact of newborn children."""
        if name not in self.newborn:
            two, month = np.zeros(2, np.int64), np.zeros(2, np.int32)
            sexes = np.array([False, True])
            frame = newborn(self.people.at_start.schema, two, two, sexes, month)
            self.newborn[name] = _read(frame, name, "person")
        return np.asarray(self.newborn[name][girl.astype(np.int64)])

    @property
    def members(self) -> Members:
        """Say who lives in each household."""
        return self.homes.all_members(self.people)

    def column(self, space: int, name: str) -> NDArray[Any]:
        """Give the column of a fact; one that nothing changes is read when first asked for."""
        if space == HOUSEHOLD:
            found = self._of_homes(name)
            if found is None:
                found = self.of_homes[name] = _read(self.households, name, "household")
            return found
        found = self._of_persons(name)
        if found is None:
            found = self.of_persons[name] = _read(self.people.frame, name, "person")
        return found

    def _of_homes(self, name: str) -> NDArray[Any] | None:
        homes = self.homes
        kept: dict[str, NDArray[Any]] = {
            "size": homes.size,
            "head_age": homes.head_age,
            "household_type": homes.kind,
            "single_parent": homes.single_parent,
            "municipality": homes.municipality,
        }
        return kept.get(name, self.of_homes.get(name))

    def _of_persons(self, name: str) -> NDArray[Any] | None:
        people = self.people
        kept: dict[str, NDArray[Any]] = {
            "birth_month": people.birth_month,
            "relation": people.relation,
            "occupational_pension": people.occupational,
            "student": people.student,
            "in_daycare": people.in_daycare,
        }
        return kept.get(name, self.of_persons.get(name))

    def changing(self, space: int) -> dict[str, NDArray[Any]]:
        """Give the columns that life changes, by their names in the population."""
        if space == PERSON:
            kept = ("relation", "occupational_pension", "student", "in_daycare")
            return {name: self.column(space, name) for name in (*_PERSONS, *kept)}
        names = (*_HOMES, *_HELD, *ASSETS, *PLACES)
        back = {new: old for old, new in RENAMED.items()}
        return {back.get(name, name): self.column(space, name) for name in names}

    def refresh(self, rows: Rows, now: Now) -> None:
        """Work out anew what follows from the events of some households."""
        self.welcome()
        people = self.people
        persons = PersonColumns(
            birth_month=people.birth_month,
            jobless_since=people.jobless_since,
            ill_since=people.ill_since,
            due=people.due,
            base_earnings_krw_m=people.earnings_krw_m,
            base_pension_krw_m=people.pension_krw_m,
            base_work=self.base_work,
            **{name: self.of_persons[name] for name in _PERSONS},
        )
        homes = HomeColumns(
            bereft_since=self.homes.bereft_since,
            base_other_krw_m=self.base_other_krw_m,
            jobless_since=self.jobless_since,
            ill_since=self.ill_since,
            children_n=self.children_n,
            **{name: self.of_homes[name] for name in _HOMES},
        )
        unemployed = np.uint8(_code("work", UNEMPLOYED))
        refresh(rows, self.members, persons, homes, now, unemployed)

    def count_jobless(self, persons: Rows, step: int) -> tuple[NDArray[np.int64], Rows]:
        """Count how long persons are out of work; give the months, and their households' rows."""
        people, out = self.people, self.of_persons["jobless_months"]
        months, home = count_jobless(persons, people.jobless_since, people.household, step, out)
        return months, home

    def reaching(self, month: Month, years: int) -> Rows:
        """Give the rows of households in which somebody completes some years in a month."""
        people = self.people
        persons = people.by_birth.born_in(month - 12 * years)
        return np.asarray(people.household[persons[people.here[persons]]])

    def end_crises(self, rows: Rows, step: int) -> Rows:
        """End the crises of those of some households whose last event was in a step; give these."""
        since = self.jobless_since[rows], self.ill_since[rows], self.homes.bereft_since[rows]
        over = np.asarray(rows[np.maximum.reduce(since) == step])
        self.of_homes["in_crisis"][over] = False
        return over

    def regroup(self, rows: Rows) -> None:
        """Take over what is left of the assets of households after divorces."""
        share = self.homes.assets_share[rows].astype(np.float64)
        for name in ASSETS:
            base = _read(self.households, name, "household")[rows]
            self._own(name)[rows] = (base * share).astype(np.int64)

    def relocate(self, rows: Rows) -> NDArray[np.bool_]:
        """Take over where households live that moved; tell which came to another class of place."""
        other = np.zeros(rows.size, np.bool_)
        for name, codes in place_codes(self.homes.municipality[rows]).items():
            column = self._own(name)
            if name in CLASSES:
                other |= column[rows] != codes
            column[rows] = codes
        return other

    def _own(self, name: str) -> NDArray[Any]:
        """Give a column of households that can be written to."""
        found = self.column(HOUSEHOLD, name)
        if not found.flags.writeable:
            found = self.of_homes[name] = found.copy()
        return found

    def welcome(self) -> None:
        """Give columns to persons who came since last time."""
        people, known_n = self.people, self.base_work.size
        if people.ids.size == known_n:
            return
        girl = people.female[known_n:]
        self.base_work = appended(self.base_work, self._at_birth("work", girl))
        for name, column in self.of_persons.items():
            new = np.zeros(girl.size) if name in _PERSONS else self._at_birth(name, girl)
            self.of_persons[name] = appended(column, new.astype(column.dtype))


def _read(frame: pl.DataFrame, name: str, level: Any) -> NDArray[Any]:
    return read_columns(frame, [name], level)[name]


def _code(fact: str, word: str) -> int:
    dtype = known_facts()[fact].dtype
    assert isinstance(dtype, pl.Enum)
    return dtype.categories.to_list().index(word)
