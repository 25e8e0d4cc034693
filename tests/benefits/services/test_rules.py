import csv

import pytest

from simlib.benefits.services.conditions import ANYONE, bits, conditions, mask, of_kind
from simlib.benefits.services.population_words import condition_expr
from simlib.benefits.services.rules import rule_of
from simlib.benefits.services.topics import events, events_of, needs, needs_of, programme_words
from simlib.files import package_data


def all_of(kind: str) -> dict[str, int | bool]:
    return dict.fromkeys((each.code for each in of_kind(kind)), True)


def test_every_code_has_a_meaning_and_a_rule_or_a_reason():
    assert len(conditions()) == 48
    for each in conditions().values():
        assert each.meaning["ko"]
        assert each.meaning["en"]
        has_value = each.kind in ("age_min", "age_max", "person_any", "household_any")
        if each.decided == "no" and each.kind != "business":
            assert each.note, each.code
        if not has_value:
            assert bool(each.expression) == (each.decided != "no"), each.code
        if each.decided == "proxy":
            assert each.note, each.code
        if each.expression:
            condition_expr(each)


def test_each_bit_of_a_word_belongs_to_one_code():
    for kinds in (("sex", "person"), ("income", "household")):
        own = [bits()[each.code] for each in of_kind(*kinds)]
        assert len(set(own)) == len(own)
        assert max(own) < ANYONE


@pytest.mark.parametrize(
    ("codes", "kind", "wanted"),
    [
        ({"JA0328": True}, "person", mask(["JA0328"])),
        ({"JA0328": True, "JA0302": True}, "person", mask(["JA0328", "JA0302"])),
        ({"JA0328": True, "JA0322": True}, "person", ANYONE),
        (all_of("person"), "person", ANYONE),
        ({"JA0322": True}, "person", ANYONE),
        ({"JA0313": True}, "person", 0),
        ({"JA0313": True, "JA0328": True}, "person", mask(["JA0328"])),
        ({"JA0101": True, "JA0102": True}, "sex", ANYONE),
        ({"JA0102": True}, "sex", mask(["JA0102"])),
        (all_of("income"), "income", ANYONE),
        ({"JA0403": True, "JA0410": True}, "household", ANYONE),
        ({"JA0403": True, "JA0401": True}, "household", mask(["JA0403"])),
        ({"JA0328": False}, "person", 0),
    ],
)
def test_codes_of_a_group_are_alternatives_and_all_or_none_of_them_no_condition(
    codes, kind, wanted
):
    assert rule_of(codes).masks[kind] == wanted


@pytest.mark.parametrize(
    ("codes", "unknown", "decided", "reasons"),
    [
        ({"JA0322": True}, 0, "yes", []),
        ({"JA0110": 65}, 0, "yes", []),
        ({"JA0110": 0}, 0, "yes", []),
        ({}, 0, "no", ["no_codes"]),
        ({"JA0328": False}, 0, "no", ["no_codes"]),
        ({"JA0313": True, "JA0314": True}, 0, "no", ["JA0313", "JA0314"]),
        ({"JA0313": True, "JA0328": True}, 0, "partly", ["JA0313"]),
        ({"JA0401": True}, 0, "no", ["JA0401"]),
        ({"JA0328": True}, 1, "no", ["unknown_code"]),
        ({"JA0110": 40, "JA0111": 20}, 0, "no", ["ages_reversed"]),
    ],
)
def test_what_cannot_be_decided_is_said(codes, unknown, decided, reasons):
    rule = rule_of(codes, unknown)
    assert rule.decided == decided
    assert rule.reasons == reasons
    assert (rule.person_open or rule.household_open) == (decided != "yes")


def test_ages_beyond_life_are_no_limit():
    rule = rule_of({"JA0110": 0, "JA0111": 999})
    assert (rule.age_min, rule.age_max) == (0, 127)


def test_every_programme_of_the_catalogue_has_a_need_and_every_need_words():
    words = programme_words()
    assert len(words) == 75
    files = {path.stem for path in package_data("kr", "programmes").glob("*.yaml")}
    assert not files - set(words)
    for programme, each in words.items():
        assert each.needs, programme
        assert set(each.needs) <= set(needs()), programme
        assert each.words["ko"], programme
        assert each.words["en"], programme
    used = {need for each in words.values() for need in each.needs}
    assert set(needs()) - used <= {"transport", "safety"}
    for topic in (*needs().values(), *events().values()):
        assert topic.words["ko"], topic.id
        assert topic.words["en"], topic.id


def test_every_trigger_of_a_programme_is_a_known_life_event():
    from simlib.benefits.programme_file import read_folder

    triggers = {trigger for file, _ in read_folder() for trigger in file.triggers}
    assert triggers <= set(events())


def test_needs_and_events_of_services_follow_field_codes_age_and_name():
    assert needs_of("별빛 지원", ("주거·자립",)) == ["housing"]
    assert needs_of("달빛 난방비", ()) == ["energy"]
    assert events_of("별빛", {"JA0303"}, 0, 127) == ["birth"]
    assert events_of("별빛", set(), 65, 127) == ["turns_65"]
    assert events_of("별빛", set(), 65, 70) == []
    assert events_of("전입 축하", set(), 0, 127) == ["moved"]


def test_templates_and_words_name_known_needs_and_events():
    with package_data("kr", "service_templates.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert set(row["needs"].split("|")) <= set(needs()), row["template"]
            assert set(filter(None, row["events"].split("|"))) <= set(events()), row["template"]
