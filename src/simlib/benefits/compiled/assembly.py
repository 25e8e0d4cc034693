"""From steps to lines of the machine: an order, registers, constants, columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.compiled.graph import FIXED, HOUSEHOLD, Graph
from simlib.benefits.compiled.machine import CODE

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
    """

    table: NDArray[np.int32]
    constants: NDArray[np.float64]
    columns: tuple[tuple[int, str], ...]
    registers: tuple[int, int]


@dataclass(frozen=True)
class Gift:
    """Hold the steps of a programme's results: own right, entitled persons, amount."""

    own: int
    entitled: int
    amount: int


def assemble(graph: Graph, gifts: list[Gift]) -> Lines:
    """Put the steps that some results need in order and give them registers."""
    order = _in_order(graph, gifts)
    return _Assembler(graph, gifts, order).lines()


def reached(graph: Graph, gift: Gift) -> set[int]:
    """Collect the steps that a programme's results rest on."""
    return {step for step in _in_order(graph, [gift]) if step >= 0}


def _in_order(graph: Graph, gifts: list[Gift]) -> list[int]:
    """Give the steps with each after those it needs; -1 - i stands for giving result i."""
    order: list[int] = []
    seen: set[int] = set()
    for place, gift in enumerate(gifts):
        for root in (gift.own, gift.entitled, gift.amount):
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
    def __init__(self, graph: Graph, gifts: list[Gift], order: list[int]) -> None:
        self.graph, self.order = graph, order
        self.gifts = [
            Gift(*(_filled(graph, each) for each in vars(gift).values())) for gift in gifts
        ]
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
        return Lines(table, constants, tuple(self.columns), (self.used[0], self.used[1]))

    def _is_placed(self, step: int) -> bool:
        """Tell whether a step has a register: constants have none, but where they are filled."""
        return self.graph.steps[step].space != FIXED and step not in self.register

    def _needs(self, step: int) -> list[int]:
        if step < 0:
            return list(vars(self.gifts[-1 - step]).values())
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

    def _emit(self, number: int, now: int) -> None:
        step = self.graph.steps[number]
        operands, form = [0, 0, 0], 0
        for i, each in enumerate(step.arguments):
            found = self.graph.steps[each]
            if found.space == FIXED:
                assert step.operation in _TAKES_CONSTANTS, step
                operands[i] = self._constant((float(found.extra),))
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
        operands = [self.register[each] for each in vars(self.gifts[place]).values()]
        self.table.append([CODE["give"], 0, *operands, 0, HOUSEHOLD, place, 0])


def _filled(graph: Graph, step: int) -> int:
    """Give a constant result as a column of households."""
    found = graph.steps[step]
    if found.space != FIXED:
        return step
    name = "fill_truth" if found.truth else "fill"
    return graph.add(name, (), found.extra, space=HOUSEHOLD, truth=found.truth, whole=True)
