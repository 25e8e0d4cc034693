"""Counting by categories of controls: packed counts, blocks that add up, any expression."""

from dataclasses import replace

import polars as pl
import pytest

from simlib.errors import UserError
from simlib.files import package_data
from simlib.population import FitStatus, Population, fit_table
from simlib.population.published.controls import ControlRow
from simlib.population.published.counting import count_homes, count_persons, person_rows, tally
from simlib.population.quality.fit_report import add_counts, count_controls, fit_report


def control(unit: str, geography: str, universe: str, expression: str) -> ControlRow:
    return ControlRow(
        "mine", unit, geography, universe, expression, "0.5", 1000.0, "HEDGE", "assumption", ""
    )


def test_packed_counts_are_those_of_a_group_by(small):
    frame = small.persons.select("sex", "age", "chronic_illness", "work")
    packed = tally(frame)
    plain = frame.group_by(frame.columns).agg(pl.len().alias("n"))
    assert packed.sort(frame.columns).equals(
        plain.select(packed.columns).cast(packed.schema).sort(frame.columns)
    )


def test_values_of_wide_range_are_counted_too():
    frame = pl.DataFrame({"a": [0, 30_000_000, 0, 5], "b": [1, 1, 1, 2]})
    assert tally(frame)["n"].sort().to_list() == [1, 1, 2]


def test_counts_of_regions_add_up_to_those_of_the_country(small, table):
    whole = count_controls(small.households, small.persons, table)
    parts = [count_controls(b.households, b.persons, table) for _, b in small.by_region()]
    keys = ["control", "geography", "category"]
    assert add_counts(parts).sort(keys).equals(whole.sort(keys))


@pytest.mark.parametrize(
    ("universe", "expression", "wanted"),
    [
        ("age >= 65", "lives_alone", (pl.col("age") >= 65) & pl.col("lives_alone")),
        ("sex = 'female'", "age_band = '30-34'",
         (pl.col("sex") == "female") & pl.col("age").is_between(30, 34)),
        ("", "tenure = 'own' AND disability <> 'none'",
         (pl.col("tenure") == "own") & (pl.col("disability") != "none")),
    ],
)  # fmt: skip
def test_controls_of_persons_may_name_columns_of_their_household(
    small, universe, expression, wanted
):
    row = control("persons", "national", universe, expression)
    counted = count_persons(small.households, small.persons, [row])[0]
    people = small.persons.join(
        small.households.select("household_id", "lives_alone", "tenure"), on="household_id"
    )
    found = counted.filter(pl.col("category") == "true")["result"].sum()
    assert found == people.filter(wanted).height


def test_persons_in_rows_have_their_household_and_its_place(small):
    rows = person_rows(small.households, small.persons)
    assert (small.households["household_id"].gather(rows["home"]) == rows["household_id"]).all()
    assert {"region", "municipality", "lives_alone", "age_band"} <= set(rows.columns)


def test_an_unknown_column_is_refused_where_persons_are_counted(small):
    row = control("persons", "national", "", "hair = 'red'")
    with pytest.raises(UserError, match="hair"):
        count_persons(small.households, small.persons, [row])


def test_households_are_counted_in_municipalities(small):
    row = control("households", "municipality", "", "size = 1")
    counted = count_homes(small.households, [row])[0]
    assert counted["result"].sum() == small.households.height
    places = {str(code) for code in small.households["municipality"].unique()}
    assert set(counted["geography"]) == places


def test_the_report_leaves_out_small_places_and_marks_what_gave_way(
    small: Population, korea: Population, table
):
    report = fit_report(korea, table)
    rows = report.filter(pl.col("control") == "municipality_persons")
    people = korea.persons.join(
        korea.households.select("household_id", "municipality"), on="household_id"
    )
    counted = people.group_by("municipality").len()
    large = counted.filter(pl.col("len") >= 100)["municipality"]
    assert set(rows["geography"]) == {str(code) for code in large}
    assert rows.height == 36 * large.len()
    assert 200 < large.len() <= 229
    assert not report["gave_way"].any()
    gone = replace(
        table,
        result=replace(table.result, status=FitStatus.RELAXED, responsible=("head_sex",)),
    )
    marked = fit_report(small, gone).filter("gave_way")
    assert set(marked["control"]) == {"head_sex"}


def test_a_wish_that_contradicts_published_totals_gives_way_in_a_fit(tmp_path, parameters):
    text = package_data("kr", "controls.csv").read_text(encoding="utf-8").strip()
    line = "wish,households,national,,tenure = 'own',0.9,10,HEDGE,assumption,"
    path = tmp_path / "controls.csv"
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    made = fit_table(parameters, path)
    assert made.result.status is FitStatus.RELAXED
    assert "wish" in made.result.responsible
