import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from simlib.draws import Draws
from simlib.risk.sampling import (
    Households,
    auc_interval,
    gap_interval,
    ratio_interval,
    share_interval,
)

WORLDS = 400
FEW = 150


def crises_of_few(world: int, rounds_n: int = 3):
    """Give labels of few households in several rounds; a crisis shows in all of them."""
    ids = np.arange(FEW, dtype=np.uint32)
    label = Draws(5, world).uniform("risk.split", ids) < 0.2
    return np.tile(label, rounds_n).astype(float), Households.of_ids(np.tile(ids, rounds_n))


def test_a_share_without_hits_has_the_exact_interval_of_its_households():
    households = Households.of_ids(np.arange(10, dtype=np.uint32))
    assert share_interval(np.zeros(10), np.ones(10), households) == pytest.approx((0, 0.3084971))
    assert share_interval(np.ones(10), np.ones(10), households) == pytest.approx((0.6915029, 1))
    assert share_interval(np.zeros(10), np.zeros(10), households) == (None, None)


def test_seeing_the_same_households_again_tells_nothing_new():
    label, households = crises_of_few(0)
    once = Households.of_ids(np.arange(FEW, dtype=np.uint32))
    for interval in (share_interval, ratio_interval):
        again = interval(label, np.ones(label.size), households)
        assert again == pytest.approx(interval(label[:FEW], np.ones(FEW), once))
    scores = Draws(5).uniform("risk.split", np.arange(FEW, dtype=np.uint32), draw=1) + label[:FEW]
    again = auc_interval(np.tile(scores, 3), label > 0, households)
    assert again == pytest.approx(auc_interval(scores, label[:FEW] > 0, once))


def test_intervals_hold_the_truth_as_often_as_they_say():
    hits = 0
    for world in range(WORLDS):
        label, households = crises_of_few(world)
        low, high = share_interval(label, np.ones(label.size), households)
        hits += low <= 0.2 <= high
    # at least 95 %: exact binomial, so a little more; 99.9 % of such counts are above 364
    assert hits >= 365


def test_the_interval_of_auc_agrees_with_leaving_out_one_household_after_another():
    ids = np.repeat(np.arange(120, dtype=np.uint32), 2)
    draws = Draws(9)
    label = np.repeat(draws.uniform("risk.split", ids[::2]) < 0.3, 2)
    scores = draws.normal("risk.split", np.arange(240, dtype=np.uint32), draw=1) + label
    areas = np.array([roc_auc_score(label[ids != i], scores[ids != i]) for i in range(120)])
    spread = 1.959964 * np.sqrt(119 / 120 * ((areas - areas.mean()) ** 2).sum())
    low, high = auc_interval(scores, label, Households.of_ids(ids))
    assert (low + high) / 2 == pytest.approx(roc_auc_score(label, scores))
    assert (high - low) / 2 == pytest.approx(spread, rel=0.02)


def test_a_gap_has_no_interval_where_nobody_is_compared():
    label, households = crises_of_few(0)
    everybody = np.ones(label.size, bool)
    assert gap_interval(label, label, everybody, households, 2) == (None, (None, None))
