"""Persons of a run as columns: who can lose a job, fall ill or have a child."""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.months import Month
from simlib.parameters import Parameters

NOT = -32_000
"""Step of an event that has not happened."""
UNEMPLOYED = "unemployed"

Steps = NDArray[np.int32]


@dataclass
class People:
    """Hold the persons of a run as columns that events change.

    Attributes
    ----------
    frame
        Persons as in the population schema, newborns appended.
    ids, household
        Person id, and row of the household.
    birth_month
        Month of birth.
    earnings_krw_m
        Earnings when healthy and not out of work, won a month.
    job_risk
        Factor on the chance of losing the job; 0 for those who have none to lose.
    woman_with_partner
        Whether a child may be born to the person.
    jobless_since, ill_since
        Step in which the person lost the job or fell ill, :data:`NOT` if neither.
    births_n
        Children born to each household so far, (households,).
    """

    frame: pl.DataFrame
    ids: NDArray[np.int64]
    household: NDArray[np.int64]
    birth_month: NDArray[np.int32]
    earnings_krw_m: NDArray[np.int64]
    job_risk: NDArray[np.float64]
    woman_with_partner: NDArray[np.bool_]
    jobless_since: Steps
    ill_since: Steps
    births_n: NDArray[np.int64]

    @classmethod
    def of(
        cls, persons: pl.DataFrame, household_ids: NDArray[np.int64], parameters: Parameters
    ) -> "People":
        """Start from the persons of a population, nobody ill or out of work by an event."""
        homes = np.searchsorted(household_ids, persons["household_id"].to_numpy().astype(np.int64))
        n = persons.height
        return cls(
            frame=persons,
            ids=persons["person_id"].to_numpy().astype(np.int64),
            household=homes,
            birth_month=persons["birth_month"].to_numpy().copy(),
            earnings_krw_m=persons["earnings_krw_m"].to_numpy().copy(),
            job_risk=_job_risk(persons, parameters),
            woman_with_partner=_women_with_partner(persons, homes, household_ids.size),
            jobless_since=np.full(n, NOT, np.int32),
            ill_since=np.full(n, NOT, np.int32),
            births_n=np.zeros(household_ids.size, np.int64),
        )

    def age(self, month: Month) -> NDArray[np.int32]:
        """Give everybody's completed years in a month, (persons,)."""
        return np.asarray((month - self.birth_month) // 12)

    def add_newborn(
        self,
        ids: NDArray[np.int64],
        household_ids: NDArray[np.int64],
        homes: NDArray[np.int64],
        girl: NDArray[np.bool_],
        month: Month,
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
            "birth_month": np.full(n, month, np.int32),
            "jobless_since": np.full(n, NOT, np.int32),
            "ill_since": np.full(n, NOT, np.int32),
        }
        for field in fields(self):
            if field.name not in ("frame", "births_n"):
                old = getattr(self, field.name)
                new = added.get(field.name, np.zeros(n, old.dtype))
                setattr(self, field.name, np.concatenate([old, new]))


def _nothing(kind: pl.DataType, n: int) -> pl.Series:
    """Give what is so of a newborn child: no, none or zero, as the kind of column has it."""
    if isinstance(kind, pl.Enum):
        return pl.Series(["none"] * n, dtype=pl.String)
    return pl.Series(np.zeros(n))


def _job_risk(persons: pl.DataFrame, parameters: Parameters) -> NDArray[np.float64]:
    factors = {
        "employee": 1.0,
        "self_employed": 1.0,
        "temporary": parameters.number("life.job_loss_factor_temporary"),
        "daily": parameters.number("life.job_loss_factor_daily"),
    }
    work = persons["work"].cast(pl.String)
    risk = work.replace_strict(factors, default=0.0, return_dtype=pl.Float64)
    return np.asarray(risk.to_numpy(), dtype=np.float64)


def _women_with_partner(
    persons: pl.DataFrame, homes: NDArray[np.int64], households_n: int
) -> NDArray[np.bool_]:
    relation = persons["relation"].cast(pl.String)
    couple = np.zeros(households_n, np.bool_)
    couple[homes[(relation == "spouse").to_numpy()]] = True
    woman = (persons["sex"] == "female").to_numpy()
    return np.asarray(couple[homes] & woman & relation.is_in(["head", "spouse"]).to_numpy())
