"""Occasions of a month that the state learns of: births, birthdays, jobs lost, illness."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.life.hardship import Circumstances
from simlib.months import Month
from simlib.population.population import Population

BIRTHDAYS = {"turns_18": 18, "turns_19": 19, "turns_65": 65}
"""Events that a birthday is, with the years completed."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Birthdays:
    """Hold when every member of a population was born, and the row of the household."""

    birth_month: NDArray[np.int32]
    row: Rows

    @classmethod
    def of(cls, population: Population) -> "Birthdays":
        """Read them from a population."""
        ids = population.households["household_id"].to_numpy()
        rows = np.searchsorted(ids, population.persons["household_id"].to_numpy())
        return cls(population.persons["birth_month"].to_numpy().astype(np.int32), rows)

    def turning(self, years: int, month: Month) -> Rows:
        """Give the households of those who complete some years in a month."""
        return np.unique(self.row[self.birth_month + 12 * years == month])


@dataclass(frozen=True)
class Occasions:
    """Hold a month's occasions.

    Attributes
    ----------
    month, step
        Calendar month, and number of the month in the run.
    birthdays
        Gives when members were born.
    born
        Households with a birth this month.
    changed
        Households of which something changed this month that may change a right.
    now
        The households' circumstances.
    """

    month: Month
    step: int
    birthdays: Callable[[], Birthdays]
    born: Rows
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
    "birth": lambda at: at.born,
    "job_loss": lambda at: np.flatnonzero(at.now.jobless_since == at.step),
    "illness": lambda at: np.flatnonzero(at.now.ill_since == at.step),
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
