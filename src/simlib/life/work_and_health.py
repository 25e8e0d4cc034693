"""Jobs lost and found, serious illness and recovery."""

import numpy as np

from simlib.draws import Draws
from simlib.life.people import JOBS, NOT, People, Rows, once
from simlib.life.plans import EventPlan, kinds_by_age
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.published.tables import OLDEST

RISK_AGE = 40
"""Age at which the illness hazard is stated."""
YOUNGEST_ILL = 15
"""Age from which illness is followed."""
QUARTER_MONTHS = 3
"""Span of the draw of lost jobs: short, since a new job can be lost again."""


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
        jobless = self.jobless[people.jobless_since[self.jobless] != NOT]
        luck = self.draws.uniform("life.reemployment", people.ids[jobless], month)
        finds = luck < self.parameters.number("life.reemployment_prob_m")
        found = jobless[finds]
        lost = self.events.due(month)
        lost = lost[(people.job[lost] > 0) & (people.jobless_since[lost] == NOT)]
        people.jobless_since[lost] = step
        people.jobless_since[found] = NOT
        self.jobless = np.concatenate([jobless[~finds], lost])
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
        ill = self.ill[people.ill_since[self.ill] != NOT]
        luck = self.draws.uniform("life.recovery", people.ids[ill], month)
        recovers = luck < self.parameters.number("life.recovery_prob_m")
        well = ill[recovers]
        fell = self.events.due(month)
        fell = fell[people.here[fell] & (people.ill_since[fell] == NOT)]
        people.ill_since[fell] = step
        people.ill_since[well] = NOT
        self.ill = np.concatenate([ill[~recovers], fell])
        both = np.concatenate([fell, well])
        earners = both[people.earnings_krw_m[both] > 0]
        home = people.household
        return once(home[fell]), once(home[well]), once(home[earners])
