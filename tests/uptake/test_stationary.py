"""With rights that do not change, the dynamic model settles at the rates of the fixed one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, norm

from simlib.anchors import solve_anchors
from simlib.model import WelfareModel
from simlib.uptake.anchoring import Anchors
from simlib.uptake.states import RECEIVING
from worlds import numbers, plain_anchors, policy, same_states, world

MONTHS = 96
FEW = 100
"""Programmes with fewer entitled households say nothing about a rate."""


def counts(replicate: int, anchors: Anchors, **changes: object) -> np.ndarray:
    """Count the entitled, and those of them who receive, after a long burn-in, by programme."""
    given = {name.replace("__", "."): value for name, value in changes.items()}
    parameters = numbers().override({"uptake.burn_in_months": MONTHS} | given, "test")
    of = world(5000, 1, replicate)
    model = WelfareModel(of, policy("none"), parameters, anchors, record=False)
    cells, entitled = model.funnel_state.cells, model.entitled()
    receives = entitled & (cells.state == RECEIVING)
    n = cells.programmes_n
    return np.stack(
        [np.bincount(cells.programme[each], minlength=n) for each in (entitled, receives)]
    ).astype(float)


@pytest.mark.slow
def test_the_stationary_dynamic_model_reproduces_the_fixed_one():
    """Three lucks stand between the two: of the solved sample, of the funnel, of the draws.

    Each has the variance of a share of so many households; the bounds let one in ten thousand
    correct models fail.
    """
    long = numbers().override({"uptake.burn_in_months": MONTHS}, "test")
    anchors = solve_anchors(world(5000, 1, 0), long)
    dynamic, fixed = counts(1, anchors), counts(1, anchors, uptake__mode="fixed_rate")
    target = anchors.target
    known = ~np.isnan(target) & (dynamic[0] >= FEW) & (fixed[0] >= FEW)
    assert known.sum() > 25
    gap = dynamic[1][known] / dynamic[0][known] - fixed[1][known] / fixed[0][known]
    variance = target * (1 - target)
    error = np.sqrt(variance[known] * (2 / dynamic[0][known] + 1 / fixed[0][known]))
    z, n = gap / error, int(known.sum())
    assert np.abs(z).max() < norm.ppf(1 - 1e-4 / (2 * n)), dict(
        zip(np.array(anchors.ids)[known], z.round(1), strict=True)
    )
    assert (z**2).sum() < chi2.ppf(1 - 1e-4, n)


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
