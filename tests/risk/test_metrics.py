import numpy as np
import pytest

from simlib.risk.metrics import hit_bounds, list_membership


def test_ties_at_the_end_of_the_list_are_shared():
    scores = np.array([5.0, 3.0, 3.0, 3.0, 1.0])
    member = list_membership(scores, 2)
    assert member.share.tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0])
    label = np.array([True, True, False, False, True])
    assert hit_bounds(member, label) == pytest.approx((4 / 3, 1.0, 2.0))


def test_bounds_meet_without_ties():
    scores = np.arange(6.0)
    label = np.array([False, True, False, True, True, False])
    assert hit_bounds(list_membership(scores, 3), label) == (2.0, 2.0, 2.0)


def test_worst_and_best_enclose_every_order_of_the_tied():
    from itertools import combinations

    scores = np.array([2.0, 1, 1, 1, 1, 0])
    label = np.array([True, True, False, True, False, True])
    member = list_membership(scores, 3)
    hits = [1 + label[list(pick)].sum() for pick in combinations(range(1, 5), 2)]
    expected, worst, best = hit_bounds(member, label)
    assert (worst, best) == (min(hits), max(hits))
    assert expected == pytest.approx(np.mean(hits))


@pytest.mark.parametrize(("capacity", "listed"), [(0, 0), (-1, 0), (3, 3), (9, 4)])
def test_a_list_is_never_longer_than_capacity_or_pool(capacity, listed):
    assert list_membership(np.zeros(4), capacity).share.sum() == listed
