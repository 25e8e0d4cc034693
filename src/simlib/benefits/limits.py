"""Refuse rules that ask a fact for what it never is, or that divide by zero, when they are read."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from simlib.benefits.expressions import Expression
from simlib.benefits.fact_names import Fact, known_facts
from simlib.benefits.grammar import COMPARISONS, Call, Constant, Name, Tree, fill, named
from simlib.benefits.places import all_municipalities, find_municipality
from simlib.errors import UserError, nearest
from simlib.months import Month, format_month
from simlib.parameters import ALWAYS

Dated = Mapping[str, Sequence[tuple[Month, Any]]]
"""Values of a rule's own parameters by the month from which they hold; tables are left out."""

MUNICIPALITY = "municipality"


@cache
def municipality_codes() -> frozenset[int]:
    """Give the codes of all municipalities."""
    return frozenset(int(row["code"]) for row in all_municipalities())


def code_hint(name: Any) -> str:
    """Word a suggestion for what stands where the code of a municipality belongs."""
    text = f"{name:g}" if isinstance(name, float) else str(name)
    try:
        return f"write its code, {find_municipality(text)['code']}"
    except UserError:
        guess = nearest(text, map(str, sorted(municipality_codes())))
    return f"did you mean {guess}?" if guess else "write a code of five digits, like 46110"


def holds_never(rule: Expression) -> bool:
    """Tell whether a condition is FALSE whatever the facts are."""
    return _folded(rule.tree) is False


def check_limits(rule: Expression, dated: Dated) -> None:
    """Refuse a rule that compares a fact with what it never is, or that divides by zero.

    Parameters
    ----------
    rule
        The rule; its names are known.
    dated
        Its parameters with all their values: a mistake in an earlier value is one too.

    Raises
    ------
    UserError
        With the place of the rule.
    """
    for tree, guards in _parts(rule.tree, ()):
        if tree.operation in ("/", "%"):
            _check_divisor(tree.arguments[1], guards, dated, rule.where)
        elif tree.operation in (*COMPARISONS, "IN"):
            _check_comparison(tree, dated, rule.where)


def _parts(tree: Tree, guards: tuple[Tree, ...]) -> Iterator[tuple[Call, tuple[Tree, ...]]]:
    """Give every operation of a tree with the conditions under which it counts."""
    if not isinstance(tree, Call):
        return
    yield tree, guards
    if tree.operation == "CASE":
        before: tuple[Tree, ...] = guards
        *pairs, last = tree.arguments
        for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
            yield from _parts(condition, before)
            yield from _parts(value, (*before, condition))
            before = (*before, Call("NOT", (condition,)))
        yield from _parts(last, before)
        return
    for i, each in enumerate(tree.arguments):
        beside = tree.arguments[:i] + tree.arguments[i + 1 :]
        if tree.operation == "OR":
            beside = tuple(Call("NOT", (other,)) for other in beside)
        joined = beside if tree.operation in ("AND", "OR") else ()
        yield from _parts(each, (*guards, *joined))


def _check_divisor(divisor: Tree, guards: Sequence[Tree], dated: Dated, where: str) -> None:
    for month, values in _worlds(divisor, guards, dated):
        if _folded(fill(divisor, values)) != 0:
            continue
        if any(_folded(fill(each, values)) is False for each in guards):
            continue
        own = sorted(named(divisor) & dated.keys())
        since = "" if month == ALWAYS else f" in {format_month(month)}"
        shown = " and ".join(f"'{name}'" for name in own)
        raise UserError(
            f"the rule divides by what {shown} give{'s' * (len(own) == 1)}, 0{since}"
            if own
            else "the rule divides by 0",
            where,
            "the result would be no number",
            "correct the value, or reckon only where it is not 0: CASE WHEN n > 0 THEN x / n "
            "ELSE 0 END",
        )


def _worlds(
    tree: Tree, guards: Sequence[Tree], dated: Dated
) -> Iterator[tuple[Month, dict[str, Tree]]]:
    """Give the parameters of a part and its conditions as they hold from each of their months."""
    own = {name for part in (tree, *guards) for name in named(part)} & dated.keys()
    months = sorted({month for name in own for month, _ in dated[name]} or {ALWAYS})
    for month in months:
        values: dict[str, Tree] = {}
        for name in own:
            held = [value for since, value in dated[name] if since <= month]
            if held:
                values[name] = Constant(held[-1])
        yield month, values


_FOLDED: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "NEG": operator.neg,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
    "<>": operator.ne,
    "NOT": operator.not_,
    "GREATEST": max,
    "LEAST": min,
}


def _folded(tree: Tree) -> Any:
    """Work a tree of constants out; None where something in it is not known."""
    if isinstance(tree, Constant):
        return tree.value
    if isinstance(tree, Name):
        return None
    values = [_folded(each) for each in tree.arguments]
    if tree.operation == "AND" and any(each is False for each in values):
        return False
    if None in values or tree.operation not in _FOLDED:
        return None
    return _FOLDED[tree.operation](*values)


_TURNED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "=": "=", "<>": "<>"}


def _check_comparison(tree: Call, dated: Dated, where: str) -> None:
    sign, (first, *others) = tree.operation, tree.arguments
    if isinstance(first, Constant) or (isinstance(first, Name) and first.name in dated):
        first, others, sign = others[0], [first], _TURNED.get(sign, sign)
    fact = known_facts().get(first.name) if isinstance(first, Name) else None
    if fact is None:
        return
    for other in others:
        for value in _values(other, dated):
            if isinstance(value, int | float) and not isinstance(value, bool):
                _check_value(fact, sign, value, where)


def _values(tree: Tree, dated: Dated) -> list[Any]:
    if isinstance(tree, Constant):
        return [tree.value]
    if isinstance(tree, Name):
        return [value for _, value in dated.get(tree.name, ())]
    return []


def _check_value(fact: Fact, sign: str, value: float, where: str) -> None:
    problem = never(fact, value) if sign in ("=", "<>", "IN") else _beyond(fact, sign, value)
    if problem:
        raise UserError(
            f"the rule compares '{fact.name}' with {value:g}: {problem}",
            where,
            "the condition would hold for nobody, or for everybody",
            _mend(fact, value),
        )


def never(fact: Fact, value: float) -> str:
    """Say why a fact is never a certain number; empty where it can be.

    Parameters
    ----------
    fact
        The fact.
    value
        The number.
    """
    if fact.name == MUNICIPALITY and value not in municipality_codes():
        return "no municipality has this code"
    if fact.least is not None and value < fact.least:
        return f"it is never below {fact.least:g}"
    if fact.most is not None and value > fact.most:
        return f"it is never above {fact.most:g}"
    return ""


def _beyond(fact: Fact, sign: str, value: float) -> str:
    """Say why a bound leaves nobody out, or nobody in; a bound above all may mean none."""
    if fact.least is not None and (value < fact.least or (value == fact.least and sign == "<")):
        return f"it is never below {fact.least:g}"
    over = sign in (">", ">=")
    if over and fact.most is not None and (value > fact.most or (value, sign) == (fact.most, ">")):
        return f"it is never above {fact.most:g}"
    return ""


def _mend(fact: Fact, value: float) -> str:
    if fact.name == MUNICIPALITY:
        return code_hint(value)
    low = "" if fact.least is None else f" from {fact.least:g}"
    high = "" if fact.most is None else f" to {fact.most:g}"
    return f"write a number{low}{high} ({fact.unit})"
