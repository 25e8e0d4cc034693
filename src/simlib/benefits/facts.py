"""Facts of households and persons that the rules of programmes name."""

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.fact_names import RENAMED, facts_of, known_facts
from simlib.benefits.means import assets, livelihood, money, pension_incomes
from simlib.benefits.members import Members, Rows, household_rows
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
    people = Members(persons, rows, households.height, month)
    house = _household_frame(households)
    counted = _count_members(people, parameters, month)
    means = assets(house, parameters, month) | livelihood(house, people, parameters, month)
    family = _family(house, people, counted, parameters, month)
    derived = {
        "calendar_month": np.full(house.height, month_of_year(month), dtype=np.int64),
        "calendar_year": np.full(house.height, year_of(month), dtype=np.int64),
        **counted,
        **means,
        **family,
    }
    wanted = [name for name, fact in facts_of("household").items() if fact.kind == "derived"]
    frame = house.with_columns([pl.Series(name, derived[name]) for name in wanted])
    return Facts(frame, _person_frame(persons, people, house, parameters, month), rows)


def _require(frame: pl.DataFrame, names: list[str], what: str) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise UserError(
            f"{what} lack the columns {', '.join(missing)}",
            what,
            "entitlement cannot be computed without them",
            "use frames of a simlib population",
        )


def _household_frame(households: pl.DataFrame) -> pl.DataFrame:
    """Take the given and supplied facts from the population's columns."""
    back = {new: old for old, new in RENAMED.items()}
    facts = facts_of("household")
    given = [fact for fact in facts.values() if fact.kind == "given"]
    _require(households, [back.get(fact.name, fact.name) for fact in given], "households")
    columns = [
        pl.col(back.get(fact.name, fact.name)).cast(fact.dtype).alias(fact.name) for fact in given
    ]
    return households.select(columns + _supplied(households, "household"))


def _supplied(frame: pl.DataFrame, level: str) -> list[pl.Expr]:
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


def _count_members(
    people: Members, parameters: Parameters, month: Month
) -> dict[str, NDArray[np.int64]]:
    severe = people.has("disability", "severe")
    working_above = parameters.number("national.worker_earnings_krw_m", month)
    who = {
        "all": np.ones(len(people.rows), dtype=np.bool_),
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
    house: pl.DataFrame,
    people: Members,
    counted: dict[str, NDArray[np.int64]],
    parameters: Parameters,
    month: Month,
) -> dict[str, NDArray[np.generic]]:
    """Compute who earns and which kind of family the tax credits see."""
    working_above = parameters.number("national.worker_earnings_krw_m", month)
    second = parameters.number("national.second_earner_krw_y", month)
    works = people.earnings > working_above
    earner_at_law = people.couple_member & (12 * people.earnings >= second)
    couple = people.count(people.spouse) > 0
    two = couple & (people.count(earner_at_law) >= 2)
    one = ~two & (couple | (counted["children_n"] > 0) | (counted["older70_n"] > 0))
    alone_70 = (counted["older70_n"] > 0) & (house["size"].to_numpy() == 1)
    earnings_y = 12 * people.total(people.earnings, people.couple_member)
    no_parent = people.count(people.has("relation", "child")) == 0
    return {
        "couple": couple,
        "couple_earnings_krw_y": earnings_y,
        "couple_income_krw_y": earnings_y
        + 12 * people.total(people.pension, people.couple_member)
        + 12 * money(house, "other_income_krw_m"),
        "both_work": couple & (people.count(works & people.couple_member) >= 2),
        "two_earner": two,
        "one_earner": one & ~(alone_70 & ~couple),
        "grandparent_family": (counted["grandchildren_n"] > 0) & no_parent,
    }


def _person_frame(
    frame: pl.DataFrame, people: Members, house: pl.DataFrame, parameters: Parameters, month: Month
) -> pl.DataFrame:
    given = [fact for fact in facts_of("person").values() if fact.kind == "given"]
    _require(frame, [fact.name for fact in given], "persons")
    partner, paired = people.partner, people.partner >= 0
    disability = known_facts()["disability"].dtype
    assert isinstance(disability, pl.Enum)
    spouse_disability = np.where(paired, people.codes("disability")[partner], 0)
    derived = [
        pl.Series("age", people.age),
        pl.Series("age_months", people.age_months),
        pl.Series("has_spouse", paired),
        pl.Series("spouse_age", np.where(paired, people.age[partner], 0)),
        pl.Series("spouse_disability", disability.categories, disability).gather(spouse_disability),
        pl.Series("spouse_occupational_pension", paired & people.occupational[partner]),
        pl.Series("child_order", _child_order(people)),
        *pension_incomes(people, house, parameters, month),
    ]
    columns = [pl.col(fact.name).cast(fact.dtype) for fact in given]
    return frame.select(columns + _supplied(frame, "person")).with_columns(derived)


def _child_order(people: Members) -> NDArray[np.int64]:
    """Rank the head's children of a household by birth, first-born 1; grandchildren apart."""
    order = np.zeros(len(people.rows), dtype=np.int64)
    for relation in ("child", "grandchild"):
        members = np.flatnonzero(people.has("relation", relation))
        members = members[np.lexsort((people.birth_month[members], people.rows[members]))]
        rows = people.rows[members]
        starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else rows
        lengths = np.diff(np.r_[starts, len(rows)])
        order[members] = np.arange(len(rows)) - np.repeat(starts, lengths) + 1
    return order
