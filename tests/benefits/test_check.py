"""``simlib check``: what it says, in both languages, and what it refuses."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.check import CheckResult, check_file, check_household
from simlib.benefits.check_table import tables
from simlib.benefits.entitlement import entitle
from simlib.benefits.explain import explain
from simlib.benefits.listing import list_programmes, show_programme
from simlib.benefits.places import find_municipality
from simlib.errors import UserError
from simlib.files import parse_yaml
from simlib.parameters import Parameters

from .conftest import case_of

MOTHER: dict[str, Any] = {
    "date": "2025-03",
    "municipality": "청양군",
    "tenure": "monthly_rent",
    "rent_krw_m": 250000,
    "assets": {"financial_krw": 3000000},
    "persons": [
        {"age": 41, "sex": "female", "relation": "head", "earnings_krw_m": 1500000},
        {"age": 7, "sex": "male", "relation": "child", "student": "elementary"},
    ],
    "flags": ["single_parent"],
}
JSON_KEYS = {"programme", "name", "amount_krw_m", "channels", "documents", "sources"}


def check(
    household: dict[str, Any], parameters: Parameters, catalogue: Catalogue, lang: str = "en"
) -> CheckResult:
    document = parse_yaml(yaml.safe_dump(household, allow_unicode=True), "household.yaml")
    return check_household(document, parameters, catalogue, lang)


def changed(path: str, value: Any) -> dict[str, Any]:
    household = copy.deepcopy(MOTHER)
    place: Any = household
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    place[last] = value
    return household


def test_every_programme_is_in_exactly_one_list(parameters: Parameters, catalogue: Catalogue):
    result = check(MOTHER, parameters, catalogue)
    named = [row["programme"] for row in (*result.entitled, *result.near, *result.not_entitled)] + [
        row["programme"]
        for row in result.needs_checking
        if row["programme"] not in {each["programme"] for each in result.entitled}
    ]
    assert sorted(named) == list(catalogue.ids)
    assert all(set(row) >= JSON_KEYS for row in result.entitled)
    amounts = {row["programme"]: row["amount_krw_m"] for row in result.entitled}
    assert amounts["livelihood_benefit"] == 208_451
    assert amounts["single_parent_child_support"] == 230_000


def test_a_condition_that_failed_has_value_limit_and_source(
    parameters: Parameters, catalogue: Catalogue
):
    result = check(MOTHER, parameters, catalogue)
    row = next(row for row in result.not_entitled if row["programme"] == "basic_pension")
    (failed,) = row["failed"]
    assert (failed["condition"], failed["value"], failed["limit"]) == ("age ≥ 65 years", 41, 65)
    assert failed["sources"] == ["BLOG"]


def test_an_unstated_crisis_needs_checking(parameters: Parameters, catalogue: Catalogue):
    result = check(MOTHER, parameters, catalogue)
    unstated = {row["programme"]: row["facts"] for row in result.needs_checking}
    assert unstated["emergency_livelihood"] == ["in a crisis situation"]
    assert unstated["emergency_medical"] == ["in a crisis situation", "serious illness"]


def test_what_is_nearly_met_says_which_change_would_do_it(
    parameters: Parameters, catalogue: Catalogue
):
    household = {
        "date": "2025-03",
        "municipality": "청양군",
        "persons": [{"age": 65, "sex": "male", "income_krw_m": 2_300_000}],
    }
    result = check(household, parameters, catalogue)
    near = {row["programme"]: row for row in result.near}
    row = near["basic_pension"]
    assert (row["value"], row["limit"]) == (2_300_000, 2_280_000)
    assert row["change"] == "recognized income for the basic pension lower by 20,000 won"


def test_a_person_of_64_is_near_the_basic_pension(parameters: Parameters, catalogue: Catalogue):
    household = {
        "date": "2025-03",
        "municipality": "청양군",
        "persons": [{"age": 64, "sex": "male"}],
    }
    near = {row["programme"]: row["change"] for row in check(household, parameters, catalogue).near}
    assert near["basic_pension"] == "age higher by 1 years"


def test_a_car_is_told_with_the_rule_by_which_it_counts(
    parameters: Parameters, catalogue: Catalogue
):
    car = {"vehicle_krw": 6_000_000, "vehicle_years": 12, "vehicle_cc": 1998}
    (before,) = check(MOTHER | car | {"date": "2024-12"}, parameters, catalogue).remarks
    assert "6,000,000 won, 12 years old, 1,998 cc." in before["text"]
    assert "Medical Aid (NBLS): it counts in full every month" in before["text"]
    assert "Education Benefit (NBLS): it converts like other property" in before["text"]
    assert "below 1,600 cc and of 10 years or worth less than 2,000,000 won" in before["text"]
    assert before["sources"] == ["CAR2023", "CAR2024", "CAR2025", "RECALL"]
    (since,) = check(MOTHER | car | {"date": "2025-01"}, parameters, catalogue).remarks
    assert since["text"].count("like other property below 2,000 cc") == 1
    assert "in full" not in since["text"]


def test_what_is_not_told_of_a_car_is_said(parameters: Parameters, catalogue: Catalogue):
    (told,) = check(MOTHER | {"vehicle_krw": 6_000_000}, parameters, catalogue).remarks
    assert "Its age is not given" in told["text"] and "Its engine is not given" in told["text"]
    assert "in full" in told["text"]
    half = MOTHER | {"vehicle_krw": 6_000_000, "vehicle_years": 10}
    (told,) = check(half, parameters, catalogue).remarks
    assert "age is not given" not in told["text"] and "in full" not in told["text"]
    assert check(MOTHER, parameters, catalogue).remarks == []


def test_the_car_of_a_severely_disabled_member_is_told_as_left_out(
    parameters: Parameters, catalogue: Catalogue
):
    household = changed("persons.0.disability", "severe") | {"vehicle_krw": 30_000_000}
    (told,) = check(household, parameters, catalogue).remarks
    assert "a severely disabled member's car does not count" in told["text"]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_tables_print_in_both_languages(
    parameters: Parameters, catalogue: Catalogue, lang: str
):
    console = Console(width=180, record=True, quiet=False, file=None)
    with console.capture() as captured:
        for table in tables(check(MOTHER, parameters, catalogue, lang), full=True):
            console.print(table)
    text = captured.get()
    assert ("받을 수 있는 급여" if lang == "ko" else "Entitled") in text
    assert catalogue["livelihood_benefit"].name[lang] in text
    assert "208,451" in text


def test_explanations_agree_with_entitlement(parameters: Parameters, catalogue: Catalogue):
    made = case_of({k: v for k, v in MOTHER.items() if k != "date"}, "2025-03", parameters)
    result = entitle(catalogue, made.households, made.persons, made.month, parameters)
    explained = explain(catalogue, made.households, made.persons, made.month, parameters)
    assert [each.programme for each in explained] == list(catalogue.ids)
    for column, each in enumerate(explained):
        assert each.right == result.right[0, column]
        assert (each.right > 0) == (not each.failed), each.programme


def test_a_file_is_checked_at_another_date(tmp_path: Path):
    path = tmp_path / "household.yaml"
    path.write_text(yaml.safe_dump(MOTHER, allow_unicode=True))
    assert check_file(path, "2026-01", "en").month == "2026-01"


@pytest.mark.parametrize(
    ("household", "message", "line"),
    [
        (changed("municipality", "청양"), "did you mean '청양군'", "municipality"),
        (changed("municipality", "중구"), "municipalities named '중구'.*서울 중구", "municipality"),
        (changed("persons.0.age", 9), "the head is 9 years old", "persons.0"),
        (changed("persons.1.age", -1), "persons.1.age", "persons.1"),
        (changed("persons.1.age", 41), "a child of 41 is not younger than the head", "persons.1"),
        (changed("persons.1.relation", "parent"), "a parent of 7 is not older", "persons.1"),
        (changed("persons.1.relation", "head"), "2 persons with 'relation: head'", "persons.1"),
        (changed("persons.1.relation", "chlid"), "relation", "persons.1"),
        (changed("persons.1.pregnant", True), "male and pregnant", "persons.1"),
        (changed("persons.1.age_months", 84), "either age or age_months", "persons.1"),
        (changed("flags", ["singel_parent"]), "did you mean 'single_parent'", "flags"),
        (changed("tenure", "rented"), "tenure", "tenure"),
        (changed("assets", {"finacial_krw": 1}), "did you mean 'financial_krw'", "assets"),
        (changed("rent_krw_m", -1), "rent_krw_m", "rent_krw_m"),
        (changed("persons", []), "persons", "persons"),
        (changed("date", "2025-13"), "is not a month", "date"),
        ({k: v for k, v in MOTHER.items() if k != "date"}, "no date", ""),
    ],
)
def test_impossible_households_are_refused_with_the_line(
    parameters: Parameters,
    catalogue: Catalogue,
    household: dict[str, Any],
    message: str,
    line: str,
):
    with pytest.raises(UserError, match=message) as caught:
        check(household, parameters, catalogue)
    assert caught.value.where.startswith("household.yaml:")
    text = yaml.safe_dump(household, allow_unicode=True).splitlines()
    number = int(caught.value.where.rsplit(":", 1)[1])
    if "." not in line and line:
        near = text[max(0, number - 2) : number]
        assert any(line in each for each in near) or text[number - 1].startswith(("-", " "))


def test_the_flag_single_parent_must_fit(parameters: Parameters, catalogue: Catalogue):
    household = changed("persons.1.relation", "other_kin")
    with pytest.raises(UserError, match="single_parent does not fit"):
        check(household, parameters, catalogue)


def test_an_unknown_language_is_refused(parameters: Parameters, catalogue: Catalogue):
    with pytest.raises(UserError, match="not a language"):
        check(MOTHER, parameters, catalogue, "jp")


@pytest.mark.parametrize("name", ["청양군", "충남 청양군", "Chungnam 청양군", 44790, "44790"])
def test_municipalities_go_by_name_region_and_code(name: str | int):
    assert find_municipality(name)["code"] == "44790"


def test_the_catalogue_is_listed_and_shown_in_both_languages(catalogue: Catalogue):
    for lang in ("ko", "en"):
        assert len(list_programmes(lang).splitlines()) == len(catalogue.ids)
        shown = show_programme("basic_pension", lang)
        assert "342510 (RECALL, expert)" in shown
        assert catalogue["basic_pension"].name[lang] in shown
    with pytest.raises(UserError, match="did you mean 'eitc'"):
        show_programme("eitcc")


def test_what_is_rationed_is_marked_and_left_out_of_the_total(
    parameters: Parameters, catalogue: Catalogue
):
    old = {"date": "2025-03", "municipality": "청양군", "persons": [{"age": 70, "sex": "female"}]}
    result = check(old, parameters, catalogue)
    jobs = next(row for row in result.entitled if row["programme"] == "senior_jobs_public")
    assert jobs["granted"] == "quota"
    sure = [row["amount_krw_m"] for row in result.entitled if row["granted"] == "right"]
    assert result.total_krw_m == sum(sure) < sum(row["amount_krw_m"] for row in result.entitled)


def test_just_at_a_strict_limit_one_won_is_missing(parameters: Parameters, catalogue: Catalogue):
    household = {
        "date": "2025-05",
        "municipality": "청양군",
        "persons": [{"age": 40, "sex": "male", "earnings_krw_m": 500000}],
        "financial_krw": 240000000,
    }
    near = check(household, parameters, catalogue).near
    row = next(row for row in near if row["programme"] == "eitc")
    assert row["change"] == "total assets lower by 1 won"
