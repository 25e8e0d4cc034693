"""Refuse rules that mix numbers, truths and texts, or that nobody can meet, when they are read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from simlib.benefits.expressions import Expression
from simlib.benefits.grammar import COMPARISONS, PRODUCTS, SUMS, Call, Constant, Name, Tree
from simlib.errors import UserError, did_you_mean


@dataclass(frozen=True)
class Kind:
    """Say what a part of a rule is, and for a fact that is text which values it has."""

    name: Literal["number", "truth", "text"]
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return {"number": "a number", "truth": "a condition", "text": "text"}[self.name]


NUMBER, TRUTH, TEXT = Kind("number"), Kind("truth"), Kind("text")
KindOf = Callable[[str], Kind | None]
"""Gives the kind of a fact or parameter by its name; None where it is not known."""


def kind_of_value(value: Any) -> Kind | None:
    """Give the kind of a parameter's value or a constant; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return TRUTH
    return TEXT if isinstance(value, str) else NUMBER


def kind_of_fact(dtype: pl.DataType) -> Kind:
    """Give the kind of a fact."""
    if isinstance(dtype, pl.Enum):
        return Kind("text", tuple(dtype.categories))
    return TRUTH if isinstance(dtype, pl.Boolean) else NUMBER


def check_kinds(rule: Expression, needed: Kind, kinds: KindOf) -> None:
    """Refuse a rule in which something is of the wrong kind.

    Parameters
    ----------
    rule
        The rule.
    needed
        What it must be: a condition is a truth, an amount a number.
    kinds
        Kinds of the names in it.

    Raises
    ------
    UserError
        With the place of the rule.
    """
    reader = _Reader(rule.where, kinds)
    reader.expect(rule.tree, needed)


def kind_of(rule: Expression, kinds: KindOf) -> Kind | None:
    """Give the kind of what a rule gives; None where it is not known."""
    return _Reader(rule.where, kinds).kind(rule.tree)


def check_possible(rule: Expression, tree: Tree) -> None:
    """Refuse a rule that asks for a number above one bound and below a smaller one.

    Parameters
    ----------
    rule
        The rule, for its place.
    tree
        Its tree with the values of parameters in place of their names.

    Raises
    ------
    UserError
        If conditions joined by AND exclude each other.
    """
    for conditions in _joined(tree):
        lows: dict[str, float] = {}
        highs: dict[str, float] = {}
        for name, sign, bound in filter(None, map(_bound, conditions)):
            if sign in (">=", ">", "="):
                lows[name] = max(bound, lows.get(name, bound))
            if sign in ("<=", "<", "="):
                highs[name] = min(bound, highs.get(name, bound))
        for name in lows.keys() & highs.keys():
            if lows[name] > highs[name]:
                raise UserError(
                    f"'{name}' cannot be {lows[name]:g} or more and {highs[name]:g} or less",
                    rule.where,
                    "nobody could ever meet the rule",
                    "write the lower bound first: BETWEEN 65 AND 80",
                )


def _joined(tree: Tree) -> Iterator[list[Tree]]:
    """Give every list of conditions that are joined by AND, wherever it stands."""
    conditions = list(_split(tree))
    if len(conditions) > 1:
        yield conditions
    for each in conditions:
        if isinstance(each, Call):
            for part in each.arguments:
                yield from _joined(part)


def _split(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, Call) and tree.operation == "AND":
        for each in tree.arguments:
            yield from _split(each)
    else:
        yield tree


_TURNED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "=": "="}


def _bound(tree: Tree) -> tuple[str, str, float] | None:
    """Read ``name >= number`` in either order; None when it is something else."""
    if not isinstance(tree, Call) or tree.operation not in _TURNED:
        return None
    (first, second), sign = tree.arguments, tree.operation
    if isinstance(first, Constant):
        first, second, sign = second, first, _TURNED[sign]
    if not isinstance(first, Name) or not isinstance(second, Constant):
        return None
    value = second.value
    if value is None or isinstance(value, bool | str):
        return None
    return first.name, sign, value


class _Reader:
    def __init__(self, where: str, kinds: KindOf) -> None:
        self.where = where
        self.kinds = kinds

    def expect(self, tree: Tree, needed: Kind) -> None:
        """Refuse a part that is of another kind than its place asks for."""
        found = self.kind(tree)
        if found is not None and found.name != needed.name:
            raise self.refused(f"{_shown(tree)} is {found}, and {needed} belongs here")

    def kind(self, tree: Tree) -> Kind | None:
        if isinstance(tree, Constant):
            return kind_of_value(tree.value)
        if isinstance(tree, Name):
            return self.kinds(tree.name)
        return self.of_call(tree.operation, tree.arguments)

    def of_call(self, operation: str, parts: tuple[Tree, ...]) -> Kind | None:
        if operation in ("=", "<>", "IN"):
            for each in parts[1:]:
                self.alike(parts[0], each)
            return TRUTH
        if operation in ("AND", "OR", "NOT", "IS TRUE"):
            self.expect_all(parts, TRUTH)
            return TRUTH
        if operation in COMPARISONS:
            self.expect_all(parts, NUMBER)
            return TRUTH
        if operation == "IS NULL":
            self.kind(parts[0])
            return TRUTH
        if operation == "CASE":
            self.expect_all(parts[:-1:2], TRUTH)
            return self.same((*parts[1::2], parts[-1]))
        if operation == "COALESCE":
            return self.same(parts)
        assert operation in (*SUMS, *PRODUCTS, "NEG", *_OF_NUMBERS), operation
        self.expect_all(parts, NUMBER)
        return NUMBER

    def expect_all(self, parts: tuple[Tree, ...], needed: Kind) -> None:
        for each in parts:
            self.expect(each, needed)

    def same(self, parts: tuple[Tree, ...]) -> Kind | None:
        """Give the kind that all parts share."""
        known = [each for each in parts if self.kind(each) is not None]
        for each in known[1:]:
            self.alike(known[0], each)
        return self.kind(known[0]) if known else None

    def alike(self, first: Tree, second: Tree) -> None:
        """Refuse to set two things beside each other that are not of one kind."""
        one, other = self.kind(first), self.kind(second)
        if one is None or other is None:
            return
        if one.name != other.name:
            raise self.refused(
                f"{_shown(first)} is {one} and {_shown(second)} is {other}: they never agree"
            )
        for kind, fact, part in ((one, first, second), (other, second, first)):
            if kind.values and isinstance(part, Constant) and part.value not in kind.values:
                raise UserError(
                    f"{_shown(fact)} is never {_shown(part)}",
                    self.where,
                    "nobody could ever meet the condition",
                    did_you_mean(str(part.value), kind.values),
                )

    def refused(self, what: str) -> UserError:
        return UserError(
            what,
            self.where,
            "the rule cannot be evaluated",
            "write numbers without quotes, commas and units (80, 50000), text in single quotes, "
            "and conditions as comparisons (age >= 80)",
        )


_OF_NUMBERS = ("ROUND", "FLOOR", "CEIL", "ABS", "LEAST", "GREATEST")


def _shown(tree: Tree) -> str:
    """Name a part of a rule in a message."""
    if isinstance(tree, Name):
        return f"'{tree.name}'"
    if isinstance(tree, Constant):
        return f"'{tree.value}' in quotes" if isinstance(tree.value, str) else str(tree.value)
    return f"what {tree.operation} gives"
