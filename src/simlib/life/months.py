"""The months of a course of life, each lived when it is first asked for."""

from dataclasses import replace

import numpy as np

from simlib.life.changes import HomeState, MonthChanges
from simlib.life.course import LifeCourse
from simlib.life.living_rights import LivingRights
from simlib.months import Month
from simlib.rights import Rights


class NoMonths:
    """Hold households at the start of a run, of which no month is lived.

    Attributes
    ----------
    baseline
        Everybody's situation.
    """

    def __init__(self, baseline: MonthChanges) -> None:
        self.baseline = baseline

    def __len__(self) -> int:
        return 0

    def __getitem__(self, step: int) -> MonthChanges:
        raise IndexError(step)


class LivedMonths:
    """Give what changed in each month of a run.

    A month is lived when it, or a later one, is first asked for; until then it takes neither
    time nor memory.

    Parameters
    ----------
    course
        Households before the first month.
    start, months_n
        First month and number of months.
    keeps
        Whether months are kept for other policies; else each can be asked for until the next is,
        and the situation at the start until the first month is lived.
    """

    def __init__(
        self, course: LifeCourse, start: Month, months_n: int, *, keeps: bool = True
    ) -> None:
        self.course: LifeCourse | None = course
        self.rights = LivingRights(course)
        self.start, self.months_n, self.keeps = start, months_n, keeps
        rights = self.rights.begin(start, 0)
        elsewhere = np.flatnonzero(course.homes.address_right_from > 0)
        baseline = course.changes(np.arange(rights.households_n), rights)
        homes = HomeState.of(course.homes, elsewhere, 0)
        self._baseline: MonthChanges | None = replace(baseline, homes=homes)
        self._lived: list[MonthChanges | None] = []

    @property
    def baseline(self) -> MonthChanges:
        """Give everybody's situation when the run starts."""
        if self._baseline is None:
            raise RuntimeError("the situation at the start was not kept")
        return self._baseline

    def __len__(self) -> int:
        return self.months_n

    def __getitem__(self, step: int) -> MonthChanges:
        if not 0 <= step < self.months_n:
            raise IndexError(step)
        while len(self._lived) <= step:
            self._live()
        found = self._lived[step]
        if found is None:
            raise RuntimeError(f"month {step} was not kept")
        return found

    def _live(self) -> None:
        course, step = self.course, len(self._lived)
        assert course is not None
        happened = course.events.happen(self.start + step, step)
        rows, concerned, change = self.rights.proceed(self.start + step, step, happened)
        none = Rights.none(self.rights.followed.programmes_n)
        now = course.changes(rows, none)
        homes = course.home_state(happened, step)
        now = replace(now, change=change, concerned=concerned, happened=happened, homes=homes)
        if not self.keeps:
            self._lived, self._baseline = [None] * step, None
        self._lived.append(now)
        if step + 1 == self.months_n:
            self.course = None
            del self.rights
