from pathlib import Path

import numpy as np
import pytest

from simlib.errors import UserError
from simlib.files import package_data
from simlib.outreach.policy import INSTRUMENTS, load_policy
from worlds import numbers

SHIPPED = sorted(path.stem for path in package_data("kr", "policies").glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_policy_loads_with_titles_in_both_languages(name):
    policy = load_policy(name, numbers())
    assert policy.name == name
    assert all(policy.title[lang] for lang in ("ko", "en"))


def test_a_policy_says_which_instruments_it_has(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("title: {ko: 나의 정책, en: Mine}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"'instruments' is missing.*add 'instruments:'"):
        load_policy(str(path), numbers())


def test_all_instruments_are_used_by_a_shipped_policy():
    used = {each.id for name in SHIPPED for each in load_policy(name, numbers()).instruments}
    assert used == set(INSTRUMENTS)


def written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    rest = "" if "instrument" in text else "\ninstruments: []\n"
    path.write_text("title: {ko: 나의 정책, en: Mine}\n" + text + rest, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("instruments: [{ai_cal: {}}]", r"mine.yaml:2.*'ai_cal'.*did you mean 'ai_call'"),
        (
            "instruments:\n  - ai_call: {complete_probs: 0.5}",
            r"mine.yaml:3.*no setting 'complete_probs'.*did you mean 'complete_prob'",
        ),
        ("instruments:\n  - ai_call: {complete_prob: 1.5}", r"mine.yaml:3.*outside 0 to 1"),
        ("instruments:\n  - ai_call: {complete_prob: half}", r"mine.yaml:3.*complete_prob"),
        ("instruments:\n  - detection: {rank_by: luck}", r"mine.yaml:3.*rank_by"),
        ("instruments:\n  - detection: {rounds_per_year: 5}", r"mine.yaml:3.*choose 1, 2, 3, 4"),
        ("instruments:\n  - detection: {indicators: 40}", r"mine.yaml:3.*34, 39, 44"),
        ("instruments:\n  - {ai_call: {}, visit: {}}", r"mine.yaml:3.*names one instrument"),
        (
            "instruments: [{visit: {}}]",
            r"mine.yaml:2.*'visit' has nothing.*officer_call or ai_call",
        ),
        ("instruments:\n  - ai_call: {}\n  - detection: {}", r"mine.yaml:3.*'ai_call' has nothing"),
        ("instruments:\n  - membership:\n  - membership:", r"mine.yaml:4.*'membership'.*twice"),
        ("instrument: []", r"mine.yaml:2.*'instrument'.*did you mean 'instruments'"),
        ("from: 2024-13", r"2024-13.*not a month"),
        (
            "instruments:\n  - life_event_bundle: {events: [marriage]}",
            r"mine.yaml:3.*events.*no such event.*birth",
        ),
        (
            "instruments:\n  - notification_secretary: {sms_until: soon}",
            r"mine.yaml:3.*sms_until.*2026-02, or never",
        ),
        ("regions: [99999]", r"mine.yaml:2.*no municipality '99999'"),
        ("regions: [중구]", r"mine.yaml:2.*municipalities named '중구'.*서울 중구"),
        ("regions: []", r"mine.yaml:2.*empty list"),
        ("regions: [all]", r"mine.yaml:2.*'all' stands in a list.*without brackets"),
        ("regions: [목포시, 46110]", r"mine.yaml:2.*'46110' stands in 'regions' twice"),
        ("from:", r"mine.yaml:2.*'from' has no value.*or leave the key out"),
        ("from: ''", r"mine.yaml:2.*'from'.*write one like 2024-07"),
        ("from: 2024", r"mine.yaml:2.*'from'.*a month like 2024-01"),
        ("until: 2024-07", r"mine.yaml:2.*unknown key 'until'"),
        ("instruments: {visit: {}}", r"mine.yaml:2.*should be a list"),
        ("instruments:", r"mine.yaml:2.*'instruments' has no value"),
        ("instruments:\n  - membership", r"mine.yaml:3.*write it like '- membership: {}'"),
        ("instruments:\n  - {}", r"mine.yaml:3.*as separate list items"),
        ("instruments:\n  - officer_call: {call_hours: -1}", r"mine.yaml:3.*outside 0 to 5"),
        (
            "instruments:\n  - membership: {outsider_member_share: '0.5'}",
            r"mine.yaml:3.*should be a number \(given: '0.5'\).*quotes",
        ),
        (
            "instruments:\n  - membership: {outsider_member_share: yes}",
            r"mine.yaml:3.*should be a number",
        ),
        ("instruments:\n  - membership: {channel: no}", r"mine.yaml:3.*letter, sms; YAML takes"),
        ("regions: some", r"mine.yaml:2.*'all' or a list of municipalities"),
        ("regions: [true]", r"mine.yaml:2.*'all' or a list of municipalities"),
        ("regions: [제주특별자치도]", r"mine.yaml:2.*it is a region.*제주 서귀포시"),
        (
            "instruments:\n  - detection:\n  - local_detection: {weights: {housing: many}}",
            r"mine.yaml:4.*local_detection.weights.housing.*should be a number",
        ),
        (
            "instruments:\n  - detection:\n  - local_detection: {rank_by: own_round}",
            r"mine.yaml:4.*did you mean 'own_rounds'",
        ),
    ],
)
def test_a_wrong_policy_file_is_refused_with_place_and_nearest_name(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        load_policy(written(tmp_path, text), numbers())


def test_an_unknown_policy_is_refused_with_the_nearest_name():
    with pytest.raises(UserError, match="did you mean 'membership'"):
        load_policy("membershp", numbers())


def test_a_policy_acts_from_its_month_on(tmp_path):
    from simlib.months import parse_month

    policy = load_policy(
        written(tmp_path, "from: 2024-07\ninstruments: [{membership: {}}]"), numbers()
    )
    assert not policy.in_force(parse_month("2024-06"))
    assert policy.in_force(parse_month("2024-07"))


def test_an_ai_call_is_written_with_notice_numbers_and_triage(tmp_path):
    text = """\
instruments:
  - detection: {indicators: 45, rounds_per_year: 6, national_share: 0.025, rank_by: scorer}
  - ai_call: {notice: sms, numbers_tried: 2, complete_prob: 0.51, triage: transcript}
  - visit: {hours: 2.5}
from: 2024-07
regions: all
"""
    policy = load_policy(written(tmp_path, text), numbers())
    assert [each.id for each in policy.instruments] == ["detection", "ai_call", "visit"]


def test_municipalities_are_named_by_name_or_code(tmp_path):
    text = "regions: [청양군, 46110, 서울 중구]\ninstruments: [{membership: {}}]"
    policy = load_policy(written(tmp_path, text), numbers())
    assert policy.municipalities == (11140, 44790, 46110)
    assert policy.as_written()["regions"] == [11140, 44790, 46110]
    assert policy.inside(np.array([46110, 46130])).tolist() == [True, False]
