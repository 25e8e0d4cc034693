"""The data dictionary describes every column, and its page is up to date."""

from pathlib import Path

import polars as pl

from simlib.population.frames.dictionary import KINDS, dictionary, dictionary_page
from simlib.population.frames.schema import Households, Persons
from simlib.provenance import sources

PAGE = Path(__file__).parents[3] / "docs" / "data-dictionary.md"


def test_every_column_is_described_and_no_other():
    known = dictionary()
    for name, schema in (("households", Households), ("persons", Persons)):
        rows = known.filter(pl.col("table") == name)
        assert rows["column"].to_list() == schema.column_names()
    for column in ("type", "kind", "sentence", "source"):
        assert known[column].null_count() == 0, known.filter(pl.col(column).is_null())
    assert set(known["kind"]) == set(KINDS)


def test_every_source_is_known_and_every_amount_has_a_unit():
    known = dictionary()
    named = {each for row in known["source"] for each in row.split(";")}
    assert named <= set(sources())
    money = known.filter(pl.col("column").str.contains("_krw"))
    assert money["unit"].str.starts_with("KRW").all()


def test_values_are_those_of_the_schema():
    values = dict(dictionary().select("column", "values").iter_rows())
    assert values["care_score"] == "0 to 100"
    assert values["disability"] == "none, mild, severe"
    assert values["dementia"] == "true, false"
    assert values["rent_krw_m"] == "0 or more"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == dictionary_page(), (
        "write it again: python -c 'from simlib.population.frames.dictionary import "
        "dictionary_page; "
        'print(dictionary_page(), end="")\' > docs/data-dictionary.md'
    )
