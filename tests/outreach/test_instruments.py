"""Each instrument changes exactly what it is for, and nothing when it is turned off."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from simlib.draws import Draws
from simlib.model import WelfareModel
from simlib.outreach.instruments.ai_call import AiCall
from simlib.outreach.instruments.benefit_list import BenefitList
from simlib.outreach.instruments.officer_call import _first_answer
from simlib.outreach.instruments.processing_support import ProcessingSupport
from simlib.outreach.ledger import Ledger
from simlib.right_kinds import OWN
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import NEVER, RECEIVING, UNAWARE
from worlds import numbers, plain_anchors, policy, run, world

MANY_CASEWORKERS = {"offices.caseworkers_per_1000_households": 5.0}


def staged(model: WelfareModel, instrument: str) -> dict[str, float]:
    rows = model.results().filter((pl.col("stratum") == "all") & (pl.col("item") == instrument))
    sums = rows.group_by("measure").agg(pl.col("value").sum())
    return dict(zip(sums["measure"], sums["value"], strict=True))


def test_processing_support_changes_documents_and_days_of_office_claims_only():
    programmes = Programmes.of(world().catalogue)
    before = programmes.burdens()
    instrument = ProcessingSupport(
        documents_to=1.0, days_to=3.0, hours_share=0.6, tells_missed_prob=0.0
    )
    after = instrument.lower_burdens(before.copy(), programmes)
    by_office = programmes.decision_hours > 0
    assert (after.documents[by_office] <= 1).all()
    assert (after.processing_days[by_office] <= 3).all()
    for name in ("trips", "learning", "renewal_months"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
    for name in ("documents", "processing_days"):
        first, second = getattr(before, name), getattr(after, name)
        assert np.array_equal(first[~by_office], second[~by_office])
        assert (second <= first).all()


def test_processing_support_shortens_waiting():
    def mean_wait(name: str) -> float:
        results = run(name, changes=MANY_CASEWORKERS).results()  # else the queue decides
        rows = results.filter((pl.col("stratum") == "all") & (pl.col("item") == "all"))
        total = rows.group_by("measure").agg(pl.col("value").sum())
        sums = dict(zip(total["measure"], total["value"], strict=True))
        return sums["wait_days_sum"] / sums["decisions_n"]

    assert mean_wait("processing_support") < mean_wait("none")


@pytest.mark.parametrize(
    ("name", "instrument", "order"),
    [
        ("membership", "membership", ["selected_n", "attempted_n", "reached_n", "read_n"]),
        ("officer_calls", "officer_call", ["attempted_n", "reached_n", "accepted_n"]),
        ("ai_calls", "ai_call", ["attempted_n", "reached_n", "accepted_n", "referred_n"]),
        ("ai_calls", "visit", ["attempted_n", "reached_n", "helped_n"]),
    ],
)
def test_each_stage_of_contact_is_part_of_the_one_before(name, instrument, order):
    stages = staged(run(name, changes=MANY_CASEWORKERS), instrument)
    counts = [stages[each] for each in order]
    assert counts[-1] > 0
    assert counts == sorted(counts, reverse=True)


def test_the_central_list_leaves_local_programmes_out():
    programmes = Programmes.of(world().catalogue)
    local = [i for i, each in enumerate(world().catalogue.programmes) if each.category == "local"]
    assert local
    for wide in (False, True):
        mask = programmes.mask(national_only=not wide)
        told = [bool(mask[i // 64] >> np.uint64(i % 64) & np.uint64(1)) for i in local]
        assert all(told) == wide
        assert any(told) == wide


def test_more_visits_to_the_list_never_mean_fewer_visitors():
    few, many = (
        staged(run("benefit_list", changes={path: value}), "benefit_list")["reached_n"]
        for path, value in [
            ("outreach.benefit_list.visits_per_1000_persons_m", 5.0),
            ("outreach.benefit_list.visits_per_1000_persons_m", 50.0),
        ]
    )
    assert few < many


def test_the_ai_call_takes_no_caseworker_hours_and_reaches_its_share():
    model = run("ai_calls")
    stages = staged(model, "ai_call")
    low, high = binom.interval(0.999, int(stages["attempted_n"]), 0.51)
    assert low <= stages["accepted_n"] <= high
    # hours go into visits alone: finished ones, and at most one begun in each office
    hours = model.results().filter(pl.col("measure") == "hours_outreach")["value"].sum()
    visits = 2.5 * staged(model, "visit")["attempted_n"]
    assert visits <= hours <= visits + 2.5 * len(model.offices)


def test_detection_lists_nobody_twice_in_a_row_and_no_livelihood_recipient():
    parameters = numbers().override({"uptake.burn_in_months": 6}, "test")
    of = world()
    model = WelfareModel(of, policy("ai_calls", parameters), parameters, plain_anchors(of))
    last: set[int] = set()
    column = of.catalogue.index("livelihood_benefit")
    rounds = 0
    for _ in range(of.months):
        livelihood = model.funnel_state.cells.table("state")[:, column] == RECEIVING
        model.step()
        made = model.memory.get("round")
        if made is None:
            continue
        rounds += 1
        _, _, candidates = made
        assert not last & set(candidates.tolist())
        assert not livelihood[candidates].any()
        last = set(candidates.tolist())
    assert rounds == of.months // 2


def test_households_of_equal_score_are_listed_wherever_they_live():
    of = world(5000, 24)
    changes = {"uptake.burn_in_months": 2, "outreach.detection.national_share": 0.015}
    parameters = numbers().override(changes, "test")
    anchors = plain_anchors(of)
    model = WelfareModel(
        of, policy("officer_calls", parameters), parameters, anchors, record_rounds=True
    ).run()
    assert model.rounds is not None
    earlier, places = 0, 0
    for each in model.rounds.rounds:
        counts = np.bitwise_count(each.bits)
        tied = np.flatnonzero(counts == counts[each.listed].min())
        listed = np.flatnonzero(each.listed[tied])
        earlier += int((listed < tied.size / 2).sum())
        places += listed.size
    low, high = binom.interval(1 - 1e-6, places, 0.5)
    assert low <= earlier <= high, (earlier, places)


@pytest.mark.parametrize("attempts", [1, 3, 6])
def test_answers_within_some_calls_follow_the_geometric_law(attempts):
    n, prob = 100_000, 0.19
    luck = Draws(1, 0).uniform("outreach.answer", np.arange(n))
    answered = int((_first_answer(luck, prob) <= attempts).sum())
    low, high = binom.interval(1 - 1e-6, n, 1 - (1 - prob) ** attempts)
    assert low <= answered <= high


def test_calls_reached_an_hour_do_not_depend_on_the_depth_of_trying():
    n, prob = 200_000, 0.35
    calls = _first_answer(Draws(2, 0).uniform("outreach.answer", np.arange(n)), prob)
    for depth in (1, 3, 6):
        made = np.minimum(calls, depth).sum()
        reached = (calls <= depth).sum()
        low, high = binom.interval(1 - 1e-6, int(made), prob)
        assert low <= reached <= high


def test_help_lets_a_household_know_of_all_it_could_have():
    changes = {"uptake.burn_in_months": 2, "offices.caseworkers_per_1000_households": 50.0}
    changes |= {"uptake.break_prob_m.office": 0.0, "uptake.break_prob_m.agency": 0.0}
    parameters = numbers().override(changes, "test")
    of = world()
    model = WelfareModel(of, policy("officer_calls", parameters), parameters, plain_anchors(of))
    helped_n = 0
    for _ in range(of.months):
        model.step()
        helped = np.flatnonzero(model.funnel_state.helped_step == model.step_n)
        helped_n += helped.size
        cells = model.funnel_state.cells
        own = cells.table("right")[helped] == OWN
        assert not ((cells.table("state")[helped] == UNAWARE) & own).any()
    assert helped_n > 0
    assert (model.funnel_state.helped_step != NEVER).sum() <= helped_n


def test_more_capacity_reaches_more_households():
    def helped(share: float) -> float:
        changes = {"offices.outreach_share": share}
        return staged(run("officer_calls", changes=changes), "officer_call").get("helped_n", 0.0)

    counts = [helped(share) for share in (0.0, 0.1, 0.5, 1.0)]
    assert counts == sorted(counts)
    assert counts[0] == 0 < counts[-1]


def test_an_instrument_takes_its_numbers_from_the_parameters_unless_given():
    given = BenefitList.build({"scope": "all"}, numbers())
    assert given.scope == "all"
    path = "outreach.benefit_list.visits_per_1000_persons_m"
    assert given.visits_per_1000_persons_m == numbers().number(path)
    assert AiCall.build({}, numbers()).complete_prob == 0.51


def test_need_is_that_of_the_day_on_which_a_list_is_made():
    parameters = numbers().override({"uptake.burn_in_months": 2}, "test")
    of = world()
    model = WelfareModel(of, policy("officer_calls", parameters), parameters, plain_anchors(of))
    model.step()
    assert model.desk is not None
    everybody = np.arange(of.households_n)
    before = model.desk.in_need(everybody)
    model.circumstances.crisis_months[:] = 1
    assert np.array_equal(model.desk.in_need(everybody), before)
    assert not before.all()


def test_an_unknown_stage_cannot_be_noted():
    with pytest.raises(ValueError, match="unknown stage"):
        Ledger().note("visit", "convinced", np.arange(2))


def test_the_pool_of_a_round_has_about_the_published_share_of_persons():
    # 8 to 12 per cent of persons; two points more for the luck of 5,000 households
    of = world(5000, 4)
    parameters = numbers().override({"uptake.burn_in_months": 12}, "test")
    model = WelfareModel(of, policy("officer_calls", parameters), parameters, plain_anchors(of))
    shares = []
    for _ in range(of.months):
        model.step()
        if model.memory["round"] is not None:
            view, _, _ = model.memory["round"]
            inside = (view.bits != 0) & ~view.receives_livelihood
            sizes = model.circumstances.size
            shares.append(sizes[inside].sum() / sizes.sum())
    assert len(shares) == 2
    assert all(0.06 < share < 0.14 for share in shares), shares
