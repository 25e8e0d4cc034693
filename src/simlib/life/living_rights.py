"""Rights of households as they live: what happened says whose rights may change, and which."""

import math

import numpy as np
from numpy.typing import NDArray

from simlib.ascending import once
from simlib.benefits.compiled.following import FollowedRights, Reason
from simlib.benefits.compiled.graph import NotCompiledError
from simlib.life.columns import CLASSES, PLACES, SUPPLIED
from simlib.life.course import LifeCourse
from simlib.life.events import Happenings
from simlib.life.homes import CHILD_UNDER_YEARS
from simlib.life.refreshing import Now
from simlib.months import Month
from simlib.rights import Rights, RightsChange
from simlib.row_sets import RowSet

Rows = NDArray[np.int64]

_EARNED = ("earnings_krw_m", "household_earnings_krw_m", "income_krw_m")
_PENSIONS = ("pension_krw_m", "household_pension_krw_m", "other_income_krw_m")
TOUCHED_BY = {
    "jobs": ("work", "jobless_months", "last_wage_krw_m", "in_crisis", *_EARNED),
    "health": ("serious_illness", "in_crisis"),
    "ill_earners": ("serious_illness", "in_crisis", *_EARNED),
    "crises": ("in_crisis",),
    "pregnancies": ("pregnant",),
    "school": ("student", "in_daycare"),
    "elsewhere": ("municipality", *PLACES),
    "near": ("municipality", *(name for name in PLACES if name not in CLASSES)),
    "growth": ("last_wage_krw_m", *_EARNED, *_PENSIONS),
}
"""Facts that rules may ask about and that each kind of event changes; who comes or leaves
changes all. Who moves elsewhere comes to a place of another class, others to one like the old."""
_KEPT = ("school", "elsewhere", "near", "crises")
"""Kinds of events after which the columns are as they must be."""


class LivingRights:
    """Follow the rights of a course's households month by month.

    Where the rules machine has no steps for a rule, everybody is judged anew each month.
    """

    def __init__(self, course: LifeCourse) -> None:
        self.course = course
        self.followed = FollowedRights(
            course.catalogue, course.parameters, SUPPLIED, course.columns.column
        )
        self.plain: Rights | None = None
        self.growth = 0.0
        self.bereft: list[Rows] = []

    def begin(self, month: Month, step: int) -> Rights:
        """Work everybody's rights out at the start."""
        course = self.course
        everybody = np.arange(course.households.height)
        now = course.now(month, step)
        self.growth = now.growth
        course.columns.refresh(everybody, now)
        try:
            return self.followed.begin(month, course.columns.members)
        except NotCompiledError:
            self.plain = course.situation(everybody, month, step).rights
            return self.plain

    def proceed(
        self, month: Month, step: int, happened: Happenings
    ) -> tuple[Rows, Rows, RightsChange]:
        """Go on to a month after its events.

        Returns
        -------
        tuple
            Rows of the households whose incomes, members or recent events were worked out anew;
            of all of which something changed that rules ask about; both ascending; and every
            right that began, ended or changed.
        """
        course = self.course
        columns, now = course.columns, course.now(month, step)
        columns.regroup(happened.divorces)
        other = columns.relocate(happened.far)
        columns.welcome()
        grown, self.growth = now.growth != self.growth, now.growth
        jobless = columns.count_jobless(course.events.jobs.jobless, step)
        of_kind = self._reasons(now, happened, other, grown=grown)
        of_kind["crises"] = self._over(now, happened, jobless)
        reasons = [*of_kind.values(), *self._birthdays(month)]
        anew, concerned = self._concerned(of_kind, reasons, month, grown=grown)
        columns.refresh(anew, now)
        if self.plain is not None:
            return anew, concerned, self._anew(month, step)
        reasons += self.followed.turning("jobless_months", *jobless, month)
        return anew, concerned, self.followed.proceed(month, reasons, columns.members)

    def _concerned(
        self, of_kind: dict[str, Reason], reasons: list[Reason], month: Month, *, grown: bool
    ) -> tuple[Rows, Rows]:
        """Give whose columns must be worked out anew, and who is concerned by any reason."""
        households_n = self.course.households.height
        if grown:
            return np.arange(households_n), np.arange(households_n)
        among = RowSet(households_n)
        adult = self.course.columns.reaching(month, CHILD_UNDER_YEARS)
        followed = [each.rows for kind, each in of_kind.items() if kind not in _KEPT]
        among.add([adult, *followed])
        anew = among.rows()
        among.add(each.rows for each in reasons)
        return anew, among.rows()

    def _over(
        self, now: Now, happened: Happenings, jobless: tuple[NDArray[np.int64], Rows]
    ) -> Reason:
        """Find the households whose last event counts as a crisis no more."""
        course = self.course
        self.bereft.append(np.concatenate([happened.deaths, happened.divorces]))
        last = now.step - math.ceil(now.recent_months)
        ill, since = course.events.health.ill, course.people.ill_since
        of_ill = course.people.household[ill[since[ill] == last]]
        of_jobless = jobless[1][jobless[0] == now.step - last + 1]
        bereft = self.bereft[last] if last >= 0 else of_ill[:0]
        rows = course.columns.end_crises(once(of_ill, of_jobless, bereft), last)
        return Reason(self._resting_on("crises", now.month), rows)

    def _reasons(
        self, now: Now, happened: Happenings, other: NDArray[np.bool_], *, grown: bool
    ) -> dict[str, Reason]:
        course, followed = self.course, self.followed
        month = now.month
        rows = {
            "jobs": np.concatenate([happened.jobs_lost, happened.jobs_found]),
            "health": np.concatenate([happened.illnesses, happened.recoveries]),
            "ill_earners": happened.ill_earners,
            "pregnancies": happened.pregnancies,
            "school": happened.schooling,
            "elsewhere": happened.far[other],
            "near": happened.far[~other],
            "growth": np.arange(course.households.height if grown else 0),
        }
        found = {kind: Reason(self._resting_on(kind, month), each) for kind, each in rows.items()}
        return found | {"regrouped": Reason(followed.everything, happened.regrouped)}

    def _birthdays(self, month: Month) -> list[Reason]:
        people = self.course.people
        if self.plain is not None:
            return []
        born_in, here, home = people.by_birth.born_in, people.here, people.household
        return self.followed.birthdays(born_in, here, home, month)

    def _resting_on(self, kind: str, month: Month) -> frozenset[int]:
        if self.plain is not None:
            return self.followed.everything
        return self.followed.rules.resting_on(TOUCHED_BY[kind], month)

    def _anew(self, month: Month, step: int) -> RightsChange:
        before, everybody = self.plain, np.arange(self.course.households.height)
        assert before is not None
        self.plain = self.course.situation(everybody, month, step).rights
        return RightsChange.between(before, everybody, self.plain)
