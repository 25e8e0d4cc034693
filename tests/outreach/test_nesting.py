"""More capacity or a greater chance never takes a household out: same luck, nested sets."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from simlib.draws import Draws
from simlib.mesa_adapter import Model
from simlib.model import Opening, WelfareModel
from simlib.uptake.catchments import Catchment
from simlib.uptake.claims import Claims
from simlib.uptake.offices import OfficeRates, WelfareOffice
from worlds import made, numbers, plain_anchors, world

HOURS = "offices.caseworkers_per_1000_households"
ENOUGH = 50.0
"""Caseworkers for 1,000 households whose hours suffice for everybody on the list."""
CALLS = ("detection", {"rank_by": "rule_of_thumb", "national_share": 0.4, "rounds_per_year": 1})


@cache
def opening() -> Opening:
    """One state to begin with, whatever the staff from then on."""
    of = world(500, 12)
    parameters = numbers().override({"uptake.burn_in_months": 6, HOURS: 5.0}, "test")
    return WelfareModel(of, made(), parameters, plain_anchors(of), record=False).opening()


def stages(
    entries: list[tuple[str, dict[str, Any]]], months: int, staff: float = 5.0
) -> dict[tuple[str, str], list[set[int]]]:
    """Run some months and give by instrument and stage whom it brought there so far."""
    of = world(500, 12)
    parameters = numbers().override({HOURS: staff}, "test")
    model = WelfareModel(
        of, made(*entries), parameters, plain_anchors(of), opening=opening(), record=False
    )
    found: dict[tuple[str, str], list[set[int]]] = {}
    for month in range(months):
        model.step()
        for sets in found.values():
            sets.append(set(sets[-1]))
        for instrument, stage, rows in model.ledger.entries:
            sets = found.setdefault((instrument, stage), [set()] * month + [set()])
            sets[-1] = sets[-1] | set(rows.tolist())
    return found


def test_more_caseworkers_never_take_a_household_off_the_called_list_of_a_round():
    runs = [stages([CALLS, ("officer_call", {})], 6, staff) for staff in (0.4, 0.8, 2.0, 5.0)]
    for stage in ("attempted", "reached"):
        called = [each["officer_call", stage] for each in runs]
        for less, more in pairwise(called):
            assert all(one <= other for one, other in zip(less, more, strict=True))
        assert len(called[0][-1]) < len(called[-1][-1])


def test_a_longer_list_holds_the_shorter_one():
    lists = [
        stages([("detection", CALLS[1] | {"national_share": share})], 1)["detection", "selected"][0]
        for share in (0.05, 0.2, 0.4)
    ]
    assert lists[0] < lists[1] < lists[2]


GREATER = {
    "calls answered": ("officer_call", "reached", "answer_prob", 0.2, 0.7, [CALLS]),
    "attempts": ("officer_call", "reached", "attempts", 1, 4, [CALLS]),
    "willing to talk": ("officer_call", "accepted", "accept_logit", -1.0, 1.0, [CALLS]),
    "completed calls": ("ai_call", "accepted", "complete_prob", 0.3, 0.7, [CALLS]),
    "numbers": ("ai_call", "reached", "numbers_tried", 1, 3, [CALLS]),
    "members": ("membership", "joined", "recipient_member_share", 0.2, 0.8, []),
}


@pytest.mark.parametrize("name", GREATER)
def test_a_greater_chance_reaches_all_whom_a_smaller_one_reached(name):
    instrument, stage, setting, low, high, before = GREATER[name]
    less, more = (
        stages([*before, (instrument, {setting: value})], 1, ENOUGH)[instrument, stage][0]
        for value in (low, high)
    )
    assert less < more


def test_more_hours_decide_the_same_claims_and_more_and_none_later():
    n = 60
    luck = Draws(3).uniform("uptake.apply", np.arange(n), 0)
    waited = np.sort(luck * 4).astype(np.int64)[::-1]
    claims = Claims.of(
        np.arange(n), np.zeros(n, np.int64), waited, np.full(n, 1.0), 0.5 + 3 * luck,
        np.zeros(n), np.full(n, 30.0),
    )  # fmt: skip
    decided = []
    for households_n in (1000, 2000, 4000, 8000):
        rates = OfficeRates(0.0, 1.0, 100.0, 0.1, 0.5, 25_000.0)
        office = WelfareOffice(Model(), Catchment((11110,), 0, households_n), rates)
        office.open_month()
        decided.append(office.decide(claims, np.full(n, 10.0)))
    for less, more in pairwise(decided):
        assert (less.chosen <= more.chosen).all()
        assert (more.wait_days[less.chosen] <= less.wait_days[less.chosen]).all()
    assert decided[0].chosen.sum() < decided[-1].chosen.sum()
