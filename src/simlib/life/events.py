"""Events of a month in people's lives: jobs lost and found, illness, recovery, births."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.months import Month
from simlib.parameters import Parameters

NEWBORN_IDS = 1 << 31
"""First person id of children born during a run."""
ID_SPAN = 1 << 25
"""More than the number of households; spaces the ids of a household's further births."""
NOT = -32_000
"""Step of an event that has not happened."""
RISK_AGE = 40
"""Age at which the illness hazard is stated."""

Steps = NDArray[np.int32]


@dataclass
class People:
    """Hold the persons of a run as columns that events change.

    Attributes
    ----------
    frame
        Persons as in the population schema, newborns appended.
    household
        Row of each person's household.
    work, earnings
        What the person does and earns when healthy and not out of work.
    jobless_since, ill_since
        Step in which the person lost the job or fell ill, :data:`NOT` if neither.
    births_n
        Children born to each household so far, (households,).
    """

    frame: pl.DataFrame
    household: NDArray[np.int64]
    work: NDArray[Any]
    earnings: NDArray[np.int64]
    jobless_since: Steps
    ill_since: Steps
    births_n: NDArray[np.int64]

    @classmethod
    def of(cls, persons: pl.DataFrame, household_ids: NDArray[np.int64]) -> "People":
        """Start from the persons of a population, nobody ill or out of work by an event."""
        ids = persons["household_id"].to_numpy().astype(np.int64)
        n = persons.height
        return cls(
            frame=persons,
            household=np.searchsorted(household_ids, ids),
            work=persons["work"].cast(pl.String).to_numpy(),
            earnings=persons["earnings_krw_m"].to_numpy().copy(),
            jobless_since=np.full(n, NOT, np.int32),
            ill_since=np.full(n, NOT, np.int32),
            births_n=np.zeros(household_ids.size, np.int64),
        )


class LifeEvents:
    """Draw the events of one month after another.

    Events are drawn person by person from the replicate's luck alone; no policy changes them.
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
        for event in (self._jobs, self._health, self._birthdays, self._births):
            touched[event(month, step)] = True
        return touched

    def _ids(self) -> NDArray[np.int64]:
        return self.people.frame["person_id"].to_numpy().astype(np.int64)

    def _jobs(self, month: Month, step: int) -> NDArray[np.int64]:
        people, number = self.people, self.parameters.number
        ids = self._ids()
        working = np.isin(people.work, ["employee", "temporary", "daily", "self_employed"])
        jobless = people.jobless_since != NOT
        factor = np.ones(ids.size)
        factor[people.work == "temporary"] = number("life.job_loss_factor_temporary")
        factor[people.work == "daily"] = number("life.job_loss_factor_daily")
        at_risk = np.flatnonzero(working & ~jobless)
        luck = self.draws.uniform("life.job_loss", ids[at_risk], month)
        lost = at_risk[luck < number("life.job_loss_prob_m") * factor[at_risk]]
        out = np.flatnonzero(jobless)
        luck = self.draws.uniform("life.reemployment", ids[out], month)
        found = out[luck < number("life.reemployment_prob_m")]
        people.jobless_since[lost] = step
        people.jobless_since[found] = NOT
        return np.asarray(people.household[np.concatenate([lost, out])])

    def _health(self, month: Month, step: int) -> NDArray[np.int64]:
        people, number = self.people, self.parameters.number
        ids = self._ids()
        age = (month - people.frame["birth_month"].to_numpy()) // 12
        ill = people.ill_since != NOT
        at_risk = np.flatnonzero(~ill & (age >= 15))
        hazard = number("life.illness_prob_m") * np.exp(
            number("life.illness_age_slope") * (age[at_risk] - RISK_AGE)
        )
        fell = at_risk[self.draws.uniform("life.illness", ids[at_risk], month) < hazard]
        sick = np.flatnonzero(ill)
        luck = self.draws.uniform("life.recovery", ids[sick], month)
        well = sick[luck < number("life.recovery_prob_m")]
        people.ill_since[fell] = step
        people.ill_since[well] = NOT
        return np.asarray(people.household[np.concatenate([fell, sick])])

    def _birthdays(self, month: Month, _step: int) -> NDArray[np.int64]:
        born = self.people.frame["birth_month"].to_numpy()
        infants = month - born < 25
        return np.asarray(self.people.household[((month - born) % 12 == 0) | infants])

    def _births(self, month: Month, _step: int) -> NDArray[np.int64]:
        people = self.people
        mothers = self._mothers(month)
        if mothers.size == 0:
            return mothers
        homes = people.household[mothers]
        _, first = np.unique(homes, return_index=True)
        mothers, homes = mothers[first], homes[first]
        people.births_n[homes] += 1
        household_ids = people.frame["household_id"].to_numpy()[mothers].astype(np.int64)
        ids = NEWBORN_IDS + (people.births_n[homes] - 1) * ID_SPAN + household_ids
        self._add(ids, household_ids, homes, month)
        return homes

    def _mothers(self, month: Month) -> NDArray[np.int64]:
        """Find the persons who give birth this month."""
        frame = self.people.frame
        age = (month - frame["birth_month"].to_numpy()) // 12
        births = self.parameters.value("life.births_per_1000_women_y", month)
        partnered = self.parameters.value("life.women_with_partner_share", month)
        prob = np.zeros(age.size)
        for first in births:
            group = (age >= int(first)) & (age < int(first) + 5)
            prob[group] = births[first] / 1000 / 12 / partnered[first]
        women = (frame["sex"] == "female").to_numpy()
        candidates = np.flatnonzero(self._has_partner() & women & (prob > 0))
        luck = self.draws.uniform("life.birth", self._ids()[candidates], month)
        return candidates[luck < prob[candidates]]

    def _has_partner(self) -> NDArray[np.bool_]:
        relation = self.people.frame["relation"].cast(pl.String).to_numpy()
        with_spouse = np.zeros(self.people.births_n.size, np.bool_)
        with_spouse[self.people.household[relation == "spouse"]] = True
        return with_spouse[self.people.household] & np.isin(relation, ["head", "spouse"])

    def _add(
        self,
        ids: NDArray[np.int64],
        household_ids: NDArray[np.int64],
        homes: NDArray[np.int64],
        month: Month,
    ) -> None:
        people = self.people
        girl = self.draws.uniform("life.newborn_sex", ids, month) < 0.5
        newborn = {
            "person_id": ids,
            "household_id": household_ids,
            "relation": ["child"] * ids.size,
            "sex": np.where(girl, "female", "male").tolist(),
            "birth_month": np.full(ids.size, month),
            "age": np.zeros(ids.size),
            "disability": ["none"] * ids.size,
            "chronic_illness": [False] * ids.size,
            "work": ["inactive"] * ids.size,
            "earnings_krw_m": np.zeros(ids.size),
            "pension_krw_m": np.zeros(ids.size),
            "occupational_pension": [False] * ids.size,
            "student": ["none"] * ids.size,
            "in_daycare": [False] * ids.size,
            "pregnant": [False] * ids.size,
        }
        schema = people.frame.schema
        rows = pl.DataFrame(newborn).select(pl.col(k).cast(schema[k]) for k in schema)
        people.frame = people.frame.vstack(rows)
        people.household = np.concatenate([people.household, homes])
        people.work = np.concatenate([people.work, np.full(ids.size, "inactive", dtype=object)])
        people.earnings = np.concatenate([people.earnings, np.zeros(ids.size, np.int64)])
        never = np.full(ids.size, NOT, np.int32)
        people.jobless_since = np.concatenate([people.jobless_since, never])
        people.ill_since = np.concatenate([people.ill_since, never])
