"""Every instrument: turned off it is as if it were absent, and it changes what it is for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlib.model import WelfareModel
from simlib.outreach.instruments import INSTRUMENTS
from simlib.uptake.programmes import Programmes
from worlds import made, numbers, plain_anchors, run, same_states, world

OFF: dict[str, dict[str, Any]] = {
    "ai_call": {"complete_prob": 0.0},
    "any_office": {"trips_share": 1.0},
    "automatic_enrolment": {"record_share": 0.0},
    "automatic_renewal": {"scope": "none"},
    "benefit_list": {"visits_per_1000_persons_m": 0.0},
    "chatbot": {"use_share": 0.0},
    "detection": {"national_share": 0.0},
    "duplicate_check": {"checks_per_year": 0.0},
    "electronic_certificates": {"use_share": 0.0},
    "launch_shock": {"months": 0.0},
    "life_event_bundle": {"told_prob": 0.0},
    "local_detection": {"local_share": 0.0},
    "membership": {"recipient_member_share": 0.0, "outsider_member_share": 0.0, "join_prob_m": 0.0},
    "neighbour_report": {"self_prob_m": 0.0, "neighbour_prob_m": 0.0},
    "notification_secretary": {"member_share": 0.0},
    "officer_call": {"attempts": 0},
    "online_application": {"use_share": 0.0},
    "private_referral": {"found_prob": 0.0, "refer_hours": 0.0},
    "processing_support": {"documents_to": 20.0, "days_to": 365.0, "hours_share": 1.0},
    "programme_guide": {"use_share": 0.0},
    "proxy_application": {"known_share": 0.0},
    "status_check": {"death_found_prob": 0.0, "move_found_prob": 0.0},
    "visit": {"hours": 0.0, "found_prob": 0.0, "found_mismatch_prob": 0.0},
}
"""Settings under which each instrument does nothing."""

BEFORE = {
    "ai_call": ["detection"],
    "local_detection": ["detection"],
    "officer_call": ["detection"],
    "visit": ["detection", "ai_call"],
    "private_referral": ["detection", "officer_call"],
}
"""What must stand before an instrument that goes on with another's work."""


def test_every_instrument_can_be_turned_off():
    assert set(OFF) == set(INSTRUMENTS)


def test_every_instrument_has_its_paragraph_and_its_line_in_the_table():
    text = (Path(__file__).parents[2] / "docs" / "outreach.md").read_text(encoding="utf-8")
    paragraphs = " ".join(line for line in text.splitlines() if line.startswith("**`"))
    for name in INSTRUMENTS:
        assert f"`{name}`" in paragraphs, name
        assert f"| `{name}` |" in text, name


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_an_instrument_that_is_turned_off_is_bit_identical_to_none(name):
    earlier = [(each, {}) for each in BEFORE.get(name, [])]
    of = world(months=12)
    without = run(made(*earlier), of)
    turned_off = run(made(*earlier, (name, OFF[name])), of)
    same_states(without, turned_off)
    assert np.array_equal(
        without.household_summary()["paid_krw"], turned_off.household_summary()["paid_krw"]
    )


COLUMNS = {
    "any_office": {"trips"},
    "automatic_renewal": {"renewal_months"},
    "chatbot": {"learning"},
    "electronic_certificates": {"documents"},
    "launch_shock": {"processing_days"},
    "life_event_bundle": {"documents", "trips"},
    "online_application": {"trips"},
    "processing_support": {"documents", "processing_days"},
    "programme_guide": {"learning"},
    "proxy_application": {"documents", "trips"},
}
"""The burdens that each instrument changes; the others change none."""
WIDE = {"proxy_application": {"scope": "all"}}
"""Settings that show all that an instrument changes; the pilot's programmes need no trip."""
HEAVIER = {"launch_shock"}
"""Instruments that are a burden."""


def first_month(name: str, **given: Any) -> WelfareModel:
    """Run an instrument until it serves somebody, for a year at most."""
    of = world()
    parameters = numbers().override({"uptake.burn_in_months": 2}, "test")
    earlier = [(each, {}) for each in BEFORE.get(name, [])]
    chosen = made(*earlier, (name, given))
    model = WelfareModel(of, chosen, parameters, plain_anchors(of), record=False)
    for _ in range(12):
        model.step()
        pairs = zip(model.ways.burdens, model.programmes.burdens(), strict=True)
        if name not in COLUMNS or not all((now == usual).all() for now, usual in pairs):
            break
    return model


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_an_instrument_changes_its_own_burdens_and_no_others(name):
    model = first_month(name, **WIDE.get(name, {}))
    usual, ways = model.programmes.burdens(), model.ways
    changed = set()
    for column, before in usual._asdict().items():
        after = getattr(ways.burdens, column)
        if not (after == before).all():
            changed.add(column)
        lighter = (after >= before).all() if name in HEAVIER else (after <= before).all()
        assert lighter, column
    assert changed == COLUMNS.get(name, set())
    changes_hours = {"processing_support", "launch_shock"}
    assert (ways.hours_share != 1.0).any() == (name in changes_hours)


@pytest.mark.parametrize(
    "name", ["chatbot", "electronic_certificates", "online_application", "programme_guide"]
)
def test_services_are_used_more_by_the_digitally_skilled_and_always_by_the_same(name):
    model = first_month(name)
    way, skill = model.ways.way.copy(), model.traits.digital_skill
    users = way == way.max()
    assert 0 < users.sum() < users.size
    assert skill[users].mean() > skill[~users].mean()
    model.step()
    assert np.array_equal(model.ways.way, way)


def test_instruments_on_the_same_claim_add_up_by_household():
    of = world(months=12)
    both = run(made(("chatbot", {}), ("programme_guide", {})), of)
    alone = run(made(("chatbot", {})), of), run(made(("programme_guide", {})), of)

    def learning(model: WelfareModel) -> Any:
        return model.ways.burdens.learning[model.ways.way]

    assert np.allclose(learning(both), learning(alone[0]) + learning(alone[1]), atol=1e-12)
    assert both.ways.burdens.learning.shape[0] == 4


def test_programmes_of_the_proxy_pilot_are_in_the_catalogue():
    ids = Programmes.of(world().catalogue).ids
    assert set(numbers().value("outreach.proxy_application.pilot_programmes")) <= set(ids)
