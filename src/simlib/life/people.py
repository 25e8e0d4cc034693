"""Persons of a run as columns that the events of life change."""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.life.growing import appended
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


def once(*lists: Rows) -> Rows:
    """Give the rows of some lists, each once and in ascending order."""
    rows = np.sort(np.concatenate(lists))
    first = np.append(True, rows[1:] != rows[:-1])[: rows.size]
    return np.asarray(rows[first])


@dataclass
class People:
    """Hold the persons of a run as columns that events change.

    Attributes
    ----------
    frame
        Persons as in the population schema at the start, newborns appended.
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

    frame: pl.DataFrame
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
        homes = np.searchsorted(household_ids, persons["household_id"].to_numpy().astype(np.int64))
        n = persons.height
        return cls(
            frame=persons,
            ids=persons["person_id"].to_numpy().astype(np.int64),
            household=homes,
            here=np.ones(n, np.bool_),
            relation=persons["relation"].to_physical().to_numpy().astype(np.uint8),
            female=(persons["sex"] == "female").to_numpy().copy(),
            birth_month=persons["birth_month"].to_numpy().copy(),
            earnings_krw_m=persons["earnings_krw_m"].to_numpy().copy(),
            pension_krw_m=persons["pension_krw_m"].to_numpy().copy(),
            occupational=persons["occupational_pension"].to_numpy().copy(),
            student=persons["student"].to_physical().to_numpy().astype(np.uint8),
            in_daycare=persons["in_daycare"].to_numpy().copy(),
            job=_jobs(persons),
            jobless_since=np.full(n, NOT, np.int32),
            ill_since=np.full(n, NOT, np.int32),
            due=np.full(n, NOT, np.int32),
        )

    def age(self, month: Month) -> NDArray[np.int32]:
        """Give everybody's completed years in a month, (persons,)."""
        return np.asarray((month - self.birth_month) // 12)

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
        given = {
            "person_id": pl.Series(ids),
            "household_id": pl.Series(household_ids),
            "relation": pl.Series(["child"] * n),
            "sex": pl.Series(np.where(girl, "female", "male").tolist(), dtype=pl.String),
            "birth_month": pl.Series(np.full(n, month)),
            "work": pl.Series(["inactive"] * n),
        }
        born = [
            given.get(name, _nothing(kind, n)).cast(kind).alias(name)
            for name, kind in self.frame.schema.items()
        ]
        self.frame = self.frame.vstack(pl.DataFrame(born))
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
        for field in fields(self):
            if field.name != "frame":
                old = getattr(self, field.name)
                new = added.get(field.name, np.zeros(n, old.dtype))
                setattr(self, field.name, appended(old, new))


def _nothing(kind: pl.DataType, n: int) -> pl.Series:
    """Give what is so of a newborn child: no, none or zero, as the kind of column has it."""
    if isinstance(kind, pl.Enum):
        return pl.Series(["none"] * n, dtype=pl.String)
    return pl.Series(np.zeros(n))


def _jobs(persons: pl.DataFrame) -> NDArray[np.uint8]:
    codes = {name: code for code, name in enumerate(JOBS) if code} | {"self_employed": 1}
    work = persons["work"].cast(pl.String)
    return np.array(work.replace_strict(codes, default=0, return_dtype=pl.UInt8).to_numpy())
