"""Jobs lost and found, serious illness and recovery."""

import numpy as np
from numba import njit

from simlib.ascending import once
from simlib.draws import Draws, decision_code, draw_listed
from simlib.life.people import JOBS, NOT, People, Rows
from simlib.life.plans import EventPlan, kinds_by_age
from simlib.loops import fetch, inner
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.published.tables import OLDEST

RISK_AGE = 40
"""Age at which the illness hazard is stated."""
YOUNGEST_ILL = 15
"""Age from which illness is followed."""
QUARTER_MONTHS = 3
"""Span of the draw of lost jobs: short, since a new job can be lost again."""
_AT_ONCE = 1024
"""Persons who are drawn for together."""
_AHEAD = 32
"""Persons further on whose memory is asked for."""


class Jobs:
    """Let people lose jobs and find new ones.

    Parameters
    ----------
    people
        Persons, changed in place.
    parameters, draws
        Hazards, and luck of the replicate.

    Attributes
    ----------
    jobless
        Places of those who are out of work, in no order.
    """

    def __init__(self, people: People, parameters: Parameters, draws: Draws) -> None:
        self.people, self.parameters, self.draws = people, parameters, draws
        self.events = EventPlan("life.job_loss", draws, QUARTER_MONTHS)
        self.jobless = np.flatnonzero(people.jobless_since != NOT)

    def plan(self, first: Month) -> None:
        """Draw who loses the job in a quarter, and when."""
        number = self.parameters.number
        factors = [number(f"life.job_loss_factor_{job}") for job in JOBS[2:]]
        prob_m = number("life.job_loss_prob_m") * np.array([0.0, 1.0, *factors])
        self.events.draw(first, self.people.ids, self.people.job, np.minimum(prob_m, 1.0))

    def happen(self, month: Month, step: int) -> tuple[Rows, Rows]:
        """Let a month's jobs be lost and found; give both households' rows."""
        people = self.people
        lost = self.events.due(month)
        lost = lost[(people.job[lost] > 0) & (people.jobless_since[lost] == NOT)]
        prob_m = self.parameters.number("life.reemployment_prob_m")
        luck = self.draws.key, decision_code("life.reemployment"), month, prob_m
        jobless, found = _end_some(*luck, self.jobless, people.jobless_since, people.ids)
        people.jobless_since[lost] = step
        self.jobless = np.concatenate([jobless, lost])
        return once(people.household[lost]), once(people.household[found])


class Health:
    """Let people fall seriously ill and recover; the chance to fall ill grows with age.

    Parameters
    ----------
    people
        Persons, changed in place.
    parameters, draws
        Hazards, and luck of the replicate.
    """

    def __init__(self, people: People, parameters: Parameters, draws: Draws) -> None:
        self.people, self.parameters, self.draws = people, parameters, draws
        self.events = EventPlan("life.illness", draws)
        self.ill = np.flatnonzero(people.ill_since != NOT)

    def plan(self, january: Month) -> None:
        """Draw who falls ill in a calendar year, and when."""
        people, number = self.people, self.parameters.number
        ages = np.arange(OLDEST + 1)
        slope = number("life.illness_age_slope")
        prob_m = number("life.illness_prob_m") * np.exp(slope * (ages - RISK_AGE))
        prob_m[:YOUNGEST_ILL] = 0.0
        alike = np.int16(0)
        kind = kinds_by_age(january, people.birth_month, people.here, OLDEST, people.female, alike)
        self.events.draw(january, people.ids, kind, np.minimum(prob_m, 1.0))

    def happen(self, month: Month, step: int) -> tuple[Rows, Rows, Rows]:
        """Let a month's illnesses begin and end; give both households' rows, and those of earners.

        Whoever earns nothing when healthy earns nothing less when ill.
        """
        people = self.people
        fell = self.events.due(month)
        fell = fell[people.here[fell] & (people.ill_since[fell] == NOT)]
        prob_m = self.parameters.number("life.recovery_prob_m")
        luck = self.draws.key, decision_code("life.recovery"), month, prob_m
        ill, well = _end_some(*luck, self.ill, people.ill_since, people.ids)
        people.ill_since[fell] = step
        self.ill = np.concatenate([ill, fell])
        both = np.concatenate([fell, well])
        earners = both[people.earnings_krw_m[both] > 0]
        home = people.household
        return once(home[fell]), once(home[well]), once(home[earners])


@njit(cache=True)
def _end_some(key, decision, month, prob, persons, since, ids):  # type: ignore[no-untyped-def]
    """Let what some persons are in end by luck; list those in it further, and whose ended.

    Who left the household meanwhile is in it no more.
    """
    room = np.empty(_AT_ONCE, np.int64), np.empty(_AT_ONCE, np.int64), np.empty(_AT_ONCE)
    stay, ended = np.empty(persons.size, np.int64), np.empty(persons.size, np.int64)
    stay_n, ended_n = 0, 0
    for begin in range(0, persons.size, _AT_ONCE):
        end = min(persons.size, begin + _AT_ONCE)
        n = _list_those_in(persons, begin, end, since, ids, room)
        draw_listed(key, np.uint64(decision), room[1], month, room[2], n)
        more, over = _part(prob, n, since, room, stay, stay_n, ended, ended_n)
        stay_n, ended_n = stay_n + more, ended_n + over
    return stay[:stay_n], ended[:ended_n]


@inner
def _list_those_in(persons, begin, end, since, ids, room):  # type: ignore[no-untyped-def]
    n = 0
    for k in range(begin, end):
        if k + _AHEAD < persons.size:
            fetch(since, persons[k + _AHEAD])
            fetch(ids, persons[k + _AHEAD])
        room[0][n], room[1][n] = persons[k], ids[persons[k]]
        n += since[persons[k]] != NOT
    return n


@inner
def _part(prob, n, since, room, stay, stay_n, ended, ended_n):  # type: ignore[no-untyped-def]
    """List who stays in it and who does not; tell how many of both."""
    first, over = stay_n, ended_n
    for j in range(n):
        person, ends = room[0][j], room[2][j] < prob
        stay[stay_n] = person
        stay_n += not ends
        if ends:
            ended[ended_n] = person
            ended_n += 1
            since[person] = NOT
    return stay_n - first, ended_n - over
