"""Facts of households and persons that the rules of programmes name."""

import csv
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from simlib.benefits.fact_names import RENAMED, Level, facts_of, known_facts
from simlib.benefits.means import House, assets, livelihood, pension_incomes
from simlib.benefits.members import ArrayHouse, ArrayMembers, Members, Rows, household_rows
from simlib.errors import UserError
from simlib.files import package_data
from simlib.months import Month, month_of_year, year_of
from simlib.parameters import Parameters


@dataclass(frozen=True)
class Facts:
    """Hold the facts of a month.

    Parameters
    ----------
    households, persons
        One row each, in the order they were given.
    rows
        Position of each person's household, ``(persons,)``.
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    rows: Rows


def household_facts(
    households: pl.DataFrame, persons: pl.DataFrame, month: Month, parameters: Parameters
) -> Facts:
    """Compute every fact of a month that rules may name.

    Parameters
    ----------
    households, persons
        Any households of a population with all their persons; supplied facts
        (``in_crisis``, ``jobless_months`` ...) may be added as columns.
    month
        Month of the evaluation; ages move with it.
    parameters
        Dated parameters.

    Returns
    -------
    Facts
        Frames with the columns of ``kr/facts.csv``.

    Raises
    ------
    UserError
        If a column is missing, a person has no household, or the month lies before the
        first value of a standard.
    """
    rows = household_rows(households, persons)
    house = _given_frame(households, "household")
    given = _given_frame(persons, "person")
    columns = ArrayHouse(house)
    members = given.with_columns(persons["birth_month"])
    people = ArrayMembers(members, rows, households.height, month)
    made = derived_facts(columns, people, parameters, month)
    return Facts(
        _with_derived(house, made, "household"), _with_derived(given, made, "person"), rows
    )


def derived_facts(
    house: House, people: Members, parameters: Parameters, month: Month
) -> dict[str, Any]:
    """Compute every derived fact of households and persons, by name.

    Parameters
    ----------
    house, people
        Given facts as arrays, or as what the compiled evaluator puts in their place.
    """
    counted = _count_members(people, parameters, month)
    return {
        "calendar_month": month_of_year(month),
        "calendar_year": year_of(month),
        **counted,
        **assets(house, parameters, month),
        **livelihood(house, people, counted, parameters, month),
        **_family(house, people, counted, parameters, month),
        **_persons(house, people, parameters, month),
    }


def _with_derived(frame: pl.DataFrame, made: dict[str, Any], level: Level) -> pl.DataFrame:
    columns = []
    for fact in facts_of(level).values():
        if fact.kind != "derived":
            continue
        values = np.broadcast_to(made[fact.name], frame.height)
        if isinstance(fact.dtype, pl.Enum):
            series = pl.Series(fact.dtype.categories, dtype=fact.dtype).gather(values)
            columns.append(series.alias(fact.name))
        else:
            columns.append(pl.Series(fact.name, values, strict=False).cast(fact.dtype))
    return frame.with_columns(columns)


def _require(frame: pl.DataFrame, names: list[str], what: str) -> None:
    there = set(frame.columns)
    missing = [name for name in names if name not in there]
    if missing:
        raise UserError(
            f"{what} lack the columns {', '.join(missing)}",
            what,
            "entitlement cannot be computed without them",
            "use frames of a simlib population",
        )


def given_columns(frame: pl.DataFrame, level: Level) -> dict[str, str]:
    """Find the column of the population that each given fact is taken from.

    Raises
    ------
    UserError
        If one is missing.
    """
    back = {new: old for old, new in RENAMED.items()} if level == "household" else {}
    names = [name for name, fact in facts_of(level).items() if fact.kind == "given"]
    columns = {name: back.get(name, name) for name in names}
    _require(frame, list(columns.values()), f"{level}s")
    return columns


def _given_frame(frame: pl.DataFrame, level: Level) -> pl.DataFrame:
    """Take the given and supplied facts from the population's columns."""
    known = known_facts()
    columns = [
        pl.col(column).cast(known[name].dtype).alias(name)
        for name, column in given_columns(frame, level).items()
    ]
    return frame.select(columns + _supplied(frame, level))


def _supplied(frame: pl.DataFrame, level: Level) -> list[pl.Expr]:
    expressions = []
    for fact in known_facts().values():
        if fact.kind == "supplied" and fact.level == level:
            there = fact.name in frame.columns
            source = pl.col(fact.name).fill_null(fact.default) if there else pl.lit(fact.default)
            expressions.append(source.cast(fact.dtype).alias(fact.name))
    return expressions


@cache
def _counts() -> tuple[tuple[str, int, int, str], ...]:
    """Read which members each count takes: fact, months of age from and below, who."""
    with package_data("kr", "member_counts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            (row["fact"], int(row["from_months"]), int(row["below_months"]), row["who"])
            for row in csv.DictReader(file)
        )


def _count_members(people: Members, parameters: Parameters, month: Month) -> dict[str, Any]:
    severe = people.has("disability", "severe")
    working_above = parameters.number("national.worker_earnings_krw_m", month)
    who = {
        "all": people.age_months >= 0,
        "dependent": ~people.couple_member,
        "able": ~severe & (people.student == 0),
        "earning": people.earnings > working_above,
        "grandchild": people.has("relation", "grandchild"),
    }
    months = people.age_months
    counted = {
        fact: people.count(who[kind] & (months >= since) & (months < below))
        for fact, since, below, kind in _counts()
    }
    return counted | {
        "disabled_n": people.count(~people.has("disability", "none")),
        "severe_n": people.count(severe),
        "chronic_n": people.count(people.chronic),
        "pregnant_n": people.count(people.pregnant),
    }


def _family(
    house: House,
    people: Members,
    counted: dict[str, Any],
    parameters: Parameters,
    month: Month,
) -> dict[str, Any]:
    """Compute who earns and which kind of family the tax credits see."""
    working_above = parameters.number("national.worker_earnings_krw_m", month)
    second = parameters.number("national.second_earner_krw_y", month)
    works = people.earnings > working_above
    earner_at_law = people.couple_member & (12 * people.earnings >= second)
    couple = people.count(people.spouse) > 0
    two = couple & (people.count(earner_at_law) >= 2)
    one = ~two & (couple | (counted["children_n"] > 0) | (counted["older70_n"] > 0))
    alone_70 = (counted["older70_n"] > 0) & (house["size"] == 1)
    earnings_y = 12 * people.total(people.earnings, people.couple_member)
    no_parent = people.count(people.has("relation", "child")) == 0
    return {
        "couple": couple,
        "couple_earnings_krw_y": earnings_y,
        "couple_income_krw_y": earnings_y
        + 12 * people.total(people.pension, people.couple_member)
        + 12 * house["other_income_krw_m"],
        "both_work": couple & (people.count(works & people.couple_member) >= 2),
        "two_earner": two,
        "one_earner": one & ~(alone_70 & ~couple),
        "grandparent_family": (counted["grandchildren_n"] > 0) & no_parent,
    }


def _persons(house: House, people: Members, parameters: Parameters, month: Month) -> dict[str, Any]:
    """Compute the derived facts of persons."""
    return {
        "age": people.age,
        "age_months": people.age_months,
        "has_spouse": people.paired,
        "spouse_age": people.at_partner(people.age, 0),
        "spouse_disability": people.at_partner(people.column("disability"), 0),
        "spouse_occupational_pension": people.at_partner(people.occupational, otherwise=False),
        "child_order": people.child_order(),
        **pension_incomes(people, house, parameters, month),
    }
