"""A population on disk: what comes back is what was written, or a clear error."""

import json
import os
from pathlib import Path

import polars as pl
import pytest

from simlib.errors import UserError
from simlib.population import Population, write_population


@pytest.fixture
def folder(tmp_path: Path, small, parameters, table) -> Path:
    write_population(small, tmp_path / "population", parameters, table)
    return tmp_path / "population"


def test_a_population_comes_back_as_it_was_written(folder, small):
    loaded = Population.load(folder)
    assert loaded.hashes() == small.hashes()
    assert (loaded.seed, loaded.reference_month) == (small.seed, small.reference_month)
    written = {path.name for path in folder.iterdir()}
    assert written == {
        "households", "persons", "manifest.json", "fit.csv", "relations.csv", "columns.csv",
        "datasheet.md",
    }  # fmt: skip


def test_the_datasheet_says_that_no_microdata_entered_and_lists_every_relation(folder):
    text = (folder / "datasheet.md").read_text(encoding="utf-8")
    assert "No microdata entered" in text
    for label in pl.read_csv(folder / "relations.csv")["label"]:
        assert label in text


def test_a_truncated_file_is_refused(folder):
    path = folder / "persons" / "01-Seoul.parquet"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(UserError, match="persons/01-Seoul"):
        Population.load(folder)


def test_a_missing_file_or_folder_is_refused(folder, tmp_path):
    (folder / "households" / "01-Seoul.parquet").unlink()
    with pytest.raises(UserError, match="households/01-Seoul"):
        Population.load(folder)
    with pytest.raises(UserError, match="no such folder"):
        Population.load(tmp_path / "nowhere")


def test_a_missing_column_is_named(folder):
    path = folder / "households" / "01-Seoul.parquet"
    pl.read_parquet(path).drop("tenure").write_parquet(path)
    with pytest.raises(UserError, match="tenure"):
        Population.load(folder)


def test_a_column_of_another_type_is_refused(folder):
    path = folder / "households" / "01-Seoul.parquet"
    pl.read_parquet(path).with_columns(pl.col("size").cast(pl.String)).write_parquet(path)
    with pytest.raises(UserError, match="type"):
        Population.load(folder)


def test_an_impossible_value_is_refused_with_the_rule(folder):
    path = folder / "households" / "01-Seoul.parquet"
    pl.read_parquet(path).with_columns(rent_krw_m=pl.lit(-1)).write_parquet(path)
    with pytest.raises(UserError, match="rent_krw_m"):
        Population.load(folder)


def test_a_changed_value_is_noticed(folder):
    path = folder / "households" / "01-Seoul.parquet"
    changed = pl.read_parquet(path).with_columns(debt_krw=pl.col("debt_krw") + 1)
    changed.write_parquet(path)
    with pytest.raises(UserError, match="manifest"):
        Population.load(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "population"}'])
def test_a_damaged_manifest_is_refused(folder, text):
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"manifest\.json"):
        Population.load(folder)


def test_persons_without_a_household_are_refused(folder, small):
    loaded = Population.load(folder)
    orphans = Population(
        loaded.households, loaded.persons.head(loaded.persons.height - 1), loaded.reference_month, 1
    )
    orphans.save(folder)
    with pytest.raises(UserError, match="household"):
        Population.load(folder)


def test_a_folder_that_cannot_be_written_is_one_clear_error(small, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be written"):
        small.save(blocked / "population")
    assert blocked.read_text(encoding="utf-8") == "in the way"


def test_the_manifest_names_seed_month_code_and_hashes(folder, small):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["content_hash"] == small.hashes()
    assert manifest["reference_month"] == "2025-01"
    assert manifest["seed"] == 3
    assert manifest["code_version"]
