"""Facts written down as steps: columns that record what numpy is asked to do with them."""

from collections.abc import Collection
from typing import Any

import numpy as np
import polars as pl
from numpy.lib.mixins import NDArrayOperatorsMixin

from simlib.benefits.compiled.graph import HOUSEHOLD, PERSON, Graph, NotCompiledError
from simlib.benefits.fact_names import known_facts
from simlib.benefits.members import Members, category

_PLAIN = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "true_divide": "div",
    "maximum": "max",
    "minimum": "min",
    "fmax": "max",
    "fmin": "min",
    "floor": "floor",
    "ceil": "ceil",
    "absolute": "abs",
    "negative": "neg",
    "less": "lt",
    "less_equal": "le",
    "greater": "gt",
    "greater_equal": "ge",
    "equal": "eq",
    "not_equal": "ne",
    "logical_and": "and",
    "bitwise_and": "and",
    "logical_or": "or",
    "bitwise_or": "or",
    "logical_not": "not",
    "invert": "not",
}


class Traced(NDArrayOperatorsMixin):
    """Stand for a column; what numpy does with it is written down in a graph."""

    def __init__(self, graph: Graph, step: int) -> None:
        self.graph, self.step = graph, step

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> "Traced":
        if method != "__call__" or options:
            raise NotCompiledError(f"numpy.{ufunc.__name__}.{method}")
        steps = [_step(self.graph, each) for each in inputs]
        apply = self.graph.apply
        if ufunc.__name__ in _PLAIN:
            return Traced(self.graph, apply(_PLAIN[ufunc.__name__], *steps))
        if ufunc.__name__ == "floor_divide":
            return Traced(self.graph, apply("floor", apply("div", *steps)))
        raise NotCompiledError(f"numpy.{ufunc.__name__}")

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> "Traced":
        graph = self.graph
        if kwargs or func.__name__ not in {"where", "clip", "isin"}:
            raise NotCompiledError(f"numpy.{func.__name__}")
        if func.__name__ == "isin":
            made = graph.constant(value=False)
            for each in args[1]:
                made = graph.apply("or", made, graph.apply("eq", self.step, _step(graph, each)))
            return Traced(graph, made)
        first, low, high = (_step(graph, each) for each in args)
        if func.__name__ == "where":
            return Traced(graph, graph.apply("select", first, low, high))
        return Traced(graph, graph.apply("min", graph.apply("max", first, low), high))

    def taken_from(self, table: Any) -> "Traced":
        """Take the entries of a table at the places that this column gives."""
        return Traced(self.graph, self.graph.taken(table, self.step))

    def astype(self, dtype: Any) -> "Traced":
        """Turn into whole numbers towards zero, truth values, or numbers."""
        graph, kind = self.graph, np.dtype(dtype).kind
        if kind == "b":
            if graph.steps[self.step].truth:
                return self
            return Traced(graph, graph.apply("ne", self.step, graph.constant(0.0)))
        number = graph.number(self.step)
        return Traced(graph, whole(graph, number) if kind in "iu" else number)

    def __bool__(self) -> bool:
        raise NotCompiledError("a column has no single truth value")

    def __len__(self) -> int:
        raise NotCompiledError("a column that stands for others has no length")

    def __getitem__(self, key: Any) -> "Traced":
        raise NotCompiledError("a column that stands for others has no entries")


def whole(graph: Graph, step: int) -> int:
    """Cut the fraction off."""
    if graph.steps[step].whole:
        return step
    below = graph.apply("lt", step, graph.constant(0.0))
    return graph.apply("select", below, graph.apply("ceil", step), graph.apply("floor", step))


def _step(graph: Graph, value: Any) -> int:
    if isinstance(value, Traced):
        return value.step
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "biuf":
        raise NotCompiledError("an array beside columns")
    return graph.constant(array.item())


def as_step(graph: Graph, value: Any, dtype: Any) -> int:
    """Give what a fact was made of as a step with the fact's type."""
    step = _step(graph, value)
    if dtype == pl.Boolean:
        return Traced(graph, step).astype(np.bool_).step
    step = graph.number(step)
    return step if dtype == pl.Float64 else whole(graph, step)


def load(graph: Graph, name: str, space: int) -> int:
    """Write down that a column of the population is read."""
    fact = known_facts().get(name)
    truth = fact is not None and fact.dtype == pl.Boolean
    whole_numbers = fact is None or fact.dtype != pl.Float64
    name_of_step = "load_truth" if truth else "load"
    return graph.add(name_of_step, (), (name,), space=space, truth=truth, whole=whole_numbers)


def given(graph: Graph, name: str, space: int, supplied: Collection[str]) -> int:
    """Give a given fact as a column, and a supplied fact that is none as its default."""
    fact = known_facts().get(name)
    if fact is not None and fact.kind == "supplied" and name not in supplied:
        return graph.constant(fact.default)
    return load(graph, name, space)


class TracedHouse(dict[str, Any]):
    """Stand for the given facts of households."""

    def __init__(self, graph: Graph, supplied: Collection[str]) -> None:
        super().__init__()
        self.graph, self.supplied = graph, supplied

    def __missing__(self, name: str) -> Traced:
        step = given(self.graph, name, HOUSEHOLD, self.supplied)
        self[name] = made = Traced(self.graph, step)
        return made


class TracedMembers(Members):
    """Stand for the persons."""

    def __init__(self, graph: Graph, supplied: Collection[str]) -> None:
        self.graph, self.supplied = graph, supplied
        super().__init__(Traced(graph, graph.now()))
        relation, sex = self.column("relation"), self.column("sex")
        codes = tuple(category("relation", each) for each in ("head", "spouse", "parent"))
        self._pairs = graph.add(
            "pair", (relation.step, sex.step), codes, space=PERSON, truth=True, whole=True
        )

    def column(self, name: str) -> Traced:
        """Give a given column of the persons: numbers, flags, or category numbers."""
        return Traced(self.graph, given(self.graph, name, PERSON, self.supplied))

    def count(self, flags: Any) -> Traced:
        """Count the marked persons of each household."""
        return Traced(self.graph, self.graph.gathered("count", _step(self.graph, flags)))

    def total(self, amounts: Any, flags: Any = None) -> Traced:
        """Add up an amount over (the marked) persons of each household."""
        if flags is not None:
            amounts = np.where(flags, amounts, 0.0)
        return Traced(self.graph, self.graph.gathered("sum", _step(self.graph, amounts)))

    @property
    def paired(self) -> Traced:
        """Mark persons whose partner lives in the household."""
        return Traced(self.graph, self._pairs)

    def at_partner(self, values: Any, otherwise: Any) -> Any:
        """Give the partner's value to each person, or something else to those without."""
        graph = self.graph
        step = graph.persons(_step(graph, values))
        found = graph.steps[step]
        name = "partner_truth" if found.truth else "partner"
        taken = graph.add(
            name, (step, self._pairs), space=PERSON, truth=found.truth, whole=found.whole
        )
        if not otherwise:
            return Traced(graph, taken)
        return Traced(graph, graph.apply("select", self._pairs, taken, _step(graph, otherwise)))

    def of_household(self, values: Any) -> Traced:
        """Give each person the value of the household."""
        return Traced(self.graph, self.graph.persons(_step(self.graph, values)))

    def child_order(self) -> Traced:
        """Rank the head's children of a household by birth, first-born 1; grandchildren apart."""
        relation, born = self.column("relation"), self.birth_month
        codes = tuple(category("relation", each) for each in ("child", "grandchild"))
        arguments = (relation.step, born.step)
        return Traced(
            self.graph, self.graph.add("order", arguments, codes, space=PERSON, whole=True)
        )
