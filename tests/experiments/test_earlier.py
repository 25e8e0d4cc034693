"""A run of another version is read when it has all that is read, and refused kindly when not."""

from pathlib import Path

import polars as pl
import pytest

from simlib.errors import UserError
from simlib.experiments.finding import find_run
from simlib.experiments.measures import measures
from simlib.files import package_data, read_json, write_json, write_parquet
from simlib.observation import HOUSEHOLD_COLUMNS, SCHEMA
from simlib.parameters import Parameters
from simlib.provenance import code_version
from simlib.reporting.context import open_report
from simlib.risk.baselines import BASELINES
from simlib.risk.evaluation import SCHEMA as EVALUATION

ABOUT = {
    "run": "old",
    "policies": ["none"],
    "policy_files": {},
    "replicates": 1,
    "population": "p",
    "seed": 1,
    "start": "2024-01",
    "months": 3,
    "files": {},
}
FILES = {
    "results": "results/none-r0.parquet",
    "households": "households/none-r0.parquet",
    "people": "population/households/01-Seoul.parquet",
    "persons": "population/persons/01-Seoul.parquet",
    "parameters": "parameters_read.parquet",
    "evaluation": "scorer/evaluation.parquet",
}


def table(columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    known = pl.read_csv(package_data("kr", "population_columns.csv"))
    always = [name for name, each in measures().items() if each.always]
    frames = {
        "results": pl.DataFrame(dict.fromkeys(SCHEMA, always)),
        "households": table(["household_id", *HOUSEHOLD_COLUMNS]),
        "people": table(known.filter(table="households")["column"].to_list()),
        "persons": table(known.filter(table="persons")["column"].to_list()),
        "parameters": Parameters({}).read_log(),
        "evaluation": pl.DataFrame(dict.fromkeys(EVALUATION, BASELINES)),
    }
    for name, frame in frames.items():
        write_parquet(frame, tmp_path / FILES[name])
    write_json(tmp_path / "manifest.json", {**ABOUT, "code_version": "0.1.0+0123456789ab"})
    return tmp_path


def change(folder: Path, file: str, column: str) -> None:
    path = folder / FILES[file]
    write_parquet(pl.read_parquet(path).drop(column), path)


def test_a_run_of_another_version_that_lacks_nothing_is_read(old):
    assert find_run(old, old).policies == ["none"]


@pytest.mark.parametrize(
    ("file", "column", "says"),
    [
        ("results", "stratum", "column 'stratum' of results"),
        ("households", "opted_out", "column 'opted_out' of households"),
        ("people", "tenure", "column 'tenure' of population/households"),
        ("persons", "age", "column 'age' of population/persons"),
        ("parameters", "evidence", "column 'evidence' of parameters_read.parquet"),
        ("evaluation", "sample_low", "column 'sample_low' of scorer/evaluation.parquet"),
    ],
)
def test_a_column_that_it_lacks_is_named_with_both_versions(old, file, column, says):
    change(old, file, column)
    for refused in (lambda: find_run(old, old), lambda: open_report(old)):
        with pytest.raises(UserError, match="this run lacks what this version") as caught:
            refused()
        assert says in caught.value.what
        assert "0.1.0+0123456789ab" in caught.value.why and code_version() in caught.value.why
        assert "simlib run" in caught.value.mend


def test_measures_entries_and_files_that_it_lacks_are_named(old):
    path = old / FILES["results"]
    write_parquet(pl.read_parquet(path).filter(pl.col("measure") != "crisis_n"), path)
    with pytest.raises(UserError, match=r"reads: measure 'crisis_n'\."):
        find_run(old, old)
    (old / FILES["people"]).unlink()
    with pytest.raises(UserError, match=r"the files population/households/\*\.parquet"):
        find_run(old, old)
    about = read_json(old / "manifest.json")
    write_json(old / "manifest.json", {key: about[key] for key in about if key != "months"})
    with pytest.raises(UserError, match=r"'months' in manifest\.json"):
        find_run(old, old)


def test_a_ranking_that_stands_beside_every_scorer_is_missed_where_scorers_were_trained(old):
    path = old / FILES["evaluation"]
    write_parquet(pl.read_parquet(path).filter(pl.col("scorer") != "postcode"), path)
    with pytest.raises(UserError, match=r"reads: ranking 'postcode' of scorer/eval.*\.parquet\."):
        open_report(old)
    path.unlink()
    assert find_run(old, old).policies == ["none"]


def test_what_this_version_wrote_is_not_looked_at(old):
    change(old, "households", "opted_out")
    write_json(old / "manifest.json", {**ABOUT, "code_version": code_version()})
    assert find_run(old, old).policies == ["none"]
