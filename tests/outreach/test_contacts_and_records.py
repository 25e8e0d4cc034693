"""Instruments that contact households or act on records do that, and nothing else."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from simlib.model import WelfareModel
from simlib.outreach.late import LATE
from simlib.outreach.policy import Policy
from simlib.uptake.states import NEVER, PENDING, RECEIVING, SUSPENDED, UNAWARE
from worlds import (
    made,
    noted,
    numbers,
    plain_anchors,
    run,
    same_states,
    sample,
    staying_world,
    world,
)

STAFFED = {"offices.caseworkers_per_1000_households": 50.0}
SOME_RECEIVE = {"uptake.burn_in_months": 12}
EASING: list[tuple[str, dict[str, Any]]] = [
    ("launch_shock", {"late_prob": 0.5}),
    ("programme_guide", {}),
    ("chatbot", {}),
    ("electronic_certificates", {}),
    ("online_application", {}),
    ("any_office", {}),
    ("proxy_application", {"scope": "all"}),
    ("life_event_bundle", {}),
    ("automatic_renewal", {}),
    ("duplicate_check", {"false_match_prob": 0.1}),
    ("automatic_enrolment", {"record_share": 0.1}),
]
ALL = [
    *EASING,
    ("processing_support", {"tells_missed_prob": 0.5}),
    ("benefit_list", {"counter_visits_per_1000_persons_m": 20.0}),
    ("membership", {}),
    ("notification_secretary", {}),
    ("neighbour_report", {"self_prob_m": 0.1}),
    ("detection", {"rank_by": "rule_of_thumb"}),
    ("local_detection", {}),
    ("officer_call", {}),
    ("ai_call", {}),
    ("visit", {}),
    ("private_referral", {}),
]


def started(policy: Policy, changes: dict[str, Any] | None = None, months: int = 12) -> Any:
    """Make a model that has not run a month yet."""
    of = world(months=months)
    parameters = numbers().override({"uptake.burn_in_months": 2} | (changes or {}), "test")
    return WelfareModel(of, policy, parameters, plain_anchors(of), record=False)


@pytest.mark.slow
def test_the_mesa_reference_follows_every_instrument():
    of = world(200, 8)
    policy = made(*ALL)
    same_states(run(policy, of), run(policy, of, engine="reference"))


def test_households_outside_a_policy_s_municipalities_are_as_without_it():
    households = sample(500).households["municipality"].to_numpy()
    here = int(households[0])
    assert (households != here).any()
    inside = households == here
    of = staying_world()
    with_it, without = run(made(*ALL, municipalities=(here,)), of), run("none", of)
    for one, other in (
        (with_it.funnel_state, without.funnel_state),
        (with_it.circumstances, without.circumstances),
    ):
        for name, column in vars(one).items():
            if name not in ("cells", "flows") and isinstance(column, np.ndarray):
                where = (..., ~inside) if name == "contacts" else ~inside
                assert np.array_equal(column[where], getattr(other, name)[where]), name
    for name in ("state", "since", "read_step", "right"):
        one, other = (each.funnel_state.cells.table(name) for each in (with_it, without))
        assert np.array_equal(one[~inside], other[~inside]), name
        assert name == "right" or not np.array_equal(one[inside], other[inside])
    summary, plain = with_it.household_summary(), without.household_summary()
    assert summary.filter(~inside).equals(plain.filter(~inside))
    assert (summary["contacts_n"].to_numpy()[inside] > 0).any()


def test_a_bundle_tells_those_with_the_event_of_what_it_leads_to():
    model = started(made(("life_event_bundle", {"told_prob": 1.0})))
    birth = model.programmes.triggered_by("birth")
    seen = 0
    for _ in range(12):
        model.step()
        shown = noted(model, "reached", "life_event_bundle")
        assert np.array_equal(shown, noted(model, "selected", "life_event_bundle"))
        happened = model.living.happened
        sudden = np.concatenate([happened.births, happened.pregnancies, happened.widowed])
        events = np.union1d(sudden, model.living.birthdays.turning(65, model.month))
        assert np.array_equal(shown, events)
        read = model.funnel_state.cells.table("read_step") == model.step_n
        assert np.array_equal(np.flatnonzero(read.any(axis=1)), events)
        assert read[happened.births][:, birth].all()
        seen += happened.births.size
    assert seen > 0


def test_late_payments_are_paid_in_the_end_and_change_no_claim():
    shock = {"days_more": 0.0, "hours_share": 1.0, "late_prob": 0.3}
    late, usual = run(made(("launch_shock", shock))), run("none")
    for name in ("state", "since"):
        columns = [getattr(each.funnel_state.cells, name) for each in (late, usual)]
        assert np.array_equal(*columns)
    owed = late.memory[LATE].owed_krw.astype(float)
    paid, due = (each.household_summary()["paid_krw"].to_numpy() for each in (late, usual))
    assert np.allclose(paid + owed, due, rtol=1e-6)
    assert not np.array_equal(late.circumstances.buffer_months, usual.circumstances.buffer_months)


def test_a_shock_is_over_after_its_months():
    model = started(made(("launch_shock", {"months": 2.0, "late_prob": 1.0})), SOME_RECEIVE)
    slow, late = [], []
    for _ in range(12):
        model.step()
        slow.append(bool((model.ways.hours_share != 1).any()))
        late.append(int(model.memory[LATE].held.sum()))
    assert slow == [True, True] + [False] * 10
    assert late[0] > 0
    assert late[1:] == sorted(late[1:], reverse=True)


def test_automatic_enrolment_leaves_nothing_unclaimed():
    model = started(made(("automatic_enrolment", {"record_share": 1.0, "scope": "all"})))
    for _ in range(3):
        model.step()
        cells = model.funnel_state.cells
        missed = (cells.right == 1) & ~np.isin(cells.state, [RECEIVING, PENDING])
        # what broke off or lapsed in the same month is enrolled in the next one
        assert (cells.since[missed] == model.step_n).all()
        enrolled = noted(model, "enrolled", "automatic_enrolment")
        assert np.isin(enrolled, noted(model, "selected", "automatic_enrolment")).all()


def test_a_false_match_stops_receipt_and_nothing_else():
    checks = {"false_match_prob": 0.5, "stopped_share": 1.0, "found_prob": 0.0}
    model = started(made(("duplicate_check", checks)), SOME_RECEIVE)
    model._start_month(0)
    model._live()
    model._strain()
    right = model.funnel_state.cells.table("state")
    model._reach_out()
    after = model.funnel_state.cells.table("state")
    changed = after != right
    assert changed.any()
    assert (right[changed] == RECEIVING).all()
    assert (after[changed] == SUSPENDED).all()
    assert model.funnel_state.flows[:, RECEIVING, SUSPENDED].sum() == changed.sum()
    assert np.array_equal(
        np.flatnonzero(changed.any(axis=1)), noted(model, "stopped", "duplicate_check")
    )


def test_reports_come_from_households_in_need_and_are_counselled_while_hours_last():
    reports = ("neighbour_report", {"self_prob_m": 0.5, "self_skill_logit": 0.0})
    many, none = (
        started(made(reports), {"offices.caseworkers_per_1000_households": staff})
        for staff in (50.0, 0.0)
    )
    for model in (many, none):
        model.step()
        selected = noted(model, "selected", "neighbour_report")
        assert selected.size > 0
        assert model.desk.in_need(selected).all()
        helped = noted(model, "helped", "neighbour_report")
        assert np.isin(helped, selected).all()
        assert np.array_equal(model.funnel_state.helped_step != NEVER, np.isin(
            np.arange(500), helped))  # fmt: skip
    assert noted(many, "helped", "neighbour_report").size > 0
    assert noted(none, "attempted", "neighbour_report").size == 0


def test_private_referral_gives_means_to_those_helped_and_changes_no_claim():
    once = {"rank_by": "rule_of_thumb", "rounds_per_year": 1}  # later lists see fewer arrears
    calls = [("detection", once),
             ("officer_call", {"private_support_prob": 0.0})]  # fmt: skip
    referral = ("private_referral", {"found_prob": 1.0, "refer_hours": 0.0})
    model = started(made(*calls, referral), STAFFED)
    supported = 0
    for _ in range(12):
        model.step()
        helped = noted(model, "helped", "officer_call")
        assert np.array_equal(noted(model, "helped", "private_referral"), helped)
        supported += helped.size
    assert supported > 0
    plain = started(made(*calls), STAFFED).run()
    assert np.array_equal(model.funnel_state.cells.state, plain.funnel_state.cells.state)
    more = model.circumstances.buffer_months - plain.circumstances.buffer_months
    assert (more > 0).any()


def test_the_secretary_writes_to_members_a_month_before_a_65th_birthday():
    settings = {"member_share": 0.5, "lead_months": 1, "events": ["turns_65"]}
    model = started(made(("notification_secretary", settings)))
    pension = model.world.catalogue.index("basic_pension")
    early = 0
    for _ in range(12):
        model.step()
        selected = noted(model, "selected", "notification_secretary")
        assert np.isin(selected, model.living.birthdays.turning(65, model.month + 1)).all()
        assert model.memory["notification_secretary"]["member"][selected].all()
        read = noted(model, "read", "notification_secretary")
        cells = model.funnel_state.cells
        early += int((cells.table("right")[read, pension] == 0).sum())
        assert (cells.table("state")[read, pension] != UNAWARE).all()
    assert early > 0


def test_text_messages_end_when_they_are_withdrawn():
    settings = {"member_share": 1.0, "app_share": 0.0, "sms_until": "2024-03"}
    model = started(made(("notification_secretary", settings)))
    notices = []
    for _ in range(12):
        model.step()
        notices.append(noted(model, "notices", "notification_secretary").size)
    assert sum(notices[:3]) > 0
    assert sum(notices[3:]) == 0


def test_the_counter_helps_with_hours_and_relatives_look_for_the_unskilled():
    still = {"visits_per_1000_persons_m": 0.0}
    counter = started(
        made(("benefit_list", still | {"counter_visits_per_1000_persons_m": 100.0})), STAFFED
    )
    counter.step()
    helped = noted(counter, "helped", "benefit_list")
    assert helped.size > 0
    assert sum(office.outreach_spent for office in counter.offices) > 0
    assert np.array_equal(np.flatnonzero(counter.funnel_state.helped_step == 0), helped)
    family = started(made(("benefit_list", still | {"family_visits_per_1000_persons_m": 500.0})))
    family.step()
    visited = noted(family, "reached", "benefit_list")
    low = numbers().number("uptake.traits.skill_low_below")
    assert visited.size > 0
    assert (family.traits.digital_skill[visited] < low).all()
    assert sum(office.outreach_spent for office in family.offices) == 0


def test_proxies_serve_the_unskilled_and_frail_and_any_office_those_who_live_elsewhere():
    proxy = started(made(("proxy_application", {"known_share": 1.0, "scope": "all"})))
    proxy.step()
    low = numbers().number("uptake.traits.skill_low_below")
    register = proxy.desk.register
    unable = (proxy.traits.digital_skill < low) | register["severe_disability"]
    unable |= register["head_age"] >= numbers().number("outreach.proxy_application.frail_age_years")
    assert np.array_equal(proxy.ways.way > 0, unable)
    away = started(made(("any_office", {"elsewhere_share": 0.0})))
    away.step()
    assert np.array_equal(away.ways.way > 0, away.circumstances.address_mismatch)


def test_the_machine_reaches_more_by_more_numbers_and_fewer_without_notice():
    def share(**given: Any) -> float:
        policy = made(("detection", {"rank_by": "rule_of_thumb"}), ("ai_call", given))
        model, called, reached = started(policy), 0, 0
        for _ in range(12):
            model.step()
            called += noted(model, "attempted", "ai_call").size
            reached += noted(model, "accepted", "ai_call").size
            assert (
                model.ledger.days.get("ai_call", 0.0)
                == 5.0 * noted(model, "attempted", "ai_call").size
            )
        return reached / called

    usual = share()
    assert share(numbers_tried=1) < usual < share(numbers_tried=6)
    assert share(notice="none") < usual


def test_hours_and_days_are_noted_by_instrument():
    policy = made(("detection", {"rank_by": "rule_of_thumb"}), ("officer_call", {}), ("visit", {}))
    model = run(policy, changes={"offices.caseworkers_per_1000_households": 2.0})
    results = model.results().filter(pl.col("stratum") == "all")
    sums = results.group_by("item", "measure").agg(pl.col("value").sum()).rows()
    value = {(item, measure): number for item, measure, number in sums}
    hours = [value[each, "contact_hours"] for each in ("officer_call", "visit")]
    assert sum(hours) == pytest.approx(value["all", "hours_outreach"])
    assert all(each > 0 for each in hours)
    for each in ("officer_call", "visit"):
        assert 0 < value[each, "contact_days_sum"] / value[each, "attempted_n"] < 31 * 24


LATE_ENDS = {"uptake.renewal.end_noticed_prob_m": 0.0, "uptake.burn_in_months": 12}


def wrong(model: WelfareModel) -> np.ndarray:
    cells = model.funnel_state.cells
    return (cells.state == RECEIVING) & (cells.right == 0)


def test_receipt_outlives_its_right_until_the_end_is_noticed():
    of = world(months=18)
    at_once, late = run("none", of, {"claims.wrong_award_prob": 0.0}), run("none", of, LATE_ENDS)
    assert not wrong(at_once).any()
    assert wrong(late).any()
    assert (late.funnel_state.cells.amount_krw_m[wrong(late)] > 0).any()
    every = (pl.col("measure") == "wrong_n") & (pl.col("item") == "all")
    months = late.results().filter(every).sort("month")["value"].to_list()
    assert months[-1] > months[0]  # some get their right again
    assert months[-1] >= wrong(late).sum()
    # with ends noticed at once all that is wrong is what deaths and moves leave unknown
    noticed = at_once.results().filter(every).sort("month")["value"]
    assert noticed[-1] < months[-1] / 4


def test_a_check_ends_what_has_no_right_any_more_and_spares_the_entitled():
    of = world(months=18)
    checks = {"found_prob": 1.0, "checks_per_year": 12.0, "false_match_prob": 0.0}
    checked, left = (
        run(each, of, LATE_ENDS) for each in (made(("duplicate_check", checks)), "none")
    )
    # what ended in the last month is found in the next one's check
    assert wrong(checked).sum() < wrong(left).sum()
    results = checked.results().filter(pl.col("item") == "duplicate_check")
    ended = results.filter(pl.col("measure") == "ended_n", pl.col("stratum") == "all")
    assert ended["value"].sum() > 0
    assert results.filter(pl.col("measure") == "stopped_n").is_empty()


def test_the_desk_tells_claimants_of_what_they_miss():
    settings = {"documents_to": 20.0, "days_to": 60.0, "hours_share": 1.0, "tells_missed_prob": 1.0}
    model = started(made(("processing_support", settings)), SOME_RECEIVE)
    told = 0
    for _ in range(6):
        waiting = model.funnel_state.cells.table("state") == PENDING
        claimants = np.flatnonzero(waiting[:, model.programmes.decision_hours > 0].any(axis=1))
        model.step()
        rows = noted(model, "read", "processing_support")
        assert np.isin(rows, claimants).all()
        read = model.funnel_state.cells.table("read_step") == model.step_n
        assert np.array_equal(np.flatnonzero(read.any(axis=1)), rows)
        told += rows.size
    assert told > 0
