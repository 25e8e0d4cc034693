"""Who was born when: persons in the order of their months of birth."""

import numpy as np
from numpy.typing import NDArray

from simlib.ascending import by_key
from simlib.months import Month

Rows = NDArray[np.int64]


class BirthMonths:
    """Find the persons born in a month without looking at everybody.

    Parameters
    ----------
    birth_month
        Month of birth of each person, (persons,).
    """

    def __init__(self, birth_month: NDArray[np.int32]) -> None:
        self._earliest = int(birth_month.min()) if birth_month.size else 0
        latest = int(birth_month.max()) if birth_month.size else -1
        self._first, self._order = by_key(birth_month, self._earliest, latest)
        self._later: dict[Month, Rows] = {}

    def add(self, persons: Rows, month: Month) -> None:
        """Take in persons born in a month."""
        known = self._later.get(month, np.empty(0, np.int64))
        self._later[month] = np.concatenate([known, persons])

    def born_in(self, month: Month) -> Rows:
        """Give the places of the persons born in a month, those who left among them."""
        at = month - self._earliest
        inside = 0 <= at < self._first.size - 1
        known = self._order[self._first[at] : self._first[at + 1]] if inside else self._order[:0]
        persons = known.astype(np.int64)
        later = self._later.get(month)
        return persons if later is None else np.concatenate([persons, later])
