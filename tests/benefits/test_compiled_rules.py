"""Every operation of the rules means the same to both evaluators, unknown values included."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest

from simlib.benefits.columns import column
from simlib.benefits.compiled.assembly import Gift
from simlib.benefits.compiled.graph import HOUSEHOLD, Graph, NotCompiledError
from simlib.benefits.compiled.program import Program
from simlib.benefits.compiled.rules import Value, Writer, categories_of
from simlib.benefits.compiled.run import worked
from simlib.benefits.compiled.tracing import Traced, TracedHouse, load
from simlib.benefits.expressions import parse
from simlib.benefits.fact_names import known_facts

UNKNOWN = "CASE WHEN lives_alone THEN debt_krw END"
NUMBERS = ["size", "debt_krw", "3", "2.5", "(0)", "NULL", UNKNOWN, "FLOOR(debt_krw / 7)"]
TRUTHS = ["lives_alone", "(size > 2)", "TRUE", "CASE WHEN size > 3 THEN lives_alone END"]
TENURES = ["own", "jeonse", "deposit_rent", "monthly_rent", "rent_free"]


def frame() -> pl.DataFrame:
    n = 60
    at = np.arange(n)
    return pl.DataFrame(
        {
            "size": at % 6,
            "debt_krw": np.array([0.0, -2.5, 3.0, 1e9 + 0.5, 0.5, 7.0, -3.0])[at % 7],
            "lives_alone": at % 3 == 0,
            "tenure": pl.Series([TENURES[i % 5] for i in at], dtype=known_facts()["tenure"].dtype),
        }
    )


def by_machine(rules: list[str], data: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Give truth values and amounts of rules as the machine finds them."""
    graph = Graph()

    def value_of(name: str) -> Value:
        return Value(load(graph, name, HOUSEHOLD), None, categories_of(known_facts()[name].dtype))

    writer = Writer(graph, value_of)
    gifts = []
    for rule in rules:
        made = writer.write(parse(rule, "rule.yaml:3").tree)
        truth = graph.steps[made.step].truth
        own = made.step if truth else graph.constant(value=True)
        number = graph.constant(0.0) if truth else writer.amount(parse(rule, "x").tree)
        gifts.append(Gift(own, own, graph.constant(1.0), number))
    program = Program(tuple(rules), graph, tuple(gifts))
    columns = [
        (data[name].to_physical() if name == "tenure" else data[name]).to_numpy()
        for _, name in program.lines.columns
    ]
    found = worked(program, columns, np.zeros(data.height + 1, np.int64))
    return found.right == 1, found.amount_krw_m


def by_polars(rules: list[str], data: pl.DataFrame, kind: pl.DataType) -> np.ndarray:
    made = [
        column(parse(rule, "x").tree).cast(kind).fill_null(pl.lit(0).cast(kind)).alias(str(i))
        for i, rule in enumerate(rules)
    ]
    return data.with_columns(made).select(str(i) for i in range(len(rules))).to_numpy().T


def numeric_rules() -> list[str]:
    pairs = list(product(NUMBERS, NUMBERS))
    rules = [f"{a} {sign} {b}" for sign in "+-*/%" for a, b in pairs]
    rules += [f"{name}({a}, {b})" for name in ("LEAST", "GREATEST", "COALESCE") for a, b in pairs]
    known = [each for each in NUMBERS if each != "NULL"]
    rules += [f"{name}({a})" for name in ("ROUND", "FLOOR", "CEIL", "ABS", "-") for a in known]
    rules += [f"ROUND({a} / 3, 2)" for a in known]
    rules += [f"CASE WHEN {t} THEN {a} ELSE {b} END" for t in TRUTHS for a, b in pairs]
    rules += [f"CASE size WHEN 2 THEN {a} WHEN 4 THEN 1 END" for a in NUMBERS]
    return [rule for rule in rules if rule.count("NULL") < 2]


def conditions() -> list[str]:
    numbers = [each for each in NUMBERS if each != "NULL"]
    signs = ("=", "<>", "<", "<=", ">", ">=")
    rules = [f"{a} {sign} {b}" for sign in signs for a, b in product(numbers, numbers)]
    rules += [f"{a} {sign} {b}" for sign in ("AND", "OR", "=") for a, b in product(TRUTHS, TRUTHS)]
    rules += [f"NOT {a}" for a in TRUTHS] + [f"({a}) IS NOT TRUE" for a in TRUTHS]
    rules += [f"({a}) IS NULL" for a in [*TRUTHS, *numbers, "tenure"]]
    rules += [f"{a} BETWEEN 0 AND {b}" for a, b in product(numbers, numbers)]
    rules += [f"{a} NOT IN (3, {b}, 0)" for a, b in product(numbers, numbers)]
    rules += ["tenure = 'own'", "tenure <> 'own'", "tenure IN ('own', 'jeonse')", "'own' = tenure"]
    rules += ["tenure NOT IN ('own')", "tenure = tenure", "tenure = 'palace'"]
    return rules


@pytest.mark.slow
def test_numbers_are_the_same_to_both_evaluators():
    rules, data = numeric_rules(), frame()
    _, found = by_machine(rules, data)
    expected = by_polars(rules, data, pl.Float64()).astype(np.float32)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    assert [rule for rule, right in zip(rules, same.all(axis=1), strict=True) if not right] == []


def test_conditions_are_the_same_to_both_evaluators():
    rules, data = conditions(), frame()
    found, _ = by_machine(rules, data)
    same = found == by_polars(rules, data, pl.Boolean())
    assert [rule for rule, right in zip(rules, same.all(axis=1), strict=True) if not right] == []


@pytest.mark.parametrize("rule", ["tenure > 3", "tenure = 3", "NOT size", "size AND TRUE"])
def test_what_the_machine_has_no_steps_for_is_left_to_the_reference(rule: str):
    with pytest.raises(NotCompiledError):
        by_machine([rule], frame())


def test_equal_steps_are_written_down_once_and_constants_are_worked_out():
    graph = Graph()
    size = load(graph, "size", HOUSEHOLD)
    two = graph.apply("add", graph.constant(1.0), graph.constant(1.0))
    first = graph.apply("gt", size, two)
    steps = len(graph.steps)
    assert graph.apply("gt", size, graph.constant(2.0)) == first
    assert graph.apply("and", first, graph.constant(value=True)) == first
    assert graph.apply("not", graph.apply("not", first)) == first
    assert graph.fixed(graph.apply("and", first, graph.constant(value=False))) is False
    assert len(graph.steps) == steps + 3


def test_facts_are_recorded_by_standing_in_for_arrays():
    graph = Graph()
    size = TracedHouse(graph, ())["size"]
    made = np.where(np.clip(size, 1, 4) * 2 > 5, np.maximum(size - 1, 0) // 2, -size)
    assert isinstance(made, Traced)
    assert graph.steps[made.step].whole
    assert graph.fixed((made * 0 * 0 + 3 > 2).step) is None
    assert graph.fixed(TracedHouse(graph, ())["in_crisis"].step) is False


@pytest.mark.parametrize(
    "use",
    [np.sort, np.cumsum, len, bool, lambda column: column[0], lambda column: column + np.ones(3)],
)
def test_what_cannot_be_recorded_is_refused(use: Callable[[Any], object]):
    size = TracedHouse(Graph(), ())["size"]
    with pytest.raises(NotCompiledError):
        use(size)
