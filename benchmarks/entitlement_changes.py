"""The 5 per cent of households that changed in a month, for each kind of change."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.touched import touched_programmes
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.population import Population

SHARE = 0.05
Change = Callable[[pl.DataFrame, pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]]


@dataclass(frozen=True)
class Group:
    """Hold households for which the same kind of thing changed, and the programmes it touches."""

    name: str
    households: pl.DataFrame
    persons: pl.DataFrame
    touched: tuple[str, ...]


def _job_lost(households: pl.DataFrame, persons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    head = pl.col("relation") == "head"
    lost = persons.with_columns(
        earnings_krw_m=pl.when(head).then(0).otherwise("earnings_krw_m"),
        work=pl.when(head).then(pl.lit("unemployed", persons.schema["work"])).otherwise("work"),
        jobless_months=head.cast(pl.Int64),
    )
    earned = lost.group_by("household_id", maintain_order=True).agg(pl.sum("earnings_krw_m"))
    fallen = earned["earnings_krw_m"] - households["earnings_krw_m"]
    return households.with_columns(
        earnings_krw_m=earned["earnings_krw_m"],
        income_krw_m=pl.col("income_krw_m") + fallen,
        in_crisis=pl.lit(value=True),
    ), lost


def _moved(households: pl.DataFrame, persons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return households.with_columns(
        tenure=pl.lit("monthly_rent", households.schema["tenure"]),
        rent_krw_m=pl.col("rent_krw_m") + 100_000,
        deposit_krw=pl.col("deposit_krw") // 2,
    ), persons


def _school(households: pl.DataFrame, persons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    names = persons.schema["student"]
    next_school = pl.when(pl.col("student") == "elementary").then(pl.lit("middle", names))
    return households, persons.with_columns(student=next_school.otherwise("student"))


def _pregnant(households: pl.DataFrame, persons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return households, persons.with_columns(pregnant=pl.col("relation") == "spouse")


def _indebted(households: pl.DataFrame, persons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return households.with_columns(debt_krw=pl.col("debt_krw") + 10_000_000), persons


def _disabled(households: pl.DataFrame, persons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    severe = pl.lit("severe", persons.schema["disability"])
    old = pl.col("relation") == "head"
    return households, persons.with_columns(
        disability=pl.when(old).then(severe).otherwise("disability")
    )


def _daycare(households: pl.DataFrame, persons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return households, persons.with_columns(in_daycare=~pl.col("in_daycare"))


def _heating(households: pl.DataFrame, persons: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return households.with_columns(city_gas=~pl.col("city_gas")), persons


_JOB = ("earnings_krw_m", "household_earnings_krw_m", "income_krw_m", "work", "in_crisis")
CHANGES: dict[str, tuple[Change, tuple[str, ...]]] = {
    "a job lost": (_job_lost, (*_JOB, "jobless_months")),
    "moved house": (_moved, ("tenure", "rent_krw_m", "deposit_krw")),
    "another school": (_school, ("student",)),
    "a pregnancy": (_pregnant, ("pregnant",)),
    "more debt": (_indebted, ("debt_krw",)),
    "a disability": (_disabled, ("disability",)),
    "a place in daycare": (_daycare, ("in_daycare",)),
    "other heating": (_heating, ("city_gas",)),
}
"""What happened, and the facts it changed."""


def changed_groups(
    made: Population, catalogue: Catalogue, month: Month, parameters: Parameters
) -> list[Group]:
    """Let each kind of change happen to the 5 per cent, spread over the whole population."""
    households = made.households[np.arange(0, made.households.height, round(1 / SHARE))]
    ids = households["household_id"].implode()
    persons = made.persons.filter(pl.col("household_id").is_in(ids))
    groups = []
    for name, (change, facts) in CHANGES.items():
        frames = change(households, persons)
        touched = touched_programmes(catalogue, facts, month, parameters)
        groups.append(Group(name, *frames, touched))
    return groups
