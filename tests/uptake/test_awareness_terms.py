"""Awareness that depends on need and on the amount at stake: one behaviour."""

import numpy as np
import pytest

from simlib.uptake.behaviour import awareness_prob
from simlib.uptake.rates import read_rates
from worlds import numbers, run, same_states, world

TERMS = {"uptake.awareness.need": 0.4, "uptake.awareness.benefit": 0.7}


def test_without_the_terms_need_and_stake_do_not_matter():
    none = dict.fromkeys(TERMS, 0.0)
    rates = read_rates(numbers().override(none, "test")).awareness
    plain = awareness_prob(rates, 0.1, 0.0, 0.3, 0.0, 0.0, 0.25, 0.0)
    assert awareness_prob(rates, 0.1, 0.0, 0.3, 2.0, 1.0, 0.25, 0.0) == plain


def test_those_in_need_and_with_more_at_stake_hear_sooner():
    rates = read_rates(numbers().override(TERMS, "test")).awareness
    chances = [
        awareness_prob(rates, 0.0, 0.0, 0.0, need, benefit, 0.0, 0.0)
        for need, benefit in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    ]
    assert np.all(np.diff(chances) > 0)


@pytest.mark.slow
def test_the_mesa_reference_and_the_compiled_model_agree_with_the_terms_on():
    of = world(months=24)
    compiled = run("everything", of, TERMS)
    same_states(compiled, run("everything", of, TERMS, engine="reference"))
    plain = run("everything", of)
    states = [each.funnel_state.cells.table("state") for each in (compiled, plain)]
    assert (states[0] != states[1]).any()
