"""Trials that ask scorers what their lists find."""

from pathlib import Path

import pytest

from simlib.errors import UserError
from simlib.experiments.trials.scorer_schema import ScorerTrial
from simlib.experiments.trials.validate import TrialResult, as_dict, load_trial, run_trial
from simlib.parameters import load_parameters

HEAD = "id: lists\ntitle: Lists\npool: {population: {households: 2000}}\nmonths: 14\n"
ARMS = """\
arms:
  lot: [{scorer: {model: random, list_share: 0.1}}]
  rule: {scorer: {model: rule_of_thumb, list_share: 0.1}}
  short: [{scorer: {model: rule_of_thumb, list_n: 5}}]
  best: [{scorer: {model: oracle, list_n: 3}}]
outcomes: [precision, lift, recall, base_rate]
published:
  - {arm: best, outcome: lift, minus: lot, sign: positive}
  - {id: by_lot, arm: lot, outcome: lift, value: 1.0, low: 0.99, high: 1.01}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "lists.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrialResult:
    path = written(tmp_path_factory.mktemp("trial"), HEAD + ARMS)
    return run_trial(*load_trial(path), load_parameters(), 1)


def value(result: TrialResult, arm: str, outcome: str) -> float:
    [found] = [e.mean for a, o, e in result.arms if (a, o) == (arm, outcome)]
    return found


def test_precision_and_lift_stand_for_every_arm(result):
    assert isinstance(result.trial, ScorerTrial)
    assert len(result.arms) == 4 * 4
    assert result.pool_n > 0
    assert value(result, "lot", "lift") == pytest.approx(1.0)
    assert value(result, "best", "lift") > value(result, "rule", "lift")
    base = value(result, "rule", "base_rate")
    assert 0 < base < 1
    assert value(result, "lot", "precision") == pytest.approx(base, rel=0.05)
    # longer lists find no less
    assert value(result, "rule", "recall") >= value(result, "short", "recall")


def test_bands_are_those_of_the_file(result):
    plain = as_dict([result], [], 1)
    assert [band["id"] for band in plain["bands"]] == ["by_lot"]
    assert plain["bands"][0]["inside"]
    [sign] = plain["sign_tests"]
    assert sign["id"] == "lists.best.lift"
    assert sign["inside"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("arms: {a: [{scorer: {model: rule_of_thumb}}]}", "list_share"),
        ("arms: {a: [{scorer: {model: rule, list_n: 5}}]}", "rule"),
        ("arms: {a: [{scorer: {list_n: 5}}], b: []}", "one scorer"),
        ("arms: {a: [{scorer: {list_n: 5}}]}\noutcomes: [applied]", "applied"),
        (
            "arms: {a: [{scorer: {list_n: 5}}]}\n"
            "published: [{arm: c, outcome: lift, sign: positive}]",
            "no arm 'c'",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path, text, said):
    with pytest.raises(UserError, match=said) as error:
        load_trial(written(tmp_path, HEAD + text + "\n"))
    assert "lists.yaml" in error.value.where


def test_too_few_labels_to_train_are_told(tmp_path):
    text = HEAD + "arms: {a: [{scorer: {model: logistic, list_n: 5}}]}\n"
    with pytest.raises(UserError, match="positive labels"):
        run_trial(*load_trial(written(tmp_path, text)), load_parameters(), 1)
