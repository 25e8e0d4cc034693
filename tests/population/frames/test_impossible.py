"""Impossible households and persons are refused: with table, row, reason and the mend."""

from collections.abc import Callable

import polars as pl
import pytest

from simlib.errors import UserError
from simlib.population import Population
from simlib.population.frames.checking import (
    SHOWN,
    check_frame,
    check_together,
    find_faults,
    refuse,
)
from simlib.population.frames.schema import IMPOSSIBLE, Households, Persons

Frames = tuple[pl.DataFrame, pl.DataFrame]


def put(frame: pl.DataFrame, row: int, column: str, value: object) -> pl.DataFrame:
    """Write one value; the row counts from 0."""
    here = pl.int_range(pl.len()) == row
    filled = pl.when(here).then(pl.lit(value)).otherwise(pl.col(column))
    return frame.with_columns(filled.cast(frame.schema[column]).alias(column))


def in_persons(row: int, column: str, value: object) -> Callable[[Frames], Frames]:
    return lambda both: (both[0], put(both[1], row, column, value))


def in_households(row: int, column: str, value: object) -> Callable[[Frames], Frames]:
    return lambda both: (put(both[0], row, column, value), both[1])


@pytest.fixture(scope="module")
def frames(small: Population) -> Frames:
    """A dozen households: the first is a couple with a child, the second lives alone."""
    homes = small.households
    couple = homes.filter(pl.col("household_type") == "couple_children").head(1)
    alone = homes.filter("lives_alone").head(1)
    rest = homes.filter(pl.col("size") > 1).tail(10)
    chosen = pl.concat([couple, alone, rest]).unique("household_id", maintain_order=True)
    persons = small.persons.join(
        chosen.select("household_id", pl.int_range(pl.len(), dtype=pl.UInt32).alias("new")),
        on="household_id",
    ).sort("new", "person_id")
    persons = persons.with_columns(
        person_id=pl.int_range(pl.len(), dtype=pl.UInt32), household_id=pl.col("new")
    ).drop("new")
    ids = pl.int_range(pl.len(), dtype=pl.UInt32)
    return chosen.with_columns(household_id=ids), persons


def test_a_whole_population_has_no_faults(korea: Population):
    assert find_faults(korea.households, korea.persons).is_empty()


@pytest.mark.parametrize(
    ("change", "which", "row", "reason", "mend"),
    [
        (in_persons(0, "age", 9), "persons", 1, "head or spouse below 15 years", "age"),
        (in_persons(1, "age", 9), "persons", 2, "head or spouse below 15 years", "relation"),
        (in_persons(2, "age", 100), "persons", 3, "child of 100 years of a head", "relation"),
        (in_persons(0, "pregnant", True), "persons", 1, "man and pregnant", "pregnant"),
        (in_persons(2, "relation", "head"), "households", 1, "has 2 heads", "exactly one"),
        (in_persons(2, "relation", "spouse"), "households", 1, "2 spouses", "one spouse"),
        (in_persons(2, "person_id", 0), "persons", 3, "id that stands in another row", "own"),
        (in_persons(2, "household_id", 99), "persons", 3, "household 99, which is not", "add the"),
        (in_persons(2, "household_id", 99), "households", 1, "size of", "count the persons"),
        (in_persons(2, "earnings_krw_m", 5_000_000), "households", 1, "its persons earn", "sum"),
        (in_persons(2, "pension_krw_m", 5_000_000), "households", 1, "its persons draw", "sum"),
        (in_persons(2, "disability_type", "visual"), "persons", 3, "disability_type", "both"),
        (in_persons(2, "care_score", 101), "persons", 3, "care_score of 101, above 100", "correct"),
        (in_persons(2, "age", None), "persons", 3, "has no age", "fill age"),
        (in_households(1, "household_id", 0), "households", 2, "another row", "own"),
        (in_households(1, "rent_krw_m", -5), "households", 2, "rent_krw_m of -5, below 0", "rent"),
        (in_households(1, "lives_alone", False), "households", 2, "lives_alone", "size is 1"),
        (in_households(1, "income_krw_m", 1), "households", 2, "income_krw_m that is not", "sum"),
        (in_households(1, "head_age", 9), "households", 2, "head_age of 9, below 15", "head_age"),
        (in_households(1, "head_age", 98), "households", 2, "head_age of 98", "from the head"),
        (in_households(1, "size", 4), "households", 2, "size of 4 and 1 persons", "size"),
    ],
)
def test_an_impossible_row_is_listed(frames, change, which, row, reason, mend):
    homes, persons = change(frames)
    found = find_faults(homes, persons)
    hit = found.filter(
        (pl.col("table") == which) & (pl.col("row") == row) & pl.col("reason").str.contains(reason)
    )
    assert not hit.is_empty(), found
    assert mend in hit["mend"][0]


def test_a_couple_is_of_a_man_first_in_the_frames_used_here(frames):
    assert frames[1]["relation"].to_list()[:3] == ["head", "spouse", "child"]
    assert frames[1]["sex"][0] == "male"


def test_a_household_without_persons_is_listed(frames):
    homes, persons = frames
    found = find_faults(homes, persons.filter(pl.col("household_id") != 1))
    assert found.filter(pl.col("reason") == "has no persons")["row"].to_list() == [2]


def test_a_negative_age_cannot_be_held_and_is_refused_by_its_type(frames):
    persons = frames[1].with_columns(age=pl.col("age").cast(pl.Int16) * -1)
    with pytest.raises(UserError, match=r"age.*data-dictionary"):
        check_frame(persons, Persons, "persons.parquet")


def test_persons_out_of_order_are_listed(frames):
    homes, persons = frames
    found = find_faults(homes.reverse(), persons.reverse())
    assert found["reason"].str.contains("stands behind").any()
    assert found["reason"].str.contains("list its head first").any()


def test_all_rows_are_listed_up_to_a_bound_and_the_rest_counted(korea: Population):
    homes = korea.households.with_columns(rent_krw_m=pl.lit(-1, dtype=pl.Int64)).head(500)
    with pytest.raises(UserError, match="500 rows cannot be") as error:
        check_frame(homes, Households, "households.parquet")
    text = str(error.value)
    assert text.count("has a rent_krw_m of -1") == SHOWN
    assert f"{500 - SHOWN} more" in text
    assert "correct rent_krw_m" in text


def test_what_does_not_fit_together_is_refused(frames):
    homes, persons = frames
    with pytest.raises(UserError, match=r"households row 2 \(id 1\) has no persons"):
        check_together(homes, persons.filter(pl.col("household_id") != 1), "folder")


def test_nothing_is_refused_where_there_is_no_fault(frames):
    refuse(find_faults(*frames), "folder")


def test_every_rule_of_the_schema_has_a_reason_and_a_mend():
    rules = {
        name
        for schema in (Households, Persons)
        for name in schema._validation_rules(with_cast=False)
    }
    assert {rule for rule in rules if "|" not in rule} <= set(IMPOSSIBLE)
