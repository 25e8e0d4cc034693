"""A catalogue's rules month by month: which change with the date, what each rests on, its lines."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.assembly import Lines, assemble, reached
from simlib.benefits.compiled.birthdays import kinds_of_birthday, turning_points
from simlib.benefits.compiled.graph import Graph
from simlib.benefits.compiled.program import Program, program_of
from simlib.months import Month
from simlib.parameters import Parameters

T = TypeVar("T")
Sign = tuple[int, ...]
"""What a programme's rules are: equal for two months in which they are the same."""
_NONE = frozenset[int]()


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
        self._month: Month | None = None
        self._of_month: dict[Any, Lines] = {}

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
        program, wanted = self._program(month), frozenset(facts)

        def reads(i: int) -> set[str]:
            return program.columns_of(program.ids[i])

        def made() -> frozenset[int]:
            found = self._each("reads", month, reads)
            return frozenset(i for i, columns in enumerate(found) if columns & wanted)

        return self._kept(("resting", wanted, self.signs(month)), made)

    def birthdays(self, month: Month) -> NDArray[np.bool_]:
        """Tell for each programme at which ages it can change, (programmes, ages in months)."""
        return self._turns(None, month)

    def kinds(
        self, fact: str | None, month: Month
    ) -> tuple[NDArray[np.uint8], tuple[frozenset[int], ...]]:
        """Sort ages, or values of a fact, by the programmes that reaching them touches.

        Parameters
        ----------
        fact
            A fact of persons that goes up by one a month, like ``jobless_months``; age in months
            when None.
        month
            The month.

        Returns
        -------
        tuple
            As of :func:`~simlib.benefits.compiled.birthdays.kinds_of_birthday`.
        """

        def made() -> tuple[NDArray[np.uint8], tuple[frozenset[int], ...]]:
            return kinds_of_birthday(self._turns(fact, month))

        return self._kept(("kinds", fact, self.signs(month)), made)

    def _turns(self, fact: str | None, month: Month) -> NDArray[np.bool_]:
        program = self._program(month)

        def each(i: int) -> NDArray[np.bool_]:
            return turning_points(program.graph, program.gifts[i], fact)

        def made() -> NDArray[np.bool_]:
            return np.stack(self._each(f"turns of {fact}", month, each))

        return self._kept(("turns", fact, self.signs(month)), made)

    def asked_by(self, programmes: frozenset[int], month: Month) -> frozenset[int]:
        """Give the other programmes to which some programmes ask whether there is a right."""
        program = self._program(month)
        some = {gift.some: i for i, gift in enumerate(program.gifts)}

        def asks(i: int) -> frozenset[int]:
            steps = reached(program.graph, program.gifts[i])
            return frozenset(some[each] for each in steps & some.keys())

        def made() -> tuple[frozenset[int], ...]:
            return tuple(self._each("asks", month, asks))

        found = self._kept(("asks", self.signs(month)), made)
        return frozenset().union(*(found[i] for i in programmes)) - programmes

    def lines(self, programmes: frozenset[int], month: Month) -> Lines:
        """Give the lines that mark the rights of some programmes in a month."""
        return self._lines(programmes, month, _NONE)

    def lines_of_dated(self, programmes: frozenset[int], month: Month) -> Lines:
        """Give the lines that mark the rights of programmes that the date changed, for everybody.

        Whether a household has a right to other programmes is taken from those that it holds,
        and what costs much is worked out only where what costs little holds.
        """
        others = self.asked_by(programmes, month)
        return self._lines(programmes, month, others, dated=True)

    def lines_of_amounts(
        self, programmes: frozenset[int], month: Month
    ) -> list[tuple[frozenset[int], Lines]]:
        """Give the lines that mark amounts of some programmes, for households that hold a right.

        Amounts that rest on nothing but being entitled and facts are worked out as if all had
        rights, apart from the others. Which other rights a household has is taken from those that
        it holds.
        """
        program = self._program(month)
        everything = frozenset(range(len(program.ids)))
        alone = {i for i in programmes if program.gifts[i].worth(program.graph) is not None}
        found = []
        if alone:
            lines = self._lines(frozenset(alone), month, everything, amounts=True)
            found.append((frozenset(alone), lines))
        if others := programmes - alone:
            lines = self._lines(others, month, everything - others)
            found.append((others, lines))
        return found

    def _lines(
        self,
        programmes: frozenset[int],
        month: Month,
        held: frozenset[int],
        **kind: bool,
    ) -> Lines:
        """Give the lines of a month; those of the month asked for last are kept as they are."""
        if self._month != month:
            self._month, self._of_month = month, {}
        key = programmes, held, *kind
        if key not in self._of_month:
            self._of_month[key] = self._assembled(programmes, month, held, **kind)
        return self._of_month[key]

    def _assembled(
        self,
        programmes: frozenset[int],
        month: Month,
        held: frozenset[int],
        *,
        amounts: bool = False,
        dated: bool = False,
    ) -> Lines:
        chosen, signs = sorted(programmes), self.signs(month)
        program = self._program(month)

        def made() -> Lines:
            gifts = [program.gifts[i] for i in chosen]
            if amounts:
                gifts = [each.amount_alone(program.graph) for each in gifts]
            known = {gift.some: i for i, gift in enumerate(program.gifts) if i in held}
            return assemble(program.graph, gifts, "mark", chosen, known, guarded=dated)

        key = ("lines", amounts, dated, tuple((i, signs[i]) for i in chosen), held)
        return self._kept(key, made).at(month)

    def signs(self, month: Month) -> tuple[Sign, ...]:
        """Sign each programme's steps, the number of the month apart."""
        program = self._program(month)

        def made() -> tuple[Sign, ...]:
            number = self._numbers(month)
            return tuple(
                (number[gift.own], number[gift.some], number[gift.amount]) for gift in program.gifts
            )

        signs: tuple[Sign, ...] = self._kept(("signs", month), made)
        return signs

    def steps_n(self, programmes: frozenset[int], month: Month) -> int:
        """Count the steps on which the results of some programmes rest."""
        program = self._program(month)

        def marked(i: int) -> int:
            number = self._numbers(month)
            return sum(1 << number[each] for each in reached(program.graph, program.gifts[i]))

        def made() -> tuple[int, ...]:
            return tuple(self._each("steps of", month, marked))

        marks, found = self._kept(("steps of", self.signs(month)), made), 0
        for i in programmes:
            found |= marks[i]
        return found.bit_count()

    def _numbers(self, month: Month) -> list[int]:
        """Give each step of a month a number that equal steps of other months have too."""
        graph = self._program(month).graph
        return self._kept(("numbers", month), lambda: _numbered(graph, self._kept("steps", dict)))

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
