"""Pregnancies and births: a birth is known as a pregnancy for months before it."""

from dataclasses import dataclass

import numpy as np

from simlib.ascending import once
from simlib.draws import Draws
from simlib.life.homes import Homes
from simlib.life.people import NOT, SPOUSE, People, Rows
from simlib.life.plans import EventPlan, monthly
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.published.tables import Floats

NEWBORN_IDS = 1 << 31
"""First person id of children born during a run."""
ID_SPAN = 1 << 25
"""More than the number of households; spaces the ids of a household's further births."""
AGE_BAND_YEARS = 5
"""Width of the age groups of the table of births."""


@dataclass(frozen=True)
class Births:
    """Hold a month's rows of households with a birth, and with a pregnancy newly known."""

    births: Rows
    pregnancies: Rows


class Fertility:
    """Let women with a partner in the household become pregnant and give birth.

    Parameters
    ----------
    people, homes
        Persons and households, changed in place.
    parameters, draws
        Rates, and luck of the replicate.
    """

    def __init__(self, people: People, homes: Homes, parameters: Parameters, draws: Draws) -> None:
        self.people, self.homes, self.parameters = people, homes, parameters
        self.draws = draws
        self.known_months = int(parameters.number("population.pregnancy_months"))
        self.events = EventPlan("life.pregnancy", draws)
        pregnant = np.flatnonzero(people.frame["pregnant"].to_numpy())
        luck = draws.uniform("life.due_month", people.ids[pregnant])
        people.due[pregnant] = np.floor(luck * self.known_months).astype(np.int32)
        self.expecting = pregnant

    def plan(self, january: Month) -> None:
        """Draw who becomes pregnant in a calendar year, and when it is known."""
        people = self.people
        self.women = np.flatnonzero(people.here & people.female & (people.relation <= SPOUSE))
        age = people.age(january + self.known_months, self.women)
        prob_y, first = births_prob_y(self.parameters, january)
        band = (age - first) // AGE_BAND_YEARS
        kind = np.where((band >= 0) & (band < prob_y.size), band, -1).astype(np.int16)
        self.events.draw(january, people.ids[self.women], kind, monthly(prob_y))

    def happen(self, month: Month, step: int) -> Births:
        """Let a month's births happen, and its pregnancies become known."""
        pregnancies = self._pregnancies(month, step)
        return Births(self._births(month, step), pregnancies)

    def _pregnancies(self, month: Month, step: int) -> Rows:
        people = self.people
        women = self.women[self.events.due(month)]
        women = women[people.here[women] & (people.due[women] == NOT)]
        women = women[self._has_partner(people.household[women])]
        people.due[women] = step + self.known_months
        self.expecting = np.concatenate([self.expecting, women])
        return once(people.household[women])

    def _has_partner(self, homes: Rows) -> Rows:
        """Tell which households are led by a couple."""
        people = self.people
        rows = once(homes)
        persons, place = self.homes.members(people, rows)
        couple = np.zeros(rows.size, np.bool_)
        couple[place[people.relation[persons] == SPOUSE]] = True
        return np.asarray(couple[np.searchsorted(rows, homes)])

    def _births(self, month: Month, step: int) -> Rows:
        people, homes = self.people, self.homes
        due = people.due[self.expecting]
        mothers = self.expecting[due == step]
        self.expecting = self.expecting[(due != step) & (due != NOT)]
        people.due[mothers] = NOT
        rows = once(people.household[mothers])
        if rows.size == 0:
            return rows
        ids = NEWBORN_IDS + homes.births_n[rows] * ID_SPAN + homes.ids[rows]
        homes.births_n[rows] += 1
        girl = self.draws.uniform("life.newborn_sex", ids, month) < 0.5
        people.add_newborn(ids, homes.ids[rows], rows, girl, month)
        homes.regroup(people, rows, month, self.parameters)
        return rows


def births_prob_y(parameters: Parameters, month: Month) -> tuple[Floats, int]:
    """Give a partnered woman's chance of a birth in a year by band of age, and the first age."""
    births = parameters.value("life.births_per_1000_women_y", month)
    partnered = parameters.value("life.women_with_partner_share", month)
    ages = sorted(int(age) for age in births)
    prob_y = [births[age] / 1000 / partnered[age] for age in ages]
    return np.asarray(prob_y), ages[0]
