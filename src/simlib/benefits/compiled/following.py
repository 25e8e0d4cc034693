"""Rights followed from month to month: only what a change can touch is worked out again."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.ascending import once
from simlib.benefits.catalogue import Catalogue
from simlib.benefits.compiled.assembly import Lines
from simlib.benefits.compiled.differences import AMOUNTS, RIGHTS
from simlib.benefits.compiled.held import HeldRights, rights_of
from simlib.benefits.compiled.machine import Columns, Members, follow
from simlib.benefits.compiled.room import chunk_of, marks_of, registers_of, rows_at_once
from simlib.benefits.compiled.rulebook import Rulebook
from simlib.benefits.compiled.run import Place, located, place_of
from simlib.benefits.compiled.threads import in_pieces
from simlib.loops import inner
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.rights import Rights, RightsChange
from simlib.row_sets import RowSet

Rows = NDArray[np.int64]
_LONG = 0.1
"""Share of all changes from which on a list of some is merged and not sorted with others."""
_SHORT = 0.5
"""Share of the steps of all reasons below which a reason keeps its own."""


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
        self._located: dict[tuple[int, str], Place] = {}

    def rights(self, rows: Rows, month: Month, members: Members) -> Rights:
        """Work the rights of some households out, whatever was held before.

        Raises
        ------
        NotCompiledError
            If the machine has no steps for a rule.
        """
        nothing = HeldRights(members.starts.size - 1)
        self._located = {}
        lines = self.rules.lines(self.everything, month)
        found, _ = self._differing(Reason(self.everything, rows), lines, members, nothing)
        if rows.size < members.starts.size - 1:
            found = RightsChange(np.searchsorted(rows, found.row), *_others(found))
        return rights_of(found, rows.size, self.programmes_n)

    @property
    def programmes_n(self) -> int:
        """Give the number of programmes."""
        return len(self.everything)

    def birthdays(
        self,
        born_in: Callable[[Month], Rows],
        here: NDArray[np.bool_],
        home: Rows,
        month: Month,
    ) -> list[Reason]:
        """Find the households in which a member reaches an age that some rule asks about.

        Parameters
        ----------
        born_in
            Gives the persons born in a month.
        here, home
            Whether a person still lives in the household, and its row, (persons,).
        month
            The month.
        """
        kinds, touched = self.rules.kinds(None, month)
        rows: list[list[Rows]] = [[] for _ in touched]
        for age in np.flatnonzero(kinds).tolist():
            persons = born_in(month - age)
            rows[kinds[age] - 1].append(home[persons[here[persons]]])
        return [
            Reason(programmes, np.concatenate(parts))
            for programmes, parts in zip(touched, rows, strict=True)
        ]

    def turning(
        self, fact: str, values: NDArray[np.int64], rows: Rows, month: Month
    ) -> list[Reason]:
        """Find the households in which a fact reaches a value that some rule asks about.

        Parameters
        ----------
        fact
            A fact of persons that goes up by one a month.
        values, rows
            Persons' values now, and the rows of their households, (persons,).
        month
            The month.
        """
        kinds, touched = self.rules.kinds(fact, month)
        found = kinds[np.minimum(values, kinds.size - 1)]
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
        households_n = members.starts.size - 1
        of_all = [each.programmes for each in reasons if each.rows.size == households_n]
        rights, amounts = self.rules.changed(self.month, month)
        dated = rights.union(*of_all)
        parts = self._apart([Reason(each.programmes - dated, each.rows) for each in reasons], month)
        self.month, self._located = month, {}
        found = []
        for part in parts:
            lines = self.rules.lines(part.programmes, month)
            found.append(self._taken(part, lines, members))
        if dated:
            lines = self.rules.lines_of_dated(dated, month)
            everybody = Reason(dated, np.arange(households_n))
            found.append(self._taken(everybody, lines, members))
        for some, lines in self.rules.lines_of_amounts(amounts - dated, month):
            holders = Reason(some, self.held.holders(some))
            found.append(self._taken(holders, lines, members, AMOUNTS))
        return _joined(found)

    def _apart(self, reasons: Sequence[Reason], month: Month) -> list[Reason]:
        """Give the households of reasons that touch much together, the others by reason."""
        reasons = [each for each in reasons if each.programmes and each.rows.size]
        together = frozenset[int]().union(*(each.programmes for each in reasons))
        limit = _SHORT * self.rules.steps_n(together, month)
        among = RowSet(self.held.held.first.size)
        kinds: dict[frozenset[int], list[Rows]] = {}
        for each in reasons:
            if self.rules.steps_n(each.programmes, month) < limit:
                kinds.setdefault(each.programmes, []).append(each.rows)
            else:
                among.add([each.rows])
        found = [Reason(together, among.rows())]
        for programmes, parts in kinds.items():
            rows = np.concatenate(parts)
            found.append(Reason(programmes, once(among.without(rows))))
        return found

    def _taken(
        self,
        part: Reason,
        lines: Lines,
        members: Members,
        what: int = RIGHTS,
    ) -> RightsChange:
        """Work a part out, hold what differs, and give it."""
        if part.rows.size == 0:
            return RightsChange.none()
        found, late = self._differing(part, lines, members, self.held, what)
        if late.any():
            self.held.take(_chosen(found, late))
        self.held.note(found)
        return found

    def _differing(
        self, part: Reason, lines: Lines, members: Members, before: HeldRights, what: int = RIGHTS
    ) -> tuple[RightsChange, NDArray[np.bool_]]:
        """Give the differences from what was held, and which of them are not held yet."""
        where = self._where(lines, before)
        touched = np.zeros(self.programmes_n, np.uint8)
        touched[list(part.programmes)] = what

        def piece(bounds: tuple[int, int]) -> tuple[NDArray[Any], ...]:
            rows_n = rows_at_once(members.most, bounds[1] - bounds[0])
            room = chunk_of(rows_n), registers_of(lines, rows_n), marks_of(lines, rows_n)
            given = (lines.table, where, members, part.rows, bounds)
            found: tuple[NDArray[Any], ...] = follow(*given, *room, touched, before.held)
            return found

        *columns, late = map(_end_to_end, zip(*in_pieces(piece, part.rows.size), strict=True))
        return RightsChange(*columns), late

    def _where(self, lines: Lines, before: HeldRights) -> Columns:
        """Say where the columns of lines are; each is looked for once a month."""
        for key in lines.columns:
            if key not in self._located:
                self._located[key] = place_of(self.column(*key))
        return located([self._located[key] for key in lines.columns], before.addresses)


def _end_to_end(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def _others(change: RightsChange) -> tuple[NDArray[Any], ...]:
    return change.programme, change.kind, change.amount_krw_m


def _chosen(change: RightsChange, which: NDArray[Any]) -> RightsChange:
    at = np.flatnonzero(which)
    return RightsChange(*(column[at] for column in vars(change).values()))


def _joined(parts: Sequence[RightsChange]) -> RightsChange:
    """Put changes of different households or programmes together in order.

    Many short lists are sorted together; each long one is merged with what there is so far.
    """
    parts = sorted((each for each in parts if each.row.size), key=lambda each: each.row.size)
    if not parts:
        return RightsChange.none()
    short = _LONG * sum(each.row.size for each in parts)
    shorter = [each for each in parts[:-1] if each.row.size < short]
    columns = _sorted(shorter) if shorter else _columns(RightsChange.none())
    for each in parts[len(shorter) :]:
        columns = _merged(columns, _columns(each)) if columns[0].size else _columns(each)
    return RightsChange(*columns)


def _sorted(parts: Sequence[RightsChange]) -> tuple[NDArray[Any], ...]:
    columns = tuple(map(np.concatenate, zip(*map(_columns, parts), strict=True)))
    order = np.argsort((columns[0] << 16) | columns[1], kind="stable")
    return tuple(each[order] for each in columns)


def _columns(change: RightsChange) -> tuple[NDArray[Any], ...]:
    return tuple(vars(change).values())


@njit(cache=True)
def _merged(first, second):  # type: ignore[no-untyped-def]
    """Put two lists of changes together that are in order of row and programme."""
    n = first[0].size + second[0].size
    row, programme = np.empty(n, np.int64), np.empty(n, np.uint16)
    kind, amount = np.empty(n, np.uint8), np.empty(n, np.float32)
    _merge(first, second, (row, programme, kind, amount))
    return row, programme, kind, amount


@inner
def _merge(first, second, out):  # type: ignore[no-untyped-def]
    a, n = 0, first[0].size
    for b in range(second[0].size):
        before = (second[0][b] << 16) | second[1][b]
        while a < n and (first[0][a] << 16) | first[1][a] < before:
            _copy(first, a, out, a + b)
            a += 1
        _copy(second, b, out, a + b)
    for rest in range(a, n):
        _copy(first, rest, out, rest + second[0].size)


@inner
def _copy(given, at, out, to):  # type: ignore[no-untyped-def]
    out[0][to], out[1][to] = given[0][at], given[1][at]
    out[2][to], out[3][to] = given[2][at], given[3][at]
