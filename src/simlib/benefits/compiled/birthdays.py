"""Birthdays that matter: the ages at which a programme's rules can come to another result.

What the steps make of one person's age alone is worked out for every age. Where it meets
anything else (another fact, a sum over members, a result), only the ages at which it changes can
change a right.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.compiled.assembly import Gift, reached
from simlib.benefits.compiled.graph import Graph, Step

AGES_N = 12 * 130
"""Ages in months that are looked at; older people have no birthdays that matter."""

Values = NDArray[Any]

_OPERATIONS: dict[str, Callable[..., Values]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "min": np.fmin,
    "max": np.fmax,
    "floor": np.floor,
    "tof": lambda a: a.astype(np.float64),
    "lt": np.less,
    "le": np.less_equal,
    "eq": np.equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "select": np.where,
}
_ARITHMETIC = {"add", "sub", "mul", "div", "min", "max", "floor"}
_COMPARISONS = {"lt", "le", "eq"}
_SAME = {"partner", "partner_truth", "bring", "bring_truth"}
"""Operations that give other rows the same values; without a partner there is a zero."""
_CHOICES_MOST = 32


def turning_points(graph: Graph, gift: Gift, fact: str | None = None) -> NDArray[np.bool_]:
    """Tell at which ages, or values of another fact, a programme's results can change.

    Parameters
    ----------
    graph, gift
        Steps, and those of the programme's results.
    fact
        A fact of persons that goes up by one a month; age in months when None.

    Returns
    -------
    ndarray
        For each age in months whether something can change in the month in which a member
        reaches it, ``(AGES_N,)``.
    """
    ages = _Ages(graph, fact)
    matters = np.zeros(AGES_N, np.bool_)
    for step in reached(graph, gift):
        matters |= ages.met_by(step)
    for root in gift.steps("give"):
        matters |= _changes(ages.of(root))
    return matters


class _Ages:
    """Work out what steps make of age, or of another fact, alone."""

    def __init__(self, graph: Graph, fact: str | None) -> None:
        self.steps, self.fact = graph.steps, fact
        self.known: dict[int, Values | None] = {}
        self.choices: dict[int, frozenset[float] | None] = {}

    def of(self, number: int) -> Values | None:
        """Give a step's value at each age from -1 on; None if it rests on more than age."""
        if number not in self.known:
            self.known[number] = self._worked_out(self.steps[number])
        return self.known[number]

    def met_by(self, number: int) -> NDArray[np.bool_]:
        """Tell at which ages something changes that a step puts together with other facts."""
        step = self.steps[number]
        matters = np.zeros(AGES_N, np.bool_)
        if self.of(number) is not None or step.operation in _SAME:
            return matters
        for i, each in enumerate(step.arguments):
            found = self.of(each)
            if found is None or found.ndim == 0:
                continue
            compared = step.operation in _COMPARISONS
            others = self._choices_of(step.arguments[1 - i]) if compared else None
            if others is None:
                matters |= _changes(found)
                continue
            for other in others:
                pair = (found, other) if i == 0 else (other, found)
                matters |= _changes(_OPERATIONS[step.operation](*pair))
        return matters

    def _worked_out(self, step: Step) -> Values | None:
        if step.operation == "constant":
            return np.asarray(step.extra)
        if self._is_age(step):
            return np.arange(-1.0, AGES_N)
        made = [self.of(each) for each in step.arguments]
        values = [each for each in made if each is not None]
        if not made or len(values) < len(made):
            return None
        if step.operation in _OPERATIONS:
            return np.asarray(_OPERATIONS[step.operation](*values))
        if step.operation in _SAME:
            return values[0]
        return _looked_up(step, values[0])

    def _is_age(self, step: Step) -> bool:
        if self.fact is not None:
            return step.operation == "load" and step.extra == (self.fact,)
        if step.operation != "sub":
            return False
        month, born = (self.steps[each] for each in step.arguments)
        return month.operation == "now" and born.extra == ("birth_month",)

    def _choices_of(self, number: int) -> frozenset[float] | None:
        """Collect the few values that a step can have; None if there are many."""
        if number not in self.choices:
            self.choices[number] = self._chosen(self.steps[number])
        return self.choices[number]

    def _chosen(self, step: Step) -> frozenset[float] | None:
        if step.operation == "constant":
            return frozenset([float(step.extra)])
        if step.operation == "take":
            return frozenset(step.extra) if len(step.extra) <= _CHOICES_MOST else None
        if step.operation in _SAME:
            found = self._choices_of(step.arguments[0])
            return None if found is None else found | {0.0}
        if step.operation == "select":
            yes, no = (self._choices_of(each) for each in step.arguments[1:])
            both = None if yes is None or no is None else yes | no
            return both if both is not None and len(both) <= _CHOICES_MOST else None
        return self._made_of_choices(step) if step.operation in _ARITHMETIC else None

    def _made_of_choices(self, step: Step) -> frozenset[float] | None:
        parts = [self._choices_of(each) for each in step.arguments]
        known = [each for each in parts if each is not None]
        if len(known) < len(parts) or math.prod(map(len, known)) > _CHOICES_MOST:
            return None
        with np.errstate(all="ignore"):
            made = (_OPERATIONS[step.operation](*each) for each in product(*known))
            return frozenset(map(float, made))


def _looked_up(step: Step, found: Values) -> Values | None:
    table = np.asarray(step.extra)
    if step.operation == "take":
        return np.asarray(table[np.clip(found.astype(np.int64), 0, table.size - 1)])
    if step.operation == "step":
        return np.asarray((found[..., None] > table[:-1]).sum(axis=-1).astype(np.float64))
    return None


def _changes(found: Values | None) -> NDArray[np.bool_]:
    if found is None or found.ndim == 0:
        return np.zeros(AGES_N, np.bool_)
    return np.asarray(found[1:] != found[:-1])


def kinds_of_birthday(
    matters: NDArray[np.bool_],
) -> tuple[NDArray[np.uint8], tuple[frozenset[int], ...]]:
    """Sort ages by the programmes that they touch.

    Parameters
    ----------
    matters
        From :func:`turning_points` for each programme, ``(programmes, AGES_N)``.

    Returns
    -------
    tuple
        The kind of each age in months, 0 where nothing happens, and the programmes touched by
        kind 1, 2 and so on.
    """
    kinds: dict[frozenset[int], int] = {frozenset(): 0}
    kind = np.zeros(AGES_N, np.uint8)
    for age in np.flatnonzero(matters.any(axis=0)):
        touched = frozenset(np.flatnonzero(matters[:, age]).tolist())
        kind[age] = kinds.setdefault(touched, len(kinds))
    return kind, tuple(kinds)[1:]
