"""Deaths: a member is gone, the household goes on or ends, and a widow keeps part of a pension."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.ascending import once
from simlib.draws import Draws
from simlib.life.homes import Homes
from simlib.life.people import SPOUSE, People, Rows
from simlib.life.plans import EventPlan, kinds_by_age, monthly
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.published.tables import OLDEST, SEXES, Floats, by_age


@dataclass(frozen=True)
class Deaths:
    """Hold a month's deaths.

    Attributes
    ----------
    dead_n
        Number of those who died.
    persons
        Places of those who died or, as children left alone, went elsewhere.
    homes
        Rows of the households that lost a member, in ascending order; ended ones too.
    widowed
        Rows of the households in which somebody lost the partner.
    """

    dead_n: int
    persons: Rows
    homes: Rows
    widowed: Rows


class Mortality:
    """Let people die at the rates of their age and sex.

    Parameters
    ----------
    people, homes
        Persons and households, changed in place.
    parameters, draws
        Rates, and luck of the replicate.
    """

    def __init__(self, people: People, homes: Homes, parameters: Parameters, draws: Draws) -> None:
        self.people, self.homes, self.parameters = people, homes, parameters
        self.events = EventPlan("life.death", draws)

    def plan(self, january: Month) -> None:
        """Draw who dies in a calendar year, and when."""
        people = self.people
        women = np.int16(OLDEST + 1)  # their kinds come after those of men
        kind = kinds_by_age(january, people.birth_month, people.here, OLDEST, people.female, women)
        self.events.draw(january, people.ids, kind, monthly(death_prob_y()))

    def happen(self, month: Month) -> Deaths:
        """Let a month's deaths happen."""
        people = self.people
        dead = self.events.due(month)
        dead = dead[people.here[dead]]
        homes = once(people.household[dead])
        if homes.size == 0:
            return Deaths(0, dead, homes, homes)
        widowed = self._widow(dead, homes)
        before, _ = self.homes.members(people, homes)
        people.leave(dead)
        self.homes.regroup(people, homes, month, self.parameters)
        gone = before[~people.here[before]]
        people.leave(gone)
        return Deaths(dead.size, gone, homes, widowed[self.homes.size[widowed] > 0])

    def _widow(self, dead: Rows, homes: Rows) -> Rows:
        """Give surviving partners their part of the pension; give their households."""
        people = self.people
        persons, place = self.homes.members(people, homes)
        couple = people.relation[persons] <= SPOUSE
        dies = np.isin(persons, dead)
        lost = np.full(homes.size, -1)
        lost[place[couple & dies]] = persons[couple & dies]
        left = persons[couple & ~dies]
        partner = lost[place[couple & ~dies]]
        left, partner = left[partner >= 0], partner[partner >= 0]
        value = self.parameters.group("life.survivor")
        service = people.occupational[partner]
        share = np.where(service, value["occupational_share"], value["share"])
        pension = share * people.pension_krw_m[partner]
        own = people.pension_krw_m[left]
        beside = own + value["share_beside_own"] * pension
        people.pension_krw_m[left] = np.maximum(beside, pension).astype(np.int64)
        people.occupational[left] |= service
        return np.asarray(people.household[left])


def death_prob_y() -> Floats:
    """Give the chance of dying within a year by sex and age, (sexes * ages,)."""
    rates: NDArray[np.float64] = np.concatenate([by_age("life", "death", sex) for sex in SEXES])
    return rates / 1000.0
