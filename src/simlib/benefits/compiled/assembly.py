"""From steps to lines of the machine: an order, registers, constants, columns.

What only one programme needs, and only where somebody has a right to it, is worked out for the
households picked by that right alone. Steps therefore have a place: 0 for all rows of a chunk,
``i + 1`` for the households picked for result ``i``.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.compiled.graph import FIXED, HOUSEHOLD, Graph, Step
from simlib.benefits.compiled.guarding import guard_of
from simlib.benefits.compiled.operations import CODE, PICKED_HOUSEHOLDS
from simlib.months import Month

Result = Literal["give", "mark"]
Node = tuple[int, int]
"""A step and its place. Below 0, -1 - i gives result i, at place 0 picks households for it."""

_TAKES_CONSTANTS = {"add", "sub", "mul", "div", "min", "max", "lt", "le", "eq", "select"}
_OF_ALL = {"pair", "partner", "partner_truth"}
"""Operations that need the rows of all persons."""
_WORTH_PICKING = 4
"""Steps from which on picking the households that need them costs less than they do; those of
persons count twice."""


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
        Entitled persons, and won a month; the amount counts only where there is a right.
    """

    own: int
    some: int
    persons_n: int
    amount: int

    def steps(self, operation: Result) -> tuple[int, int, int]:
        """Give the three steps that a line which gives the results needs."""
        return self.own, self.some if operation == "mark" else self.persons_n, self.amount

    def worth(self, graph: Graph) -> int | None:
        """Give the step of the amount where there is a right; None if it asks who is entitled."""
        found = graph.steps[self.amount]
        chosen = found.operation == "select" and found.arguments[0] == self.some
        return found.arguments[1] if chosen and graph.fixed(found.arguments[2]) == 0.0 else None

    def amount_alone(self, graph: Graph) -> "Gift":
        """Give the results of a household that is known to have a right."""
        worth, sure = self.worth(graph), graph.constant(value=True)
        assert worth is not None
        return Gift(sure, sure, self.persons_n, worth)


def assemble(
    graph: Graph,
    gifts: Sequence[Gift],
    operation: Result,
    places: Sequence[int],
    held: Mapping[int, int] | None = None,
    *,
    guarded: bool = False,
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
    held
        Steps that are whether a household has a right, with the programme's number, where this
        is taken from the rights held.
    guarded
        Whether what costs much is worked out only where what costs little holds.
    """
    plan = _Plan(graph, gifts, operation, held or {}, guarded=guarded)
    return _Assembler(graph, plan, operation, places).lines()


def reached(graph: Graph, gift: Gift) -> set[int]:
    """Collect the steps that a programme's results rest on."""
    return _reached(graph, gift.steps("give"))


def _reached(graph: Graph, roots: Iterable[int], known: Container[int] = ()) -> set[int]:
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        step = waiting.pop()
        if step not in seen:
            seen.add(step)
            waiting += graph.steps[step].arguments if step not in known else ()
    return seen


class _Plan:
    """Decide what is worked out for all rows and what for picked households, and when."""

    def __init__(
        self,
        graph: Graph,
        gifts: Sequence[Gift],
        operation: Result,
        held: Mapping[int, int],
        *,
        guarded: bool,
    ) -> None:
        self.graph, self.held = graph, held
        self.roots = [
            tuple(_filled(graph, each) for each in gift.steps(operation)) for gift in gifts
        ]
        self.some = [_filled(graph, gift.some) for gift in gifts]
        self.guards = self._guards() if guarded else [None] * len(gifts)
        self.blocks = self._blocks()
        self.made_of: dict[Node, list[Node]] = {}
        self.seen: set[Node] = set()
        self.order: list[Node] = []
        self._visit((each, 0) for each in self._asked_of_held())
        for i, roots in enumerate(self.roots):
            if self.blocks[i]:
                asked = (*roots[:2], self.some[i]) if self.guards[i] is None else ()
                before = (*asked, *self._outside(self.blocks[i]))
                self._visit((each, 0) for each in before)
                self._visit(self.needs((-1 - i, 0)))
                self.order.append((-1 - i, 0))
            self._visit(self.needs((-1 - i, 1)))
            self.order.append((-1 - i, 1))

    def _asked_of_held(self) -> list[int]:
        """Give what is taken from the rights held: these are read once, before all else."""
        asked = self._reached(step for roots in self.roots for step in roots) & set(self.held)
        return sorted(asked.difference(*self.blocks))

    def _guards(self) -> list[int | None]:
        """Find the cheap conditions of programmes of which the rest costs much."""
        reached = [self._reached(roots) for roots in self.roots]
        users_n = Counter(step for each in reached for step in each)
        self.alone = [{step for step in each if users_n[step] == 1} for each in reached]
        return [
            guard_of(self.graph, some, alone, self.held)
            for some, alone in zip(self.some, self.alone, strict=True)
        ]

    def _blocks(self) -> list[set[int]]:
        """Find what is worked out for picked households alone."""
        blocks = self._amounts()
        for i, guard in enumerate(self.guards):
            if guard is not None:
                blocks[i] = self._guarded(self.alone[i], guard)
        return blocks

    def _guarded(self, alone: set[int], guard: int) -> set[int]:
        """Give what only one programme rests on, without its guard."""
        steps = self.graph.steps
        paired = any(steps[each].operation == "pair" for each in alone)
        of_all = set() if paired else {s for s in alone if steps[s].operation in _OF_ALL}
        before = self._reached([guard, *of_all])
        return {s for s in alone - before if steps[s].space != FIXED}

    def _amounts(self) -> list[set[int]]:
        """Find what each amount alone rests on: steps of no condition and no other amount."""
        steps = self.graph.steps
        conditions = [*self.some, *(step for roots in self.roots for step in roots[:2])]
        common = self._reached(conditions)
        known = common.union(self.held)
        alone = [_reached(self.graph, [amount], known) - common for _, _, amount in self.roots]
        users_n = Counter(step for each in alone for step in each)
        of_all = {s for s in users_n if steps[s].operation in _OF_ALL or s in self.held}
        shared = self._reached(of_all | {step for step, n in users_n.items() if n > 1})
        found = [{s for s in each - shared if steps[s].space != FIXED} for each in alone]
        return [
            each if self._worth_picking(each) and not self._sure(some) else set()
            for each, some in zip(found, self.some, strict=True)
        ]

    def _reached(self, roots: Iterable[int]) -> set[int]:
        return _reached(self.graph, roots, self.held)

    def _sure(self, some: int) -> bool:
        return self.graph.steps[some].operation == "fill_truth"

    def _worth_picking(self, block: set[int]) -> bool:
        return sum(self.graph.steps[step].space for step in block) >= _WORTH_PICKING

    def _outside(self, block: set[int]) -> list[int]:
        """Give what steps of a block are made of and is none of them."""
        return sorted({each for step in block for each in self._arguments(step)} - block)

    def _arguments(self, step: int) -> list[int]:
        if step in self.held:
            return []
        steps = self.graph.steps
        return [each for each in steps[step].arguments if steps[each].space != FIXED]

    def needs(self, node: Node) -> list[Node]:
        """Give what a node is made of."""
        if node not in self.made_of:
            self.made_of[node] = self._needs(node)
        return self.made_of[node]

    def _needs(self, node: Node) -> list[Node]:
        step, place = node
        if step < 0:
            i = -1 - step
            if place == 0:
                guard = self.guards[i]
                return [(self.some[i] if guard is None else guard, 0)]
            inside = i + 1 if self.blocks[i] else 0
            return [(each, inside) for each in self.roots[i]]
        if place and step not in self.blocks[place - 1]:
            return [(step, 0)]
        return [(each, place) for each in self._arguments(step)]

    def _visit(self, roots: Iterable[Node]) -> None:
        """Put nodes in order, each after those it needs."""
        for root in roots:
            waiting = [(root, False)]
            while waiting:
                node, ready = waiting.pop()
                if ready:
                    self.order.append(node)
                elif node not in self.seen:
                    self.seen.add(node)
                    waiting.append((node, True))
                    waiting += [(each, False) for each in reversed(self.needs(node))]


class _Assembler:
    def __init__(
        self, graph: Graph, plan: _Plan, operation: Result, results: Sequence[int]
    ) -> None:
        self.graph, self.plan = graph, plan
        self.operation, self.results = operation, results
        self.constants: list[float] = []
        self.places: dict[Any, int] = {}
        self.columns: dict[tuple[int, str], int] = {}
        self.register: dict[Node, int] = {}
        self.free: tuple[list[int], list[int]] = ([], [])
        self.used = [0, 0]
        self.table: list[list[int]] = []
        self.last_use = {
            each: now for now, node in enumerate(plan.order) for each in plan.needs(node)
        }

    def lines(self) -> Lines:
        picked_at = 0
        for now, node in enumerate(self.plan.order):
            step, place = node
            if step < 0 and place == 0:
                picked_at = len(self.table)
                self._pick(step)
            elif step < 0:
                if self.plan.blocks[-1 - step]:
                    self.table[picked_at][-1] = len(self.table)
                self._give(step)
            elif self.graph.steps[step].space != FIXED:
                self._emit(node)
            for each in set(self.plan.needs(node)):
                if self.last_use[each] == now:
                    truth = self.graph.steps[each[0]].truth
                    self.free[truth].append(self.register.pop(each))
        table = np.array(self.table, dtype=np.int32).reshape(-1, 9)
        constants = np.array(self.constants or [0.0], dtype=np.float64)
        month_at = tuple(self.places[each] for each in ("now",) if each in self.places)
        registers = (self.used[0], self.used[1])
        return Lines(table, constants, tuple(self.columns), registers, month_at)

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

    def _emit(self, node: Node) -> None:
        number, place = node
        step = self.graph.steps[number]
        space = step.space + (PICKED_HOUSEHOLDS - HOUSEHOLD if place else 0)
        if place and number not in self.plan.blocks[place - 1]:
            code = CODE["picked_truth" if step.truth else "picked"]
            given = self.register[number, 0]
            self._write(node, [code, given, 0, 0, 0, space, 0, 0])
            return
        if number in self.plan.held:
            programme = self.plan.held[number]
            self._write(node, [CODE["holds"], 0, 0, 0, 0, space, programme, 0])
            return
        operands, form = self._operands(step, place)
        extra, length = 0, 0
        if step.operation.startswith("load"):
            key = (step.space, step.extra[0])
            operands[0] = self.columns.setdefault(key, len(self.columns))
        elif step.extra is not None:
            values = step.extra if isinstance(step.extra, tuple) else (step.extra,)
            numbers = tuple(float(each) for each in values)
            extra, length = self._constant(numbers), len(numbers)
        self._write(node, [CODE[step.operation], *operands, form, space, extra, length])

    def _operands(self, step: Step, place: int) -> tuple[list[int], int]:
        operands, form = [0, 0, 0], 0
        for i, each in enumerate(step.arguments):
            found = self.graph.steps[each]
            if found.space == FIXED:
                assert step.operation in _TAKES_CONSTANTS, step
                operands[i] = self._fixed(found)
                form |= 1 << i
            else:
                operands[i] = self.register[each, place]
        return operands, form

    def _write(self, node: Node, line: list[int]) -> None:
        out = self.register[node] = self._new_register(self.graph.steps[node[0]].truth)
        self.table.append([line[0], out, *line[1:]])

    def _pick(self, result: int) -> None:
        """Pick households; the line's last number is where to go on when there are none."""
        some = self.register[self.plan.needs((result, 0))[0]]
        self.table.append([CODE["pick"], 0, some, 0, 0, 0, HOUSEHOLD, 0, 0])

    def _give(self, result: int) -> None:
        i = -1 - result
        operands = [self.register[each] for each in self.plan.needs((result, 1))]
        space = PICKED_HOUSEHOLDS if self.plan.blocks[i] else HOUSEHOLD
        self.table.append([CODE[self.operation], 0, *operands, 0, space, self.results[i], 0])


def _filled(graph: Graph, step: int) -> int:
    """Give a constant result as a column of households."""
    found = graph.steps[step]
    if found.space != FIXED:
        return step
    name = "fill_truth" if found.truth else "fill"
    return graph.add(name, (), found.extra, space=HOUSEHOLD, truth=found.truth, whole=True)
