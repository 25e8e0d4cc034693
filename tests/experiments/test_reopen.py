"""What a run keeps of its files is enough to open them again."""

from types import SimpleNamespace

import pytest

from simlib.errors import UserError
from simlib.experiments.loading import load_scenario
from simlib.experiments.reopen import _load, reopened
from simlib.experiments.setting import prepare_setting
from simlib.files import write_text

SCENARIO = """\
title: {ko: 시험, en: A test}
population: {households: 1000, year: 2025, seed: 1}
start: 2024-01
months: 12
policies: [none, mine.yaml]
"""
POLICY = """\
title: {ko: 편지, en: Letters}
instruments:
  - membership: {channel: letter}
  - detection:
from: 2024-03
regions: [목포시]
"""


def test_a_policy_file_comes_back_from_the_manifest_as_it_was(tmp_path):
    write_text(tmp_path / "mine.yaml", POLICY)
    write_text(tmp_path / "scenario.yaml", SCENARIO)
    before = prepare_setting(load_scenario(tmp_path / "scenario.yaml")).policies["mine"]
    kept = {"policy_files": {"mine": before.as_written()}}
    scratch = tmp_path / "again"
    run = SimpleNamespace(folder=tmp_path, manifest=kept)
    after = prepare_setting(_load(run, scratch)).policies["mine"]
    assert after == before


def test_a_run_ranked_by_a_file_opens_when_the_file_is_gone(tmp_path):
    text = SCENARIO.replace("[none, mine.yaml]", "[none, officer_calls]")
    write_text(tmp_path / "scenario.yaml", text + "scorer: {file: gone.skops}\n")
    prepare_setting(_load(SimpleNamespace(folder=tmp_path, manifest={}), tmp_path / "again"))


def test_a_scenario_of_another_version_is_refused_by_the_name_of_the_run(tmp_path):
    text = SCENARIO.replace("months", "moons").replace(", mine.yaml", "")
    write_text(tmp_path / "scenario.yaml", text)
    run = SimpleNamespace(folder=tmp_path, manifest={})
    with pytest.raises(UserError, match="unknown key 'moons'") as caught, reopened(run):
        pass
    assert caught.value.where == str(tmp_path / "scenario.yaml")
    assert "run the scenario" in caught.value.mend
