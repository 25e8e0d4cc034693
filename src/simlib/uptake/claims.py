"""Claims that wait at an office, as columns."""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

DAYS_IN_MONTH = 30
"""Days in a month of the model; days run on across months."""


@dataclass(frozen=True)
class Claims:
    """Hold complete claims that wait for a decision, in order of office and arrival.

    All of shape (claims,).

    Attributes
    ----------
    row, programme
        Row of the household, and programme.
    waited_months
        Months since arrival at the office.
    arrival_day
        Day of arrival within its month, 1 to 30.
    hours
        Hours of the office that a decision takes, 0 where an agency decides.
    need
        Need as the papers show it: low income for the size, about standard normal.
    limit_days
        Days within which it has to be decided by law.
    is_appeal
        Whether it appeals against a refusal.
    claimed_months
        Months since the household claimed; of an appeal, since its first claim.
    """

    row: NDArray[np.int64]
    programme: NDArray[np.int64]
    waited_months: NDArray[np.int64]
    arrival_day: NDArray[np.float64]
    hours: NDArray[np.float64]
    need: NDArray[np.float64]
    limit_days: NDArray[np.float64]
    is_appeal: NDArray[np.bool_]
    claimed_months: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        row: NDArray[np.int64],
        programme: NDArray[np.int64],
        waited_months: NDArray[np.int64],
        arrival_day: NDArray[np.float64],
        hours: NDArray[np.float64],
        need: NDArray[np.float64],
        limit_days: NDArray[np.float64],
    ) -> "Claims":
        """Make claims none of which is an appeal."""
        return cls(
            row, programme, waited_months, arrival_day, hours, need, limit_days,
            np.zeros(row.size, np.bool_), waited_months,
        )  # fmt: skip

    def part(self, first: int, last: int) -> "Claims":
        """Give the claims from one position to another."""
        return Claims(*(column[first:last] for column in vars(self).values()))

    def picked(self, chosen: NDArray[np.bool_]) -> "Claims":
        """Give the claims that are chosen."""
        return Claims(*_pick(tuple(vars(self).values()), np.flatnonzero(chosen)))


@njit(cache=True, parallel=True)
def _pick(columns, at):  # type: ignore[no-untyped-def]
    """Take some claims out of all columns."""
    row, programme, waited, day, hours, need, limit, appeal, claimed = columns
    n = at.size
    rows, programmes, waits, claims = (
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64),
    )  # fmt: skip
    days, works, needs, limits = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    appeals = np.empty(n, np.bool_)
    for j in prange(n):
        k = at[j]
        rows[j], programmes[j], waits[j], claims[j] = row[k], programme[k], waited[k], claimed[k]
        days[j], works[j], needs[j], limits[j] = day[k], hours[k], need[k], limit[k]
        appeals[j] = appeal[k]
    return rows, programmes, waits, days, works, needs, limits, appeals, claims
