"""What rules ask about households and persons, kept current as columns.

Facts that events keep themselves (who is there, who leads, where) are read where they stand;
the others (earnings after a lost job, sums over members, recent crises) follow from them and are
worked out anew for the households to which something happened.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numba import njit, prange
from numpy.typing import NDArray

from simlib.benefits.compiled.graph import HOUSEHOLD, PERSON
from simlib.benefits.compiled.machine import Members, first_member, next_member
from simlib.benefits.compiled.run import read_columns
from simlib.benefits.fact_names import RENAMED, known_facts
from simlib.life.growing import appended, roomy
from simlib.life.homes import CHILD_UNDER_YEARS, Homes
from simlib.life.moves import place_codes
from simlib.life.people import NOT, UNEMPLOYED, People, Rows, newborn
from simlib.loops import fetch, inner
from simlib.months import Month

_AHEAD = 16
"""Persons further on whose memory is asked for."""
_AT_ONCE = 1024
"""Households whose facts one thread works out at a time."""
SUPPLIED = ("in_crisis", "jobless_months", "last_wage_krw_m", "serious_illness")
"""Supplied facts that life gives."""
ASSETS = ("deposit_krw", "housing_krw", "general_krw", "financial_krw", "vehicle_krw", "debt_krw")
_PERSONS = ("work", "earnings_krw_m", "pension_krw_m", "pregnant", *SUPPLIED[1:])
_HOMES = ("lives_alone", "household_earnings_krw_m", "household_pension_krw_m")
_HELD = ("size", "head_age", "household_type", "single_parent", "municipality")
CLASSES = ("region_class", "area_class")
PLACES = ("region", *CLASSES)
_SUMS = ("other_income_krw_m", "income_krw_m", "in_crisis")


class Now(NamedTuple):
    """Say when it is.

    Attributes
    ----------
    month, step
        Calendar month and number of the month in the run.
    growth
        Growth of incomes since the population's reference month.
    ill_share
        Share of earnings kept while ill.
    recent_months
        Months in which an event counts as a crisis of the law.
    """

    month: Month
    step: int
    growth: float
    ill_share: float
    recent_months: float


class _Persons(NamedTuple):
    birth_month: Any
    base_earnings: Any
    base_pension: Any
    base_work: Any
    jobless_since: Any
    ill_since: Any
    due: Any
    work: Any
    earnings: Any
    pension: Any
    pregnant: Any
    jobless_months: Any
    last_wage: Any
    serious_illness: Any


class _Homes(NamedTuple):
    bereft_since: Any
    base_other: Any
    alone: Any
    earnings: Any
    pension: Any
    other: Any
    income: Any
    in_crisis: Any
    jobless_since: Any
    ill_since: Any
    children_n: Any


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
        flags = ("lives_alone", "in_crisis")
        self.of_homes: dict[str, NDArray[Any]] = {
            name: np.zeros(n, np.uint8 if name in flags else np.int64) for name in _HOMES + _SUMS
        }
        self.base_other = _read(households, "other_income_krw_m", "household")
        self.base_work = roomy(_read(people.frame, "work", "person").astype(np.uint8, copy=False))
        kinds = {"jobless_months": np.int32, "earnings_krw_m": np.int64, "pension_krw_m": np.int64}
        kinds["last_wage_krw_m"] = np.int64
        self.of_persons: dict[str, NDArray[Any]] = {
            name: roomy(np.zeros(people.ids.size, kinds.get(name, np.uint8))) for name in _PERSONS
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
        names = (*_HOMES, *_SUMS, *_HELD, *ASSETS, *PLACES)
        back = {new: old for old, new in RENAMED.items()}
        return {back.get(name, name): self.column(space, name) for name in names}

    def refresh(self, rows: Rows, now: Now) -> None:
        """Work out anew what follows from the events of some households."""
        self.welcome()
        people, homes, of = self.people, self.homes, self.of_persons
        persons = _Persons(
            people.birth_month, people.earnings_krw_m, people.pension_krw_m, self.base_work,
            people.jobless_since, people.ill_since, people.due, *(of[name] for name in _PERSONS),
        )  # fmt: skip
        since = self.jobless_since, self.ill_since, self.children_n
        given = homes.bereft_since, self.base_other
        mine = _Homes._make((*given, *(self.of_homes[name] for name in _HOMES + _SUMS), *since))
        codes = np.uint8(_code("work", UNEMPLOYED)), 12 * CHILD_UNDER_YEARS
        _refresh(rows, self.members, persons, mine, now, codes)

    def count_jobless(self, persons: Rows, step: int) -> tuple[NDArray[np.int64], Rows]:
        """Count how long persons are out of work; give the months, and their households' rows."""
        people, out = self.people, self.of_persons["jobless_months"]
        months, home = _count_jobless(persons, people.jobless_since, people.household, step, out)
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


@njit(cache=True)
def _count_jobless(persons, since, household, step, out):  # type: ignore[no-untyped-def]
    months, home = np.empty(persons.size, np.int64), np.empty(persons.size, np.int64)
    for k in range(persons.size):
        fetch(since, persons[min(k + _AHEAD, persons.size - 1)])
        fetch(out, persons[min(k + _AHEAD, persons.size - 1)])
        fetch(household, persons[min(k + _AHEAD, persons.size - 1)])
        person = persons[k]
        months[k], home[k] = step - since[person] + 1, household[person]
        out[person] = months[k]
    return months, home


@njit(cache=True, parallel=True)
def _refresh(rows, members, persons, homes, now, codes):  # type: ignore[no-untyped-def]
    for part in prange((rows.size + _AT_ONCE - 1) // _AT_ONCE):
        end = min(rows.size, (part + 1) * _AT_ONCE)
        _refresh_some(rows, part * _AT_ONCE, end, members, persons, homes, now, codes)


@inner
def _refresh_some(rows, begin, end, members, persons, homes, now, codes):  # type: ignore[no-untyped-def]
    for k in range(begin, end):
        if k + 2 * _AHEAD < end:
            fetch(members.starts, rows[k + 2 * _AHEAD])
        if k + _AHEAD < end:
            _fetch_person(members.starts[rows[k + _AHEAD]], persons)
            _fetch_home(rows[k + _AHEAD], homes)
        _refresh_home(rows[k], members, persons, homes, now, codes)


@inner
def _fetch_person(person, persons):  # type: ignore[no-untyped-def]
    fetch(persons.birth_month, person)
    fetch(persons.base_earnings, person)
    fetch(persons.base_pension, person)
    fetch(persons.jobless_since, person)
    fetch(persons.ill_since, person)
    fetch(persons.due, person)
    fetch(persons.earnings, person)
    fetch(persons.pension, person)
    fetch(persons.last_wage, person)
    fetch(persons.jobless_months, person)


@inner
def _fetch_home(row, homes):  # type: ignore[no-untyped-def]
    fetch(homes.bereft_since, row)
    fetch(homes.base_other, row)
    fetch(homes.earnings, row)
    fetch(homes.pension, row)
    fetch(homes.other, row)
    fetch(homes.income, row)
    fetch(homes.jobless_since, row)
    fetch(homes.ill_since, row)


@inner
def _refresh_home(row, members, persons, homes, now, codes):  # type: ignore[no-untyped-def]
    unemployed, grown_months = codes
    jobless, ill = np.int32(NOT), np.int32(NOT)
    earnings, pension, here_n, children_n = 0, 0, 0, 0
    p = first_member(row, members)
    while p >= 0:
        if members.here[p]:
            _refresh_person(p, persons, now, unemployed)
            earnings += persons.earnings[p]
            pension += persons.pension[p]
            jobless = max(jobless, persons.jobless_since[p])
            ill = max(ill, persons.ill_since[p])
            children_n += now.month - persons.birth_month[p] < grown_months
            here_n += 1
        p = next_member(p, row, members)
    other = np.int64(homes.base_other[row] * now.growth) if here_n > 0 else 0
    latest = max(jobless, ill, homes.bereft_since[row])
    homes.alone[row] = here_n == 1
    homes.earnings[row], homes.pension[row], homes.other[row] = earnings, pension, other
    homes.income[row] = earnings + pension + other
    homes.in_crisis[row] = latest != NOT and now.step - latest < now.recent_months
    homes.jobless_since[row], homes.ill_since[row] = jobless, ill
    homes.children_n[row] = children_n


@inner
def _refresh_person(p, persons, now, unemployed):  # type: ignore[no-untyped-def]
    jobless, ill = persons.jobless_since[p] != NOT, persons.ill_since[p] != NOT
    wage = persons.base_earnings[p] * now.growth
    persons.earnings[p] = 0 if jobless else np.int64(wage * (now.ill_share if ill else 1.0))
    persons.last_wage[p] = np.int64(wage) if jobless else 0
    persons.pension[p] = np.int64(persons.base_pension[p] * now.growth)
    persons.work[p] = unemployed if jobless else persons.base_work[p]
    persons.pregnant[p] = persons.due[p] != NOT
    persons.jobless_months[p] = now.step - persons.jobless_since[p] + 1 if jobless else 0
    persons.serious_illness[p] = ill
