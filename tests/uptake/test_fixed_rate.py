"""Take-up as a given rate: kept draws, sourced rates, reforms that change whom they should."""

from dataclasses import replace

import numpy as np
import pytest

from simlib.anchors import solve_anchors
from simlib.errors import UserError
from simlib.life.world import prepare_world
from simlib.model import WelfareModel
from simlib.provenance import sources
from simlib.uptake.fixed_rate import fixed_rates
from simlib.uptake.states import RECEIVING, UNAWARE
from worlds import catalogue, numbers, plain_anchors, policy, run, sample, world

FIXED = {"uptake.mode": "fixed_rate", "uptake.burn_in_months": 1}


def received(model: WelfareModel) -> np.ndarray:
    return model.funnel_state.cells.table("state") == RECEIVING


def test_a_rate_without_a_source_fails():
    for programme in catalogue().programmes:
        rate = programme.take_up
        assert rate is not None, f"{programme.id} has no take-up rate"
        assert all(each.strip() in sources() for each in rate.source.split(";")), programme.id


def test_a_programme_without_a_rate_is_refused_by_name():
    first, *others = catalogue().programmes
    without = replace(catalogue(), programmes=(replace(first, take_up=None), *others))
    with pytest.raises(UserError, match=first.id):
        fixed_rates(without)


def test_a_mode_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="fixed_rate"):
        run("none", changes={"uptake.mode": "fixed_rates"})


def test_the_entitled_receive_with_the_rate_and_nobody_else_does():
    model = run("none", world(5000, 2), FIXED)
    cells, entitled = model.funnel_state.cells, model.entitled()
    assert np.isin(cells.state, (UNAWARE, RECEIVING)).all()
    assert not (cells.state[~entitled] == RECEIVING).any()
    assert model.receiving_n == (cells.state == RECEIVING).sum()
    rates = fixed_rates(model.world.catalogue)[cells.programme[entitled]]
    surplus = (cells.state[entitled] == RECEIVING).sum() - rates.sum()
    assert abs(surplus) < 5 * np.sqrt((rates * (1 - rates)).sum())


def test_who_receives_does_not_change_while_the_right_lasts():
    of = world(500, 12)
    parameters = numbers().override(FIXED, "test")
    model = WelfareModel(of, policy("none"), parameters, plain_anchors(of))
    right, receives = model.funnel_state.cells.table("right"), received(model)
    for _ in range(of.months):
        model.step()
        now = model.funnel_state.cells.table("right")
        lasting = (right == 1) & (now == 1)
        assert np.array_equal(received(model)[lasting], receives[lasting])
        right, receives = now, received(model)


def test_a_reform_changes_only_those_it_should():
    """A lower threshold takes the pension from those above it and nothing from anybody else."""
    reform = {"programmes.basic_pension.threshold_single_krw_m": 1_200_000}
    of = world(500, 1)
    changed = numbers().override(reform, "test")
    after_reform = prepare_world(sample(500), catalogue(), changed, of.start, 1, of.draws)
    before, after = run("none", of, FIXED), run("none", after_reform, FIXED)
    kinds = [model.funnel_state.cells.table("right") for model in (before, after)]
    same = kinds[0] == kinds[1]
    assert not same[:, of.catalogue.index("basic_pension")].all()
    unmoved = same.all(axis=1)
    assert 0 < unmoved.sum() < unmoved.size
    assert np.array_equal(received(before)[unmoved], received(after)[unmoved])
    own = same & (kinds[0] == 1)
    assert np.array_equal(received(before)[own], received(after)[own])


def test_the_fixed_rate_needs_no_solving():
    of = world(500, 1)
    anchors = solve_anchors(of, numbers().override(FIXED, "test"))
    assert (anchors.offset == 0).all()
    assert np.array_equal(anchors.target, fixed_rates(of.catalogue))
    own = ~np.isnan(anchors.effective) & (anchors.effective == anchors.seeded)
    assert own.sum() > 20
