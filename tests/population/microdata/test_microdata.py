"""A researcher's own microdata: what enters, what does not and why."""

import re
from pathlib import Path

import polars as pl
import pytest

from population.microdata.survey import MAPPING, frames, write_survey
from simlib.errors import UserError
from simlib.population import Population
from simlib.population.microdata.folders import import_to
from simlib.population.microdata.importing import Imported, import_population
from simlib.population.microdata.mapping import Mapping, read_mapping
from simlib.population.microdata.reading import read_microdata


@pytest.fixture(scope="module")
def survey(small: Population) -> tuple[pl.DataFrame, pl.DataFrame]:
    return frames(small)


@pytest.fixture(scope="module")
def brought(tmp_path_factory, survey, parameters, table) -> tuple[Path, Imported]:
    folder = tmp_path_factory.mktemp("survey")
    path = write_survey(folder, *survey)
    made = import_to(folder / "out", path, parameters=parameters, table=table)
    return folder / "out", made


def faults(tmp_path: Path, homes: pl.DataFrame, persons: pl.DataFrame, mapping: str = MAPPING):
    return read_microdata(write_survey(tmp_path, homes, persons, mapping)).rejected


def test_what_the_survey_says_comes_back_unchanged(brought, small):
    _, made = brought
    source = made.sources["households"]
    order = source["source_id"].cast(pl.Int64) - 7000
    theirs = small.households[order.to_numpy()]
    ours = made.population.households
    for column in ("municipality", "size", "tenure", "income_krw_m", "head_age", "head_sex"):
        assert (ours[column] == theirs[column]).all(), column
    assert ours["municipality"].is_sorted()
    persons = small.persons[(made.sources["persons"]["source_id"].cast(pl.Int64) - 1).to_numpy()]
    for column in ("age", "sex", "relation", "uses_internet"):
        assert (made.population.persons[column] == persons[column]).all(), column


@pytest.mark.parametrize("income", ["TOTINC", pl.lit(0.0).alias("TOTINC")])
def test_a_handful_of_households_comes_in_with_what_cannot_be_said_of_them_left_open(
    survey, parameters, table, tmp_path, income
):
    homes = survey[0].head(3).with_columns(income)
    path = write_survey(tmp_path, homes, survey[1].join(homes, on="HID", how="semi"))
    made = import_to(tmp_path / "out", path, parameters=parameters, table=table)
    assert made.population.households.height == 3
    relations = pl.read_csv(tmp_path / "out" / "relations.csv")
    assert relations["result"].is_nan().any() and relations["result"].is_finite().any()
    sheet = (tmp_path / "out" / "datasheet.md").read_text(encoding="utf-8")
    assert "nobody here" in sheet and not re.search(r"\bnan\b", sheet)


def test_the_folder_is_a_population_and_remembers_ids_and_weights(brought):
    folder, made = brought
    loaded = Population.load(folder)
    assert loaded.hashes() == made.population.hashes()
    source = pl.read_parquet(folder / "source_households.parquet")
    assert set(source["weight"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert source["source_id"].n_unique() == loaded.households.height
    assert not (folder / "rejected.csv").exists()


def test_the_datasheet_says_which_microdata_entered_and_what_was_modelled(brought):
    folder, _ = brought
    text = (folder / "datasheet.md").read_text(encoding="utf-8")
    assert "# Households of Trial survey" in text
    assert "Microdata entered" in text
    assert "No microdata entered" not in text
    assert "debt_krw" in text.split("Modelled or assumed:")[1].splitlines()[0]
    columns = pl.read_csv(folder / "columns.csv")
    given = columns.filter(pl.col("kind") == "given")["column"].to_list()
    assert given == ["tenure", "income_krw_m", "relation", "uses_internet"]


def test_modelled_incomes_add_up_to_the_total_that_was_given(brought):
    homes = brought[1].population.households
    parts = homes["earnings_krw_m"] + homes["pension_krw_m"] + homes["other_income_krw_m"]
    assert (parts == homes["income_krw_m"]).all()
    assert homes["other_income_krw_m"].min() >= 0


def test_earnings_that_were_given_decide_on_work(tmp_path, survey, small, parameters, table):
    homes, persons = survey
    persons = persons.with_columns(EARN=small.persons["earnings_krw_m"])
    text = MAPPING.replace("relation:", "earnings_krw_m: EARN, relation:")
    made = import_population(write_survey(tmp_path, homes, persons, text), parameters, table)
    people = made.population.persons
    order = made.sources["persons"]["source_id"].cast(pl.Int64) - 1
    assert (people["earnings_krw_m"] == persons["EARN"].gather(order.to_numpy())).all()
    paid = ["employee", "temporary", "daily", "self_employed"]
    assert (people["work"].cast(pl.String).is_in(paid) == (people["earnings_krw_m"] > 0)).all()


def test_a_car_of_which_only_the_value_is_given_gets_an_age_and_an_engine_that_fit(
    tmp_path, survey, parameters, table
):
    homes, persons = survey
    none = pl.col("HID") % 3 == 0
    homes = homes.with_columns(CAR=pl.when(none).then(0).otherwise(3_000_000), CC=998)
    for extra in ("vehicle_krw: CAR,", "vehicle_krw: CAR, vehicle_cc: CC,"):
        text = MAPPING.replace("tenure:", f"{extra} tenure:")
        made = import_population(write_survey(tmp_path, homes, persons, text), parameters, table)
        cars = made.population.households.select("vehicle_krw", "vehicle_years", "vehicle_cc")
        owned = pl.col("vehicle_krw") > 0
        assert cars.filter(~owned)["vehicle_years"].max() == 0
        assert cars.filter(owned)["vehicle_years"].min() > 0
        given = "vehicle_cc" in extra
        assert (cars.filter(owned)["vehicle_cc"].n_unique() == 1) == given
        assert given or cars.filter(~owned)["vehicle_cc"].max() == 0


def test_without_relations_or_tenure_they_are_guessed_and_said(tmp_path, survey, parameters, table):
    text = (
        MAPPING[: MAPPING.index("             tenure")].rstrip().rstrip(",")
        + "}\n"
        + "persons: {file: pp.csv, id: PID, household: HID, age: AGE,\n"
        "          sex: {column: SEX, male: 1, female: 2}}\n"
    )
    made = import_population(write_survey(tmp_path, *survey, text), parameters, table)
    assert any("guessed" in note for note in made.origin["notes"])
    assert "tenure" in made.origin["modelled"]["households"]
    homes = made.population.households
    assert 0.4 < (homes["tenure"] == "own").mean() < 0.75
    assert (homes.filter(pl.col("size") == 1)["household_type"] == "one_person").all()


def test_only_a_region_is_enough_and_households_are_placed_by_residents(
    tmp_path, survey, small, parameters, table
):
    homes, persons = survey
    korean = {"Seoul": "서울", "Busan": "부산광역시"}
    region = small.households["region"].cast(pl.String).replace(korean).reverse()
    text = MAPPING.replace("municipality: SGG", "region: REG")
    path = write_survey(tmp_path, homes.with_columns(REG=region), persons, text)
    made = import_population(path, parameters, table)
    ours = made.population.households.group_by("region").len().sort("region")
    assert ours.equals(small.households.group_by("region").len().sort("region"))
    seoul = made.population.households.filter(pl.col("region") == "Seoul")
    assert seoul["municipality"].n_unique() == 25
    assert "placed in a municipality by residents" in made.origin["notes"][0]


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("SGG", 99999, "no municipality with this code"),
        ("NP", 9, "not the number of persons listed"),
        ("NP", 0, "is below 1"),
        ("TEN", 8, "has no meaning in the mapping"),
        ("TOTINC", -1.0, "is negative"),
        ("TOTINC", None, "is empty: say in the mapping"),
        ("W", -2.0, "is negative"),
        ("HID", None, "is empty"),
    ],
)
def test_a_faulty_household_is_listed_with_row_and_reason(tmp_path, survey, column, value, named):
    homes, persons = survey
    changed = homes.with_columns(
        pl.when(pl.int_range(pl.len()) == 3).then(value).otherwise(pl.col(column)).alias(column)
    )
    found = faults(tmp_path, changed, persons).filter(pl.col("reason").str.contains(named))
    assert found["row"].to_list()[:1] == [4]
    assert found["table"][0] == "households"


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("AGE", -1, "is negative"),
        ("AGE", 130, "is above 120"),
        ("AGE", None, "is empty"),
        ("SEX", 3, "has no meaning"),
        ("HID", 1, "is no household of the other file"),
        ("PID", None, "is empty"),
    ],
)
def test_a_faulty_person_is_listed_with_row_and_reason(tmp_path, survey, column, value, named):
    homes, persons = survey
    changed = persons.with_columns(
        pl.when(pl.int_range(pl.len()) == 5).then(value).otherwise(pl.col(column)).alias(column)
    )
    found = faults(tmp_path, homes, changed).filter(pl.col("table") == "persons")
    assert (found["row"][0], named in found["reason"][0]) == (6, True)


def test_duplicates_orphans_and_headless_households_are_listed(tmp_path, survey):
    homes, persons = survey
    twice = pl.concat([homes, homes.head(1)])
    assert "earlier row" in faults(tmp_path, twice, persons)["reason"][0]
    nobody = persons.filter(pl.col("HID") != homes["HID"][0])
    assert "has no persons" in faults(tmp_path, homes, nobody)["reason"].to_list()[0]
    headless = persons.with_columns(REL=pl.when(pl.col("REL") == 1).then(6).otherwise("REL"))
    assert "has 0 heads" in faults(tmp_path, homes, headless)["reason"][0]
    child = persons.with_columns(AGE=pl.when(pl.col("REL") == 1).then(9).otherwise("AGE"))
    assert "too young for a head" in faults(tmp_path, homes, child)["reason"][0]


def test_text_that_is_no_number_is_listed(tmp_path, survey):
    homes, persons = survey
    changed = persons.with_columns(AGE=pl.col("AGE").cast(pl.String) + " years")
    found = faults(tmp_path, homes, changed)
    assert found.height == persons.height
    assert (found["reason"] == "is not a number").all()


def test_faulty_rows_are_refused_and_all_of_them_written(tmp_path, survey, parameters, table):
    homes, persons = survey
    path = write_survey(tmp_path, homes.with_columns(SGG=pl.lit(5)), persons)
    with pytest.raises(UserError, match=r"1000 rows cannot enter.*rejected\.csv"):
        import_to(tmp_path / "out", path, parameters=parameters, table=table)
    assert pl.read_csv(tmp_path / "out" / "rejected.csv").height == homes.height
    with pytest.raises(UserError):
        Population.load(tmp_path / "out")


def test_households_with_a_faulty_row_can_be_left_out_whole(tmp_path, survey, parameters, table):
    homes, persons = survey
    bad = persons.with_columns(AGE=pl.when(pl.col("PID") == 1).then(-4).otherwise("AGE"))
    path = write_survey(tmp_path, homes, bad)
    made = import_to(tmp_path / "out", path, drop_rejected=True, parameters=parameters, table=table)
    lost = str(persons["HID"][0])
    assert lost not in made.sources["households"]["source_id"].to_list()
    assert made.population.households.height == homes.height - 1
    assert made.origin["rejected_rows"] == 1
    assert pl.read_csv(tmp_path / "out" / "rejected.csv")["row"].to_list() == [1]
    assert "1 faulty rows were left out" in (tmp_path / "out" / "datasheet.md").read_text("utf-8")


def test_impossible_persons_are_listed_by_the_rows_of_the_file(tmp_path, survey, parameters, table):
    homes, persons = survey
    bad = persons.with_columns(AGE=pl.when(pl.col("REL") == 2).then(9).otherwise("AGE"))
    path = write_survey(tmp_path, homes, bad)
    with pytest.raises(UserError, match="cannot enter"):
        import_to(tmp_path / "out", path, parameters=parameters, table=table)
    listed = pl.read_csv(tmp_path / "out" / "rejected.csv")
    spouses = bad.with_row_index("row", 1).filter(pl.col("REL") == 2)
    assert set(spouses["row"]) <= set(listed["row"])
    made = import_population(path, parameters, table, drop_rejected=True)
    assert "spouse" not in made.population.persons["relation"].cast(pl.String).to_list()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("size: NP", "siz: NP", r"mapping\.yaml:3: unknown key 'households.siz'.*'size'"),
        ("column: SEX", "column: SECHS", r"no column 'SECHS'"),
        ("male: 1", "man: 1", r"'sex' has no value 'man'"),
        ("times: 10000", "time: 10000", "unknown key 'time' for 'income_krw_y'"),
        ("file: hh.parquet", "file: h.parquet", r"no file 'h\.parquet'.*hh\.parquet"),
        ("file: hh.parquet", "file: mapping.yaml", "neither Parquet nor CSV"),
        ("municipality: SGG, ", "", "neither municipality nor region"),
        ("size: NP", "size: NP, income_krw_m: NP", "say the same"),
        ("size: NP", "size: 4", "write the name of a column"),
        ("size: NP", "size: {times: 4}", "give either 'column' or 'value'"),
        ("age: AGE,", "", "'persons.age' is missing"),
        ("seed: 5", "seed: -5", "seed"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path, survey, old, new, named):
    assert old in MAPPING
    path = write_survey(tmp_path, *survey, MAPPING.replace(old, new, 1))
    with pytest.raises(UserError, match=named):
        read_microdata(path)


def test_a_damaged_file_is_refused(tmp_path, survey):
    path = write_survey(tmp_path, *survey)
    (tmp_path / "hh.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UserError, match="not a complete Parquet file"):
        read_microdata(path)


def test_units_and_constants_are_understood(tmp_path, survey):
    homes, persons = survey
    text = MAPPING.replace("size: NP", "size: NP, debt_krw: {value: 3, times: 1000000}")
    micro = read_microdata(write_survey(tmp_path, homes, persons, text))
    assert set(micro.households["debt_krw"]) == {3_000_000}
    wanted = (homes["TOTINC"] * 10000 / 12).round().cast(pl.Int64)
    assert (micro.households["income_krw_m"] == wanted).all()


def test_the_mapping_of_the_documentation_is_valid(tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "households: {file: hh.parquet, id: HID, municipality: SGG, size: NP, "
        "income_krw_y: TOTINC, weight: W}\n"
        "persons: {file: pp.parquet, id: PID, household: HID, age: AGE, "
        "sex: {column: SEX, male: 1, female: 2}}\n",
        encoding="utf-8",
    )
    mapping, _ = read_mapping(path)
    assert set(mapping.sources("persons")) == {"id", "household", "age", "sex"}
    schema = Mapping.model_json_schema()
    assert schema["properties"]["households"]
