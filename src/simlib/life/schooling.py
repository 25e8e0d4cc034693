"""A new school year: into daycare, from level to level of school, to university and out of it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.ascending import once
from simlib.draws import Draws
from simlib.life.people import People, Rows
from simlib.months import Month, month_of_year, year_of
from simlib.parameters import Parameters
from simlib.population.people.status import STUDENTS
from simlib.population.published.tables import OLDEST, Floats, by_age

_UNIVERSITY = STUDENTS.index("university")
_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True)
class SchoolYear:
    """Hold the rows of households in which a new school year changed something.

    Attributes
    ----------
    changed
        A member's school, or whether a child is in daycare.
    school, university
        A child starts school; a member starts university.
    """

    changed: Rows
    school: Rows
    university: Rows


class Schooling:
    """Begin a school year each March, by the year of birth.

    Children go to school in the calendar year in which they become as old as the first level
    asks, and from level to level. Who enters university or daycare, and who leaves university, is
    drawn so that the shares by age stay as the tables have them.

    Parameters
    ----------
    people
        Persons, changed in place.
    parameters, draws
        Years of birth of the levels, and luck of the replicate.
    """

    def __init__(self, people: People, parameters: Parameters, draws: Draws) -> None:
        self.people, self.draws = people, draws
        years = parameters.group("life.school")
        self.first_month = int(years["first_month"])
        self.levels = [
            (int(years[f"{name}_years"]), STUDENTS.index(name))
            for name in ("elementary", "middle", "high")
        ]
        self.ends_years = int(years["ends_years"])

    def happen(self, month: Month) -> SchoolYear:
        """Begin a school year if it is time."""
        if month_of_year(month) != self.first_month:
            return SchoolYear(_NOBODY, _NOBODY, _NOBODY)
        people, year = self.people, year_of(month)
        columns = people.birth_month, people.student, people.in_daycare, people.here
        december = 12 * (year + 1) - 1
        persons = _concerned(*columns, december, self._months(), _UNIVERSITY)
        child = _Children(
            persons,
            year - people.birth_month[persons] // 12,
            np.minimum(people.age(month, persons), OLDEST),
            people.student[persons],
            people.in_daycare[persons],
        )
        self._pupils(child)
        self._university(child, month)
        self._daycare(child, month)
        starts = child.student != people.student[persons]
        changed = starts | (child.in_daycare != people.in_daycare[persons])
        people.student[persons], people.in_daycare[persons] = child.student, child.in_daycare
        first = starts & (child.student == self.levels[0][1])
        university = starts & (child.student == _UNIVERSITY)
        return SchoolYear(*(self._rows(persons[each]) for each in (changed, first, university)))

    def _rows(self, persons: Rows) -> Rows:
        return once(self.people.household[persons])

    def _months(self) -> NDArray[np.bool_]:
        """Tell of each number of months whether who is so old in December is looked at."""
        years = [years for years, _ in self.levels]
        asked = np.zeros(self.ends_years + 2, np.bool_)
        asked[[*range(years[0] + 1), *years, self.ends_years]] = True
        return np.repeat(asked, 12)

    def _pupils(self, child: "_Children") -> None:
        for years, level in self.levels:
            child.student[child.turns == years] = level
        child.student[child.turns == self.ends_years] = STUDENTS.index("none")

    def _university(self, child: "_Children", month: Month) -> None:
        """Let some of those who leave school study, and some students finish."""
        share = by_age("by_age", "university")
        begins = child.turns == self.ends_years
        asked = np.flatnonzero(begins | (child.student == _UNIVERSITY))
        age, begins = child.age[asked], begins[asked]
        prob = np.where(begins, share[age], _ratio(share, age))
        ids = self.people.ids[child.persons[asked]]
        studies = self.draws.uniform("life.university", ids, month) < prob
        child.student[asked] = np.where(studies, _UNIVERSITY, STUDENTS.index("none"))

    def _daycare(self, child: "_Children", month: Month) -> None:
        """Let small children enter daycare, and all leave it for school."""
        share = by_age("by_age", "daycare")
        small = child.turns < self.levels[0][0]
        child.in_daycare[~small] = False
        asked = np.flatnonzero(small & ~child.in_daycare & (child.age >= 0))
        age = child.age[asked]
        now = share[age]
        before = np.where(age > 0, share[np.maximum(age - 1, 0)], 0.0)
        prob = np.where(now > before, (now - before) / (1.0 - before), 0.0)
        ids = self.people.ids[child.persons[asked]]
        enters = self.draws.uniform("life.daycare", ids, month) < prob
        child.in_daycare[asked[enters]] = True


class _Children(NamedTuple):
    """Hold those at whom a school year looks, who live in their households, (children,) each.

    Attributes
    ----------
    persons
        Places of the persons.
    turns, age
        Years completed in the calendar year, and by now.
    student, in_daycare
        School level and whether in daycare, changed in place.
    """

    persons: Rows
    turns: NDArray[np.int32]
    age: NDArray[np.int32]
    student: NDArray[np.uint8]
    in_daycare: NDArray[np.bool_]


@njit(cache=True)
def _concerned(birth_month, student, in_daycare, here, december, asked, university):  # type: ignore[no-untyped-def]
    """List the persons at whom a school year looks: by their years, or what they attend."""
    found, n = np.empty(here.size, np.int64), 0
    for i in range(here.size):
        months = min(max(december - birth_month[i], 0), asked.size - 1)
        found[n] = i
        n += here[i] & (asked[months] | in_daycare[i] | (student[i] == university))
    return found[:n].copy()


def _ratio(share: Floats, age: NDArray[np.int32]) -> Floats:
    """Give which part of last year's students are to study on."""
    before = np.maximum(share[np.maximum(age - 1, 0)], share[age])
    return np.divide(share[age], before, out=np.zeros(age.size), where=before > 0)
