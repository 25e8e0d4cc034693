"""A scenario that names its scorer by a file: what is read, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from simlib.errors import UserError
from simlib.experiments.finding import find_run
from simlib.experiments.loading import load_scenario
from simlib.experiments.scorer_files import given_scorer
from simlib.experiments.setting import prepare_setting, scenario_hash
from simlib.files import read_json, write_json
from simlib.months import parse_month
from simlib.provenance import hash_of
from simlib.risk.scorers import RuleOfThumb, TrainedScorer
from simlib.risk.storage import save_scorer

SCENARIO = """\
title: {ko: 점수, en: Scorers}
population: {households: 1000, year: 2025, seed: 1}
start: 2024-01
months: 18
policies: [none, officer_calls]
scorer: {file: mine.skops, train_until: 2024-12}
"""
ROWS = np.array([[0.0], [1.0], [2.0], [3.0]])


def trained(until: str, *labels: bool) -> TrainedScorer:
    """Make a small scorer."""
    fitted = LogisticRegression().fit(ROWS, labels or (False, False, True, True))
    return TrainedScorer("x", fitted, ("indicators_n",), parse_month(until), "recorded_public")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "given.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    save_scorer(trained("2024-12"), tmp_path / "mine.skops")
    return path


def refused(scenario: Path) -> str:
    with pytest.raises(UserError) as error:
        prepare_setting(load_scenario(scenario))
    assert error.value.mend
    assert error.value.where.startswith(("given.yaml:6", str(scenario) + ":6"))
    return str(error.value)


def test_a_scorer_is_called_like_its_file(scenario):
    prepare_setting(load_scenario(scenario))
    scorer = given_scorer(load_scenario(scenario))
    assert scorer is not None and (scorer.name, scorer.label) == ("mine", "recorded_public")


def test_another_file_is_another_run(scenario):
    first = scenario_hash(load_scenario(scenario))
    assert scenario_hash(load_scenario(scenario)) == first
    save_scorer(trained("2024-12", False, True, False, True), scenario.parent / "mine.skops")
    assert scenario_hash(load_scenario(scenario)) != first


def test_a_scorer_that_knows_the_months_it_ranks_is_refused(scenario):
    save_scorer(trained("2025-01"), scenario.parent / "mine.skops")
    said = refused(scenario)
    assert "until 2025-01, and would rank from 2025-01" in said
    assert "write 'train_until: 2025-01'" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trained_until": 0}, "does not say what it learned and until when"),
        ({"label": ""}, "does not say what it learned and until when"),
        ({"label": "recorded_pubic"}, "did you mean 'recorded_public'"),
    ],
)
def test_a_scorer_that_does_not_say_what_it_learned_is_refused(scenario, change, said):
    save_scorer(replace(trained("2024-12"), **change), scenario.parent / "mine.skops")
    assert said in refused(scenario)


def test_a_rule_knows_no_month(scenario):
    save_scorer(RuleOfThumb(), scenario.parent / "mine.skops")
    prepare_setting(load_scenario(scenario))


def test_a_missing_or_damaged_file_is_named_with_the_line_of_the_scenario(scenario):
    path = scenario.parent / "mine.skops"
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    assert "changed after it was written" in refused(scenario)
    path.write_bytes(content)
    about = path.with_suffix(".json")
    card = read_json(about)
    write_json(about, [1])
    assert "does not describe a scorer" in refused(scenario)
    del card["card_sha256"]
    foreign = card | {"scikit_learn": "0.24.1"}
    write_json(about, foreign | {"card_sha256": hash_of(foreign)})
    assert "trained with scikit-learn 0.24.1" in refused(scenario)
    about.unlink()
    assert "mine.json that belongs beside it is missing" in refused(scenario)
    with pytest.raises(UserError, match=r"given.yaml:6.*mine.json that belongs"):
        find_run(scenario, scenario.parent)
    path.rename(path.with_name("mind.skops"))
    assert "did you mean 'mind.skops'" in refused(scenario)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{file: mine.skops, model: logistic}", "either 'model' or 'file'"),
        ("{file: mine.json}", "name the .skops file"),
        ("{label: recorded_pubic}", "recorded_public"),
    ],
)
def test_what_does_not_go_together_is_refused_with_its_line(scenario, written, said):
    text = SCENARIO.replace("{file: mine.skops, train_until: 2024-12}", written)
    scenario.write_text(text, encoding="utf-8")
    assert said in refused(scenario)


def test_a_name_of_simlibs_own_is_refused(scenario):
    folder = scenario.parent
    for ending in ("skops", "json"):
        (folder / f"mine.{ending}").rename(folder / f"logistic.{ending}")
    scenario.write_text(SCENARIO.replace("mine", "logistic"), encoding="utf-8")
    assert "copy the file and its JSON under another name" in refused(scenario)


def test_the_resolved_scenario_loads_again(scenario):
    loaded = load_scenario(scenario)
    scenario.write_text(loaded.resolved_text(), encoding="utf-8")
    assert load_scenario(scenario).scenario == loaded.scenario
