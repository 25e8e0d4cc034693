"""Monotone maps on knots and normal scores."""

import numpy as np
import pytest
from scipy.special import ndtri

from simlib.population.money.knots import increasing, normal_grid, normal_quantile, on_knots


def test_normal_quantile_is_the_inverse_of_the_normal_distribution():
    probs = np.concatenate([10.0 ** -np.arange(1.0, 16.0), np.linspace(0.001, 0.999, 999)])
    found = np.array([normal_quantile(p) for p in probs])
    assert found == pytest.approx(ndtri(probs), abs=1e-13)


def test_a_map_is_linear_between_knots_and_goes_on_beyond_them():
    at, values = np.array([0.0, 1.0, 3.0]), np.array([10.0, 20.0, 24.0])
    points = {-1.0: 0.0, 0.0: 10.0, 0.5: 15.0, 1.0: 20.0, 2.0: 22.0, 3.0: 24.0, 5.0: 28.0}
    for x, y in points.items():
        assert on_knots(x, at, values) == pytest.approx(y)


def test_a_map_on_rising_knots_never_falls():
    rng = np.arange(50.0)
    at = np.cumsum(0.01 + np.abs(np.sin(rng)))
    values = np.cumsum(np.abs(np.cos(rng)))
    points = np.linspace(at[0] - 5.0, at[-1] + 5.0, 2_001)
    found = np.array([on_knots(x, at, values) for x in points])
    assert (np.diff(found) >= 0).all()


def test_the_shares_of_the_normal_grid_sum_to_one_and_are_even():
    scores, probs, shares = normal_grid(3.2, 161)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares * scores).sum() == pytest.approx(0.0, abs=1e-12)
    assert (shares * scores**2).sum() == pytest.approx(1.0, abs=5e-3)
    assert probs[80] == pytest.approx(0.5)


def test_values_are_made_to_rise_without_moving_those_that_do():
    assert increasing(np.array([1.0, 2.0, 3.0])) == pytest.approx([1.0, 2.0, 3.0])
    found = increasing(np.array([1.0, 5.0, 4.0, 4.0, 6.0]))
    assert (np.diff(found) > 0).all()
    assert found == pytest.approx([1.0, 5.0, 5.0, 5.0, 6.0], abs=1e-7)
