"""The members of households as arrays: whose household, whose partner, sums by household."""

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
    if len(ids) == 0:
        return np.zeros(0, dtype=np.int64)
    order = np.arange(len(ids)) if bool(np.all(ids[1:] > ids[:-1])) else np.argsort(ids)
    ranked = ids[order]
    if bool(np.any(ranked[1:] == ranked[:-1])):
        twice = int(ranked[1:][ranked[1:] == ranked[:-1]][0])
        raise UserError(f"household {twice} appears twice", "households", mend="remove one")
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


class Members:
    """Hold the persons as arrays, with partners and per-household sums."""

    def __init__(self, frame: pl.DataFrame, rows: Rows, households_n: int, month: Month) -> None:
        self.rows = rows
        self.households_n = households_n
        self.birth_month = frame["birth_month"].to_numpy().astype(np.int64)
        self.age_months = month - self.birth_month
        self.age = self.age_months // 12
        self.earnings = frame["earnings_krw_m"].to_numpy().astype(np.float64)
        self.pension = frame["pension_krw_m"].to_numpy().astype(np.float64)
        self._codes = {
            name: codes_of(frame, name) for name in ("relation", "sex", "disability", "work")
        }
        self.student = codes_of(frame, "student")
        self.pregnant = frame["pregnant"].to_numpy()
        self.chronic = frame["chronic_illness"].to_numpy()
        self.occupational = frame["occupational_pension"].to_numpy()
        self.head = self.has("relation", "head")
        self.spouse = self.has("relation", "spouse")
        self.couple_member = self.head | self.spouse
        self.partner = self._partners()

    def has(self, column: str, value: str) -> Flags:
        """Mark persons with a value of a text column."""
        dtype = known_facts()[column].dtype
        assert isinstance(dtype, pl.Enum)
        code = dtype.categories.to_list().index(value)
        flags: Flags = self._codes[column] == code
        return flags

    def codes(self, column: str) -> NDArray[np.int64]:
        """Give the category numbers of a text column."""
        return self._codes[column]

    def count(self, flags: Flags) -> NDArray[np.int64]:
        """Count the marked persons of each household."""
        return np.bincount(self.rows[flags], minlength=self.households_n).astype(np.int64)

    def total(self, amounts: Numbers, flags: Flags | None = None) -> Numbers:
        """Add up an amount over (the marked) persons of each household."""
        if flags is not None:
            rows, amounts = self.rows[flags], amounts[flags]
        else:
            rows = self.rows
        total: Numbers = np.bincount(rows, amounts, self.households_n).astype(np.float64)
        return total

    def with_partner(self, amounts: Numbers) -> Numbers:
        """Add the partner's amount to each person's own."""
        own: Numbers = amounts + np.where(self.partner >= 0, amounts[self.partner], 0.0)
        return own

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
        sex = self._codes["sex"]
        pairs = pairs[sex[pairs[:, 0]] != sex[pairs[:, 1]]]
        _pair(partner, pairs[:, 0], pairs[:, 1])
        return partner


def _pair(partner: Rows, first: Rows, second: Rows) -> None:
    partner[first] = second
    partner[second] = first


def codes_of(frame: pl.DataFrame, name: str) -> NDArray[np.int64]:
    """Give the category numbers of a text column, in the order of ``kr/facts.csv``."""
    dtype = known_facts()[name].dtype
    column = frame[name]
    if column.dtype != dtype:
        column = column.cast(pl.String).cast(dtype)
    return column.to_physical().to_numpy().astype(np.int64)
