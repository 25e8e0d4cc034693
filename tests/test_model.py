import gc
import weakref

import numba
import numpy as np
import polars as pl
import pytest

from simlib.anchors import solve_anchors
from simlib.draws import Draws
from simlib.life.world import prepare_world
from simlib.mesa_adapter import batch_run
from simlib.model import WelfareModel
from simlib.population.population import Population
from simlib.uptake.states import PENDING, RECEIVING
from worlds import (
    NO_FRICTION,
    START,
    catalogue,
    numbers,
    plain_anchors,
    policy,
    run,
    same_states,
    sample,
    staying_world,
    world,
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["none", "everything", "officer_calls"])
def test_the_mesa_reference_and_the_compiled_model_end_in_the_same_states(name):
    same_states(run(name), run(name, engine="reference"))


def test_the_reference_gives_the_same_results_table():
    assert run("membership").results().equals(run("membership", engine="reference").results())


def test_recording_changes_nothing():
    same_states(run("everything"), run("everything", record=False))


def test_a_given_opening_goes_on_as_the_burn_in_that_made_it():
    # few caseworkers, so that offices end the burn-in in the middle of a claim
    few = {"offices.caseworkers_per_1000_households": 0.1}
    parameters = numbers().override({"uptake.burn_in_months": 6} | few, "test")
    of = world()
    burnt_in = WelfareModel(of, policy("none"), parameters, plain_anchors(of), record=False)
    assert any(office.claim_begun_hours > 0 for office in burnt_in.offices)
    same_states(run("none", changes=few), run("none", changes=few, opening=burnt_in.opening()))


def test_every_benefit_that_somebody_could_have_has_a_mean_amount():
    of = world(5000, 4)
    quick = {"uptake.anchoring.rounds_n": 0, "uptake.burn_in_months": 0}
    anchors = solve_anchors(of, numbers().override(quick, "test"))
    somebody = (of.baseline.rights.kinds() > 0).any(axis=0)
    assert somebody[of.catalogue.index("emergency_livelihood")]
    pays = np.array([each.file.amount_krw_m != "0" for each in of.catalogue.programmes])
    assert (anchors.mean_krw_m.max(axis=0)[somebody & pays] > 0).all()
    assert (anchors.mean_krw_m[:, ~pays] == 0).all()


def test_the_number_of_threads_changes_nothing():
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = run("everything")
        numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
        two = run("everything")
    finally:
        numba.set_num_threads(before)
    same_states(one, two)
    assert one.results().equals(two.results())


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("officer_calls", {"offices.caseworkers_per_1000_households": 0.0}),
        ("officer_calls", {"offices.outreach_share": 0.0}),
        ("ai_calls", {"outreach.ai_call.complete_prob": 0.0}),
        ("officer_calls", {"outreach.detection.national_share": 0.0}),
        ("benefit_list", {"outreach.benefit_list.visits_per_1000_persons_m": 0.0}),
        (
            "membership",
            {
                "outreach.membership.recipient_member_share": 0.0,
                "outreach.membership.outsider_member_share": 0.0,
                "outreach.membership.join_prob_m": 0.0,
            },
        ),
    ],
)
def test_a_policy_without_capacity_is_bit_identical_to_no_outreach(name, changes):
    without = run("none", changes=changes)
    with_nothing = run(name, changes=changes)
    same_states(without, with_nothing)
    assert (
        without.household_summary()
        .drop("contacts_n", "first_touched_month", "listed_n")
        .equals(
            with_nothing.household_summary().drop("contacts_n", "first_touched_month", "listed_n")
        )
    )


def test_without_frictions_receipt_equals_entitlement_every_month():
    parameters = numbers().override({"uptake.burn_in_months": 6} | NO_FRICTION, "test")
    of = prepare_world(sample(500), catalogue(), parameters, START, 24, Draws(11, 0))
    model = WelfareModel(of, policy("none", parameters), parameters, plain_anchors(of))
    for columns in (model.programmes.processing_days, model.programmes.decision_hours):
        columns[:] = 0.0
    for _ in range(of.months):
        before = model.funnel_state.receiving.copy()
        model.step()
        cells, entitled = model.funnel_state.cells, model.entitled()
        own = cells.right == 1
        receiving = cells.state == RECEIVING
        assert np.array_equal(receiving & own, own)
        # what follows another benefit is received a month after that one
        follows = (cells.right == 2) & entitled
        late = follows & ~receiving
        assert not np.any(receiving & ~entitled)
        started = (model.funnel_state.receiving != before).any(axis=1)
        assert not late[~started[cells.rows]].any()


def test_stocks_and_flows_balance_to_zero_every_month():
    of = world()
    parameters = numbers().override({"uptake.burn_in_months": 6}, "test")
    model = WelfareModel(of, policy("everything"), parameters, plain_anchors(of))
    states = range(8)

    def stocks():
        table = model.funnel_state.cells.table("state")
        return np.stack([(table == s).sum(axis=0) for s in states], axis=1)

    before = stocks()
    for _ in range(of.months):
        model.step()
        after, flows = stocks(), model.funnel_state.flows
        assert np.array_equal(after - before, flows.sum(axis=1) - flows.sum(axis=2))
        assert after.sum() == of.households_n * model.programmes.programmes_n
        assert model.receiving_n == after[:, RECEIVING].sum()
        before = after
    assert model.results().filter(pl.col("measure") == "awarded_n")["value"].sum() > 0


def test_office_hours_are_never_overspent():
    results = run("officer_calls").results().filter(pl.col("stratum") == "all")
    hours = results.filter(pl.col("measure").str.starts_with("hours_")).pivot(
        on="measure", index="month", values="value"
    )
    spent = hours["hours_outreach"] + hours["hours_decisions"]
    share = numbers().number("offices.outreach_share")
    assert (spent <= hours["hours_available"] + 1e-6).all()
    assert (hours["hours_outreach"] <= share * hours["hours_available"] + 1e-6).all()
    assert hours["hours_outreach"].sum() > 0


def test_a_household_that_no_policy_touched_is_the_same_in_both_worlds():
    # neighbours and queues would pass effects on, so both are taken out of the way
    alone = {"uptake.awareness.peers": 0.0} | {
        key: NO_FRICTION[key]
        for key in ("offices.caseworkers_per_1000_households", "offices.duty_share")
    }
    baseline, treated = run("none", changes=alone), run("membership", changes=alone)
    untouched = (treated.household_summary()["contacts_n"] == 0).to_numpy()
    assert 0 < untouched.sum() < untouched.size
    for name in ("state", "since"):
        first = baseline.funnel_state.cells.table(name)[untouched]
        assert np.array_equal(first, treated.funnel_state.cells.table(name)[untouched])
    states = [each.funnel_state.cells.table("state") for each in (baseline, treated)]
    changed = states[0] != states[1]
    assert changed[~untouched].any()


def test_a_municipality_alone_is_the_same_as_within_the_country():
    # who moves in would claim at the same office, so everybody stays in the municipality
    whole = staying_world()
    codes = whole.population.households["municipality"]
    code = codes.value_counts(sort=True)["municipality"][0]
    households = whole.population.households.filter(pl.col("municipality") == code)
    persons = whole.population.persons.filter(
        pl.col("household_id").is_in(households["household_id"].to_list())
    )
    alone = prepare_world(
        Population(households, persons, whole.population.reference_month, 1),
        whole.catalogue,
        whole.parameters,
        whole.start,
        whole.months,
        whole.draws,
    )
    parameters = numbers().override({"uptake.burn_in_months": 6}, "test")
    anchors = plain_anchors(whole)
    country = WelfareModel(whole, policy("membership"), parameters, anchors).run()
    town = WelfareModel(alone, policy("membership"), parameters, anchors).run()
    rows = (codes == code).to_numpy()
    states = [each.funnel_state.cells.table("state") for each in (country, town)]
    assert np.array_equal(states[0][rows], states[1])
    assert np.array_equal(
        country.circumstances.crisis_months[rows], town.circumstances.crisis_months
    )


def test_replicates_differ_and_each_is_the_same_however_many_there_are():
    first = run("none", world(replicate=0)).results()
    seventh = run("none", world(replicate=7)).results()
    assert not first.equals(seventh)
    again = prepare_world(
        sample(500), world().catalogue, numbers(), world().start, 24, Draws(11, 7)
    )
    assert run("none", again).results().equals(seventh)


def test_groups_add_up_to_all():
    results = run("everything").results().filter(pl.col("item") == "all")
    measures = ["entitled_n", "receiving_n", "crisis_n", "households_n", "unclaimed_krw"]
    sums = (
        results.filter(pl.col("measure").is_in(measures))
        .group_by("month", "measure", "stratum")
        .agg(pl.col("value").sum())
        .pivot(on="stratum", index=["month", "measure"], values="value")
    )
    for stratum in ("age_group", "household_type", "region_class", "digital_skill", "region"):
        assert np.allclose(sums[stratum], sums["all"], rtol=1e-12)


def test_programmes_add_up_to_all():
    # enough households for a benefit to end while one that follows it is paid once more
    results = run("none", world(5000, 24)).results().filter(pl.col("stratum") == "all")
    for measure in ("entitled_n", "receiving_n", "unaware_n", "paid_krw", "unclaimed_krw"):
        rows = results.filter(pl.col("measure") == measure)
        parts = rows.filter(pl.col("item") != "all").group_by("month").agg(pl.col("value").sum())
        total = rows.filter(pl.col("item") == "all").select("month", all=pl.col("value"))
        both = parts.join(total, on="month")
        assert np.allclose(both["value"], both["all"], rtol=1e-7), measure


def test_mesas_own_runner_and_collector_accept_the_model():
    of = world(months=24)
    parameters = numbers().override({"uptake.burn_in_months": 2}, "test")
    # Mesa sweeps over whatever can be iterated, so parameters stand in a list of one
    fixed = {"parameters": [parameters], "anchors": plain_anchors(of), "world": of}
    rows = batch_run(
        WelfareModel,
        {**fixed, "policy": [policy("none"), policy("membership")]},
        iterations=1,
        data_collection_period=1,
        max_steps=3,
        display_progress=False,
    )
    assert {row["policy"].name for row in rows} == {"none", "membership"}
    assert all(row["receiving_n"] > 0 for row in rows if row["Step"] > 0)


def test_a_model_that_is_no_longer_used_is_forgotten():
    model = run("none", world(months=24))
    watched = weakref.ref(model)
    del model
    gc.collect()
    assert watched() is None


def test_the_summary_by_household_holds_the_longest_run():
    model = run("none", world(months=24))
    assert model.recorder is not None
    model.recorder.totals.crisis_months[:] = 600
    assert (model.household_summary()["crisis_months"] == 600).all()


def test_the_schedule_names_the_steps_in_the_order_of_the_month():
    steps = run("none", world(months=24)).schedule()
    words = ["life events", "arrears", "instruments", "awareness", "office queues"]
    words += ["payment", "crises", "observation"]
    assert len(steps) == len(words)
    assert all(word in step for word, step in zip(words, steps, strict=True))


def test_results_of_a_model_that_recorded_nothing_are_an_error():
    with pytest.raises(RuntimeError, match="record=False"):
        run("none", record=False).results()


def test_what_is_unclaimed_leaves_out_claims_that_wait_for_a_decision():
    model = run("none")
    rows = model.results().filter(
        (pl.col("month") == model.month) & (pl.col("stratum") == "all") & (pl.col("item") == "all")
    )
    recorded = rows.filter(pl.col("measure") == "unclaimed_krw")["value"].item()
    cells, entitled = model.funnel_state.cells, model.entitled()
    state = cells.state
    waiting = entitled & (state == PENDING)
    assured = model.programmes.assured[cells.programme]
    missed = entitled & (state != RECEIVING) & ~waiting & assured
    assert not model.programmes.assured.all()
    assert waiting.any()
    assert recorded == pytest.approx(cells.amount_krw_m[missed].sum(dtype=np.float64), rel=1e-9)
