"""The events of a month in people's lives, in their order."""

from dataclasses import dataclass, field

import numpy as np

from simlib.ascending import once
from simlib.draws import Draws
from simlib.life.deaths import Mortality
from simlib.life.divorce import Separation
from simlib.life.homes import CHILD_UNDER_YEARS, Homes
from simlib.life.moves import Mobility
from simlib.life.people import People, Rows
from simlib.life.plans import begin_of_span
from simlib.life.pregnancy import Fertility
from simlib.life.schooling import Schooling
from simlib.life.work_and_health import QUARTER_MONTHS, Health, Jobs
from simlib.months import Month
from simlib.parameters import Parameters

_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True)
class Happenings:
    """Hold the rows of households to which something happened in a month, ascending.

    Attributes
    ----------
    births, pregnancies
        A child was born; a pregnancy became known.
    deaths, widowed
        A member died; of these, those in which somebody lost the partner.
    divorces, single_parents
        A couple parted; the household became one of a single parent.
    grown_up
        A single parent's household in which somebody turned 18.
    ended
        Nobody is left who could lead the household.
    moves, far
        The household moved; of these, those that moved to another municipality.
    readdressed
        The register's address became right or wrong.
    schooling, school_starts, university_starts
        A new school year changed something; a child starts school; a member starts university.
    jobs_lost, jobs_found, illnesses, recoveries
        A member lost or found a job, fell seriously ill or recovered.
    ill_earners
        Of illnesses and recoveries, those of a member who has earnings.
    dead_n
        Number of persons who died.
    left
        Places of the persons who live in their households no more, not rows of households.
    """

    births: Rows = field(default_factory=lambda: _NOBODY)
    pregnancies: Rows = field(default_factory=lambda: _NOBODY)
    deaths: Rows = field(default_factory=lambda: _NOBODY)
    widowed: Rows = field(default_factory=lambda: _NOBODY)
    divorces: Rows = field(default_factory=lambda: _NOBODY)
    single_parents: Rows = field(default_factory=lambda: _NOBODY)
    grown_up: Rows = field(default_factory=lambda: _NOBODY)
    ended: Rows = field(default_factory=lambda: _NOBODY)
    moves: Rows = field(default_factory=lambda: _NOBODY)
    far: Rows = field(default_factory=lambda: _NOBODY)
    readdressed: Rows = field(default_factory=lambda: _NOBODY)
    schooling: Rows = field(default_factory=lambda: _NOBODY)
    school_starts: Rows = field(default_factory=lambda: _NOBODY)
    university_starts: Rows = field(default_factory=lambda: _NOBODY)
    jobs_lost: Rows = field(default_factory=lambda: _NOBODY)
    jobs_found: Rows = field(default_factory=lambda: _NOBODY)
    illnesses: Rows = field(default_factory=lambda: _NOBODY)
    recoveries: Rows = field(default_factory=lambda: _NOBODY)
    ill_earners: Rows = field(default_factory=lambda: _NOBODY)
    dead_n: int = 0
    left: Rows = field(default_factory=lambda: _NOBODY)

    @property
    def regrouped(self) -> Rows:
        """Give the rows of households in which somebody came, left or grew up, ascending."""
        parts = (self.births, self.deaths, self.divorces, self.grown_up)
        return once(*parts)


class LifeEvents:
    """Let the events of one month after another happen.

    Events come from the replicate's luck alone; no policy changes them.

    Parameters
    ----------
    people, homes
        Persons and households, changed in place.
    mobility
        Moves of these households.
    parameters, draws
        Hazards, and luck of the replicate.
    """

    def __init__(
        self,
        people: People,
        homes: Homes,
        mobility: Mobility,
        parameters: Parameters,
        draws: Draws,
    ) -> None:
        self.people, self.homes, self.parameters = people, homes, parameters
        self.mortality = Mortality(people, homes, parameters, draws)
        self.separation = Separation(people, homes, parameters, draws)
        self.fertility = Fertility(people, homes, parameters, draws)
        self.mobility = mobility
        self.schooling = Schooling(people, parameters, draws)
        self.jobs = Jobs(people, parameters, draws)
        self.health = Health(people, parameters, draws)
        self._begun = False

    def warm_up(self, start: Month, months: int) -> None:
        """Let jobs and illness happen before the run, so that it does not start with none."""
        for step in range(-months, 0):
            self._plan_work_and_health(start + step, first=step == -months)
            self.jobs.happen(start + step, step)
            self.health.happen(start + step, step)

    def _plan_work_and_health(self, month: Month, *, first: bool) -> None:
        quarter, january = begin_of_span(month, QUARTER_MONTHS), begin_of_span(month)
        if first or month == quarter:
            self.jobs.plan(quarter)
        if first or month == january:
            self.health.plan(january)

    def happen(self, month: Month, step: int) -> Happenings:
        """Let a month's events happen."""
        self._plan(month)
        single = self.homes.single_parent.copy()
        deaths = self.mortality.happen(month)
        divorces = self.separation.happen(month)
        births = self.fertility.happen(month, step)
        grown = self._grown_up(month)
        school = self.schooling.happen(month)
        moves = self.mobility.happen(month, step)
        self.homes.bereft_since[once(deaths.homes, divorces.homes)] = step
        self.homes.regroup(self.people, grown, month, self.parameters)
        lost, found = self.jobs.happen(month, step)
        ill, well, earners = self.health.happen(month, step)
        regrouped = once(deaths.homes, divorces.homes, births.births, grown)
        alone_now = self.homes.single_parent[regrouped] & ~single[regrouped]
        return Happenings(
            births=births.births,
            pregnancies=births.pregnancies,
            deaths=deaths.homes,
            widowed=deaths.widowed,
            divorces=divorces.homes,
            single_parents=regrouped[alone_now],
            grown_up=grown,
            ended=deaths.homes[self.homes.size[deaths.homes] == 0],
            moves=moves.homes,
            far=moves.homes[moves.far],
            readdressed=moves.readdressed,
            schooling=school.changed,
            school_starts=school.school,
            university_starts=school.university,
            jobs_lost=lost,
            jobs_found=found,
            illnesses=ill,
            recoveries=well,
            ill_earners=earners,
            dead_n=deaths.dead_n,
            left=np.concatenate([deaths.persons, divorces.persons]),
        )

    def _plan(self, month: Month) -> None:
        """Draw the events of the spans that begin with a month, or with the run."""
        first, self._begun = not self._begun, True
        self._plan_work_and_health(month, first=first)
        january = begin_of_span(month)
        if first or month == january:
            for each in (self.mortality, self.separation, self.fertility, self.mobility):
                each.plan(january)

    def _grown_up(self, month: Month) -> Rows:
        """Give the rows of single parents' households in which somebody turns 18."""
        people = self.people
        persons = people.by_birth.born_in(month - 12 * CHILD_UNDER_YEARS)
        rows = once(people.household[persons[people.here[persons]]])
        return np.asarray(rows[self.homes.single_parent[rows]])
