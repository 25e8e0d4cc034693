"""Rights followed from month to month: only what a change can touch is worked out again."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.assembly import Lines
from simlib.benefits.compiled.birthdays import kinds_of_birthday
from simlib.benefits.compiled.held import HeldRights, rights_of
from simlib.benefits.compiled.machine import Members, follow
from simlib.benefits.compiled.room import chunk_of, marks_of, registers_of, rows_at_once
from simlib.benefits.compiled.rulebook import Rulebook
from simlib.benefits.compiled.run import located
from simlib.benefits.compiled.threads import in_pieces
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.rights import Rights, RightsChange

Rows = NDArray[np.int64]
_SEVERAL = 255
_SHORT = 0.5
"""Share of the lines of all reasons below which a reason keeps its own."""


@dataclass(frozen=True)
class Reason:
    """Hold why some rights may have changed.

    Parameters
    ----------
    programmes
        Numbers of the programmes that it touches.
    rows
        Rows of the households, in any order.
    """

    programmes: frozenset[int]
    rows: Rows


class FollowedRights:
    """Follow the rights of households whose facts stand in columns that are kept current.

    Parameters
    ----------
    catalogue, parameters
        As for :func:`~simlib.benefits.entitlement.entitle`.
    supplied
        Supplied facts that are columns.
    column
        Gives the column of a space and a fact, in a kind that the machine reads; asked anew
        each time, as columns of persons grow.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        parameters: Parameters,
        supplied: Collection[str],
        column: Callable[[int, str], NDArray[Any]],
    ) -> None:
        self.rules = Rulebook(catalogue, parameters, supplied)
        self.column = column
        self.everything = frozenset(range(len(catalogue.ids)))
        self.held = HeldRights(0)
        self.month: Month | None = None

    def rights(self, rows: Rows, month: Month, members: Members) -> Rights:
        """Work the rights of some households out, whatever was held before.

        Raises
        ------
        NotCompiledError
            If the machine has no steps for a rule.
        """
        nothing = HeldRights(members.starts.size - 1)
        found, _ = self._differing(self.everything, rows, month, members, nothing)
        if rows.size < members.starts.size - 1:
            found = RightsChange(np.searchsorted(rows, found.row), *_others(found))
        return rights_of(found, rows.size, self.programmes_n)

    @property
    def programmes_n(self) -> int:
        """Give the number of programmes."""
        return len(self.everything)

    def birthdays(
        self, birth_month: NDArray[np.int32], here: NDArray[np.bool_], home: Rows, month: Month
    ) -> list[Reason]:
        """Find the households in which a member reaches an age that some rule asks about.

        Parameters
        ----------
        birth_month, here, home
            Month of birth, whether a person still lives in the household, and its row,
            (persons,).
        month
            The month.
        """
        kinds, touched = kinds_of_birthday(self.rules.birthdays(month), self.everything)
        found, rows = _reaching(birth_month, here, home, month, kinds)
        return [
            Reason(programmes, rows[found == kind])
            for kind, programmes in enumerate(touched, start=1)
        ]

    def begin(self, month: Month, members: Members) -> Rights:
        """Work everybody's rights out and hold them."""
        households_n = members.starts.size - 1
        made = self.rights(np.arange(households_n), month, members)
        self.held.begin(made)
        self.month = month
        return made

    def proceed(self, month: Month, reasons: Sequence[Reason], members: Members) -> RightsChange:
        """Go on to a month: work out again what the reasons and the date can have changed.

        Parameters
        ----------
        month
            The month that follows the one before, with the columns as they are now.
        reasons
            Whose facts changed, and the programmes that these touch.
        members
            Members of the households now.

        Returns
        -------
        RightsChange
            Every right that began, ended or changed.
        """
        assert self.month is not None
        everybody = np.arange(members.starts.size - 1)
        of_all = [each.programmes for each in reasons if each.rows.size == everybody.size]
        rights, amounts = self.rules.changed(self.month, month)
        dated = rights.union(*of_all)
        parts = [Reason(dated, everybody)]
        some = (
            [*reasons, Reason(amounts, self.held.holders(amounts - dated))] if amounts else reasons
        )
        parts += self._apart([Reason(each.programmes - dated, each.rows) for each in some], month)
        self.month = month
        return _joined([self._taken(each, month, members) for each in parts if each.programmes])

    def _apart(self, reasons: Sequence[Reason], month: Month) -> list[Reason]:
        """Give each household once: to its reason, or to all reasons together.

        A reason keeps its own list of lines where that is short; whoever has a longer one, or
        several, is judged by what all touch.
        """
        together = frozenset[int]().union(*(each.programmes for each in reasons))
        limit = _SHORT * len(self.rules.lines(together, month).table) if together else 0
        number = np.zeros(self.held.held.first.size, np.uint8)
        kinds: dict[frozenset[int], int] = {}
        for each in reasons:
            if each.programmes and each.rows.size:
                short = len(self.rules.lines(each.programmes, month).table) < limit
                place = kinds.setdefault(each.programmes, len(kinds) + 1) if short else _SEVERAL
                _number(number, each.rows, min(place, _SEVERAL))
        rows = np.flatnonzero(number)
        numbers = number[rows]
        rows = rows[np.argsort(numbers, kind="stable")]
        ends = np.cumsum(np.bincount(numbers, minlength=_SEVERAL + 1))
        found = [
            Reason(programmes, rows[ends[place - 1] : ends[place]])
            for programmes, place in kinds.items()
            if place < _SEVERAL
        ]
        return [Reason(together, rows[ends[_SEVERAL - 1] :]), *found]

    def _taken(self, part: Reason, month: Month, members: Members) -> RightsChange:
        if part.rows.size == 0:
            return RightsChange.none()
        found, late = self._differing(part.programmes, part.rows, month, members, self.held)
        if late.any():
            self.held.take(_chosen(found, late))
        return found

    def _differing(
        self,
        programmes: frozenset[int],
        rows: Rows,
        month: Month,
        members: Members,
        before: HeldRights,
    ) -> tuple[RightsChange, NDArray[np.bool_]]:
        """Give the differences from what was held, and which of them are not held yet."""
        lines: Lines = self.rules.lines(programmes, month)
        where = located([self.column(space, name) for space, name in lines.columns])
        touched = np.zeros(self.programmes_n, np.bool_)
        touched[list(programmes)] = True
        held = before.held

        def part(bounds: tuple[int, int]) -> tuple[NDArray[Any], ...]:
            rows_n = rows_at_once(members.most, bounds[1] - bounds[0])
            room = chunk_of(rows_n), registers_of(lines, rows_n), marks_of(lines, rows_n)
            given = (lines.table, where, members, rows, bounds)
            found: tuple[NDArray[Any], ...] = follow(*given, *room, touched, held)
            return found

        *columns, late = map(_end_to_end, zip(*in_pieces(part, rows.size), strict=True))
        return RightsChange(*columns), late


def _end_to_end(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def _others(change: RightsChange) -> tuple[NDArray[Any], ...]:
    return change.programme, change.kind, change.amount_krw_m


def _chosen(change: RightsChange, which: NDArray[Any]) -> RightsChange:
    return RightsChange(*(column[which] for column in vars(change).values()))


@njit(cache=True)
def _reaching(birth_month, here, home, month, kinds):  # type: ignore[no-untyped-def]
    """Give the kind of birthday and the household of each person who has one that matters."""
    found, rows = np.empty(birth_month.size, np.uint8), np.empty(birth_month.size, np.int64)
    n = 0
    for p in range(birth_month.size):
        age = month - birth_month[p]
        if 0 <= age < kinds.size and kinds[age] != 0 and here[p]:
            found[n], rows[n] = kinds[age], home[p]
            n += 1
    return found[:n].copy(), rows[:n].copy()


@njit(cache=True)
def _number(number, rows, place):  # type: ignore[no-untyped-def]
    """Give households the number of their reason, or that of having several."""
    for k in range(rows.size):
        if number[rows[k]] == 0:
            number[rows[k]] = place
        elif number[rows[k]] != place:
            number[rows[k]] = _SEVERAL


def _joined(parts: Sequence[RightsChange]) -> RightsChange:
    """Put changes of different households or programmes together in order."""
    parts = [each for each in parts if each.row.size]
    if not parts:
        return RightsChange.none()
    if len(parts) == 1:
        return parts[0]
    columns = [
        np.concatenate([getattr(each, name) for each in parts])
        for name in ("row", "programme", "kind", "amount_krw_m")
    ]
    order = np.argsort((columns[0] << 16) | columns[1], kind="stable")
    return _chosen(RightsChange(*columns), order)
