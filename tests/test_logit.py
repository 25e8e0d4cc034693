"""Decisions that the bounds of the logistic function take are those of the function itself."""

import numpy as np
import pytest

from simlib.draws import Draws
from simlib.logit import happens, highest_prob, logistic, logistic_bounds, table_step
from simlib.uptake.behaviour import hears

N = 20_000


@pytest.fixture(scope="module")
def near() -> tuple[np.ndarray, np.ndarray]:
    """Logits, and luck from far off down to the neighbouring floating-point number."""
    draws, ids = Draws(5, 0), np.arange(N)
    logits = 4.0 * draws.normal("uptake.trait_friction", ids) - 1.0
    distance = draws.normal("uptake.trait_stigma", ids)
    width = 10.0 ** (-1.0 - 16.0 * draws.uniform("uptake.apply", ids))
    prob = 1.0 / (1.0 + np.exp(-logits))
    return logits, np.clip(prob + distance * width, 1e-300, 1.0 - 1e-16)


def test_bounds_hold_the_function_between_them(near):
    for logit in [*near[0][:2000], -16.0, 16.0, -40.0, 40.0]:
        low, high = logistic_bounds(logit)
        assert low <= logistic(logit) <= high
        assert logistic(logit) <= highest_prob(table_step(logit)) <= 1.0


def test_what_happens_is_decided_as_without_bounds(near):
    for logit, luck in zip(*near, strict=True):
        assert happens(luck, logit) == (luck < logistic(logit))


@pytest.mark.parametrize("untold", [1.0, 0.975, 0.55])
def test_who_hears_is_decided_as_without_bounds(near, untold: float):
    for logit, luck in zip(*near, strict=True):
        assert hears(luck, logit, untold) == (luck < 1.0 - (1.0 - logistic(logit)) * untold)
