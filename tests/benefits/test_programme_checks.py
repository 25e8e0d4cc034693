"""A programme file with a mistake is refused when it is read, with its line."""

from pathlib import Path

import pytest

from simlib.benefits.catalogue import load_catalogue
from simlib.benefits.expressions import parse
from simlib.benefits.kinds import NUMBER, TRUTH, check_kinds, check_possible
from simlib.errors import UserError
from simlib.experiments.loading import load_scenario
from simlib.experiments.setting import prepare_setting
from simlib.parameters import load_parameters

PROGRAMME = """\
id: older_bonus
name: {ko: 가칭 어르신 수당, en: Bonus for older people}
ministry: Example
unit: person
in_force: {from: 2026-01}
entitled: age >= age_min AND recognized_income_bp_krw_m <= limit_krw_m
amount_krw_m: bonus_krw_m
parameters:
  age_min: {unit: years, value: 80, source: HEDGE, evidence: assumption}
  limit_krw_m: {unit: KRW/month, value: 2470000, source: HEDGE, evidence: assumption}
  bonus_krw_m: {unit: KRW/month, value: 50000, source: HEDGE, evidence: assumption}
source: HEDGE
evidence: assumption
documents: 1
processing_days: {typical: 14, limit: 30}
channels: [office]
renewal_months: 0
"""
RULE, AMOUNT = "age >= age_min", "amount_krw_m: bonus_krw_m"
SCENARIO = """\
title: {ko: 시험, en: A test}
population: {households: 1000, year: 2025, seed: 1}
start: 2026-01
months: 1
policies: [none]
programmes: [basic_pension, mine.yaml]
"""


def load(folder: Path, old: str = "", new: str = "") -> None:
    assert old in PROGRAMME
    path = folder / "mine.yaml"
    path.write_text(PROGRAMME.replace(old, new) if old else PROGRAMME, encoding="utf-8")
    load_catalogue(load_parameters(), extra=[path])


def test_the_programme_of_the_documentation_is_read(tmp_path):
    load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("value: 80,", "value: 80세,", 9, "'age_min' is '80세', which is no number"),
        ("value: 80,", "value: true,", 6, "'age_min' is a condition, and a number belongs here"),
        ("value: 50000,", "value: '50,000',", 11, "write digits only"),
        ("value: 50000,", "by: age, value: {80세: 1},", 11, "key '80세', which 'age' never is"),
        ("value: 50000,", "by: sex, value: {male: 1, femal: 2},", 11, "did you mean 'female'"),
        ("value: 50000,", "by: size, value: {1: 1, 2: 둘},", 11, "'bonus_krw_m' is '둘'"),
        ("typical: 14", "typical: 40", 15, "usually takes 40 days and at most 30"),
        (RULE, "age >= '80'", 6, "'80' in quotes is text, and a number belongs here"),
        (RULE, "agee >= age_min", 6, "did you mean 'age'"),
        (RULE, "sex = 'femal'", 6, "did you mean 'female'"),
        (RULE, "sex IN ('male', '여성')", 6, "valid names are: female, male"),
        (RULE, "sex > 3", 6, "'sex' is text, and a number belongs here"),
        (RULE, "municipality = '목포시'", 6, "they never agree"),
        (RULE, "(age + 1)", 6, "what + gives is a number, and a condition belongs here"),
        (RULE, "age BETWEEN 80 AND 65", 6, "'age' cannot be 80 or more and 65 or less"),
        (RULE, "age >= age_min AND age <= 65", 6, "'age' cannot be 80 or more and 65 or less"),
        (AMOUNT, "amount_krw_m: \"'50000'\"", 7, "a number belongs here"),
        (AMOUNT, "amount_krw_m: 오만원", 7, "'오만원' is not allowed"),
        (AMOUNT, "amount_krw_m: 50,000", 7, "',' is not expected"),
        (AMOUNT, "amount_krw_m: age >= 80", 7, "is a condition, and a number belongs here"),
        (AMOUNT, "amount_krw_m: -50000", 7, "-50,000 won a month"),
    ],
)
def test_a_mistake_is_refused_with_its_line(tmp_path, old, new, line, says):
    with pytest.raises(UserError) as caught:
        load(tmp_path, old, new)
    assert says in str(caught.value)
    assert caught.value.where.endswith(f"mine.yaml:{line}")
    assert caught.value.mend


def test_a_value_that_begins_too_late_is_refused_before_the_population_is_made(tmp_path):
    later = "values: {2030-01: {value: 50000, source: HEDGE, evidence: assumption}}}"
    old = "value: 50000, source: HEDGE, evidence: assumption}"
    (tmp_path / "mine.yaml").write_text(PROGRAMME.replace(old, later), encoding="utf-8")
    (tmp_path / "my.yaml").write_text(SCENARIO, encoding="utf-8")
    with pytest.raises(UserError, match="no value for 2026-01") as caught:
        prepare_setting(load_scenario(tmp_path / "my.yaml"))
    assert caught.value.where.endswith("mine.yaml:11")


FACTS = {"age": NUMBER, "income": NUMBER, "poor": TRUTH}


@pytest.mark.parametrize(
    "rule",
    [
        "poor AND NOT (age < 20 OR income IS NULL)",
        "CASE WHEN poor THEN age ELSE NULL END > COALESCE(income, 0)",
        "CASE age WHEN 3 THEN poor ELSE age IN (1, 2) END",
        "-age + LEAST(income, 3) * 2 <> ROUND(age / 7, 2) AND unknown = 'x'",
    ],
)
def test_rules_that_mix_nothing_are_conditions(rule):
    check_kinds(parse(rule, "here"), TRUTH, FACTS.get)


@pytest.mark.parametrize(
    ("rule", "possible"),
    [
        ("age BETWEEN 65 AND 65", True),
        ("age >= 80 OR age <= 65", True),
        ("age >= 80 AND (income > 3 OR age <= 65)", True),
        ("income < 3 AND (age = 4 OR age > 7 AND 6 >= age)", False),
        ("CASE WHEN age BETWEEN 12 AND 3 THEN poor ELSE FALSE END", False),
    ],
)
def test_bounds_that_exclude_each_other_are_found_wherever_they_stand(rule, possible):
    read = parse(rule, "here")
    if possible:
        check_possible(read, read.tree)
    else:
        with pytest.raises(UserError, match="cannot be"):
            check_possible(read, read.tree)
