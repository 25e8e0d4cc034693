"""Lists are followed until their support and crises can be told."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simlib.follow_up import FollowUp, Support
from simlib.model import WelfareModel
from simlib.outreach.instruments.detection import ROUND
from simlib.outreach.ledger import Ledger
from simlib.outreach.support import SUPPORTED_PRIVATELY
from simlib.uptake.decisions import Decisions
from simlib.uptake.states import APPLYING, NEVER, PENDING, RECEIVING
from worlds import numbers, plain_anchors, policy, world

N = 10
LIVELIHOOD, OF_OFFICE, OF_AGENCY = 0, 1, 2
SUPPORT = Support(
    np.array([True, True, False]), np.array([True, False, False]), months=2, crisis_months=3
)


def month(
    follow: FollowUp,
    step: int,
    listed: list[int] | None = None,
    met: tuple[int, ...] = (),
    private: tuple[int, ...] = (),
    awards: tuple[tuple[int, int], ...] = (),
    claimed: int | None = None,
    crisis: tuple[int, ...] = (),
) -> dict[str, float]:
    ledger = Ledger()
    ledger.note("call", "accepted", np.array(met, np.int64))
    everybody = np.arange(N)
    made = None if listed is None else (None, everybody, np.array(listed))
    desk: Any = SimpleNamespace(
        step=step,
        memory={ROUND: made, SUPPORTED_PRIVATELY: np.array(private, np.int64)},
        ledger=ledger,
        in_need=lambda rows: rows % 5 == 0,
        circumstances=SimpleNamespace(address_mismatch=everybody == 1),
    )
    nobody, none = Decisions.none(3), np.empty(0, np.int64)
    months = 0 if claimed is None else step - claimed
    decided = replace(
        nobody,
        rows=np.array([row for row, _ in awards], np.int64),
        programmes=np.array([programme for _, programme in awards], np.int64),
        awarded=np.ones(len(awards), np.bool_),
        claimed_months=np.full(len(awards), months, np.int64),
        won_rows=none,
        won_programmes=none,
        won_claimed_months=none,
    )
    return follow.note(desk, decided, np.isin(everybody, crisis), SUPPORT)


def test_a_list_is_followed_for_its_months_and_across_the_next_list():
    follow = FollowUp(N)
    made = month(follow, 0, [0, 1, 2, 3], met=(0, 1))
    assert made == {
        "listed_n": 4,
        "pool_n": 10,
        "pool_in_need_n": 2,
        "selected_elsewhere_n": 1,
    }
    counts = month(follow, 1, [4, 5], awards=((0, OF_OFFICE), (1, LIVELIHOOD)))
    assert counts["followed_n"] == 4
    assert counts["supported_public_n"] == 2
    assert counts["supported_livelihood_n"] == 1
    later = month(follow, 2, met=(4,), awards=((4, OF_OFFICE), (0, OF_OFFICE)))
    assert (later["followed_n"], later["supported_public_n"]) == (2, 1)
    assert follow.listed_n.tolist() == [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]


def test_support_counts_once_met_and_when_the_office_has_it_on_record():
    follow = FollowUp(N)
    month(follow, 0, [0, 1, 2], met=(2,), awards=((0, OF_OFFICE), (2, OF_AGENCY)))
    counts = month(follow, 1, met=(0,), private=(1, 2))
    assert counts["supported_public_n"] == 0  # awarded before it was met, or by an agency
    assert counts["supported_any_n"] == 1  # nobody met household 1


def test_a_claim_from_before_the_contact_is_no_support_that_came_of_it():
    follow = FollowUp(N)
    month(follow, 0, [0, 1], met=(0,))
    early = month(follow, 1, met=(1,), awards=((0, OF_OFFICE), (1, OF_OFFICE)), claimed=0)
    assert early["supported_public_n"] == 1  # household 1 claimed before it was met
    follow = FollowUp(N)
    month(follow, 0, [0], met=(0,))
    assert month(follow, 1, awards=((0, OF_OFFICE),), claimed=-2)["supported_public_n"] == 0


def test_crises_on_the_list_stand_beside_those_of_a_list_drawn_by_lot():
    follow = FollowUp(N)
    month(follow, 0, [0, 1], crisis=(0,))
    assert "judged_n" not in month(follow, 1, crisis=(0, 7))
    counts = month(follow, 2, crisis=(8, 9))
    assert counts["judged_n"] == 2
    assert counts["judged_crisis_n"] == 1
    assert counts["judged_pool_crisis_n"] == 4
    assert counts["judged_by_lot_n"] == pytest.approx(2 * 4 / 10)
    assert follow.lists == []
    assert month(follow, 3, crisis=(1,)) == {}


def test_a_claim_after_a_notice_counts_whatever_becomes_of_it():
    of = world(months=12)
    parameters = numbers().override({"uptake.burn_in_months": 2}, "test")
    model = WelfareModel(of, policy("membership"), parameters, plain_anchors(of))
    claimed: set[tuple[int, int]] = set()
    for _ in range(12):
        model.step()
        cells = model.funnel_state.cells
        began = np.isin(cells.state, (APPLYING, PENDING, RECEIVING))
        began &= (cells.read_step != NEVER) & (cells.since >= cells.read_step) & (cells.rows >= 0)
        pairs = cells.rows[began].tolist(), cells.programme[began].tolist()
        claimed |= set(zip(*pairs, strict=True))
    used = model.household_summary()["used_programmes_n"].to_numpy()
    expected = np.bincount([row for row, _ in claimed], minlength=used.size)
    assert used.sum() > 0
    assert np.array_equal(used, expected)
