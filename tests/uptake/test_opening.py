"""How runs begin: living alone equals the funnel, young rights are young, nothing else matters."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from simlib.life.world import prepare_world
from simlib.model import WelfareModel
from simlib.population.population import Population
from simlib.uptake.anchoring import Anchors
from simlib.uptake.past import YEAR, Past
from simlib.uptake.states import PENDING, RECEIVING, STATES_N, SUSPENDED, UNAWARE
from worlds import (
    NO_FRICTION,
    catalogue,
    numbers,
    plain_anchors,
    policy,
    same_states,
    sample,
    world,
)

PLENTY = {
    "offices.caseworkers_per_1000_households": 50.0,
    "claims.appeal_share": 0.0,
    "uptake.awareness.peers": 0.0,
    "uptake.awareness.cross_programme": 0.0,
}
"""What one household alone does not meet: queues, appeals, neighbours, the desk of a benefit."""
LONG = 60


def opened(anchors: Anchors, households_n: int = 5000, **changes: object) -> WelfareModel:
    given = {name.replace("__", "."): value for name, value in changes.items()}
    parameters = numbers().override(PLENTY | given, "test")
    return WelfareModel(world(households_n, 1), policy("none"), parameters, anchors, record=False)


def with_past(young_share: float = 0.0, households_n: int = 5000) -> Anchors:
    """Rights of which a share began last month, the others as long ago as is followed."""
    plain = plain_anchors(world(households_n, 1))
    n = len(plain.ids)
    older = np.ones((n, YEAR + 1))
    older[:, 2:] = 1.0 - young_share
    return replace(plain, past=Past(older, np.ones(n), np.zeros(n)))


def table(model: WelfareModel, by: np.ndarray) -> np.ndarray:
    """Count cells of own right by a grouping of programmes and state."""
    cells = model.funnel_state.cells
    own = cells.right == 1
    state = np.where(cells.state[own] == PENDING, SUSPENDED, cells.state[own])
    key = by[cells.programme[own]] * STATES_N + state
    return np.bincount(key, minlength=(by.max() + 1) * STATES_N).astype(float)


def lasting(model: WelfareModel) -> np.ndarray:
    """Tell which places hold an own right that no event has given."""
    by_event = np.array([each.event_triggered for each in catalogue().programmes])
    cells = model.funnel_state.cells
    return (cells.right == 1) & ~by_event[cells.programme]


def test_living_alone_comes_to_the_same_as_the_funnel_month_by_month():
    """Ten groups of programmes and all states; one in ten thousand correct models fails."""
    group = np.arange(len(catalogue().ids)) % 10
    alone = opened(with_past(), uptake__burn_in_months=0, uptake__opening__oldest_months=LONG)
    months = opened(plain_anchors(world(5000, 1)), uptake__burn_in_months=LONG)
    first, second = table(alone, group), table(months, group)
    seen = first + second >= 20
    assert seen.sum() > 40
    assert second.reshape(-1, STATES_N).sum(axis=0)[RECEIVING] > 1000
    statistic = ((first - second)[seen] ** 2 / (first + second)[seen]).sum()
    assert statistic < chi2.ppf(1 - 1e-4, seen.sum()), statistic / seen.sum()


def test_young_rights_begin_in_the_burn_in_and_nobody_knows_of_them_before():
    model = opened(with_past(young_share=1.0), uptake__burn_in_months=6)
    old = opened(with_past(), uptake__burn_in_months=6)
    cells = model.funnel_state.cells
    assert np.array_equal(cells.right, old.funnel_state.cells.right)
    assert np.array_equal(cells.amount_krw_m, old.funnel_state.cells.amount_krw_m)
    state = cells.state[lasting(model)]
    assert not (state == RECEIVING).any()
    assert 0.2 < (state == UNAWARE).mean() < 1.0
    assert (old.funnel_state.cells.state[lasting(old)] == RECEIVING).mean() > 0.2


def test_what_follows_a_benefit_is_received_after_it():
    model = opened(with_past(), uptake__burn_in_months=0)
    cells, entitled = model.funnel_state.cells, model.entitled()
    follows = (cells.right == 2) & (cells.state != UNAWARE)
    assert follows.sum() > 100
    assert entitled[follows].all()
    # nothing can be received in the month of the parent's award
    since = np.full((cells.households_n, cells.programmes_n), np.iinfo(np.int16).max)
    receives = cells.state == RECEIVING
    since[cells.rows[receives], cells.programme[receives]] = cells.since[receives]
    earliest = since.min(axis=1)
    both = follows & receives
    assert (cells.since[both] > earliest[cells.rows[both]]).all()


def test_without_frictions_all_receive_from_the_start():
    model = opened(with_past(), **{
        name.replace(".", "__"): value for name, value in NO_FRICTION.items()
    }, uptake__burn_in_months=1)  # fmt: skip
    assert (model.funnel_state.cells.state[lasting(model)] == RECEIVING).all()


def test_a_household_begins_the_same_whoever_else_is_there():
    few, of = sample(500), world(500, 1)
    half = few.households["household_id"].to_list()[::2]
    kept = Population(
        few.households.filter(few.households["household_id"].is_in(half)),
        few.persons.filter(few.persons["household_id"].is_in(half)),
        few.reference_month,
        few.seed,
    )
    alone = prepare_world(kept, catalogue(), numbers(), of.start, 1, of.draws)
    parameters = numbers().override(PLENTY | {"uptake.burn_in_months": 0}, "test")
    anchors = with_past(0.3, 500)
    states = [
        WelfareModel(
            each, policy("none"), parameters, anchors, record=False
        ).funnel_state.cells.table("state")
        for each in (of, alone)
    ]
    assert np.array_equal(states[0][::2], states[1])


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_an_opening_is_the_same_in_the_reference(engine):
    parameters = numbers().override({"uptake.burn_in_months": 3}, "test")
    of, anchors = world(100, 3), with_past(0.3, 100)
    same_states(
        WelfareModel(of, policy("none"), parameters, anchors, engine=engine),
        WelfareModel(of, policy("none"), parameters, anchors),
    )
