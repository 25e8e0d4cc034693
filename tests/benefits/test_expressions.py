"""What a rule may contain, and how it splits."""

import polars as pl
import pytest

from simlib.benefits.expressions import check_names, literal, parse, to_polars
from simlib.errors import UserError


def texts(rule: str) -> list[str]:
    return [each.text for each in parse(rule, "rule.yaml:3").conditions()]


def test_names_are_listed_once_without_keywords_functions_and_text():
    rule = parse("LEAST(a, b) > 1 and tenure = 'own' AND a IS NOT NULL", "x")
    assert rule.names == ("a", "b", "tenure")


def test_the_outermost_ands_split_a_rule():
    assert texts("a > 1 AND (b OR c AND d) AND NOT e") == ["a > 1", "( b OR c AND d )", "NOT e"]


def test_the_ands_of_between_and_case_do_not_split_it():
    assert texts("a BETWEEN 1 AND 2 AND b") == ["a BETWEEN 1 AND 2", "b"]
    assert texts("x <= CASE WHEN a AND b THEN 1 ELSE 2 END AND c") == [
        "x <= CASE WHEN a AND b THEN 1 ELSE 2 END",
        "c",
    ]


def test_a_rule_with_an_outermost_or_stays_whole():
    assert texts("a AND b OR c") == ["a AND b OR c"]


def test_a_comparison_splits_into_its_sides():
    sides = parse("x <= CASE WHEN a > 1 THEN 1 ELSE 2 END", "x").comparison()
    assert sides is not None
    assert (sides[0].text, sides[1]) == ("x", "<=")
    assert sides[2].names == ("a",)


@pytest.mark.parametrize("rule", ["a", "NOT a > 1", "a IN (1, 2)", "a > 1 OR b > 2"])
def test_what_is_no_comparison_does_not_split(rule: str):
    assert parse(rule, "x").comparison() is None


def test_parameters_are_put_in_by_name():
    rule = parse("age >= age_min AND tenure = 'age_min'", "x")
    assert rule.sql({"age_min": "65"}) == "age >= 65 AND tenure = 'age_min'"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("age > 1; DROP TABLE x", "is not allowed in a rule"),
        ("(SELECT 1)", "not allowed|not an SQL expression"),
        ("EXISTS(SELECT 1)", "function EXISTS is not allowed"),
        ("read_csv('x.csv') > 1", "function read_csv is not allowed"),
        ('"age" > 1', "is not allowed in a rule"),
        ("age::text = 'x'", "is not allowed in a rule"),
        ("age > 1 -- and nothing else", "not an SQL|not allowed"),
        ("age >", "not an SQL expression"),
        ("CASE WHEN age > 1 THEN 2", "not an SQL expression"),
        ("(age > 1", "not an SQL expression"),
        ("a = b = c", "not an SQL expression"),
        ("LEAST()", "not an SQL expression"),
        ("FLOOR(a, 2)", "FLOOR does not take 2 values"),
        ("ROUND(a, -1)", "whole number of places"),
        ("a IS 3", "IS needs NULL, TRUE or FALSE"),
        ("CASE ELSE 3 END", "not an SQL expression|needs WHEN"),
        ("age > 1 UNION SELECT 2", "not allowed"),
        ("   ", "empty"),
    ],
)
def test_anything_but_computing_is_refused_with_its_place(rule: str, message: str):
    with pytest.raises(UserError, match=message) as caught:
        parse(rule, "rule.yaml:3")
    assert caught.value.where == "rule.yaml:3"


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="did you mean 'financial_krw'"):
        check_names(parse("finacial_krw > 1", "x"), {"financial_krw", "age"}, "'p'")


@pytest.mark.parametrize(
    ("value", "sql"), [(True, "TRUE"), (3, "3"), (0.32, "0.32"), (-1, "(-1)"), ("own", "'own'")]
)
def test_literals(value: object, sql: str):
    assert literal(value, "x") == sql
    pl.select(to_polars(sql, "x"))


def test_a_table_is_no_literal():
    with pytest.raises(UserError, match="needs 'by'"):
        literal({1: 2}, "x")
