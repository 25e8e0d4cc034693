"""A new school year moves children and students on by the year of birth, each March."""

import numpy as np
import polars as pl

from simlib.draws import Draws
from simlib.life.course import LifeCourse
from simlib.months import parse_month
from simlib.population.people.status import STUDENTS
from simlib.population.published.tables import by_age
from worlds import START, catalogue, numbers, sample

MARCH = parse_month("2025-03")


def course() -> LifeCourse:
    return LifeCourse(sample(5000), catalogue(), numbers(), Draws(3, 0))


def test_pupils_are_at_the_level_of_their_year_of_birth_and_schools_change_in_march_only():
    made = course()
    people = made.people
    before = people.student.copy()
    assert made.events.schooling.happen(MARCH - 1).changed.size == 0
    assert np.array_equal(people.student, before)
    happened = made.events.schooling.happen(MARCH)
    turns = 2025 - people.birth_month // 12
    for first, end, level in ((7, 13, "elementary"), (13, 16, "middle"), (16, 19, "high")):
        here = (turns >= first) & (turns < end)
        assert (people.student[here] == STUDENTS.index(level)).all(), level
    seven = np.unique(people.household[turns == 7])
    assert np.array_equal(happened.school, seven)
    assert not people.in_daycare[turns >= 7].any()


def test_shares_of_students_and_of_children_in_daycare_stay_those_of_their_ages():
    made = course()
    for step in range(36):
        made.events.schooling.happen(START + 12 + step)  # from the population's own year on
    people, last = made.people, parse_month("2027-12")
    age = people.age(last)
    for name, marked, ages in (
        ("university", people.student == STUDENTS.index("university"), range(19, 27)),
        ("daycare", people.in_daycare, range(3, 6)),
    ):
        expected = by_age("by_age", name)
        asked = np.isin(age, list(ages))
        share, wanted = marked[asked].mean(), expected[age[asked]].mean()
        # couples of that age do not study, and birthdays fall between two Marches
        assert abs(share - wanted) < 0.08, name


def test_rules_see_the_new_school_year():
    made = course()
    made.events.schooling.happen(MARCH)
    persons = made.frames(np.arange(5000), MARCH, 14).persons
    pupils = persons.filter(pl.col("student") == "elementary")["birth_month"].to_numpy() // 12
    assert pupils.min() == 2025 - 12 and pupils.max() == 2025 - 7
