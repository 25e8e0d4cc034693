"""What deaths and moves do to claims, receipt, offices and money, and what the state knows."""

import numpy as np
import polars as pl
import pytest

from simlib.life.world import World
from simlib.model import WelfareModel
from simlib.uptake.open_matters import Debts
from simlib.uptake.states import ENDED_UNKNOWN, RECEIVING, UNAWARE
from worlds import made, numbers, plain_anchors, policy, run, same_states, world

SLOW = {"life.death_known_prob_m": 0.2}
AT_ONCE = {"life.death_known_prob_m": 1.0}
EASY = {"uptake.awareness.base_logit": 3.0, "uptake.application.base_logit": 3.0}


def started(of: World, changes: dict[str, object], name: str = "none") -> WelfareModel:
    parameters = numbers().override({"uptake.burn_in_months": 12} | EASY | changes, "test")
    return WelfareModel(of, policy(name), parameters, plain_anchors(of))


@pytest.fixture(scope="module")
def of() -> World:
    return world(5000, 12)


def test_an_ended_household_moves_no_cells_but_what_is_paid_until_the_death_is_known(of):
    model = started(of, SLOW)
    paid_on = 0
    for _ in range(of.months):
        model.step()
        cells, late = model.funnel_state.cells, model.living.late
        ended = model.circumstances.size == 0
        state = cells.table("state")
        known = ended.copy()
        known[late.rows] = False
        assert (state[known] == UNAWARE).all()
        assert np.isin(state[ended], [UNAWARE, RECEIVING]).all()
        receiving = np.argwhere(state[ended] == RECEIVING).shape[0]
        assert (cells.table("right")[ended][state[ended] == RECEIVING] == ENDED_UNKNOWN).all()
        paid_on += receiving
        assert not model.entitled()[cells.right == ENDED_UNKNOWN].any()
    assert paid_on > 0
    assert ended.sum() > 0


def test_money_is_paid_beyond_what_is_due_until_a_death_is_known_and_is_put_right_then(of):
    model, at_once = started(of, SLOW).run(), started(of, AT_ONCE).run()

    def total(which: WelfareModel, measure: str) -> float:
        rows = which.results().filter(pl.col("measure") == measure)
        return float(rows["value"].sum())

    assert total(at_once, "deaths_unknown_n") == 0
    deaths = total(model, "deaths_n")
    assert deaths > 0
    # a death stays unknown for 1 / 0.2 - 1 months in the mean, those of the last months fewer
    assert 0.3 * 4 * deaths < total(model, "deaths_unknown_n") < 4 * deaths
    assert total(model, "wrong_krw") > total(at_once, "wrong_krw")
    late, state = model.living.late, model.funnel_state
    assert late.due.row.size + late.ended(state)[0] > 0
    for each in (model, at_once):
        each.living.learn(each, each.living.late.deaths, each.living.late.moves)
        assert each.living.late.rows.size == 0 and each.living.late.due.row.size == 0
    kinds, usual = (each.funnel_state.cells.table("right") for each in (model, at_once))
    assert np.array_equal(kinds, usual)
    due = [each.funnel_state.cells.table("amount_krw_m")[kinds > 0] for each in (model, at_once)]
    assert np.array_equal(*due)


def test_the_status_check_shortens_what_is_paid_to_the_dead_and_does_nothing_else(of):
    sure = {"death_found_prob": 1.0, "move_found_prob": 1.0}
    alone = {"uptake.awareness.peers": 0.0, "offices.caseworkers_per_1000_households": 50.0}
    alone["claims.wrong_award_prob"] = 0.0
    options = SLOW | alone
    without, checked = run("none", of, options), run(made(("status_check", sure)), of, options)

    def wrong_krw(model: WelfareModel) -> float:
        rows = model.results().filter(pl.col("measure") == "wrong_krw")
        return float(rows["value"].sum())

    assert wrong_krw(without) > 0
    assert wrong_krw(checked) == 0
    touched = np.zeros(of.households_n, bool)
    for changes in of.changes:
        touched[changes.happened.deaths] = True
        touched[changes.happened.far] = True
    for name in ("state", "since"):
        one, other = (each.funnel_state.cells.table(name) for each in (without, checked))
        assert np.array_equal(one[~touched], other[~touched])


def test_nothing_is_claimed_back_of_a_household_of_which_nobody_is_left(of):
    model = started(of, {})
    everybody = np.arange(of.households_n)
    model.funnel_state.matters.debts = Debts(
        everybody, 0 * everybody, np.ones(everybody.size), 0 * everybody + of.months + 1
    )
    while model.step_n + 1 < of.months:
        model.step()
        owe = model.funnel_state.matters.debts.row
        assert np.array_equal(np.unique(owe), np.flatnonzero(model.circumstances.size > 0))
    assert np.unique(owe).size < of.households_n


def test_office_register_and_bills_follow_a_move(of):
    model = started(of, {"offices.households_at_least": 200})
    assert len(model.offices) > 1
    office_of = {
        code: k for k, each in enumerate(model.offices) for code in each.serves.municipalities
    }
    dwelling = model.programmes.by_dwelling
    assert dwelling.any()
    broken, offices = 0, model.office_of.copy()
    for _ in range(of.months):
        before = model.funnel_state.cells.table("state")
        model.step()
        happened = model.living.happened
        late, now = model.living.late, model.circumstances.municipality
        known = np.setdiff1d(happened.far, late.moves)
        register = model.register.columns(model.circumstances, model.living.registered)
        everybody = np.setdiff1d(np.arange(of.households_n), late.moves)
        assert np.array_equal(register["municipality"][everybody], now[everybody])
        there = known[np.isin(now[known], list(office_of))]
        assert model.office_of[there].tolist() == [office_of[code] for code in now[there]]
        stayed = np.intersect1d(happened.far, late.moves)
        assert np.array_equal(model.office_of[stayed], offices[stayed])
        offices = model.office_of.copy()
        received = (before[happened.moves] == RECEIVING) & dwelling
        cells = model.funnel_state.cells
        still = received & (cells.table("right")[happened.moves] > 0)
        assert (cells.table("since")[happened.moves][still] == model.step_n).all()
        broken += int(received.sum())
    assert broken > 0


def test_addresses_of_those_who_moved_are_wrong_for_a_while(of):
    model = started(of, {})
    shares = []
    for _ in range(of.months):
        model.step()
        lives = model.circumstances.size > 0
        shares.append(model.circumstances.address_mismatch[lives].mean())
        far = model.living.happened.far
        wrong = model.circumstances.address_mismatch[far]
        assert np.array_equal(np.isin(far, model.living.late.moves), wrong)
    assert min(shares) > 0.095 and max(shares) < 0.12


def test_the_reference_follows_deaths_and_moves_as_the_compiled_model_does():
    small = world(500, 24)
    options = SLOW | {"life.moves.late_share": 0.9}
    first = run("none", small, options)
    same_states(first, run("none", small, options, engine="reference"))
    assert sum(each.happened.deaths.size for each in small.changes) > 0
