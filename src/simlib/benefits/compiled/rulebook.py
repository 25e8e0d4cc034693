"""A catalogue's rules month by month: which change with the date, what each rests on, its lines."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.assembly import Lines, assemble
from simlib.benefits.compiled.birthdays import birthdays
from simlib.benefits.compiled.graph import Graph
from simlib.benefits.compiled.program import Program, program_of
from simlib.months import Month
from simlib.parameters import Parameters

T = TypeVar("T")
Sign = tuple[int, ...]
"""What a programme's rules are: equal for two months in which they are the same."""


class Rulebook:
    """Read a catalogue's rules month by month; what was worked out once is kept.

    Parameters
    ----------
    catalogue, parameters
        As for :func:`~simlib.benefits.entitlement.entitle`.
    supplied
        Supplied facts that are columns.
    """

    def __init__(
        self, catalogue: Catalogue, parameters: Parameters, supplied: Collection[str]
    ) -> None:
        self.catalogue, self.parameters = catalogue, parameters
        self.supplied = tuple(sorted(supplied))

    def changed(self, before: Month, now: Month) -> tuple[frozenset[int], frozenset[int]]:
        """Give the programmes whose rules or numbers are other than they were in a month.

        Returns
        -------
        tuple
            Those whose rights may differ, and those of which only amounts may.
        """
        pairs = list(zip(self.signs(before), self.signs(now), strict=True))
        rights = frozenset(i for i, (old, new) in enumerate(pairs) if old[:2] != new[:2])
        amounts = frozenset(i for i, (old, new) in enumerate(pairs) if old[2] != new[2])
        return rights, amounts - rights

    def resting_on(self, facts: Collection[str], month: Month) -> frozenset[int]:
        """Give the programmes whose results rest on one of some facts."""
        program, wanted = self._program(month), set(facts)

        def reads(i: int) -> set[str]:
            return program.columns_of(program.ids[i])

        found = self._each("reads", month, reads)
        return frozenset(i for i, columns in enumerate(found) if columns & wanted)

    def birthdays(self, month: Month) -> NDArray[np.bool_]:
        """Tell for each programme at which ages it can change, (programmes, ages in months)."""
        program = self._program(month)

        def ages(i: int) -> NDArray[np.bool_]:
            return birthdays(program.graph, program.gifts[i])

        return np.stack(self._each("ages", month, ages))

    def lines(self, programmes: frozenset[int], month: Month) -> Lines:
        """Give the lines that mark the rights of some programmes in a month."""
        chosen, signs = sorted(programmes), self.signs(month)
        program = self._program(month)

        def made() -> Lines:
            return assemble(program.graph, [program.gifts[i] for i in chosen], "mark", chosen)

        key = ("lines", tuple((i, signs[i]) for i in chosen))
        return self._kept(key, made).at(month)

    def signs(self, month: Month) -> tuple[Sign, ...]:
        """Sign each programme's steps, the number of the month apart."""
        program = self._program(month)

        def made() -> tuple[Sign, ...]:
            number = _numbered(program.graph, self._kept("steps", dict))
            return tuple(
                (number[gift.own], number[gift.some], number[gift.amount]) for gift in program.gifts
            )

        signs: tuple[Sign, ...] = self._kept(("signs", month), made)
        return signs

    def _program(self, month: Month) -> Program:
        return program_of(self.catalogue, month, self.parameters, self.supplied)

    def _each(self, what: str, month: Month, make: Callable[[int], T]) -> list[T]:
        """Make something of each programme's steps, once for all months in which they are so."""
        return [
            self._kept((what, sign), partial(make, i)) for i, sign in enumerate(self.signs(month))
        ]

    def _kept(self, key: Any, make: Callable[[], T]) -> T:
        """Give what was made before, for this or another world of the catalogue."""
        shelves: dict[Any, dict[Any, T]] = self.catalogue.bound.setdefault("rulebooks", {})
        shelf = shelves.setdefault(self.supplied, {})
        if key not in shelf:
            shelf[key] = make()
        return shelf[key]


def _numbered(graph: Graph, known: dict[Any, int]) -> list[int]:
    """Give each step a number that equal steps of other months have too."""
    numbers: list[int] = []
    for step in graph.steps:
        arguments = [numbers[each] for each in step.arguments]
        if step.operation in {"and", "or"}:
            arguments.sort()
        key = (step.operation, tuple(arguments), repr(step.extra), step.space, step.truth)
        numbers.append(known.setdefault(key, len(known)))
    return numbers
