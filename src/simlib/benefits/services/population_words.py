"""What services ask of persons and households, as one word of bits each."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.benefits.expressions import check_names, parse, to_polars
from simlib.benefits.members import household_rows
from simlib.benefits.recognized import median_income
from simlib.benefits.services.conditions import ANYONE, Condition, bits, of_kind
from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameters

Words = NDArray[np.uint32]

PERSON_FACTS = (
    "sex", "work", "student", "disability", "veteran", "chronic_illness", "pregnant",
    "infertility",
)  # fmt: skip
HOUSEHOLD_FACTS = ("size", "household_type", "tenure", "single_parent")
COUNTED_FACTS = ("children_n", "babies_n", "grandparent_family", "income_share")
_NEEDED = {
    "households": ("household_id", "municipality", "income_krw_m", *HOUSEHOLD_FACTS),
    "persons": ("household_id", "birth_month", "relation", *PERSON_FACTS),
}
_MINOR_MONTHS, _BABY_MONTHS = 18 * 12, 12
_OLDEST = 120


@dataclass(frozen=True)
class PopulationWords:
    """Hold the words of households and persons.

    Parameters
    ----------
    municipality
        Code of each household's municipality, ``(households,)``.
    household, person
        Words: income band and household conditions, ``(households,)``; sex and personal
        conditions, ``(persons,)``.
    age
        Completed years, ``(persons,)``.
    first
        Position of each household's first person, then the number of persons,
        ``(households + 1,)``.
    """

    municipality: NDArray[np.int32]
    household: Words
    person: Words
    age: NDArray[np.uint8]
    first: NDArray[np.int64]


@dataclass(frozen=True)
class Views:
    """Hold the facts that conditions name: one row a household, one row a person."""

    households: pl.DataFrame
    persons: pl.DataFrame
    rows: NDArray[np.int64]


def view_population(
    households: pl.DataFrame, persons: pl.DataFrame, month: Month, parameters: Parameters
) -> Views:
    """Compute the facts that conditions name.

    Parameters
    ----------
    households, persons
        Households with all their persons.
    month
        Month of the count; ages move with it.
    parameters
        Dated parameters, for the standard median income.

    Returns
    -------
    Views
        Persons in the order of households, heads first as they were.

    Raises
    ------
    UserError
        If a column is missing or a person has no household.
    """
    for name, frame in (("households", households), ("persons", persons)):
        missing = [column for column in _NEEDED[name] if column not in frame.columns]
        if missing:
            raise UserError(
                f"{name} lack the columns {', '.join(missing)}",
                name,
                "conditions of services name them",
                "use a population of this version of simlib",
            )
    rows = household_rows(households, persons)
    if bool(np.any(rows[1:] < rows[:-1])):
        order = np.argsort(rows, kind="stable")
        persons, rows = persons[order], rows[order]
    months = month - persons["birth_month"].to_numpy().astype(np.int32)
    counted = _count(persons, rows, months, households.height)
    size = households["size"].to_numpy().astype(np.int64)
    share = households["income_krw_m"].to_numpy() / median_income(size, parameters, month)
    house = households.select("municipality", *HOUSEHOLD_FACTS).with_columns(
        *(pl.Series(name, values) for name, values in counted.items()),
        pl.Series("income_share", share),
    )
    age = np.clip(months // 12, 0, _OLDEST).astype(np.uint8)
    people = persons.select(PERSON_FACTS).with_columns(
        pl.Series("age", age), pl.Series("babies_n", counted["babies_n"][rows])
    )
    return Views(house, people, rows)


def _count(
    persons: pl.DataFrame, rows: NDArray[np.int64], months: NDArray[np.int32], households_n: int
) -> dict[str, NDArray[np.generic]]:
    def count(flags: NDArray[np.bool_]) -> NDArray[np.uint8]:
        return np.bincount(rows[flags], minlength=households_n).astype(np.uint8)

    relation = persons["relation"]
    minor = months < _MINOR_MONTHS
    grandchildren = count((relation == "grandchild").to_numpy() & minor)
    return {
        "children_n": count(minor & ~relation.is_in(["head", "spouse"]).to_numpy()),
        "babies_n": count(months < _BABY_MONTHS),
        "grandparent_family": (grandchildren > 0) & (count((relation == "child").to_numpy()) == 0),
    }


def condition_expr(condition: Condition) -> pl.Expr:
    """Give a condition as a polars expression over the facts of its view."""
    where = f"gov24_conditions.csv: {condition.code}"
    expression = parse(condition.expression, where)
    check_names(expression, (*PERSON_FACTS, *HOUSEHOLD_FACTS, *COUNTED_FACTS), "a fact")
    return to_polars(condition.expression, where).fill_null(value=False)


def population_words(views: Views) -> PopulationWords:
    """Put the facts of households and persons into words of bits."""
    starts = np.searchsorted(views.rows, np.arange(views.households.height + 1))
    return PopulationWords(
        views.households["municipality"].to_numpy().astype(np.int32),
        _word(views.households, of_kind("income", "household")),
        _word(views.persons, of_kind("sex", "person")),
        views.persons["age"].to_numpy(),
        starts.astype(np.int64),
    )


def _word(frame: pl.DataFrame, known: tuple[Condition, ...]) -> Words:
    parts = [
        condition_expr(each).cast(pl.UInt32) * pl.lit(bits()[each.code], pl.UInt32)
        for each in known
        if each.expression
    ]
    anyone = pl.lit(ANYONE, pl.UInt32)
    word: Words = frame.select(pl.sum_horizontal(anyone, *parts).alias("word"))["word"].to_numpy()
    return word
