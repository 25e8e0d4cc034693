"""A notice pushes towards a claim, the less the heavier it weighs, and reminds of a renewal."""

import math

import pytest

from simlib.uptake.behaviour import application_prob, fading, renewal_prob, salience
from simlib.uptake.rates import read_rates
from worlds import numbers

RATES = read_rates(
    numbers().override(
        {
            "uptake.application.salience": 0.8,
            "uptake.application.salience_weight": 1.5,
            "uptake.application.salience_half_life_months": 2.0,
            "uptake.renewal.reminder": 0.4,
        },
        "test",
    )
)


def odds(prob: float) -> float:
    return math.log(prob / (1 - prob))


def chance(friction: float, burden: float, months_since_read: float) -> float:
    rest = (0.0, 0.0, 0.0, friction, 0.0, 0.0, burden, months_since_read, 0.0)
    return odds(application_prob(RATES.application, *rest))


@pytest.mark.parametrize(("months", "weight"), [(0, 0.0), (2, 0.0), (0, 1.0), (4, 2.0)])
def test_a_push_halves_each_half_life_and_decays_with_what_stands_against_the_claim(months, weight):
    exact = 0.8 * 0.5 ** (months / 2) * math.exp(-1.5 * weight)
    assert salience(RATES.application, months, weight) == pytest.approx(exact, rel=1e-12)


def test_a_lighter_claim_than_the_standard_one_is_not_pushed_more():
    assert salience(RATES.application, 0.0, -1.0) == salience(RATES.application, 0.0, 0.0) == 0.8


def test_burden_and_friction_weaken_the_push_and_nothing_else():
    for friction, burden in ((0.0, 0.5), (1.0, 0.0), (1.0, 0.5)):
        weight = burden + RATES.application.friction * friction
        push = chance(friction, burden, 0.0) - chance(friction, burden, -1.0)
        assert push == pytest.approx(0.8 * math.exp(-1.5 * weight), abs=1e-12)


def test_a_reminder_adds_its_logit_and_fades():
    plain = odds(renewal_prob(RATES.renewal, 0.3, 0.2, 0.0))
    for months in (0.0, 1.0, 4.0):
        left = fading(RATES.application, months)
        assert odds(renewal_prob(RATES.renewal, 0.3, 0.2, left)) - plain == pytest.approx(
            0.4 * 0.5 ** (months / 2), abs=1e-12
        )
