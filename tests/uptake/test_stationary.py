"""While rights begin and end, the dynamic model stays at the rates of the fixed one."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import chi2, norm

from simlib.anchors import solve_anchors
from simlib.model import WelfareModel
from simlib.uptake.anchoring import Anchors
from simlib.uptake.states import RECEIVING
from worlds import numbers, plain_anchors, policy, same_states, world

MONTHS = 24
FEW = 100
"""Programmes with fewer entitled households say nothing about a rate."""


@cache
def anchors() -> Anchors:
    return solve_anchors(world(5000, MONTHS, 0), numbers())


def counts(mode: str) -> np.ndarray:
    """Count the entitled and those of them who receive, (years, 2, programmes), month means."""
    of, parameters = world(5000, MONTHS, 1), numbers().override({"uptake.mode": mode}, "test")
    model = WelfareModel(of, policy("none"), parameters, anchors(), record=False)
    months = np.zeros((of.months, 2, len(of.catalogue.ids)))
    for month in months:
        model.step()
        cells, entitled = model.funnel_state.cells, model.entitled()
        for row, each in enumerate((entitled, entitled & (cells.state == RECEIVING))):
            month[row] = np.bincount(cells.programme[each], minlength=month.shape[1])
    return months.reshape(2, 12, *months.shape[1:]).mean(axis=1)


@pytest.mark.slow
def test_the_stationary_dynamic_model_reproduces_the_fixed_one():
    """In both years; three lucks stand between the two: of the sample, the funnel, the draws.

    Each has the variance of a share of so many households; the bounds let one in ten thousand
    correct models fail. Programmes that no offset brings to their rate say so.
    """
    target, ids = anchors().target, np.array(anchors().ids)
    reachable = ~np.isnan(target) & ~anchors().table()["at_limit"].to_numpy()
    for dynamic, fixed in zip(counts("dynamic"), counts("fixed_rate"), strict=True):
        known = reachable & (dynamic[0] >= FEW) & (fixed[0] >= FEW)
        n, rate = int(known.sum()), target[known]
        (entitled, receive), (fixed_entitled, fixed_receive) = dynamic[:, known], fixed[:, known]
        gap = receive / entitled - fixed_receive / fixed_entitled
        z = gap / np.sqrt(rate * (1 - rate) * (2 / entitled + 1 / fixed_entitled))
        named = dict(zip(ids[known].tolist(), z.round(1), strict=True))
        assert n > 25
        assert np.abs(z).max() < norm.ppf(1 - 1e-4 / (2 * n)), named
        assert (z**2).sum() < chi2.ppf(1 - 1e-4, n), named


def test_ease_of_keeping_is_the_same_in_the_reference_and_keeps_more():
    of = world(100, 3)
    hard = plain_anchors(of, 3.0)
    easy = replace(hard, ease_from=0.0)
    assert (hard.ease == 0).all() and (easy.ease == 3.0).all()
    parameters = numbers().override({"uptake.burn_in_months": 13}, "test")
    kept = {
        name: WelfareModel(of, policy("none"), parameters, anchors, engine=engine).run()
        for name, anchors, engine in (
            ("hard", hard, "compiled"),
            ("easy", easy, "compiled"),
            ("reference", easy, "reference"),
        )
    }
    same_states(kept["easy"], kept["reference"])
    receiving = [(kept[name].funnel_state.cells.state == RECEIVING).sum() for name in kept]
    assert receiving[1] > receiving[0]
