"""Persons of a run as columns that the events of life change."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.life.birth_months import BirthMonths
from simlib.life.growing import appended, roomy
from simlib.months import Month
from simlib.population.households.expansion import RELATIONS

NOT = -32_000
"""Step of an event that has not happened."""
UNEMPLOYED = "unemployed"
HEAD, SPOUSE, CHILD = (RELATIONS.index(name) for name in ("head", "spouse", "child"))
"""Codes of relations to the head."""
JOBS = ("none", "employee", "temporary", "daily")
"""Kinds of jobs that can be lost; the self-employed lose theirs like employees."""

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Steps = NDArray[np.int32]


@dataclass
class People:
    """Hold the persons of a run as columns that events change.

    Attributes
    ----------
    at_start
        Persons as in the population schema at the start.
    by_birth
        Persons by month of birth.
    births
        Person ids and ids of the households of children born since the start, by month.
    ids, household
        Person id, and row of the household.
    here
        Whether the person still lives in the household.
    relation
        Relation to the present head, code of ``RELATIONS``.
    female
        Whether the person is a woman or girl.
    birth_month
        Month of birth.
    earnings_krw_m
        Earnings when healthy and not out of work, won a month.
    pension_krw_m, occupational
        Public pension, won a month, and whether it is one of an occupational scheme.
    student, in_daycare
        School level, code of ``STUDENTS``, and whether a small child is in daycare.
    job
        What job the person has to lose, place in :data:`JOBS`.
    jobless_since, ill_since
        Step in which the person lost the job or fell ill, :data:`NOT` if neither.
    due
        Step in which a pregnant person gives birth, :data:`NOT` if not pregnant.
    """

    at_start: pl.DataFrame
    by_birth: BirthMonths
    births: list[tuple[Rows, Rows]]
    ids: Rows
    household: Rows
    here: Flags
    relation: NDArray[np.uint8]
    female: Flags
    birth_month: Steps
    earnings_krw_m: Rows
    pension_krw_m: Rows
    occupational: Flags
    student: NDArray[np.uint8]
    in_daycare: Flags
    job: NDArray[np.uint8]
    jobless_since: Steps
    ill_since: Steps
    due: Steps

    @classmethod
    def of(cls, persons: pl.DataFrame, household_ids: Rows) -> "People":
        """Start from the persons of a population, nobody ill or out of work by an event."""
        homes = _homes(persons, household_ids)
        n = persons.height
        columns = {
            "ids": persons["person_id"].to_numpy().astype(np.int64, copy=False),
            "household": homes,
            "here": np.ones(n, np.bool_),
            "relation": persons["relation"].to_physical().to_numpy().astype(np.uint8, copy=False),
            "female": (persons["sex"] == "female").to_numpy(),
            "birth_month": persons["birth_month"].to_numpy(),
            "earnings_krw_m": persons["earnings_krw_m"].to_numpy(),
            "pension_krw_m": persons["pension_krw_m"].to_numpy(),
            "occupational": persons["occupational_pension"].to_numpy(),
            "student": persons["student"].to_physical().to_numpy().astype(np.uint8, copy=False),
            "in_daycare": persons["in_daycare"].to_numpy(),
            "job": _jobs(persons),
            **{name: np.full(n, NOT, np.int32) for name in ("jobless_since", "ill_since", "due")},
        }
        return cls(
            at_start=persons,
            by_birth=BirthMonths(persons["birth_month"].to_numpy()),
            births=[],
            **{name: roomy(column) for name, column in columns.items()},
        )

    @property
    def frame(self) -> pl.DataFrame:
        """Give the persons of the start and all born since in the population schema."""
        if not self.births:
            return self.at_start
        ids, homes = (np.concatenate(parts) for parts in zip(*self.births, strict=True))
        since = slice(self.at_start.height, None)
        schema, girl = self.at_start.schema, self.female[since]
        return self.at_start.vstack(newborn(schema, ids, homes, girl, self.birth_month[since]))

    def age(self, month: Month, persons: Rows | slice = slice(None)) -> NDArray[np.int32]:
        """Give the completed years of some persons, or of all, in a month, (persons,)."""
        return np.asarray((month - self.birth_month[persons]) // 12)

    def leave(self, persons: Rows) -> None:
        """Let some persons live in their households no more."""
        self.here[persons] = False
        self.job[persons] = 0
        for since in (self.jobless_since, self.ill_since, self.due):
            since[persons] = NOT

    def add_newborn(
        self, ids: Rows, household_ids: Rows, homes: Rows, girl: Flags, month: Month
    ) -> None:
        """Add children born this month.

        Parameters
        ----------
        ids, household_ids, homes
            Person ids, and ids and rows of the households, (newborn,).
        girl
            Whether each is a girl, (newborn,).
        month
            The month.
        """
        n = ids.size
        self.births.append((ids, household_ids))
        self.by_birth.add(np.arange(self.ids.size, self.ids.size + n), month)
        added = {
            "ids": ids,
            "household": homes,
            "here": np.ones(n, np.bool_),
            "relation": np.full(n, CHILD, np.uint8),
            "female": girl,
            "birth_month": np.full(n, month, np.int32),
            "jobless_since": np.full(n, NOT, np.int32),
            "ill_since": np.full(n, NOT, np.int32),
            "due": np.full(n, NOT, np.int32),
        }
        for name, old in list(vars(self).items()):
            if isinstance(old, np.ndarray):
                setattr(self, name, appended(old, added.get(name, np.zeros(n, old.dtype))))


def newborn(
    schema: pl.Schema, ids: Rows, household_ids: Rows, girl: Flags, months: Steps
) -> pl.DataFrame:
    """Give children as they are born in the population schema; what is not said is no or none.

    Parameters
    ----------
    schema
        Names and kinds of the columns.
    ids, household_ids
        Person ids, and ids of the households, (children,).
    girl
        Whether each is a girl, (children,).
    months
        Month of birth of each, (children,).
    """
    n = ids.size
    given = {
        "person_id": pl.Series(ids),
        "household_id": pl.Series(household_ids),
        "relation": pl.Series(["child"] * n, dtype=pl.String),
        "sex": pl.Series(np.where(girl, "female", "male").tolist(), dtype=pl.String),
        "birth_month": pl.Series(months),
        "work": pl.Series(["inactive"] * n, dtype=pl.String),
    }
    columns = [
        given.get(name, _nothing(kind, n)).cast(kind).alias(name) for name, kind in schema.items()
    ]
    return pl.DataFrame(columns)


def _nothing(kind: pl.DataType, n: int) -> pl.Series:
    """Give what is so of a newborn child: no, none or zero, as the kind of column has it."""
    if isinstance(kind, pl.Enum):
        return pl.Series(["none"] * n, dtype=pl.String)
    return pl.Series(np.zeros(n))


def _jobs(persons: pl.DataFrame) -> NDArray[np.uint8]:
    codes = {name: code for code, name in enumerate(JOBS) if code} | {"self_employed": 1}
    words = pl.Enum(persons["work"].dtype.categories).categories  # type: ignore[attr-defined]
    of_word = np.array([codes.get(word, 0) for word in words], dtype=np.uint8)
    return np.asarray(of_word[persons["work"].to_physical().to_numpy()])


def _homes(persons: pl.DataFrame, household_ids: Rows) -> Rows:
    """Find each person's household, which mostly stand in the same order."""
    named = persons["household_id"].to_numpy().astype(np.int64)
    starts = np.append(True, named[1:] != named[:-1])[: named.size]
    rows = np.cumsum(starts) - 1
    if np.array_equal(household_ids, named[starts]):
        return np.asarray(rows)
    return np.searchsorted(household_ids, named)
