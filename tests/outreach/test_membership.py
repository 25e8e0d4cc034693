"""The membership's notices, each alone: on joining, after the yearly means test, on change."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from simlib.model import WelfareModel
from worlds import made, noted, numbers, plain_anchors, run, same_states, world

MONTHS = 18
EVERYBODY = {"recipient_member_share": 1.0, "outsider_member_share": 1.0, "join_prob_m": 0.0}
KINDS = ("entry", "means_test", "change")


def started(**given: Any) -> WelfareModel:
    of = world(months=MONTHS)
    parameters = numbers().override({"uptake.burn_in_months": 2}, "test")
    policy = made(("membership", given))
    return WelfareModel(of, policy, parameters, plain_anchors(of), record=False)


def sent(model: WelfareModel) -> dict[str, np.ndarray]:
    return {kind: noted(model, f"{kind}_notices") for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_notice_can_be_sent_alone(kind):
    model = started(notices=[kind])
    total = dict.fromkeys(KINDS, 0)
    for _ in range(MONTHS):
        model.step()
        total = {each: total[each] + rows.size for each, rows in sent(model).items()}
    assert total[kind] > 0
    assert sum(total.values()) == total[kind]


def test_without_notices_nothing_happens():
    of = world(months=6)
    same_states(run("none", of), run(made(("membership", {"notices": []})), of))


def test_the_first_list_comes_in_the_month_of_joining_with_all_that_is_missed():
    model = started(notices=["entry"], join_prob_m=0.2, recipient_member_share=0.0)
    joined_n = 0
    for _ in range(MONTHS):
        model.step()
        joined, members = noted(model, "joined"), sent(model)["entry"]
        assert np.isin(members, joined).all()
        desk = model.desk
        assert desk is not None
        named = model.memory["membership"].named[joined]
        assert np.array_equal((named != 0).any(axis=1), np.isin(joined, members))
        joined_n += joined.size
    assert joined_n > 0


def test_everybody_is_means_tested_once_a_round_and_told_a_month_later():
    every = 6
    model = started(notices=["means_test"], means_test_months=every, **EVERYBODY)
    last = np.full(500, -99)
    months = []
    for step in range(MONTHS):
        model.step()
        rows = sent(model)["means_test"]
        months.append(rows.size)
        assert ((step - last[rows])[last[rows] >= 0] % every == 0).all()
        last[rows] = step
        memory = model.memory["membership"]
        assert np.isin(rows, memory.whose_turn(step - 1, every)[1]).all()  # tested a month before
    assert months[0] == 0
    assert min(months[2:]) > 0  # the year is spread over members
    assert (last >= 0).mean() > 0.8


def test_a_change_brings_a_notice_of_what_is_new():
    model = started(notices=["change"], **EVERYBODY)
    changed, told = np.empty(0, np.int64), 0
    for _ in range(MONTHS):
        before = model.memory.get("membership")
        named = None if before is None else before.named.copy()
        model.step()
        rows = sent(model)["change"]
        assert np.isin(rows, changed).all()
        if named is not None:
            now = model.memory["membership"].named
            assert ((now & named) == named).all()  # what was named is not named again
            fresh = (now & ~named) != 0
            changed = np.flatnonzero(fresh.any(axis=1))
            assert np.isin(changed, model.world.changes[model.step_n].concerned).all()
        else:
            changed = np.flatnonzero((model.memory["membership"].named != 0).any(axis=1))
        told += rows.size
    assert told > 0


def test_members_join_by_the_month_and_in_every_policy_alike():
    model = started(recipient_member_share=0.0, outsider_member_share=0.0, join_prob_m=0.1)
    model.step()
    joins = model.memory["membership"].joins
    within_a_year = int((joins <= 12).sum())
    low, high = binom.interval(1 - 1e-6, joins.size, 1 - 0.9**12)
    assert low <= within_a_year <= high
    other = started(
        notices=[], recipient_member_share=0.0, outsider_member_share=0.0, join_prob_m=0.1
    )
    other.step()
    assert np.array_equal(other.memory["membership"].joins, joins)


def test_one_message_names_all_that_is_due_and_none_that_is_received():
    model = started(entry_days=30.0, change_days=0.0, **EVERYBODY)
    for _ in range(6):
        receiving = model.funnel_state.receiving.copy()
        model.step()
        rows = noted(model, "selected")
        assert np.unique(rows).size == rows.size
        read = model.funnel_state.cells.table("read_step") == model.step_n
        masks = np.zeros_like(receiving)
        for programme in range(read.shape[1]):
            bit = np.uint64(1) << np.uint64(programme % 64)
            masks[:, programme // 64] |= np.where(read[:, programme], bit, np.uint64(0))
        assert not (masks & receiving).any()
