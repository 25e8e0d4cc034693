"""A new school year: into daycare, from level to level of school, to university and out of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.life.people import People, Rows, once
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
        people = self.people
        turns = year_of(month) - people.birth_month // 12
        student, daycare = people.student.copy(), people.in_daycare.copy()
        self._pupils(turns)
        self._university(turns, month)
        self._daycare(turns, month)
        changed = people.here & ((student != people.student) | (daycare != people.in_daycare))
        starts = changed & (people.student != student)
        first = starts & (people.student == self.levels[0][1])
        university = starts & (people.student == _UNIVERSITY)
        return SchoolYear(*(self._rows(each) for each in (changed, first, university)))

    def _rows(self, persons: NDArray[np.bool_]) -> Rows:
        return once(self.people.household[persons])

    def _pupils(self, turns: NDArray[np.int32]) -> None:
        people = self.people
        for years, level in self.levels:
            people.student[turns == years] = level
        people.student[turns == self.ends_years] = STUDENTS.index("none")

    def _university(self, turns: NDArray[np.int32], month: Month) -> None:
        """Let some of those who leave school study, and some students finish."""
        people, share = self.people, by_age("by_age", "university")
        asked = np.flatnonzero(
            people.here & ((turns == self.ends_years) | (people.student == _UNIVERSITY))
        )
        age = np.minimum(people.age(month)[asked], OLDEST)
        begins = turns[asked] == self.ends_years
        prob = np.where(begins, share[age], _ratio(share, age))
        studies = self.draws.uniform("life.university", people.ids[asked], month) < prob
        people.student[asked] = np.where(studies, _UNIVERSITY, STUDENTS.index("none"))

    def _daycare(self, turns: NDArray[np.int32], month: Month) -> None:
        """Let small children enter daycare, and all leave it for school."""
        people, share = self.people, by_age("by_age", "daycare")
        school_years = self.levels[0][0]
        people.in_daycare[turns >= school_years] = False
        age = people.age(month)
        small = people.here & ~people.in_daycare & (turns < school_years) & (age >= 0)
        asked = np.flatnonzero(small)
        now = share[age[asked]]
        before = np.where(age[asked] > 0, share[np.maximum(age[asked] - 1, 0)], 0.0)
        prob = np.where(now > before, (now - before) / (1.0 - before), 0.0)
        enters = self.draws.uniform("life.daycare", people.ids[asked], month) < prob
        people.in_daycare[asked[enters]] = True


def _ratio(share: Floats, age: NDArray[np.int32]) -> Floats:
    """Give which part of last year's students are to study on."""
    before = np.maximum(share[np.maximum(age - 1, 0)], share[age])
    return np.divide(share[age], before, out=np.zeros(age.size), where=before > 0)
