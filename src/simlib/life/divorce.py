"""Divorces: one partner leaves and is not followed, the other goes on with half of what was."""

from dataclasses import dataclass

import numpy as np

from simlib.draws import Draws
from simlib.life.homes import Homes
from simlib.life.people import SPOUSE, People, Rows
from simlib.life.plans import EventPlan, monthly
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.households.expansion import RELATIONS
from simlib.population.published.tables import OLDEST, by_age

_OLDER_KIN = tuple(RELATIONS.index(name) for name in ("parent", "other_kin"))


@dataclass(frozen=True)
class Divorces:
    """Hold a month's divorces: places of those who left, and rows of their households."""

    persons: Rows
    homes: Rows


class Separation:
    """Let couples divorce at the rate of the spouse's age.

    Children stay with the partner who stays. Where parents or other kin of the head live in the
    household, the head stays; else a draw says whether the wife or the husband does.

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
        self.events = EventPlan("life.divorce", draws)

    def plan(self, january: Month) -> None:
        """Draw who divorces in a calendar year, and when: spouses stand for their couples."""
        people = self.people
        spouses = np.flatnonzero(people.here & (people.relation == SPOUSE))
        self.spouses = spouses
        age = np.clip(people.age(january, spouses), 0, OLDEST).astype(np.int16)
        prob_m = monthly(by_age("life", "divorce") / 1000.0)
        self.events.draw(january, people.ids[spouses], age, prob_m)

    def happen(self, month: Month) -> Divorces:
        """Let a month's divorces happen."""
        people = self.people
        spouses = self.spouses[self.events.due(month)]
        spouses = spouses[people.here[spouses] & (people.relation[spouses] == SPOUSE)]
        spouses = spouses[np.argsort(people.household[spouses])]
        homes = people.household[spouses]
        if homes.size == 0:
            return Divorces(spouses, homes)
        leaving = self._leaving(spouses, homes, month)
        people.leave(leaving)
        self.homes.assets_share[homes] *= self.parameters.number("life.divorce_assets_kept_share")
        self.homes.regroup(people, homes, month, self.parameters)
        return Divorces(leaving, homes)

    def _leaving(self, spouses: Rows, homes: Rows, month: Month) -> Rows:
        """Choose of each couple who leaves."""
        people = self.people
        persons, place = self.homes.members(people, homes)
        head = np.zeros(homes.size, np.int64)
        leads = people.relation[persons] == 0
        head[place[leads]] = persons[leads]
        kin = np.zeros(homes.size, np.bool_)
        kin[place[np.isin(people.relation[persons], _OLDER_KIN)]] = True
        luck = self.draws.uniform("life.divorce_stays", people.ids[spouses], month)
        wife_stays = luck < self.parameters.number("life.divorce_wife_stays_prob")
        spouse_stays = ~kin & (people.female[spouses] == wife_stays)
        return np.where(spouse_stays, head, spouses)
