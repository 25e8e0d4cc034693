"""Scorers on disk: what comes back, and what is refused."""

import pytest

from simlib.errors import UserError
from simlib.files import read_json, write_json
from simlib.provenance import file_hash, hash_of
from simlib.risk.scorers import TrainedScorer
from simlib.risk.training import load_scorer, save_scorer, train_scorers, training_rows

UNTIL = 2024 * 12 + 16


@pytest.fixture(scope="module")
def scorers(rounds, draws, parameters):
    return train_scorers(rounds, UNTIL, draws, parameters, label="truth")


def test_a_scorer_survives_its_file(scorers, rounds, tmp_path):
    for name, scorer in scorers.items():
        save_scorer(scorer, tmp_path / f"{name}.skops")
        back = load_scorer(tmp_path / f"{name}.skops")
        features = rounds[9].features
        assert back.name == name
        assert (back.score_features(features) == scorer.score_features(features)).all()


def rewritten(path, **changes):
    """Change what stands beside a scorer's file, and its hash with it."""
    card = read_json(path.with_suffix(".json")) | changes
    del card["card_sha256"]
    write_json(path.with_suffix(".json"), card | {"card_sha256": hash_of(card)})


def test_an_estimator_of_ones_own_survives_its_file(rounds, draws, parameters, tmp_path):
    from sklearn.ensemble import RandomForestClassifier

    rows = training_rows(rounds, UNTIL, draws, parameters, "truth")
    columns = ("indicators_n", "head_age")
    forest = RandomForestClassifier(5, min_samples_leaf=50, random_state=0, n_jobs=1)
    mine = TrainedScorer("mine", forest.fit(rows.columns(columns), rows.label), columns)
    save_scorer(mine, tmp_path / "mine.skops")
    features = rounds[9].features
    back = load_scorer(tmp_path / "mine.skops")
    assert (back.score_features(features) == mine.score_features(features)).all()


def test_an_estimator_that_could_not_be_read_back_is_not_written(tmp_path):
    from sklearn.preprocessing import FunctionTransformer

    mine = TrainedScorer("mine", FunctionTransformer(rewritten), ("head_age",))
    with pytest.raises(UserError, match="not trusted"):
        save_scorer(mine, tmp_path / "mine.skops")
    assert not (tmp_path / "mine.skops").exists()


def test_columns_that_were_swapped_beside_the_file_are_noticed(scorers, tmp_path):
    path = tmp_path / "model.skops"
    save_scorer(scorers["four_variable_logistic"], path)
    card = read_json(path.with_suffix(".json"))
    write_json(path.with_suffix(".json"), card | {"columns": card["columns"][::-1]})
    with pytest.raises(UserError, match="changed after it was written"):
        load_scorer(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scikit_learn": "0.24.1"}, "trained with scikit-learn 0.24.1"),
        ({"columns": ["indicators_n", "nationality"]}, "'nationality', which is no feature"),
    ],
)
def test_a_scorer_from_elsewhere_is_refused(scorers, tmp_path, changes, said):
    path = tmp_path / "model.skops"
    save_scorer(scorers["four_variable_logistic"], path)
    rewritten(path, **changes)
    with pytest.raises(UserError, match=said):
        load_scorer(path)


def test_a_changed_scorer_file_is_refused(scorers, tmp_path):
    path = tmp_path / "model.skops"
    save_scorer(scorers["logistic"], path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match="changed after it was written"):
        load_scorer(path)
    path.unlink()
    with pytest.raises(UserError, match="no such file"):
        load_scorer(path)


def test_a_scorer_file_with_foreign_types_is_refused(scorers, tmp_path):
    import skops.io

    path = tmp_path / "model.skops"
    save_scorer(scorers["logistic"], path)
    skops.io.dump(FileNotFoundError, path)
    rewritten(path, sha256=file_hash(path))
    with pytest.raises(UserError, match="not trusted"):
        load_scorer(path)
