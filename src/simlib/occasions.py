"""Occasions of a month that the state learns of: births, deaths, moves, birthdays, jobs lost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.life.events import Happenings
from simlib.life.hardship import Circumstances
from simlib.months import Month
from simlib.population.population import Population

BIRTHDAYS = {"turns_18": 18, "turns_19": 19, "turns_65": 65}
"""Events that a birthday is, with the years completed."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Birthdays:
    """Hold when every member of a population was born, the row of the household, who is here."""

    birth_month: NDArray[np.int32]
    row: Rows
    here: NDArray[np.bool_]

    @classmethod
    def of(cls, population: Population) -> "Birthdays":
        """Read them from a population."""
        ids = population.households["household_id"].to_numpy()
        rows = np.searchsorted(ids, population.persons["household_id"].to_numpy())
        birth_month = population.persons["birth_month"].to_numpy().astype(np.int32)
        return cls(birth_month, rows, np.ones(rows.size, np.bool_))

    def turning(self, years: int, month: Month) -> Rows:
        """Give the households of those who complete some years in a month."""
        return np.unique(self.row[self.here & (self.birth_month + 12 * years == month)])

    def leave(self, persons: Rows) -> None:
        """Forget those who live in their households no more; later newborns are not known."""
        self.here[persons[persons < self.here.size]] = False


@dataclass(frozen=True)
class Occasions:
    """Hold a month's occasions.

    Attributes
    ----------
    month, step
        Calendar month, and number of the month in the run.
    birthdays
        Gives when members were born.
    happened
        To whom what happened this month.
    fallen
        Households whose income fell by a share of note this month.
    recognised
        Gives the households that were awarded a benefit last month on which others rest.
    changed
        Households of which something changed this month that may change a right.
    now
        The households' circumstances.
    """

    month: Month
    step: int
    birthdays: Callable[[], Birthdays]
    happened: Happenings
    fallen: Rows
    recognised: Callable[[], Rows]
    changed: Rows
    now: Circumstances

    def rows(self, event: str, lead_months: int = 0) -> Rows:
        """Give the households to which an event happens, in the order of rows.

        Parameters
        ----------
        event
            One of :data:`OCCASIONS`.
        lead_months
            Months before a birthday, which alone can be foreseen.
        """
        if event in BIRTHDAYS:
            return self.birthdays().turning(BIRTHDAYS[event], self.month + lead_months)
        return _SUDDEN[event](self)


_SUDDEN: dict[str, Callable[[Occasions], Rows]] = {
    "birth": lambda at: at.happened.births,
    "pregnancy": lambda at: at.happened.pregnancies,
    "job_loss": lambda at: np.flatnonzero(at.now.jobless_since == at.step),
    "job_start": lambda at: at.happened.jobs_found,
    "income_fall": lambda at: at.fallen,
    "illness": lambda at: np.flatnonzero(at.now.ill_since == at.step),
    "death": lambda at: np.setdiff1d(at.happened.deaths, at.happened.ended),
    "widowhood": lambda at: at.happened.widowed,
    "divorce": lambda at: at.happened.divorces,
    "single_parenthood": lambda at: at.happened.single_parents,
    "school_start": lambda at: at.happened.school_starts,
    "enrols_university": lambda at: at.happened.university_starts,
    "moved": lambda at: at.happened.moves,
    "recipient_status": lambda at: at.recognised(),
}

OCCASIONS = (*_SUDDEN, *BIRTHDAYS)
"""Events that the model lets happen and the state learns of."""


def simulated(events: list[str]) -> list[str]:
    """Give the events back.

    Raises
    ------
    ValueError
        If the model does not let one of them happen.
    """
    for event in events:
        if event not in OCCASIONS:
            raise ValueError(f"no such event is simulated; choose {', '.join(OCCASIONS)}")
    return events
