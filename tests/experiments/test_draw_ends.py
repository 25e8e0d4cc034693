"""Ends of draws, against what the draws were made from."""

import numpy as np
import pytest
from scipy.stats import binom, norm, t

from simlib.experiments.draw_ends import draw_ends

CASES = 4_000
SURE = 1e-6
"""Chance with which a test of a share in so many cases fails although the share is right."""


def made(draws_n: int, seed: int, lopsided: float) -> tuple[np.ndarray, np.ndarray]:
    """Make draws of many series, and one draw more of each; lognormal, or its mirror image."""
    luck = np.random.default_rng(seed).standard_normal((CASES, draws_n + 1))
    values = np.sign(lopsided) * np.exp(abs(lopsided) * luck)
    return values[:, :-1], values[:, -1]


def believable(count: int, least: float, most: float) -> bool:
    """Tell whether a count of cases fits a share between two."""
    return bool(binom.ppf(SURE / 2, CASES, least) <= count <= binom.ppf(1 - SURE / 2, CASES, most))


@pytest.mark.parametrize("lopsided", [0.8, -0.8])
def test_from_39_draws_on_each_side_is_right_whatever_they_come_from(lopsided):
    draws, more = made(39, 1, lopsided)
    low, high = draw_ends(draws)
    assert (low == draws.min(axis=1)).all() and (high == draws.max(axis=1)).all()
    assert believable(int((more < low).sum()), 0.025, 0.025)
    assert believable(int((more > high).sum()), 0.025, 0.025)


@pytest.mark.parametrize("lopsided", [0.8, -0.8])
def test_fewer_lopsided_draws_cover_nearly_as_many_where_a_symmetric_interval_misses(lopsided):
    """Of 20 draws the ends miss 3 to 6 % of further ones, and not all on one side."""
    draws, more = made(20, 2, lopsided)
    low, high = draw_ends(draws)
    below, above = int((more < low).sum()), int((more > high).sum())
    assert believable(below + above, 0.03, 0.06)
    assert min(below, above) > 0.1 * (below + above)
    middle = np.median(draws, axis=1)
    wide = t.ppf(0.975, 19) * draws.std(axis=1, ddof=1)
    beyond = [int((more < middle - wide).sum()), int((more > middle + wide).sum())]
    assert min(beyond) < 0.01 * CASES / 10 and max(beyond) > 0.05 * CASES


def test_of_normal_draws_the_ends_are_those_of_the_normal():
    places = np.arange(1, 2_000) / 2_000
    [[low], [high]] = draw_ends(np.atleast_2d(norm.ppf(places)))
    assert (low, high) == pytest.approx((norm.ppf(0.025), norm.ppf(0.975)))


def test_series_do_not_touch_each_other_and_units_do_not_matter():
    draws, _ = made(20, 3, 0.4)
    low, high = draw_ends(draws[:5])
    [one_low], [one_high] = draw_ends(1000 * draws[3:4] + 7)
    assert (one_low, one_high) == pytest.approx((1000 * low[3] + 7, 1000 * high[3] + 7))
    equal = draw_ends(np.full((1, 4), 2.0))
    assert [float(each[0]) for each in equal] == [2.0, 2.0]
