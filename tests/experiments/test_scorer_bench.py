"""The bench for scorers of one's own: what the documentation shows, and what must not leak."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simlib.errors import UserError
from simlib.experiments import training
from simlib.experiments.loading import load_scenario
from simlib.experiments.setting import prepare_setting
from simlib.experiments.store import RunStore
from simlib.experiments.worlds import simulate, world_of
from simlib.files import read_json
from simlib.provenance import file_hash
from simlib.risk.scorers import RuleOfThumb, chosen_features
from simlib.risk.training import training_households

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
SCENARIO = f"""
title: {{ko: 점수, en: Scorers}}
population: {{from: {(ROOT / "data/synthetic/kr-2025-5k").as_posix()}}}
start: 2024-01
months: 18
seed: 7
programmes: [core]
policies: [none, officer_calls]
offices: {{caseworkers_per_1000_households: 20.0}}
scorer: {{train_until: 2024-12}}
set: {{outreach.detection.national_share: 0.15, risk.training.least_positives: 10}}
"""
"""Long lists and many caseworkers, so that few households leave labels enough."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Run the documentation's program, on fewer households, and give what it made."""
    text = (ROOT / "docs/risk.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", text, re.S)
    [program] = [each for each in programs if "ScorerBench" in each]
    program = program.replace(', {"population.households": 20_000}', "")
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("bench"))
        Path("small.yaml").write_text(SCENARIO, encoding="utf-8")
        exec(program.replace("scenarios/outreach-2024.yaml", "small.yaml"), names)
        names["folder"] = Path.cwd()
    return names


def setting_with(shown, scorer: str):
    """Give the setting of the same scenario with another scorer."""
    path = shown["folder"] / "other.yaml"
    path.write_text(SCENARIO.replace("scorer: {", f"scorer: {{{scorer}, "), encoding="utf-8")
    return prepare_setting(load_scenario(path))


def test_the_program_of_the_documentation_judges_its_scorers(shown):
    scorers = set(shown["table"]["scorer"])
    assert {"forest", "debt_first", "four_variable_logistic", "random", "oracle"} <= scorers
    assert shown["outcome"].households.height == 5000


def test_rows_hold_only_what_was_known_of_households_for_training(shown):
    bench, rows = shown["bench"], shown["rows"]
    delay = int(bench.ground.setting.parameters.number("risk.labels.delay_months"))
    assert rows.month.max() + delay <= bench.ground.setting.loaded.scenario.train_until_month
    assert training_households(rows.household_id, *bench._luck).all()
    reached = sum(
        int((each.reached & training_households(each.rows, *bench._luck)).sum())
        for each in bench.records
        if each.month <= rows.month.max()
    )
    assert len(rows.label) == len(rows.features) == reached


def test_a_run_ranks_by_the_scorer_it_is_given(shown):
    class Backwards:
        name, is_probability = "backwards", False

        def score_features(self, features):
            return -RuleOfThumb().score_features(features)

    bench = shown["bench"]
    listed = [bench.run("officer_calls", each).households["listed_n"].to_numpy()
              for each in (RuleOfThumb(), RuleOfThumb(), Backwards())]  # fmt: skip
    assert (listed[0] == listed[1]).all()
    assert (listed[0] != listed[2]).any()
    assert listed[0].sum() == pytest.approx(listed[2].sum(), rel=0.1)


def test_a_scenario_that_names_a_file_runs_as_the_bench_does_and_keeps_it(shown, monkeypatch):
    bench = shown["bench"]
    ground = replace(bench.ground, setting=setting_with(shown, "file: forest.skops"))
    monkeypatch.setattr(training, "history", lambda _: bench.records)
    store = RunStore(shown["folder"] / "run")
    training.train_for(ground, store)
    (shown["folder"] / "forest.skops").rename(shown["folder"] / "gone.skops")
    ranks = training.scorer_file(store.folder, ground.setting, "officer_calls")
    outcome = simulate(ground, world_of(ground, 0), "officer_calls", ranks)
    assert outcome.households.equals(shown["outcome"].households)
    (shown["folder"] / "gone.skops").rename(shown["folder"] / "forest.skops")
    card = read_json(store.folder / "scorer" / "forest.card.json")
    assert (card["label"], card["trained_until"]) == ("recorded_public", "2024-12")
    assert card["provenance"]["sha256"] == file_hash(shown["folder"] / "forest.skops")
    text = (store.folder / "scorer" / "forest.card.md").read_text(encoding="utf-8")
    assert "data outside this run" in text and "cannot be told here" in text


def test_models_learn_the_label_that_a_scenario_names(shown):
    records = shown["bench"].records
    features = records[0].features
    usual, _ = training.fit_scorers(shown["bench"].ground.setting, records)
    named = "four_variable_logistic"
    same = shown["scorers"][named].score_features(features)
    assert (usual[named].score_features(features) == same).all()
    other, _ = training.fit_scorers(setting_with(shown, "label: recorded_any"), records)
    assert other[named].label == "recorded_any"
    assert other[named].score_features(features).mean() > 2 * same.mean()


def test_a_scorer_without_a_score_stops_the_run(shown):
    class Nothing:
        name, is_probability = "nothing", False

        def score_features(self, features):
            return np.full(len(features), np.nan)

    with pytest.raises(UserError, match="no finite score"):
        shown["bench"].run("officer_calls", Nothing())
    with pytest.raises(UserError, match="did you mean 'officer_calls'"):
        shown["bench"].run("officer_call", RuleOfThumb())
    with pytest.raises(UserError, match="did you mean 'head_age'"):
        chosen_features(shown["rows"].features, ("head_ag",))
