"""The runner with stand-in worlds: what is kept, repeated, recorded and refused."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from simlib.errors import UserError
from simlib.experiments import anchoring, runner, worlds
from simlib.experiments import people as people_of_runs
from simlib.experiments.loading import load_scenario
from simlib.experiments.run import Run
from simlib.experiments.runner import run_scenario
from simlib.experiments.worlds import Outcome
from simlib.files import read_json, read_yaml
from simlib.parameters import load_parameters
from simlib.population import Population, synthesize
from simlib.uptake.anchoring import Anchors

from .conftest import made_up_households, made_up_results

SCENARIO = """\
title: {ko: 시험, en: A test}
population: {from: people}
start: 2024-01
months: 3
replicates: 3
policies: [none, benefit_list]
"""


@dataclass
class StandIn:
    """Stands in for the model: counts what is asked of it, and fails when told to."""

    asked: list[tuple[str, int]] = field(default_factory=list)
    worlds_made: list[int] = field(default_factory=list)
    errors: dict[tuple[str, int], BaseException] = field(default_factory=dict)

    def solve(self, setting: Any, population: Any) -> Anchors:
        one = np.array([1 / 3])
        return Anchors(("basic_pension",), one, one, one, one * np.nan, one)

    def world_of(self, ground: Any, replicate: int) -> int:
        self.worlds_made.append(replicate)
        if ("world", replicate) in self.errors:
            raise self.errors["world", replicate]
        return replicate

    def simulate(self, ground: Any, world: int, policy: str, scorer: Path | None) -> Outcome:
        self.asked.append((policy, world))
        if (policy, world) in self.errors:
            raise self.errors[policy, world]
        ground.setting.parameters.value("uptake.awareness.base_logit")
        effect = 5.0 if policy == "benefit_list" else 0.0
        return Outcome(made_up_results(world, effect), made_up_households(world, effect))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setattr(anchoring, "solve", stand_in.solve)
    monkeypatch.setattr(worlds, "world_of", stand_in.world_of)
    monkeypatch.setattr(worlds, "simulate", stand_in.simulate)
    # the tables that describe population and caseloads have tests of their own, and take long
    monkeypatch.setattr(people_of_runs, "_write", lambda given, folder, _: given.save(folder))
    monkeypatch.setattr(runner, "write_caseloads", lambda *_: None)
    return stand_in


@pytest.fixture(scope="module")
def people() -> Population:
    return synthesize(1000, 2025, 1, load_parameters())


@pytest.fixture
def scenario(tmp_path: Path, people: Population) -> Path:
    people.save(tmp_path / "people")
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def run(scenario: Path, **options: Any) -> Run:
    return run_scenario(load_scenario(scenario, options), scenario.parent / "runs", processes=1)


def test_a_run_has_everything_a_reader_needs(scenario, model):
    made = run(scenario)
    assert made.folder.name.startswith("small-")
    assert made.failures_n == 0
    assert made.replicates("none") == [0, 1, 2]
    assert sorted(model.worlds_made) == [0, 1, 2]
    names = set(made.manifest["files"])
    assert {"scenario.yaml", "failures.parquet", "parameters_read.parquet"} <= names
    assert {"population/households/01-Seoul.parquet", "results/none-r0.parquet"} <= names
    results = made.results("benefit_list")
    assert results["policy"].unique().to_list() == ["benefit_list"]
    assert results["replicate"].unique().sort().to_list() == [0, 1, 2]
    read = made.parameters_read["path"].to_list()
    assert "uptake.awareness.base_logit" in read
    assert "small.yaml:4" in (made.folder / "scenario.yaml").read_text(encoding="utf-8")
    assert read_yaml(made.folder / "scenario.yaml").data["months"] == 3
    assert set(read_json(made.folder / "machine.json")["seconds"]) == {"population", "runs"}


def test_finished_runs_are_not_repeated(scenario, model):
    first = run(scenario)
    model.asked.clear()
    again = run(scenario)
    assert model.asked == []
    assert again.manifest == first.manifest


def test_a_run_that_was_interrupted_goes_on_where_it_was(scenario, model):
    model.errors["benefit_list", 1] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(scenario)
    finished = [each for each in model.asked if each != ("benefit_list", 1)]
    model.errors.clear()
    model.asked.clear()
    made = run(scenario)
    assert not set(finished) & set(model.asked)
    assert len(finished) + len(model.asked) == 6
    assert made.failures_n == 0


def test_an_interrupted_run_ends_with_the_same_results_as_one_in_one_go(scenario, model, tmp_path):
    model.errors["none", 2] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(scenario)
    model.errors.clear()
    made = run(scenario)
    other = run_scenario(scenario, tmp_path / "other", processes=1)
    assert made.manifest == other.manifest


def test_a_failed_run_is_a_row_and_the_others_go_on(scenario, model):
    model.errors["benefit_list", 1] = ZeroDivisionError("no hours left")
    made = run(scenario)
    assert made.failures_n == 1
    row = made.failures().row(0, named=True)
    assert (row["policy"], row["replicate"], row["stage"]) == ("benefit_list", 1, "model")
    assert "no hours left" in row["traceback"]
    assert str(scenario.parent) not in row["traceback"]
    assert made.replicates("benefit_list") == [0, 2]
    assert made.replicates("none") == [0, 1, 2]


def test_a_failed_run_is_tried_again_and_its_row_goes(scenario, model):
    model.errors["benefit_list", 1] = ZeroDivisionError()
    run(scenario)
    model.errors.clear()
    model.asked.clear()
    made = run(scenario)
    assert model.asked == [("benefit_list", 1)]
    assert made.failures_n == 0
    assert made.failures().is_empty()


def test_a_world_that_fails_fails_all_its_policies(scenario, model):
    model.errors["world", 1] = ValueError("no such month")
    made = run(scenario)
    assert made.failures_n == 2
    assert made.failures()["stage"].to_list() == ["world", "world"]
    assert made.replicates("none") == [0, 2]


def test_what_the_user_can_mend_stops_the_run_with_its_message(scenario, model):
    model.errors["none", 1] = UserError("cannot be written (No space left on device)", "x")
    with pytest.raises(UserError, match="No space left"):
        run(scenario)
    model.errors.clear()
    assert run(scenario).failures_n == 0


def test_a_damaged_result_is_computed_anew_and_no_other(scenario, model):
    first = run(scenario)
    model.asked.clear()
    path = first.folder / "results" / "none-r1.parquet"
    path.write_bytes(path.read_bytes()[:-30])
    said: list[str] = []

    class Listener:
        def start(self, total: int, done: int) -> None:
            said.append(f"{done} of {total}")

        def advance(self, done: int) -> None:
            said.append(str(done))

        def say(self, text: str) -> None:
            said.append(text)

    again = run_scenario(scenario, scenario.parent / "runs", processes=1, progress=Listener())
    assert model.asked == [("none", 1)]
    assert "results/none-r1.parquet was damaged or removed: computed anew" in said
    assert "5 of 6" in said
    assert again.manifest == first.manifest


def test_a_damaged_population_is_made_anew_with_the_same_content(scenario, model):
    text = SCENARIO.replace("{from: people}", "{households: 1000, year: 2025, seed: 1}")
    scenario.write_text(text, encoding="utf-8")
    first = run(scenario)
    path = first.folder / "population" / "persons" / "01-Seoul.parquet"
    path.write_bytes(path.read_bytes()[:100])
    assert run(scenario).manifest == first.manifest


def test_a_changed_scenario_runs_beside_the_earlier_one(scenario, model):
    first = run(scenario)
    manifest = (first.folder / "manifest.json").read_bytes()
    other = run(scenario, seed=2)
    assert other.folder != first.folder
    assert (first.folder / "manifest.json").read_bytes() == manifest


def test_a_new_title_keeps_the_results(scenario, model):
    first = run(scenario)
    model.asked.clear()
    scenario.write_text(SCENARIO.replace("A test", "Another"), encoding="utf-8")
    again = run(scenario)
    assert again.folder == first.folder
    assert again.results_hash == first.results_hash
    assert model.asked == []
    assert again.manifest["title"]["en"] == "Another"


def test_a_population_from_a_folder_is_known_by_its_content(scenario, model, tmp_path, people):
    first = run(scenario)
    (tmp_path / "people").rename(tmp_path / "persons")
    scenario.write_text(SCENARIO.replace("people", "persons"), encoding="utf-8")
    assert run(scenario).folder == first.folder
    other = people.households.with_columns(rent_krw_m=pl.col("rent_krw_m") + 1)
    replace(people, households=other).save(tmp_path / "persons")
    assert run(scenario).folder != first.folder
    with pytest.raises(UserError, match="either 'from' or 'households'"):
        load_scenario(scenario, {"population.households": 10_000})


def test_a_damaged_population_folder_is_refused(scenario, model, tmp_path):
    path = tmp_path / "people" / "households" / "01-Seoul.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="not a complete Parquet file"):
        run(scenario)


def test_results_carry_the_columns_of_the_contract(scenario, model):
    results = run(scenario).results("none")
    assert results.columns[:3] == ["policy", "world", "replicate"]
    assert results.schema["world"] == pl.Int32
