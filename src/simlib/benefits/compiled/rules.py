"""Rules written down as steps, with SQL's three-valued logic."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from simlib.benefits.compiled.graph import Graph, NotCompiledError
from simlib.benefits.grammar import Call, Constant, Name, Tree

_SIGNS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "=": "eq",
    "<>": "ne",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
}
_SINGLE = {"FLOOR": "floor", "CEIL": "ceil", "ABS": "abs"}


@dataclass(frozen=True)
class Value:
    """Hold what a part of a rule is worth.

    Parameters
    ----------
    step
        Its values; a truth value is false where it is unknown.
    known
        Where it is known; None means everywhere.
    categories
        Values of a text, whose numbers the steps hold.
    nothing
        Whether it is NULL itself.
    """

    step: int
    known: int | None = None
    categories: tuple[str, ...] | None = None
    nothing: bool = False


class Writer:
    """Write trees down in a graph.

    Parameters
    ----------
    graph
        Where the steps go.
    value_of
        Gives the value of a name.
    """

    def __init__(self, graph: Graph, value_of: Callable[[str], Value]) -> None:
        self.graph, self.value_of = graph, value_of

    def write(self, tree: Tree) -> Value:
        """Write a tree down.

        Raises
        ------
        NotCompiledError
            If the machine has no steps for it.
        """
        if isinstance(tree, Name):
            return self.value_of(tree.name)
        if isinstance(tree, Constant):
            return self._constant(tree)
        if tree.operation in {"=", "<>", "IN"}:
            return self._equal(tree)
        made = [self.write(each) for each in tree.arguments]
        if any(each.categories for each in made) and tree.operation != "IS NULL":
            raise NotCompiledError(f"text in {tree.operation}")
        return self._written(tree, made)

    def condition(self, tree: Tree) -> int:
        """Write a condition down: false where it is unknown."""
        made = self.write(tree)
        self._truth(made)
        return made.step

    def amount(self, tree: Tree) -> int:
        """Write an amount down: 0 where it is unknown."""
        made = self.write(tree)
        number = self.graph.number(made.step)
        if made.known is None:
            return number
        return self.graph.apply("select", made.known, number, self.graph.constant(0.0))

    def _constant(self, tree: Constant) -> Value:
        if tree.value is None:
            nothing = self.graph.constant(value=False)
            return Value(nothing, nothing, nothing=True)
        if isinstance(tree.value, str):
            raise NotCompiledError("a text beside something that is no text")
        return Value(self.graph.constant(tree.value))

    def _written(self, tree: Call, made: list[Value]) -> Value:
        apply, operation = self.graph.apply, tree.operation
        if operation in _SIGNS:
            a, b = made
            return self._checked(apply(_SIGNS[operation], a.step, b.step), self._all(a, b))
        if operation in _SINGLE:
            return self._checked(apply(_SINGLE[operation], made[0].step), made[0].known)
        if operation == "NEG":
            return Value(apply("neg", made[0].step), made[0].known)
        if operation == "ROUND":
            return self._round(tree, made[0])
        if operation == "%":
            a, b = made
            parts = apply("floor", apply("div", a.step, b.step))
            rest = apply("sub", a.step, apply("mul", b.step, parts))
            return Value(rest, self._all(a, b))
        by_name: dict[str, Callable[[list[Value]], Value]] = {
            "AND": self._and,
            "OR": self._or,
            "NOT": self._not,
            "CASE": self._case,
            "LEAST": lambda parts: self._extreme("min", parts),
            "GREATEST": lambda parts: self._extreme("max", parts),
            "COALESCE": self._first_known,
            "IS NULL": self._is_null,
            "IS TRUE": lambda parts: Value(self._truth(parts[0]).step),
        }
        return by_name[operation](made)

    def _checked(self, step: int, known: int | None) -> Value:
        """Make a truth value false where it is unknown."""
        if known is not None and self.graph.steps[step].truth:
            step = self.graph.apply("and", step, known)
        return Value(step, known)

    def _all(self, *parts: Value) -> int | None:
        known = None
        for each in parts:
            if each.known is not None:
                known = each.known if known is None else self._both(known, each.known)
        return known

    def _both(self, a: int, b: int) -> int:
        return self.graph.apply("and", a, b)

    def _truth(self, value: Value) -> Value:
        if not self.graph.steps[value.step].truth:
            raise NotCompiledError("a number stands where a condition is needed")
        return value

    def _round(self, tree: Call, value: Value) -> Value:
        places = tree.arguments[1] if len(tree.arguments) > 1 else Constant(0)
        assert isinstance(places, Constant)
        scale = self.graph.constant(10.0 ** int(places.value or 0))
        scaled = self.graph.apply("mul", value.step, scale)
        whole = self.graph.apply("round", scaled)
        if places.value:
            whole = self.graph.apply("div", whole, scale)
        return Value(whole, value.known)

    def _and(self, parts: list[Value]) -> Value:
        a, b = map(self._truth, parts)
        step = self._both(a.step, b.step)
        if a.known is None and b.known is None:
            return Value(step)
        return Value(step, self._decided(a, b, lambda each: self._is_false(each)))

    def _or(self, parts: list[Value]) -> Value:
        a, b = map(self._truth, parts)
        step = self.graph.apply("or", a.step, b.step)
        if a.known is None and b.known is None:
            return Value(step)
        return Value(step, self._decided(a, b, lambda each: each.step))

    def _decided(self, a: Value, b: Value, alone: Callable[[Value], int]) -> int:
        """Say where both are known or one of them decides alone."""
        either = self.graph.apply("or", alone(a), alone(b))
        both = self._all(a, b)
        assert both is not None
        return self.graph.apply("or", both, either)

    def _is_false(self, value: Value) -> int:
        false = self.graph.apply("not", value.step)
        return false if value.known is None else self._both(false, value.known)

    def _not(self, parts: list[Value]) -> Value:
        return Value(self._is_false(self._truth(parts[0])), parts[0].known)

    def _is_null(self, parts: list[Value]) -> Value:
        known = parts[0].known
        if known is None:
            return Value(self.graph.constant(value=False))
        return Value(self.graph.apply("not", known))

    def _case(self, parts: list[Value]) -> Value:
        made = parts[-1]
        for condition, value in zip(parts[-3::-2], parts[-2::-2], strict=True):
            made = self._chosen(self._truth(condition).step, value, made)
        return made

    def _chosen(self, condition: int, yes: Value, no: Value) -> Value:
        known = None
        if yes.known is not None or no.known is not None:
            always = self.graph.constant(value=True)
            known = self.graph.apply(
                "select",
                condition,
                always if yes.known is None else yes.known,
                always if no.known is None else no.known,
            )
        yes, no = self._alike(yes, no), self._alike(no, yes)
        return Value(self.graph.apply("select", condition, yes.step, no.step), known)

    def _alike(self, value: Value, other: Value) -> Value:
        """Give NULL the kind of what it stands beside."""
        if value.nothing and not self.graph.steps[other.step].truth:
            return Value(self.graph.constant(0.0), value.known)
        return value

    def _extreme(self, operation: str, parts: list[Value]) -> Value:
        made = parts[0]
        for each in parts[1:]:
            if each.nothing:
                continue
            if made.nothing:
                made = each
                continue
            made = self._extreme_of_two(operation, made, each)
        return made

    def _extreme_of_two(self, operation: str, a: Value, b: Value) -> Value:
        apply = self.graph.apply
        step = apply(operation, a.step, b.step)
        if b.known is not None:
            step = apply("select", b.known, step, a.step)
        if a.known is not None:
            step = apply("select", a.known, step, b.step)
        if a.known is None or b.known is None:
            return Value(step)
        return Value(step, apply("or", a.known, b.known))

    def _first_known(self, parts: list[Value]) -> Value:
        made = parts[-1]
        for each in parts[-2::-1]:
            if each.known is None:
                made = each
            elif not each.nothing:
                step = self._chosen(each.known, Value(each.step), Value(made.step)).step
                known = None
                if made.known is not None:
                    known = self.graph.apply("or", each.known, made.known)
                made = Value(step, known)
        return made

    def _equal(self, tree: Call) -> Value:
        first, *others = tree.arguments
        made = self._is(first, others[0])
        for each in others[1:]:
            made = self._or([made, self._is(first, each)])
        return self._not([made]) if tree.operation == "<>" else made

    def _is(self, first: Tree, other: Tree) -> Value:
        """Compare for equality, texts by the number of the category."""
        if isinstance(first, Constant) and isinstance(first.value, str):
            first, other = other, first
        a = self.write(first)
        if isinstance(other, Constant) and isinstance(other.value, str):
            if a.categories is None:
                raise NotCompiledError("a text beside something that is no text")
            code = a.categories.index(other.value) if other.value in a.categories else -1
            b = Value(self.graph.constant(float(code)))
        else:
            b = self.write(other)
            if a.categories != b.categories:
                raise NotCompiledError("texts of different kinds")
        if a.nothing or b.nothing:
            return self._constant(Constant(None))
        return self._checked(self.graph.apply("eq", a.step, b.step), self._all(a, b))


def categories_of(dtype: pl.DataType) -> tuple[str, ...] | None:
    """Give the values of a text fact."""
    return tuple(dtype.categories) if isinstance(dtype, pl.Enum) else None
