from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

from simlib.errors import UserError
from simlib.risk.baselines import BASELINES
from simlib.risk.evaluation import SCHEMA, surprising_scorers
from simlib.risk.indicators import all_indicators
from simlib.risk.layers import LAYERS
from simlib.risk.models import MODELS
from simlib.risk.rounds import training_households
from simlib.risk.training import evaluate, train_scorers
from simlib.risk.view import feature_names
from simlib.targeting.value import share_of_lead, value_over_simple

UNTIL = 2024 * 12 + 16


@pytest.fixture(scope="module")
def scorers(rounds, draws, parameters):
    return train_scorers(rounds, UNTIL, draws, parameters, label="truth")


@pytest.fixture(scope="module")
def evaluation(scorers, rounds, draws, parameters):
    return evaluate(scorers, rounds[8:], None, draws, parameters)


def _value(evaluation, scorer, layer, metric, group="all", column="value"):
    row = evaluation.filter(
        pl.col("scorer") == scorer, pl.col("layer") == layer,
        pl.col("metric") == metric, pl.col("group") == group,
    )  # fmt: skip
    return row[column].item()


def test_scores_are_the_same_bytes_with_one_thread_and_two(rounds, draws, parameters):
    scores = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            trained = train_scorers(rounds, UNTIL, draws, parameters)
            scores.append(
                b"".join(trained[m].score_features(rounds[9].features).tobytes() for m in MODELS)
            )
    assert scores[0] == scores[1]


def test_what_happens_after_the_training_month_changes_nothing(rounds, draws, parameters):
    early = [each for each in rounds if each.month <= UNTIL]
    for label in ("recorded_any", "truth"):
        one, other = (
            train_scorers(r, UNTIL, draws, parameters, ["logistic"], label) for r in (early, rounds)
        )
        features = rounds[-1].features
        assert (
            one["logistic"].score_features(features) == other["logistic"].score_features(features)
        ).all()


def test_households_kept_for_evaluation_do_not_touch_the_training(rounds, draws, parameters):
    kept = [each.take(training_households(each.rows, draws, parameters)) for each in rounds]
    one, other = (
        train_scorers(r, UNTIL, draws, parameters, ["hist_gradient_boosting"], "truth")
        for r in (kept, rounds)
    )
    features = rounds[-1].features
    name = "hist_gradient_boosting"
    assert (one[name].score_features(features) == other[name].score_features(features)).all()


def test_an_indicator_more_never_lowers_the_boosted_score(scorers, rounds):
    names, scorer = feature_names(), scorers["hist_gradient_boosting"]
    features = rounds[9].features
    plain = scorer.score_features(features)
    for each in (each for each in all_indicators() if each.direction == 1):
        without = features[:, names.index(each.indicator_id)] == 0
        more = features.copy()
        for name in (each.indicator_id, "indicators_n", "new_indicators_n",
                     f"{each.domain}_indicators_n"):  # fmt: skip
            more[without, names.index(name)] += 1
        assert (scorer.score_features(more) >= plain).all()


def test_trained_scorers_lead_the_rule_on_the_label_they_learned(evaluation):
    for model in ("logistic", "hist_gradient_boosting"):
        assert _value(evaluation, model, "truth", "auc") > _value(
            evaluation, "rule_of_thumb", "truth", "auc"
        )


def test_every_layer_and_baseline_is_reported(evaluation):
    assert set(BASELINES) <= set(evaluation["scorer"])
    assert set(evaluation["layer"]) == set(LAYERS)
    assert evaluation.columns == list(SCHEMA)


def test_baselines_are_exact(evaluation):
    for layer in LAYERS:
        assert _value(evaluation, "oracle", layer, "auc") == 1.0
        assert _value(evaluation, "random", layer, "auc") == 0.5
        assert _value(evaluation, "nobody", layer, "recall") == 0.0
        assert _value(evaluation, "nobody", layer, "precision") is None
    assert _value(evaluation, "random", "truth", "lift") == pytest.approx(1.0, rel=0.02)


def test_precision_times_list_is_recall_times_need(evaluation, rounds, draws, parameters):
    needy = sum(
        int(each.truth[~training_households(each.rows, draws, parameters)].sum())
        for each in rounds[8:]
    )
    for scorer in (*MODELS, "rule_of_thumb", "random"):
        found = _value(evaluation, scorer, "truth", "found_n")
        listed = _value(evaluation, scorer, "truth", "listed_n")
        assert _value(evaluation, scorer, "truth", "precision") * listed == pytest.approx(found)
        assert _value(evaluation, scorer, "truth", "recall") * needy == pytest.approx(found)


def test_the_list_is_as_long_as_the_real_one(evaluation, rounds):
    listed = sum(int(each.listed.sum()) for each in rounds[8:])
    pool = sum(len(each.rows) for each in rounds[8:])
    kept = _value(evaluation, "logistic", "truth", "listed_n")
    assert kept / listed == pytest.approx(0.4, abs=0.04)
    assert kept < pool


def test_recorded_precision_is_bounded_where_labels_are_missing(evaluation):
    for layer in LAYERS[:3]:
        value, low, high = (
            _value(evaluation, "hist_gradient_boosting", layer, "precision", column=column)
            for column in ("value", "low", "high")
        )
        assert low <= value <= high
        assert high - low > 0.1


def test_calibration_of_the_boosted_scorer_is_within_its_intervals(evaluation):
    rows = evaluation.filter(
        pl.col("scorer") == "hist_gradient_boosting", pl.col("layer") == "truth",
    )  # fmt: skip
    predicted = rows.filter(pl.col("metric").str.starts_with("calibration_predicted"))
    observed = rows.filter(pl.col("metric").str.starts_with("calibration_observed"))
    assert len(predicted) == 10
    inside = predicted["value"].is_between(observed["sample_low"], observed["sample_high"])
    assert inside.sum() >= 8
    assert predicted["value"].is_sorted()


def test_small_cells_are_suppressed(scorers, rounds, draws, parameters):
    some = [each.take(np.arange(len(each.rows)) < 150) for each in rounds[8:9]]
    result = evaluate(scorers, some, 20, draws, parameters)
    groups = result.filter(pl.col("group") != "all", pl.col("metric") == "recall")
    assert groups["value"].null_count() > 0
    more = parameters.override({"risk.evaluation.smallest_cell_n": 1}, "test")
    shown = evaluate(scorers, some, 20, draws, more)
    shown = shown.filter(pl.col("group") != "all", pl.col("metric") == "recall")
    assert shown["value"].null_count() < groups["value"].null_count()


def test_a_household_seen_again_does_not_fill_a_small_cell(scorers, rounds, draws, parameters):
    few = rounds[8].take(np.arange(len(rounds[8].rows)) < 150)
    once, often = (
        evaluate(scorers, [few] * n, 20, draws, parameters).filter(
            pl.col("metric") == "recall", pl.col("group").str.starts_with("age_group")
        )
        for n in (1, 5)
    )
    assert 0 < once["value"].null_count() == often["value"].null_count() < len(once)


def test_a_handful_of_crises_gives_no_interval(scorers, rounds, draws, parameters):
    kept = ~training_households(rounds[8].rows, draws, parameters)
    few = np.cumsum(rounds[8].truth & kept) <= 9
    rare = replace(rounds[8], truth=rounds[8].truth & few, untreated=rounds[8].untreated & few)
    result = evaluate(scorers, [rare] * 4, None, draws, parameters)
    for metric in ("auc", "recall_over_rule", "share_of_oracle_lead"):
        assert _value(result, "logistic", "truth", metric) is not None
        assert _value(result, "logistic", "truth", metric, column="sample_low") is None


def test_chances_are_judged_on_those_whose_outcome_was_learned(scorers, rounds, draws, parameters):
    blind = [replace(each, reached=each.reached & False) for each in rounds[8:]]
    result = evaluate(scorers, blind, None, draws, parameters)
    of_chances = pl.col("metric").str.starts_with("calibration") | (pl.col("metric") == "brier")
    assert set(result.filter(of_chances)["layer"]) == {"truth", "untreated"}
    half = [replace(each, reached=each.listed & each.truth) for each in rounds[8:]]
    result = evaluate(scorers, half, None, draws, parameters)
    met = [
        each.take(each.reached & ~training_households(each.rows, draws, parameters))
        for each in half
    ]
    model = "hist_gradient_boosting"
    chance = scorers[model].score_features(np.concatenate([each.features for each in met]))
    given = np.concatenate([each.label("recorded_any") for each in met])
    brier = _value(result, model, "recorded_any", "brier")
    assert brier == pytest.approx(np.mean((chance - given) ** 2))


@pytest.mark.parametrize("bad", [np.nan, np.inf, None])
def test_a_scorer_that_leaves_somebody_without_a_score_is_refused(rounds, draws, parameters, bad):
    class Partial:
        name, is_probability = "mine", False

        def score_features(self, features):
            scores = np.zeros(len(features) - (bad is None))
            scores[0] = 0.0 if bad is None else bad
            return scores

    with pytest.raises(UserError, match="the scorer gave") as error:
        evaluate({"mine": Partial()}, rounds[8:], None, draws, parameters)
    assert "mine" in str(error.value)


def test_no_capacity_finds_nobody(scorers, rounds, draws, parameters):
    result = evaluate(scorers, rounds[8:], 0, draws, parameters)
    assert result.filter(pl.col("metric") == "found_n")["value"].sum() == 0


def test_value_over_the_rule_is_between_rule_and_oracle(evaluation):
    value = value_over_simple(evaluation)
    share = {
        (r["scorer"], r["layer"]): r["share_of_oracle_lead"] for r in value.iter_rows(named=True)
    }
    assert share[("oracle", "truth")] == 1.0
    assert share[("rule_of_thumb", "truth")] == 0.0
    assert share[("random", "truth")] < 0 < share[("hist_gradient_boosting", "truth")] < 1
    assert share_of_lead(3.0, 2.0, 2.0) is None


def test_a_value_without_its_baselines_is_refused(evaluation):
    with pytest.raises(UserError, match="lacks random"):
        value_over_simple(evaluation.filter(pl.col("scorer") != "random"))


def test_a_surprising_auc_is_named(evaluation, parameters):
    assert surprising_scorers(evaluation, parameters) == []
    strict = parameters.override({"risk.evaluation.surprising_auc": 0.5}, "test")
    assert "logistic" in surprising_scorers(evaluation, strict)
    assert "oracle" not in surprising_scorers(evaluation, strict)


def test_too_few_labels_train_nothing(rounds, draws, parameters):
    with pytest.raises(UserError, match="only 0 positive labels"):
        train_scorers(rounds, rounds[0].month, draws, parameters)
    with pytest.raises(UserError, match="did you mean 'logistic'"):
        train_scorers(rounds, UNTIL, draws, parameters, ["logistics"])
    with pytest.raises(UserError, match="no household to evaluate"):
        evaluate({}, [], None, draws, parameters)
