"""Rankings without a model: what they know, and how far they are right."""

import numpy as np
import polars as pl
import pytest

from simlib.errors import UserError
from simlib.risk.baselines import baseline_lists, judgement
from simlib.risk.evaluation import evaluate
from simlib.risk.indicators import indicator_list
from simlib.risk.metrics import ranking_metrics
from simlib.risk.sampling import Households, auc_interval
from simlib.risk.scorers import RuleOfThumb
from simlib.risk.view import REGISTER_FEATURES, AgencyView


def test_caseworkers_are_as_right_as_the_parameter_says(rounds, draws, parameters):
    scores = np.concatenate([judgement(each, draws, parameters) for each in rounds])
    label = np.concatenate([each.untreated for each in rounds])
    households = Households.of_ids(np.concatenate([each.rows for each in rounds]))
    low, high = auc_interval(scores, label, households)
    assert low < parameters.number("risk.baselines.caseworker_auc") < high
    blind = parameters.override({"risk.baselines.caseworker_auc": 0.5}, "test")
    noise = judgement(rounds[0], draws, blind)
    assert (noise == draws.normal("risk.judgement", rounds[0].rows, rounds[0].month)).all()


def test_no_scorer_takes_the_place_of_a_baseline(rounds, draws, parameters):
    with pytest.raises(UserError, match="'caseworkers' is the name of a baseline"):
        evaluate({"caseworkers": RuleOfThumb()}, rounds[8:], None, draws, parameters)


def test_more_staff_is_the_simple_rule_with_a_longer_list(rounds, draws, parameters):
    def found(capacity: int, scorer: str) -> float:
        table = evaluate({}, rounds[8:9], capacity, draws, parameters, ["truth"])
        one = table.filter(pl.col("scorer") == scorer, pl.col("metric") == "found_n")
        return float(one["value"].item())

    share = 100, 200
    lists = [baseline_lists(rounds[8:9], [size], draws, parameters) for size in share]
    assert (lists[0]["more_staff"].share == lists[1]["rule_of_thumb"].share).all()
    assert lists[0]["more_staff"].share.sum() == pytest.approx(200)
    assert found(100, "more_staff") > found(100, "rule_of_thumb") > 0


def test_a_postcode_list_tells_nobody_of_a_municipality_apart(rounds, draws, parameters):
    lists = baseline_lists(rounds[:1], [100], draws, parameters)["postcode"]
    rates = rounds[0].municipality_rate
    assert all(len(set(lists.share[rates == rate])) == 1 for rate in set(rates))
    assert (lists.share[rates < rates.max()] == 0).all()
    assert "auc" in ranking_metrics(lists.scores, rounds[0].truth)


def test_the_rate_of_a_municipality_is_of_all_who_are_registered_there():
    n = 5
    register = {name: np.zeros(n, np.uint8) for name in REGISTER_FEATURES}
    register["municipality"] = np.array([2, 0, 2, 2, 0], np.int32)
    receives = np.array([True, False, False, False, False])
    nothing = np.zeros(n, np.uint64)
    view = AgencyView(
        0, nothing, nothing, register, receives, np.zeros(n, bool), indicator_list(45)
    )
    assert view.municipality_rate().tolist() == [1 / 3, 0, 1 / 3, 1 / 3, 0]
