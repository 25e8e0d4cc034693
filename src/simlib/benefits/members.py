"""The members of households: whose household, whose partner, sums by household.

Facts are written once against :class:`Members`. With :class:`ArrayMembers` they compute on
arrays; the compiled evaluator brings members of its own, which write the same steps down.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.fact_names import known_facts
from simlib.errors import UserError
from simlib.months import Month

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


def household_rows(households: pl.DataFrame, persons: pl.DataFrame) -> Rows:
    """Find the position of each person's household, ``(persons,)``.

    Raises
    ------
    UserError
        If a person names a household that is not there, or an id appears twice.
    """
    ids = households["household_id"].to_numpy().astype(np.int64)
    named = persons["household_id"].to_numpy().astype(np.int64)
    order = np.arange(len(ids)) if bool(np.all(ids[1:] > ids[:-1])) else np.argsort(ids)
    ranked = ids[order]
    if bool(np.any(ranked[1:] == ranked[:-1])):
        twice = int(ranked[1:][ranked[1:] == ranked[:-1]][0])
        raise UserError(f"household {twice} appears twice", "households", mend="remove one")
    if len(ids) == 0:
        return np.zeros(0, dtype=np.int64)
    if int(ranked[-1]) - int(ranked[0]) + 1 == len(ids):
        place = np.clip(named - ranked[0], 0, len(ids) - 1)
    else:
        place = np.minimum(np.searchsorted(ranked, named), len(ids) - 1)
    wrong = ranked[place] != named
    if bool(wrong.any()):
        lost = int(np.flatnonzero(wrong)[0])
        raise UserError(
            f"person in row {lost} belongs to household {int(named[lost])}, which is not there",
            "persons",
            "incomes and members could not be added up",
            "give every person's household, or leave the person out",
        )
    found: Rows = order[place]
    return found


class Members(ABC):
    """Give columns of the persons, and sums over them.

    Columns are arrays ``(persons,)`` or stand for such; those of households ``(households,)``.
    Text columns are category numbers in the order of ``kr/facts.csv``.
    """

    def __init__(self, month: Any) -> None:
        self.birth_month = self.column("birth_month")
        self.age_months = month - self.birth_month
        self.age = self.age_months // 12
        self.earnings = self.column("earnings_krw_m")
        self.pension = self.column("pension_krw_m")
        self.student = self.column("student")
        self.pregnant = self.column("pregnant")
        self.chronic = self.column("chronic_illness")
        self.occupational = self.column("occupational_pension")
        self.head = self.has("relation", "head")
        self.spouse = self.has("relation", "spouse")
        self.couple_member = self.head | self.spouse

    @abstractmethod
    def column(self, name: str) -> Any:
        """Give a given column of the persons: numbers, flags, or category numbers."""

    @abstractmethod
    def count(self, flags: Any) -> Any:
        """Count the marked persons of each household."""

    @abstractmethod
    def total(self, amounts: Any, flags: Any = None) -> Any:
        """Add up an amount over (the marked) persons of each household."""

    @property
    @abstractmethod
    def paired(self) -> Any:
        """Mark persons whose partner lives in the household."""

    @abstractmethod
    def at_partner(self, values: Any, otherwise: Any) -> Any:
        """Give the partner's value to each person, or something else to those without."""

    @abstractmethod
    def of_household(self, values: Any) -> Any:
        """Give each person the value of the household."""

    @abstractmethod
    def child_order(self) -> Any:
        """Rank the head's children of a household by birth, first-born 1; grandchildren apart."""

    def has(self, column: str, value: str) -> Any:
        """Mark persons with a value of a text column."""
        return self.column(column) == category(column, value)

    def with_partner(self, amounts: Any) -> Any:
        """Add the partner's amount to each person's own."""
        return amounts + self.at_partner(amounts, 0.0)


def category(column: str, value: str) -> int:
    """Give the number of a value of a text column."""
    dtype = known_facts()[column].dtype
    assert isinstance(dtype, pl.Enum)
    return dtype.categories.to_list().index(value)


class ArrayMembers(Members):
    """Hold the persons as arrays.

    Parameters
    ----------
    frame
        The persons.
    rows
        Position of each person's household.
    households_n
        Number of households.
    month
        Month of the evaluation; ages move with it.
    """

    def __init__(self, frame: pl.DataFrame, rows: Rows, households_n: int, month: Month) -> None:
        self._frame = frame
        self._columns: dict[str, NDArray[Any]] = {}
        self.rows = rows
        self.households_n = households_n
        super().__init__(month)
        self.partner = self._partners()

    def column(self, name: str) -> NDArray[Any]:
        """Give a given column of the persons: numbers, flags, or category numbers."""
        if name not in self._columns:
            self._columns[name] = _array(self._frame, name)
        return self._columns[name]

    def count(self, flags: Flags) -> NDArray[np.int64]:
        """Count the marked persons of each household."""
        return np.bincount(self.rows[flags], minlength=self.households_n).astype(np.int64)

    def total(self, amounts: Numbers, flags: Flags | None = None) -> Numbers:
        """Add up an amount over (the marked) persons of each household."""
        rows = self.rows
        if flags is not None:
            rows, amounts = rows[flags], amounts[flags]
        total: Numbers = np.bincount(rows, amounts, self.households_n).astype(np.float64)
        return total

    @property
    def paired(self) -> Flags:
        """Mark persons whose partner lives in the household."""
        paired: Flags = self.partner >= 0
        return paired

    def at_partner(self, values: NDArray[Any], otherwise: Any) -> NDArray[Any]:
        """Give the partner's value to each person, or something else to those without."""
        found: NDArray[Any] = np.where(self.partner >= 0, values[self.partner], otherwise)
        return found

    def of_household(self, values: NDArray[Any]) -> NDArray[Any]:
        """Give each person the value of the household."""
        return values[self.rows]

    def child_order(self) -> NDArray[np.int64]:
        """Rank the head's children of a household by birth, first-born 1; grandchildren apart."""
        order = np.zeros(len(self.rows), dtype=np.int64)
        for relation in ("child", "grandchild"):
            members = np.flatnonzero(self.has("relation", relation))
            members = members[np.lexsort((self.birth_month[members], self.rows[members]))]
            rows = self.rows[members]
            starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else rows
            lengths = np.diff(np.r_[starts, len(rows)])
            order[members] = np.arange(len(rows)) - np.repeat(starts, lengths) + 1
        return order

    def _partners(self) -> Rows:
        partner = np.full(len(self.rows), -1, dtype=np.int64)
        first = np.full(self.households_n, -1, dtype=np.int64)
        second = first.copy()
        first[self.rows[self.head]] = np.flatnonzero(self.head)
        second[self.rows[self.spouse]] = np.flatnonzero(self.spouse)
        both = (first >= 0) & (second >= 0)
        _pair(partner, first[both], second[both])
        parents = np.flatnonzero(self.has("relation", "parent"))
        parents = parents[np.argsort(self.rows[parents], kind="stable")]
        two = self.count(self.has("relation", "parent"))[self.rows[parents]] == 2
        pairs = parents[two].reshape(-1, 2)
        sex = self.column("sex")
        pairs = pairs[sex[pairs[:, 0]] != sex[pairs[:, 1]]]
        _pair(partner, pairs[:, 0], pairs[:, 1])
        return partner


def _pair(partner: Rows, first: Rows, second: Rows) -> None:
    partner[first] = second
    partner[second] = first


def _array(frame: pl.DataFrame, name: str) -> NDArray[Any]:
    """Give a column as float64, int64, flags, or the category numbers of its list."""
    fact = known_facts().get(name)
    dtype = fact.dtype if fact else pl.Int64()
    column = frame[name]
    if isinstance(dtype, pl.Enum):
        if column.dtype != dtype:
            column = column.cast(pl.String).cast(dtype)
        return column.to_physical().to_numpy().astype(np.int64)
    return column.cast(dtype).to_numpy()


class ArrayHouse(dict[str, Any]):
    """Hold the given and supplied facts of households as arrays, read when first asked for."""

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__()
        self._frame = frame

    def __missing__(self, name: str) -> NDArray[Any]:
        self[name] = _array(self._frame, name)
        found: NDArray[Any] = self[name]
        return found
