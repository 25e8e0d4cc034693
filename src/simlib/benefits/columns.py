"""Rules as polars expressions: the reference evaluator, for few rows and for explanations."""

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import polars as pl

from simlib.benefits.grammar import Call, Constant, Name, Tree


def column(tree: Tree) -> pl.Expr:
    """Write a tree as a polars expression over the columns that it names."""
    if isinstance(tree, Constant):
        return constant(tree.value)
    if isinstance(tree, Name):
        return pl.col(tree.name)
    made = [column(each) for each in tree.arguments]
    if tree.operation == "ROUND":
        return _round(made[0], tree)
    return _OPERATIONS[tree.operation](made)


def constant(value: Any) -> pl.Expr:
    """Write a value: whole numbers as Int64, fractions as Float64."""
    if isinstance(value, bool) or value is None:
        return pl.lit(value)
    if isinstance(value, int):
        return pl.lit(value, pl.Int64)
    return pl.lit(value, pl.Float64) if isinstance(value, float) else pl.lit(value)


def _round(made: pl.Expr, tree: Call) -> pl.Expr:
    places = tree.arguments[1] if len(tree.arguments) > 1 else Constant(0)
    assert isinstance(places, Constant)
    scale = 10.0 ** int(places.value or 0)
    whole = (made.cast(pl.Float64) * scale).round(mode="half_away_from_zero")
    return whole / scale if scale > 1 else whole


def _case(made: list[pl.Expr]) -> pl.Expr:
    chain: Any = pl
    for condition, value in zip(made[:-1:2], made[1:-1:2], strict=True):
        chain = chain.when(condition).then(value)
    result: pl.Expr = chain.otherwise(made[-1])
    return result


def _remainder(made: list[pl.Expr]) -> pl.Expr:
    number, by = (each.cast(pl.Float64) for each in made)
    return number - by * (number / by).floor()


def _two(function: Callable[[Any, Any], Any]) -> Callable[[list[pl.Expr]], pl.Expr]:
    return lambda made: function(made[0], made[1])


def _one(function: Callable[[Any], Any]) -> Callable[[list[pl.Expr]], pl.Expr]:
    return lambda made: function(made[0])


_OPERATIONS: dict[str, Callable[[list[pl.Expr]], pl.Expr]] = {
    "+": _two(operator.add),
    "-": _two(operator.sub),
    "*": _two(operator.mul),
    "/": _two(operator.truediv),
    "%": _remainder,
    "NEG": _one(operator.neg),
    "=": _two(operator.eq),
    "<>": _two(operator.ne),
    "<": _two(operator.lt),
    "<=": _two(operator.le),
    ">": _two(operator.gt),
    ">=": _two(operator.ge),
    "AND": _two(operator.and_),
    "OR": _two(operator.or_),
    "NOT": _one(operator.invert),
    "IS NULL": _one(lambda each: each.is_null()),
    "IS TRUE": _one(lambda each: each.fill_null(value=False)),
    "IN": lambda made: reduce(operator.or_, [made[0] == each for each in made[1:]]),
    "FLOOR": _one(lambda each: each.floor()),
    "CEIL": _one(lambda each: each.ceil()),
    "ABS": _one(lambda each: each.abs()),
    "LEAST": pl.min_horizontal,
    "GREATEST": pl.max_horizontal,
    "COALESCE": pl.coalesce,
    "CASE": _case,
}
