"""Searching in one move: the time until applying and the state meanwhile are those of the chain."""

import numpy as np
import pytest

from simlib.logit import logistic
from simlib.uptake.searching import Search, applies_after, is_aware_after, search_of
from simlib.uptake.states import AWARE, UNAWARE

GRID = (np.arange(300) + 0.5) / 300
MONTHS = 60


def searching(step: int, finds: float, applies: float, forgets: float) -> Search:
    return search_of(step, logistic(-finds), 0.98, logistic(applies), forgets)


def chain(step: int, of: tuple[float, float, float], state: int) -> tuple[np.ndarray, np.ndarray]:
    """Give chances to apply in each month, and to be aware at its begin if not applied before."""
    hears = 1.0 - 0.98 / (1.0 + np.exp(of[0]))
    applies = 1.0 / (1.0 + np.exp(-of[1]))
    forgets = (1.0 - applies) * of[2]
    stays = (1.0 - applies) * (1.0 - of[2])
    month = np.array([[1.0 - hears, hears], [forgets, stays]])
    leaves = np.array([0.0, applies])
    if step == 0:
        month = np.array([[1.0 - hears + hears * forgets, hears * stays], [forgets, stays]])
        leaves = np.array([hears * applies, applies])
    stands, applied, aware = np.eye(2)[int(state == AWARE)], [], []
    for _ in range(MONTHS):
        aware.append(stands[1] / stands.sum())
        applied.append(stands @ leaves)
        stands = stands @ month
    return np.array(applied), np.array(aware)


@pytest.mark.parametrize("state", [UNAWARE, AWARE])
@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize("of", [(-2.0, -1.5, 0.07), (-5.0, 1.0, 0.03), (0.5, -3.0, 0.1)])
def test_a_search_is_that_of_the_chain_of_two_states(of, step, state):
    search = searching(step, *of)
    months = [applies_after(search, step, state, a, b) for a in GRID for b in GRID]
    applied = np.bincount(np.minimum(months, MONTHS), minlength=MONTHS + 1)[:MONTHS] / len(months)
    expected, aware = chain(step, of, state)
    assert np.abs(applied.cumsum() - expected.cumsum()).max() < 2.0 / GRID.size
    for month in (1, 2, 7, MONTHS - 1):
        share = np.mean([is_aware_after(search, state, month, each) for each in GRID])
        assert abs(share - aware[month]) <= 1.0 / GRID.size


def test_where_both_are_nearly_sure_the_mean_time_is_kept():
    of = 4.0, -0.5, 0.1
    search = searching(1, *of)
    assert search.fast < 0.0
    months = [applies_after(search, 1, UNAWARE, a, b) for a in GRID for b in GRID]
    expected, aware = chain(1, of, UNAWARE)
    mean = (np.arange(MONTHS) * expected).sum()
    assert abs(np.mean(months) / mean - 1.0) < 0.01
    assert np.mean([is_aware_after(search, UNAWARE, 5, each) for each in GRID]) == pytest.approx(
        aware[5], abs=1.0 / GRID.size
    )


def test_who_is_sure_to_hear_and_apply_does_so_at_once_and_who_never_does_never():
    sure = searching(0, 60.0, 60.0, 0.0)
    assert applies_after(sure, 0, UNAWARE, 0.3, 0.7) == 0
    never = searching(1, -60.0, -60.0, 0.0)
    assert applies_after(never, 1, AWARE, 0.3, 0.7) > 10**5
    assert is_aware_after(never, AWARE, 100, 0.999)


@pytest.mark.parametrize("state", [UNAWARE, AWARE])
@pytest.mark.parametrize("step", [0, 1])
def test_who_hears_and_forgets_but_cannot_apply_searches_for_ever(step, state):
    search = searching(step, 40.0, -40.0, 1.0)
    assert search.fast <= 0.0
    assert applies_after(search, step, state, 0.3, 0.9) >= 12 * 100
