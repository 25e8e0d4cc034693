"""From steps to lines of the machine: an order, registers, constants, columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.compiled.graph import FIXED, HOUSEHOLD, Graph, Step
from simlib.benefits.compiled.operations import CODE
from simlib.months import Month

Result = Literal["give", "mark"]

_TAKES_CONSTANTS = {"add", "sub", "mul", "div", "min", "max", "lt", "le", "eq", "select"}


@dataclass(frozen=True)
class Lines:
    """Hold a list of steps for the machine.

    Attributes
    ----------
    table
        The lines, ``(lines, 9)``.
    constants
        Numbers that lines name, tables among them.
    columns
        Columns to read: space and name of the fact.
    registers
        Registers of numbers and of truth values.
    month_at
        Places of the month among the constants, none where no line asks for it.
    """

    table: NDArray[np.int32]
    constants: NDArray[np.float64]
    columns: tuple[tuple[int, str], ...]
    registers: tuple[int, int]
    month_at: tuple[int, ...]

    def at(self, month: Month) -> "Lines":
        """Give the lines for a month in which the rules are the same."""
        constants = self.constants.copy()
        constants[list(self.month_at)] = month
        return replace(self, constants=constants)


@dataclass(frozen=True)
class Gift:
    """Hold the steps of a programme's results.

    Parameters
    ----------
    own, some
        Whether a household has a right of its own, and whether it has one at all.
    persons_n, amount
        Entitled persons, and won a month.
    """

    own: int
    some: int
    persons_n: int
    amount: int

    def steps(self, operation: Result) -> tuple[int, int, int]:
        """Give the three steps that a line which gives the results needs."""
        return self.own, self.some if operation == "mark" else self.persons_n, self.amount


def assemble(
    graph: Graph, gifts: Sequence[Gift], operation: Result, places: Sequence[int]
) -> Lines:
    """Put the steps that some results need in order and give them registers.

    Parameters
    ----------
    graph, gifts
        The steps, and those of the results.
    operation
        Give all results as tables, or mark the rights that are there.
    places
        Number of each result's programme.
    """
    roots = [gift.steps(operation) for gift in gifts]
    return _Assembler(graph, roots, operation, places).lines()


def reached(graph: Graph, gift: Gift) -> set[int]:
    """Collect the steps that a programme's results rest on."""
    return {step for step in _in_order(graph, [gift.steps("give")]) if step >= 0}


def _in_order(graph: Graph, gifts: Sequence[tuple[int, ...]]) -> list[int]:
    """Give the steps with each after those it needs; -1 - i stands for giving result i."""
    order: list[int] = []
    seen: set[int] = set()
    for place, gift in enumerate(gifts):
        for root in gift:
            waiting = [(root, False)]
            while waiting:
                step, ready = waiting.pop()
                if ready:
                    order.append(step)
                elif step not in seen:
                    seen.add(step)
                    waiting.append((step, True))
                    arguments = graph.steps[step].arguments
                    waiting += [(each, False) for each in reversed(arguments)]
        order.append(-1 - place)
    return order


class _Assembler:
    def __init__(
        self,
        graph: Graph,
        gifts: Sequence[tuple[int, ...]],
        operation: Result,
        places: Sequence[int],
    ) -> None:
        self.graph, self.order = graph, _in_order(graph, gifts)
        self.operation, self.results = operation, places
        self.gifts = [tuple(_filled(graph, each) for each in gift) for gift in gifts]
        self.constants: list[float] = []
        self.places: dict[Any, int] = {}
        self.columns: dict[tuple[int, str], int] = {}
        self.register: dict[int, int] = {}
        self.free: tuple[list[int], list[int]] = ([], [])
        self.used = [0, 0]
        self.table: list[list[int]] = []
        self.last_use = self._last_uses()

    def lines(self) -> Lines:
        for now, step in enumerate(self.order):
            needed = self._needs(step)
            for each in needed:
                if (
                    self.graph.steps[each].operation.startswith("fill")
                    and each not in self.register
                ):
                    self._emit(each, now)
            if step < 0:
                self._give(-1 - step)
            elif self._is_placed(step):
                self._emit(step, now)
            for each in set(needed):
                if self.last_use[each] == now and each in self.register:
                    self.free[self.graph.steps[each].truth].append(self.register.pop(each))
        table = np.array(self.table, dtype=np.int32).reshape(-1, 9)
        constants = np.array(self.constants or [0.0], dtype=np.float64)
        month_at = tuple(self.places[each] for each in ("now",) if each in self.places)
        registers = (self.used[0], self.used[1])
        return Lines(table, constants, tuple(self.columns), registers, month_at)

    def _is_placed(self, step: int) -> bool:
        """Tell whether a step has a register: constants have none, but where they are filled."""
        return self.graph.steps[step].space != FIXED and step not in self.register

    def _needs(self, step: int) -> list[int]:
        if step < 0:
            return list(self.gifts[-1 - step])
        steps = self.graph.steps
        return [each for each in steps[step].arguments if steps[each].space != FIXED]

    def _last_uses(self) -> dict[int, int]:
        last: dict[int, int] = {}
        for now, step in enumerate(self.order):
            for each in self._needs(step):
                last[each] = now
        return last

    def _new_register(self, truth: bool) -> int:
        if self.free[truth]:
            return self.free[truth].pop()
        self.used[truth] += 1
        return self.used[truth] - 1

    def _constant(self, values: tuple[float, ...]) -> int:
        if values not in self.places:
            self.places[values] = len(self.constants)
            self.constants += values
        return self.places[values]

    def _fixed(self, step: Step) -> int:
        """Give the place of a constant, or of the month."""
        if step.operation != "now":
            return self._constant((float(step.extra),))
        if "now" not in self.places:
            self.places["now"] = len(self.constants)
            self.constants.append(0.0)
        return self.places["now"]

    def _emit(self, number: int, now: int) -> None:
        step = self.graph.steps[number]
        operands, form = [0, 0, 0], 0
        for i, each in enumerate(step.arguments):
            found = self.graph.steps[each]
            if found.space == FIXED:
                assert step.operation in _TAKES_CONSTANTS, step
                operands[i] = self._fixed(found)
                form |= 1 << i
            else:
                operands[i] = self.register[each]
        extra, length = 0, 0
        if step.operation.startswith("load"):
            key = (step.space, step.extra[0])
            operands[0] = self.columns.setdefault(key, len(self.columns))
        elif step.extra is not None:
            values = step.extra if isinstance(step.extra, tuple) else (step.extra,)
            numbers = tuple(float(each) for each in values)
            extra, length = self._constant(numbers), len(numbers)
        if now > self.last_use.get(number, -1):
            return
        out = self.register[number] = self._new_register(step.truth)
        code = CODE[step.operation]
        self.table.append([code, out, *operands, form, step.space, extra, length])

    def _give(self, place: int) -> None:
        operands = [self.register[each] for each in self.gifts[place]]
        code, programme = CODE[self.operation], self.results[place]
        self.table.append([code, 0, *operands, 0, HOUSEHOLD, programme, 0])


def _filled(graph: Graph, step: int) -> int:
    """Give a constant result as a column of households."""
    found = graph.steps[step]
    if found.space != FIXED:
        return step
    name = "fill_truth" if found.truth else "fill"
    return graph.add(name, (), found.extra, space=HOUSEHOLD, truth=found.truth, whole=True)
