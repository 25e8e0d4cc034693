"""Target, seeded and effective take-up side by side, in both modes, through the same runner."""

from pathlib import Path

import polars as pl
import pytest

from simlib.cli_compare import diary
from simlib.errors import UserError
from simlib.experiments import people
from simlib.experiments.loading import load_scenario
from simlib.experiments.runner import run_scenario
from simlib.experiments.setting import prepare_setting
from simlib.experiments.take_up import compare_take_up
from simlib.files import read_parquet
from worlds import sample

SCENARIO = """\
title: {ko: 시험, en: A test}
population: {from: people}
start: 2024-01
months: 2
replicates: 1
mode: fixed_rate
programmes: [core]
policies: [none]
set: {uptake.burn_in_months: 1}
"""


def written(folder: Path, text: str = SCENARIO) -> Path:
    sample(500).save(folder / "people")
    path = folder / "fixed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_run_with_fixed_rates_writes_its_table_and_has_diaries_of_one_world(
    tmp_path, monkeypatch, capsys
):
    # the tables that describe a population's quality are not needed here, and take long
    monkeypatch.setattr(people, "_write", lambda given, folder, _: given.save(folder))
    run = run_scenario(written(tmp_path), tmp_path, processes=1)
    assert run.failures_n == 0
    assert "take_up.parquet" in run.manifest["files"]
    table = read_parquet(run.folder / "take_up.parquet")
    assert table["target_share"].null_count() == 0
    assert set(table["reason"].drop_nulls()) == {"chance"}
    pension = table.row(by_predicate=pl.col("programme") == "basic_pension", named=True)
    assert pension["source"] == "BP2023"
    assert abs(pension["last_share"] - pension["target_share"]) < 5 * pension["last_error"]
    diary(run.folder, household=[int(run.households("none", 0)["household_id"][0])], lang="en")
    assert "Paid over the whole period" in capsys.readouterr().out
    with pytest.raises(UserError, match="no policy beside 'none'"):
        diary(run.folder)


def test_outreach_is_refused_where_take_up_is_given(tmp_path):
    text = SCENARIO.replace("[none]", "[none, membership]")
    with pytest.raises(UserError, match="membership") as caught:
        prepare_setting(load_scenario(written(tmp_path, text)))
    assert "fixed.yaml:" in caught.value.where


@pytest.mark.parametrize(
    ("programme", "receiving", "new", "reason"),
    [
        ("basic_pension", 957, 0, "chance"),
        ("basic_pension", 900, 100, "new_rights"),
        ("basic_pension", 700, 100, "months"),
        ("energy_voucher", 700, 0, "limit"),
        ("birth_grant_local", 500, 0, "event"),
    ],
)
def test_each_difference_has_its_reason(tmp_path, programme, receiving, new, reason):
    setting = prepare_setting(load_scenario(written(tmp_path)))
    ids = list(setting.catalogue.ids)
    anchors = pl.DataFrame(
        {
            "programme": ids,
            "target_share": [None if each == "birth_grant_local" else 0.5 for each in ids],
            "seeded_share": 0.5,
            "effective_share": 0.5,
            "offset_logit": 0.0,
            "at_limit": [each == "energy_voucher" for each in ids],
        }
    )
    months = pl.DataFrame(
        {
            "replicate": 0,
            "month": [0, 1],
            "programme": programme,
            "entitled_n": [1000.0, 1000.0],
            "receiving_n": [950.0, float(receiving)],
            "new_rights_n": [0.0, float(new)],
        }
    )
    row = compare_take_up(setting, anchors, months).filter(programme=programme)
    assert row["reason"].to_list() == [reason]
    assert row["new_rights_share"].item() == new / 1000
