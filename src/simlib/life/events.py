"""Events of a month in people's lives: jobs lost and found, illness, recovery, births."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.life.people import NOT, People
from simlib.months import Month
from simlib.parameters import Parameters

NEWBORN_IDS = 1 << 31
"""First person id of children born during a run."""
ID_SPAN = 1 << 25
"""More than the number of households; spaces the ids of a household's further births."""
RISK_AGE = 40
"""Age at which the illness hazard is stated."""
YOUNGEST_ILL = 15
"""Age from which illness is followed."""
AGE_BAND_YEARS = 5
"""Width of the age groups of the table of births."""
INFANT_MONTHS = 25
"""Months of age in which rights change from month to month."""

Rows = NDArray[np.int64]


class LifeEvents:
    """Draw the events of one month after another.

    Events are drawn person by person from the replicate's luck alone; no policy changes them.

    Parameters
    ----------
    people
        The persons, changed in place.
    parameters, draws
        Hazards, and luck of the replicate.
    """

    def __init__(self, people: People, parameters: Parameters, draws: Draws) -> None:
        self.people = people
        self.parameters = parameters
        self.draws = draws

    def warm_up(self, start: Month, months: int) -> None:
        """Let jobs and illness happen before the run, so that it does not start with none."""
        for step in range(-months, 0):
            self._jobs(start + step, step)
            self._health(start + step, step)

    def happen(self, month: Month, step: int) -> NDArray[np.bool_]:
        """Let a month's events happen.

        Returns
        -------
        ndarray
            Whether anything changed for a household's members, (households,); birthdays count,
            because rights begin and end with them.
        """
        touched = np.zeros(self.people.births_n.size, np.bool_)
        touched[self._jobs(month, step)] = True
        touched[self._health(month, step)] = True
        touched[self._birthdays(month)] = True
        touched[self._births(month)] = True
        return touched

    def _happens(self, decision: str, persons: Rows, month: Month, prob: object) -> Rows:
        """Give those of some persons to whom an event happens."""
        luck = self.draws.uniform(decision, self.people.ids[persons], month)
        return persons[luck < np.asarray(prob)]

    def _jobs(self, month: Month, step: int) -> Rows:
        people, number = self.people, self.parameters.number
        out = people.jobless_since != NOT
        at_risk = np.flatnonzero((people.job_risk > 0) & ~out)
        hazard = number("life.job_loss_prob_m") * people.job_risk[at_risk]
        lost = self._happens("life.job_loss", at_risk, month, hazard)
        jobless = np.flatnonzero(out)
        found = self._happens(
            "life.reemployment", jobless, month, number("life.reemployment_prob_m")
        )
        people.jobless_since[lost] = step
        people.jobless_since[found] = NOT
        return np.asarray(people.household[np.concatenate([lost, jobless])])

    def _health(self, month: Month, step: int) -> Rows:
        people, number = self.people, self.parameters.number
        age = people.age(month)
        ill = people.ill_since != NOT
        at_risk = np.flatnonzero(~ill & (age >= YOUNGEST_ILL))
        older = age[at_risk] - RISK_AGE
        hazard = number("life.illness_prob_m") * np.exp(number("life.illness_age_slope") * older)
        fell = self._happens("life.illness", at_risk, month, hazard)
        sick = np.flatnonzero(ill)
        well = self._happens("life.recovery", sick, month, number("life.recovery_prob_m"))
        people.ill_since[fell] = step
        people.ill_since[well] = NOT
        return np.asarray(people.household[np.concatenate([fell, sick])])

    def _birthdays(self, month: Month) -> Rows:
        months = month - self.people.birth_month
        return np.asarray(self.people.household[(months % 12 == 0) | (months < INFANT_MONTHS)])

    def _births(self, month: Month) -> Rows:
        people = self.people
        mothers = self._mothers(month)
        homes, first = np.unique(people.household[mothers], return_index=True)
        if homes.size == 0:
            return homes
        people.births_n[homes] += 1
        heads = mothers[first]
        household_ids = people.frame["household_id"].to_numpy()[heads].astype(np.int64)
        ids = NEWBORN_IDS + (people.births_n[homes] - 1) * ID_SPAN + household_ids
        girl = self.draws.uniform("life.newborn_sex", ids, month) < 0.5
        people.add_newborn(ids, household_ids, homes, girl, month)
        return homes

    def _mothers(self, month: Month) -> Rows:
        """Find the persons who give birth this month."""
        women = np.flatnonzero(self.people.woman_with_partner)
        age = self.people.age(month)[women]
        births = self.parameters.value("life.births_per_1000_women_y", month)
        partnered = self.parameters.value("life.women_with_partner_share", month)
        prob = np.zeros(women.size)
        for first in births:
            group = (age >= int(first)) & (age < int(first) + AGE_BAND_YEARS)
            prob[group] = births[first] / 1000 / 12 / partnered[first]
        able = prob > 0
        return self._happens("life.birth", women[able], month, prob[able])
