"""A draw above a ceiling could not have moved the household: ceilings never lie below chances."""

import numpy as np
import pytest

from simlib.draws import Draws
from simlib.parameters import load_parameters
from simlib.uptake.behaviour import (
    application_logit,
    application_prob,
    awareness_logit,
    awareness_prob,
    relative_benefit,
    salience,
)
from simlib.uptake.ceilings import (
    application_ceiling,
    benefit_ceiling,
    may_happen,
    may_hear,
    salience_ceiling,
    untold_floors,
)
from simlib.uptake.rates import read_rates

N = 4_000


@pytest.fixture(scope="module")
def rates():
    return read_rates(load_parameters())


@pytest.fixture(scope="module")
def normal() -> np.ndarray:
    """Standard normal numbers, (8, N)."""
    return Draws(3, 0).normal("uptake.trait_friction", np.arange(8 * N)).reshape(8, N)


def test_benefit_lies_below_its_tangents_and_near_them(rates, normal):
    ratios = np.exp(1.5 * normal[0])
    gaps = [
        benefit_ceiling(rates.application, 1000.0 * ratio, 1000.0)
        - relative_benefit(rates.application, 1000.0 * ratio, 1000.0)
        for ratio in ratios
    ]
    assert min(gaps) >= 0.0
    assert max(gaps) < 0.1  # else hardly a draw would be settled


def test_a_benefit_of_nothing_has_the_benefit_of_nothing(rates):
    for amount, mean in ((0.0, 1000.0), (1000.0, 0.0), (-5.0, 1000.0)):
        assert benefit_ceiling(rates.application, amount, mean) == 0.0


@pytest.mark.parametrize("months", [-1.0, 0.0, 1.0, 2.0, 7.0, 36.0, 200.0])
def test_push_of_a_read_notice_lies_below_its_ceiling(rates, months: float):
    left = salience(rates.application, months, 0.0) if months >= 0.0 else 0.0
    assert salience_ceiling(rates.application, months) >= left


def test_luck_that_applies_is_never_held_back(rates, normal):
    of = rates.application
    for k in range(N):
        offset, need, friction, stigma, burden, log_ratio, edge, _ = normal[:, k]
        amount, read = 1000.0 * np.exp(log_ratio), float(k % 9 - 1)
        rest = (need, friction, stigma, 0.4, burden, read, float(k % 2))
        exact = (of, offset, relative_benefit(of, amount, 1000.0), *rest)
        ceiling = application_ceiling(of, offset, benefit_ceiling(of, amount, 1000.0), *rest)
        assert ceiling >= application_logit(*exact) - 1e-12
        luck = application_prob(*exact) * (1.0 - 1e-9 * abs(edge))
        assert may_happen(luck, ceiling)


def test_luck_that_hears_is_never_held_back(rates, normal):
    of = rates.awareness
    floors = untold_floors(of)
    for k in range(N):
        offset, learning, friction, need, _, _, edge, share = normal[:, k]
        told = (float(np.clip(abs(share), 0.0, 1.0)), float(k % 2))
        chance = awareness_prob(of, offset, learning, friction, need, 0.0, *told)
        logit = awareness_logit(of, offset, learning, friction, need, 0.0)
        assert may_hear(logit, floors[k % 2], chance * (1.0 - 1e-9 * abs(edge)))


def test_luck_far_above_every_chance_is_settled(rates):
    assert not may_happen(0.5, -4.0)
    assert not may_hear(-8.0, untold_floors(rates.awareness)[0], 0.5)
