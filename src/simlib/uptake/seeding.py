"""Where households stand when the burn-in begins: each has lived alone with its rights.

Every right has an age, and its household is followed from the month in which it began, unaware
then (:mod:`simlib.uptake.past`, :mod:`simlib.uptake.alone`). Rights that rest on an event began
with it; the age of the others is drawn. A household has one luck for all, since rights tend to
begin together. What follows another benefit begins after that one is received. Rights younger
than the burn-in begin in the course of it.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, draw_pairs, draw_same
from simlib.loops import inner
from simlib.rights import RightsChange
from simlib.uptake.behaviour import compliance_burden, untold_prob
from simlib.uptake.cells import Cells
from simlib.uptake.columns import BLOCK, People, most_places
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.histories import (
    DRAWN,
    blank_histories,
    first_search,
    go_on,
    list_odds,
    list_searches,
    list_times,
)
from simlib.uptake.past import AgeColumns, Past, age_of
from simlib.uptake.programmes import Floats, ProgrammeColumns, Programmes
from simlib.uptake.rates import UptakeRates
from simlib.uptake.rooms import CHUNK
from simlib.uptake.searching import log_not
from simlib.uptake.states import NEVER, PENDING, RECEIVING, UNAWARE
from simlib.uptake.traits import Traits

FOLLOWED: Final = (1, 2)
"""Kinds of right to a benefit that another follows: first an own one, then one that follows."""


@dataclass(frozen=True)
class Beginnings:
    """Hold what decides when rights began.

    Attributes
    ----------
    past
        How old rights are.
    by_event
        Whether a programme's right rests on a job lost or an illness, (programmes,).
    event_step
        Step of the last such event of a household, ``NEVER`` if none lasts, (households,).
    oldest_months
        Rights are made no older than this.
    """

    past: Past
    by_event: NDArray[np.bool_]
    event_step: NDArray[np.int64]
    oldest_months: int


@dataclass(frozen=True)
class YoungRights:
    """Hold rights that begin in the course of the burn-in, and the step of each."""

    step: NDArray[np.int64]
    change: RightsChange

    @classmethod
    def none(cls) -> "YoungRights":
        """Let no right begin."""
        return cls(np.empty(0, np.int64), RightsChange.none())

    def of(self, step: int) -> RightsChange:
        """Give the rights that begin in a step, by household and programme."""
        return self.change.picked(self.step == step)


class _Begun(NamedTuple):
    """Hold what :class:`Beginnings` holds, for compiled loops."""

    by_event: NDArray[np.bool_]
    event_step: NDArray[np.int64]
    oldest_months: int


class _Asked(NamedTuple):
    """Hold what a claim asks for before any instrument, and chances, (programmes,).

    For these see :class:`~simlib.uptake.alone.Chances`; ``returns`` is that of all programmes.
    """

    burden: Floats
    days: Floats
    renewal_months: Floats
    untold: Floats
    untold_beside: Floats
    breaks: Floats
    returns: float

    @classmethod
    def of(
        cls, programmes: Programmes, columns: ProgrammeColumns, rates: UptakeRates, past: Past
    ) -> "_Asked":
        claim = programmes.documents, programmes.trips, programmes.processing_days
        near = past.receiving_share.tolist()
        alone, beside = (
            np.array([untold_prob(rates.awareness, each, other) for each in near])
            for other in (0.0, 1.0)
        )
        return cls(
            compliance_burden(rates.burden, *claim),
            programmes.processing_days,
            programmes.renewal_months,
            alone,
            beside,
            np.array([log_not(each) for each in columns.break_prob_m.tolist()]),
            log_not(rates.renewal.return_prob_m),
        )


def seed_states(
    state: FunnelState,
    programmes: Programmes,
    columns: ProgrammeColumns,
    rates: UptakeRates,
    traits: Traits,
    beginnings: Beginnings,
    draws: Draws,
    first_step: int,
) -> YoungRights:
    """Put every household where living alone with its rights has brought it.

    Parameters
    ----------
    state
        The funnel's columns, everybody unaware; changed in place.
    programmes, columns, rates, traits
        The catalogue, the decision model and the households.
    beginnings
        When rights began.
    draws
        Luck.
    first_step
        Step in which the burn-in begins, 0 or less.

    Returns
    -------
    YoungRights
        The rights that are younger; their cells are without them for now.
    """
    past, cells = beginnings.past, state.cells
    begins = np.empty(cells.record.size, np.int16)
    young_n = np.zeros(-(-cells.households_n // CHUNK) + 1, np.int64)
    state.may_wait[:] = False
    _seed_all(
        *rates,
        draws.key,
        np.uint64(decision_code("uptake.right_age")),
        np.uint64(decision_code("uptake.seed_history")),
        columns,
        _Asked.of(programmes, columns, rates, past),
        People(*(getattr(traits, name) for name in People._fields)),
        AgeColumns.of(past),
        _Begun(
            beginnings.by_event,
            beginnings.event_step,
            beginnings.oldest_months,
        ),
        cells.columns,
        state.receiving,
        state.paid_krw_m,
        state.may_wait,
        first_step,
        begins,
        young_n[1:],
    )
    return YoungRights(*_taken_out(cells, begins, np.cumsum(young_n), first_step))


def _taken_out(
    cells: Cells, begins: NDArray[np.int16], ends: NDArray[np.int64], first_step: int
) -> tuple[NDArray[np.int64], RightsChange]:
    """Take rights out of their cells that begin later; give their steps, and the rights."""
    n = int(ends[-1])
    step, row = np.empty(n, np.int64), np.empty(n, np.int64)
    programme, kind = np.empty(n, np.uint16), np.empty(n, np.uint8)
    amount_krw_m = np.empty(n, np.float32)
    taken = step, row, programme, kind, amount_krw_m
    _take_all(cells.columns, begins, ends, first_step, taken)
    return step, RightsChange(row, programme, kind, amount_krw_m)


@inner
def _take(cells, begins, n, begin, end, first_step, taken):  # type: ignore[no-untyped-def]
    """Take the rights out of the cells of households up to an end that begin later."""
    step, row, programme, kind, amount_krw_m = taken
    for i in range(begin, end):
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            if begins[k] >= first_step:
                cell = cells.record[k]
                step[n], row[n], programme[n] = begins[k], i, cell.programme
                kind[n], amount_krw_m[n] = cell.right, cell.amount_krw_m
                cell.right, cell.amount_krw_m = 0, 0.0
                n += 1


@njit(cache=True, parallel=True)
def _take_all(cells, begins, ends, first_step, taken):  # type: ignore[no-untyped-def]
    households_n = cells.first.size
    for chunk in prange(ends.size - 1):
        begin, end = chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)
        _take(cells, begins, ends[chunk], begin, end, first_step, taken)


@inner
def _date(ages, begun, cells, i, luck, begins):  # type: ignore[no-untyped-def]
    """Give each right of a household the step in which it began."""
    oldest, log_luck = begun.oldest_months, math.log(luck)
    event_step = begun.event_step[i]
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        p = np.int64(cells.record[k].programme)
        if begun.by_event[p] and event_step != NEVER:
            begins[k] = max(event_step, -oldest)
        else:
            begins[k] = -age_of(ages, p, luck, log_luck, oldest)


@inner
def _list(begun, ages, month_of, cells, luck, begin, end, begins, some, ends):  # type: ignore[no-untyped-def]
    """Date the rights of some households and list the old ones; give how many, and the others."""
    _, _, _, columns, _, people, never, _ = month_of
    n, young_n = 0, 0
    for i in range(begin, end):
        _date(ages, begun, cells, i, luck[i - begin], begins)
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            p = np.int64(cells.record[k].programme)
            some.row[n], some.place[n], some.programme[n] = i, k, p
            some.begin[n], some.ident[n], some.code[n] = begins[k], people.ids[i], columns.code[p]
            n += begins[k] < never
            young_n += begins[k] >= never
        ends[i - begin] = n
    return n, young_n


@inner
def _settle(cells, received, some, j, state, since):  # type: ignore[no-untyped-def]
    """Write where a household stands into its cell."""
    i, p, cell = some.row[j], some.programme[j], cells.record[some.place[j]]
    receiving, paid_krw_m, may_wait = received
    cell.state, cell.since = state, since
    may_wait[i] |= state == PENDING
    if state == RECEIVING:
        paid_krw_m[i] += cell.amount_krw_m
        receiving[i, p >> 6] |= np.uint64(1) << np.uint64(p & 63)


@inner
def _first_receipt(month_of, cells, some, begin, end):  # type: ignore[no-untyped-def]
    """Live rights as if there were no others, each to the first receipt of any so far; give it."""
    _, _, _, _, _, _, never, _ = month_of
    earliest, at = never, -1
    for j in range(begin, end):
        if cells.record[some.place[j]].right == 1 and some.begin[j] + some.searched[j] < earliest:
            stands = first_search(month_of, some, j, some.begin[j], earliest, False)
            state, since, n = go_on(month_of, some, j, stands, earliest, never, True)
            some.state[j], some.since[j], some.drawn[j] = state, since, n
            if state == RECEIVING:
                earliest, at = since, j
    return earliest, at


@inner
def _seed_beside(month_of, some, j, earliest):  # type: ignore[no-untyped-def]
    """Live with a right from its beginning on, beside another receipt from a step on."""
    _, _, _, _, _, _, never, _ = month_of
    begin = some.begin[j]
    stands = np.int64(UNAWARE), begin, begin, np.int64(0)
    if begin < earliest:
        stands = first_search(month_of, some, j, begin, earliest, False)
    return go_on(month_of, some, j, stands, never, earliest, False)


@inner
def _seed_own(month_of, cells, received, some, begin, end):  # type: ignore[no-untyped-def]
    """Seed what a household has in its own right; each is heard of sooner beside another."""
    _, _, _, _, _, _, never, _ = month_of
    earliest, at = _first_receipt(month_of, cells, some, begin, end)
    second = never
    for j in range(begin, end):
        if cells.record[some.place[j]].right == 1 and j != at:
            if at >= 0:
                state, since, _ = _seed_beside(month_of, some, j, earliest)
                if state == RECEIVING:
                    second = min(second, since)
            elif some.begin[j] + some.searched[j] < never:
                state, since = some.state[j], some.since[j]
            else:
                state, since, _, _ = first_search(month_of, some, j, some.begin[j], never, False)
            _settle(cells, received, some, j, state, since)
    if at >= 0:
        stands = np.int64(RECEIVING), earliest, earliest, some.drawn[at]
        state, since, _ = go_on(month_of, some, at, stands, never, second, False)
        _settle(cells, received, some, at, state, since)


@inner
def _seed_following(month_of, cells, received, some, begin, end, parent_kind):  # type: ignore[no-untyped-def]
    """Seed what follows a benefit that the household receives, from the month after its award."""
    _, _, _, columns, _, _, never, _ = month_of
    parents_n = _list_parents(cells, some, begin, end, parent_kind)
    for j in range(begin, end if parents_n > 0 else begin):
        cell = cells.record[some.place[j]]
        if cell.right == 2 and cell.state == UNAWARE:
            p = some.programme[j]
            since = _received_since(cells, columns.follows, some, parents_n, p, never)
            if since < never:
                first = max(some.begin[j], since + 1)
                stands = np.int64(UNAWARE), first, first, np.int64(0)
                if first < never:
                    stands = first_search(month_of, some, j, first, never, True)
                state, since, _ = go_on(month_of, some, j, stands, never, first, False)
                _settle(cells, received, some, j, state, since)
                some.parents[parents_n] = j
                parents_n += (state == RECEIVING) & (parent_kind == 2)


@inner
def _list_parents(cells, some, begin, end, kind):  # type: ignore[no-untyped-def]
    """List what a household receives of a kind of right; give how many."""
    n = 0
    for j in range(begin, end):
        cell = cells.record[some.place[j]]
        some.parents[n] = j
        n += (cell.state == RECEIVING) & (cell.right == kind)
    return n


@inner
def _received_since(cells, follows, some, parents_n, programme, never):  # type: ignore[no-untyped-def]
    """Give the step since when a household receives what a programme follows, if it does."""
    since = never
    for k in range(parents_n):
        j = some.parents[k]
        p = some.programme[j]
        if (follows[programme, p >> 6] >> np.uint64(p & 63)) & np.uint64(1):
            since = min(since, np.int64(cells.record[some.place[j]].since))
    return since


@inner
def _seed_some(month_of, cells, received, some, ends, households_n):  # type: ignore[no-untyped-def]
    """Seed the households of a block, whose old rights are listed."""
    begin = 0
    for h in range(households_n):
        end = ends[h]
        if end > begin:
            _seed_own(month_of, cells, received, some, begin, end)
            for parent_kind in FOLLOWED:
                _seed_following(month_of, cells, received, some, begin, end, parent_kind)
        begin = end


@njit(cache=True, parallel=True)
def _seed_all(  # type: ignore[no-untyped-def]
    awareness, application, completion, renewal, burden, pause, several,
    key, age, history, columns, asked, people, ages, begun, cells, receiving, paid_krw_m,
    may_wait, first_step, begins, young_n,
):  # fmt: skip
    households_n, step = cells.first.size, 0 if several > 0.0 else 1
    zeros = np.zeros(BLOCK, np.int64)
    for chunk in prange(young_n.size):
        first, last = chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        month_of = (rates, key, history, columns, asked, people, first_step, step)
        received, luck = (receiving, paid_krw_m, may_wait), np.empty(BLOCK)
        some, ends = blank_histories(most_places(cells, first, last) + 1), np.empty(BLOCK, np.int64)
        for begin in range(first, last, BLOCK):
            end = min(last, begin + BLOCK)
            draw_same(key, age, people.ids[begin:end], 0, zeros, luck, end - begin)
            n, young = _list(begun, ages, month_of, cells, luck, begin, end, begins, some, ends)
            young_n[chunk] += young
            for k in range(DRAWN):
                given = some.ident, k, some.code
                draw_pairs(key, history, *given, some.first[k], some.second[k], n)
            list_odds(month_of, some, cells, n)
            list_searches(step, awareness.forget_prob_m, some, some.slow, some.fast, n)
            list_times(step, some, n)
            _seed_some(month_of, cells, received, some, ends, end - begin)
