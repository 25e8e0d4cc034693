"""Steps of a computation over households and their persons, each written down once.

A step is a number, a column of households or a column of persons. Equal steps are one step;
steps of constants are worked out at once; a household's value is brought to its persons where
a step needs both.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from simlib.months import Month

Space = Literal[0, 1, 2]
FIXED, HOUSEHOLD, PERSON = 0, 1, 2
"""Where a step has values: one for all, one a household, one a person."""


class NotCompiledError(Exception):
    """Say that the machine has no steps for something; the reference evaluator has."""


@dataclass(frozen=True)
class Step:
    """Hold one step.

    Parameters
    ----------
    operation
        What is done, a name in :mod:`~simlib.benefits.compiled.operations`.
    arguments
        Numbers of the steps it is done to.
    extra
        What else it needs: a constant, a table, the name of a column.
    space
        Where it has values.
    truth
        Whether its values are true or false; numbers otherwise.
    whole
        Whether its numbers are whole.
    """

    operation: str
    arguments: tuple[int, ...]
    extra: Any
    space: int
    truth: bool
    whole: bool


def _half_away(x: float) -> float:
    whole = float(math.trunc(x))
    return whole + math.copysign(1.0, x) if abs(x - whole) >= 0.5 else whole


def _divide(a: float, b: float) -> float:
    with np.errstate(all="ignore"):
        return float(np.float64(a) / np.float64(b))


_NUMBERS: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _divide,
    "min": lambda a, b: a if a <= b or b != b else b,
    "max": lambda a, b: a if a >= b or b != b else b,
    "floor": lambda a: float(np.floor(a)),
    "round": _half_away,
    "tof": float,
}
_TRUTHS: dict[str, Callable[..., bool]] = {
    "lt": lambda a, b: a < b or (b != b and a == a),
    "le": lambda a, b: a <= b or b != b,
    "eq": lambda a, b: a == b or (a != a and b != b),
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "not": lambda a: not a,
}
_KEEPS_WHOLE = {"add", "sub", "mul", "min", "max", "select", "sum", "bring", "partner"}
_ALWAYS_WHOLE = {"floor", "round", "tof", "count", "step", "find", "order"}


class Graph:
    """Collect steps.

    Parameters
    ----------
    month
        The month whose rules are written down; lines of the same rules serve other months.

    Attributes
    ----------
    steps
        Every step, those it needs before it.
    """

    def __init__(self, month: Month = 0) -> None:
        self.month = month
        self.steps: list[Step] = []
        self._found: dict[tuple[Any, ...], int] = {}
        self.constant(0.0)  # step 0

    def add(
        self,
        operation: str,
        arguments: tuple[int, ...] = (),
        extra: Any = None,
        *,
        space: int,
        truth: bool = False,
        whole: bool = False,
    ) -> int:
        """Write a step down, unless it is there, and give its number."""
        key = (operation, arguments, repr(extra), space)
        if key not in self._found:
            self._found[key] = len(self.steps)
            self.steps.append(Step(operation, arguments, extra, space, truth, whole))
        return self._found[key]

    def constant(self, value: float | bool) -> int:
        """Write a constant down."""
        truth = isinstance(value, bool | np.bool_)
        plain = bool(value) if truth else float(value)
        whole = truth or float(value).is_integer()
        return self.add("constant", (), plain, space=FIXED, truth=truth, whole=whole)

    def now(self) -> int:
        """Write the month down, so that the steps of two months are the same where rules are."""
        return self.add("now", space=FIXED, whole=True)

    def fixed(self, step: int) -> Any:
        """Give the value of a constant; None for other steps."""
        found = self.steps[step]
        return found.extra if found.operation == "constant" else None

    def number(self, step: int) -> int:
        """Give a step as numbers: true is 1."""
        return self.apply("tof", step) if self.steps[step].truth else step

    def apply(self, operation: str, *arguments: int) -> int:
        """Write an operation on steps down: arithmetic, comparison, logic or a choice."""
        if operation in {"gt", "ge"}:
            return self.apply({"gt": "lt", "ge": "le"}[operation], *reversed(arguments))
        if operation == "ne":
            return self.apply("not", self.apply("eq", *arguments))
        if operation == "neg":
            return self.apply("sub", 0, *arguments)
        if operation == "abs":
            return self.apply("max", *arguments, self.apply("neg", *arguments))
        if operation == "ceil":
            return self.apply("neg", self.apply("floor", self.apply("neg", *arguments)))
        if operation in {"and", "or", "not"}:
            self._check_truth(arguments)
        elif operation == "select":
            self._check_truth(arguments[:1])
            return self._select(*arguments)
        elif operation == "eq" and all(self.steps[each].truth for each in arguments):
            return self._same_truth(*arguments)
        elif operation != "tof":
            arguments = tuple(self.number(each) for each in arguments)
        values = [self.fixed(each) for each in arguments]
        if None not in values:
            return self.constant((_NUMBERS | _TRUTHS)[operation](*values))
        return self._simpler(operation, arguments, values) or self._level(operation, arguments)

    def _check_truth(self, arguments: tuple[int, ...]) -> None:
        if not all(self.steps[each].truth for each in arguments):
            raise NotCompiledError("a number stands where a condition is needed")

    def _simpler(self, operation: str, arguments: tuple[int, ...], values: list[Any]) -> int | None:
        """Give an equal step that exists, if there is one; step 0 is never the result."""
        if operation in {"and", "or"}:
            for value, other in ((values[0], arguments[1]), (values[1], arguments[0])):
                if value is not None:
                    return other if value == (operation == "and") else self.constant(value)
            if arguments[0] == arguments[1]:
                return arguments[0]
            return self._level(operation, tuple(sorted(arguments)))
        first = self.steps[arguments[0]]
        if operation == "not" and first.operation == "not":
            return first.arguments[0]
        if operation == "sub" and values[0] is not None:
            return self._before_now(values[0], self.steps[arguments[1]])
        if operation == "mul" and 1.0 in values:
            return arguments[values.index(1.0) - 1]
        if operation in {"floor", "round"} and first.whole:
            return arguments[0]
        return None

    def _before_now(self, date: float, age: Step) -> int | None:
        """Give a date less an age, both in months, as what it is: the month of birth, shifted.

        It is the same in every month, so that rules which ask for it do not change with the date.
        """
        months = [self.steps[each] for each in age.arguments]
        if age.operation != "sub" or months[0].operation != "now" or not months[1].whole:
            return None
        shift = date - self.month
        return (
            self.apply("add", age.arguments[1], self.constant(shift)) if shift else age.arguments[1]
        )

    def _select(self, condition: int, yes: int, no: int) -> int:
        value = self.fixed(condition)
        if value is not None:
            return yes if value else no
        if yes == no:
            return yes
        if self.steps[yes].truth and self.steps[no].truth:
            first = self.apply("and", condition, yes)
            return self.apply("or", first, self.apply("and", self.apply("not", condition), no))
        return self._level("select", (condition, self.number(yes), self.number(no)))

    def _same_truth(self, a: int, b: int) -> int:
        both = self.apply("and", a, b)
        neither = self.apply("not", self.apply("or", a, b))
        return self.apply("or", both, neither)

    def _level(self, operation: str, arguments: tuple[int, ...]) -> int:
        """Bring all arguments to one space and write the step down."""
        space = max(self.steps[each].space for each in arguments)
        if space == PERSON:
            arguments = tuple(self.bring(each) for each in arguments)
        truth = operation in _TRUTHS
        numbers = [self.steps[each] for each in arguments if not self.steps[each].truth]
        whole = operation in _ALWAYS_WHOLE or (
            operation in _KEEPS_WHOLE and all(each.whole for each in numbers)
        )
        return self.add(operation, arguments, space=space, truth=truth, whole=whole or truth)

    def bring(self, step: int) -> int:
        """Give each person the household's value."""
        found = self.steps[step]
        if found.space != HOUSEHOLD:
            return step
        name = "bring_truth" if found.truth else "bring"
        return self.add(name, (step,), space=PERSON, truth=found.truth, whole=found.whole)

    def persons(self, step: int) -> int:
        """Give a step as a column of persons."""
        found = self.steps[step]
        if found.space != FIXED:
            return self.bring(step)
        name = "fill_truth" if found.truth else "fill"
        return self.add(name, (), found.extra, space=PERSON, truth=found.truth, whole=found.whole)

    def gathered(self, operation: Literal["sum", "count", "any"], step: int) -> int:
        """Add a column of persons up for each household, count it, or ask for any."""
        step = self.persons(step if operation != "sum" else self.number(step))
        if operation != "sum":
            self._check_truth((step,))
        found = self.steps[step]
        if found.operation == "select" and self.fixed(found.arguments[2]) == 0.0:
            value = self.fixed(found.arguments[1])
            if value is not None and float(value).is_integer():
                return self.apply(
                    "mul", self.gathered("count", found.arguments[0]), found.arguments[1]
                )
            marked, amount = self.persons(found.arguments[0]), self.persons(found.arguments[1])
            return self.add(
                "sum_where", (marked, amount), space=HOUSEHOLD, whole=self.steps[amount].whole
            )
        whole = operation != "sum" or self.steps[step].whole
        truth = operation == "any"
        return self.add(operation, (step,), space=HOUSEHOLD, truth=truth, whole=whole)

    def looked_up(self, operation: Literal["step", "find"], step: int, keys: Any) -> int:
        """Find the place of a number among keys: the first not below it, or its equal.

        Beyond the last, ``step`` gives the last place and ``find`` one place more.
        """
        step = self.number(step)
        value = self.fixed(step)
        if value is not None:
            below = sum(value > key for key in keys[:-1])
            equal = [i for i, key in enumerate(keys) if key == value]
            place = below if operation == "step" else (equal or [len(keys)])[0]
            return self.constant(float(place))
        space = self.steps[step].space
        return self.add(operation, (step,), tuple(map(float, keys)), space=space, whole=True)

    def taken(self, table: Any, step: int) -> int:
        """Take the entry of a table at a place; places beyond its ends count as the ends."""
        values = tuple(float(each) for each in table)
        step = self.number(step)
        place = self.fixed(step)
        if place is not None:
            return self.constant(values[min(max(int(place), 0), len(values) - 1)])
        whole = all(each.is_integer() for each in values)
        space = self.steps[step].space
        return self.add("take", (step,), values, space=space, whole=whole)
