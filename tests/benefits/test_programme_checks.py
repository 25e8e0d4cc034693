"""A programme file with a mistake is refused when it is read, with its line."""

from pathlib import Path

import pytest

from simlib.benefits.catalogue import load_catalogue, register_programmes
from simlib.benefits.expressions import parse
from simlib.benefits.kinds import NUMBER, TRUTH, check_kinds, check_possible
from simlib.benefits.limits import check_limits
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
BONUS = "value: 50000,"
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
        (RULE, "age >= -5", 6, "compares 'age' with -5: it is never below 0"),
        (RULE, "age >= age_min OR age < 0", 6, "compares 'age' with 0: it is never below 0"),
        (RULE, "200 < age", 6, "compares 'age' with 200: it is never above 125"),
        (RULE, "calendar_month = 13", 6, "it is never above 12"),
        (RULE, "municipality = 99999", 6, "no municipality has this code"),
        (RULE, "municipality IN (46110, 12345)", 6, "with 12345: no municipality has"),
        ("value: 80,", "value: -80,", 9, "is -80, outside what a value in 'years' can be"),
        ("unit: years", "unit: share", 9, "is 80, outside what a value in 'share' can be: 0 to 1"),
        ("value: 50000,", "value: -1,", 11, "in 'KRW/month' can be: 0 or more"),
        ("value: 50000,", "value: .nan,", 11, "no finite number"),
        ("value: 50000,", "range: [0], value: 50000,", 11, "write it like [0, 1]"),
        ("value: 50000,", "range: [9, 1], value: 5,", 11, "the smaller number first"),
        ("value: 50000,", "range: low, value: 50000,", 11, "write it like [0, 1]"),
        ("value: 50000,", "values: [1], ", 11, "has 'values' and beside them 'evidence'"),
        ("unit: years", "unit: 3", 9, "is 3, which is no text"),
        ("80, source: HEDGE", "80, source: [HEDGE]", 9, "write one id, or several as one text"),
        (BONUS, "by: 3, value: {1: 1},", 11, "write 'by: size'"),
        (BONUS, "by: [], value: {1: 1},", 11, "write 'by: size'"),
        (BONUS, "by: sizee, value: {1: 1},", 11, "did you mean 'size'"),
        (BONUS, "by: insured, value: {true: 1},", 11, "CASE WHEN insured THEN"),
        (BONUS, "by: size, value: 3,", 11, "goes by 'size' but is no table"),
        (BONUS, "by: [region, size], value: {default: 3},", 11, "goes by 'size' but is no table"),
        (BONUS, "value: {1: 3},", 11, "'bonus_krw_m' is a table, and nothing says by what"),
        (BONUS, "by: age, value: {-3: 1},", 11, "key '-3', which 'age' never is"),
        (BONUS, "by: municipality, value: {99999: 1},", 11, "'municipality' never is"),
        (BONUS, "by: municipality, value: {목포시: 1},", 11, "write its code, 46110"),
        (BONUS, "by: municipality, value: {46110: 1},", 11, "has no default"),
        (AMOUNT, "amount_krw_m: bonus_krw_m / 0", 7, "the rule divides by 0"),
        (AMOUNT, "amount_krw_m: bonus_krw_m % (age_min - 80)", 7, "what 'age_min' gives, 0"),
        (AMOUNT, "amount_krw_m: 30", 11, "no rule of 'older_bonus' uses the parameter"),
        ("unit: person", "unit: person\npaid: once", 8, "is paid once, and its amount is not"),
        ("unit: person", "unit: person\nwhile_following: age > 3", 5, "follows no programme"),
        ("[office]", "[office, office]", 16, "'office' stands twice in 'channels'"),
        ("documents: 1", "documents: '1'", 14, "should be a whole number (given: '1')"),
        ("documents: 1", "documents: yes", 14, "should be a whole number (given: True)"),
        ("documents: 1", "documents:", 14, "'documents' has no value"),
        ("typical: 14", "typical: -14", 15, "write 0 or more"),
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


def test_a_programme_that_is_in_force_in_no_simulated_month_is_refused(tmp_path):
    text = PROGRAMME.replace("{from: 2026-01}", "{from: 2026-02}")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "my.yaml").write_text(SCENARIO, encoding="utf-8")
    with pytest.raises(UserError, match="not in force in any month from 2026-01") as caught:
        prepare_setting(load_scenario(tmp_path / "my.yaml"))
    assert caught.value.where.endswith("mine.yaml:5")


def test_a_rule_that_nobody_meets_is_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    lines = PROGRAMME.splitlines()
    kept = [*lines[:5], "entitled: no", "amount_krw_m: 30", *lines[11:]]
    path.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(UserError, match="nobody is ever entitled to 'older_bonus'") as caught:
        load_catalogue(load_parameters(), extra=[path])
    assert caught.value.where.endswith("mine.yaml:6")


def test_a_change_that_a_rule_divides_by_is_refused_with_its_place():
    parameters = load_parameters()
    register_programmes(parameters)
    zero = {"programmes.eitc.single_plateau_from_krw_y@2026-01": 0}
    with pytest.raises(UserError, match=r"'single_plateau_from_krw_y' gives, 0 in 2026") as caught:
        load_catalogue(parameters.override(zero, "scenario.yaml:3"))
    assert caught.value.what.endswith("(changed: scenario.yaml:3)")


DATED = {"n": [(24312, 2), (24324, 0)], "age_min": [(0, 65)]}
"""The parameter n is 2 from 2026-01 and 0 from 2027-01."""


@pytest.mark.parametrize(
    ("rule", "right"),
    [
        ("age / n > 3", False),
        ("age / (n - 2) > 3", False),
        ("age / (2 * n) > 3", False),
        ("age / (n + 1) > 3", True),
        ("CASE WHEN n > 0 THEN age / n ELSE 0 END > 3", True),
        ("CASE WHEN n = 0 THEN 0 ELSE age / n END > 3", True),
        ("CASE WHEN n = 0 THEN age / n ELSE 0 END > 3", False),
        ("n > 0 AND age / n > 3", True),
        ("n = 0 OR age / n > 3", True),
        ("n = 0 AND age / n > 3", False),
        ("age >= 0 AND age <= 999", True),
        ("age BETWEEN -5 AND 10", False),
        ("age > n", True),
        ("age < n", False),
        ("n <= age", True),
        ("age > age_min", True),
        ("size < 1", False),
        ("size = n", False),
    ],
)
def test_limits_are_those_of_facts_and_parameters_at_every_date(rule, right):
    if right:
        check_limits(parse(rule, "here"), DATED)
    else:
        with pytest.raises(UserError, match=r"divides by|compares"):
            check_limits(parse(rule, "here"), DATED)


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
