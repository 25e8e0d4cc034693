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

from simlib.draws import Draws, decision_code, uniform_at
from simlib.loops import inner
from simlib.rights import RightsChange
from simlib.uptake.alone import chances_of, live_alone, times_of
from simlib.uptake.behaviour import compliance_burden, untold_prob
from simlib.uptake.columns import People
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.past import AgeColumns, Past, age_of
from simlib.uptake.programmes import Floats, ProgrammeColumns, Programmes
from simlib.uptake.rates import UptakeRates
from simlib.uptake.rooms import CHUNK
from simlib.uptake.searching import log_not
from simlib.uptake.states import AWARE, NEVER, PENDING, RECEIVING, UNAWARE
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
    past, begins = beginnings.past, np.zeros(state.cells.record.size, np.int16)
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
        state.cells.columns,
        state.receiving,
        state.paid_krw_m,
        state.may_wait,
        first_step,
        begins,
    )
    return _take_out(state, begins, np.flatnonzero(begins >= first_step))


def _take_out(
    state: FunnelState, begins: NDArray[np.int16], places: NDArray[np.int64]
) -> YoungRights:
    """Take rights out of their cells that begin later."""
    cells = state.cells
    places = places[cells.right[places] != 0]
    change = RightsChange(
        np.searchsorted(cells.first, places, side="right") - 1,
        cells.programme[places],
        cells.right[places],
        cells.amount_krw_m[places],
    )
    cells.right[places] = 0
    cells.amount_krw_m[places] = 0.0
    return YoungRights(begins[places].astype(np.int64), change)


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
def _live(month_of, i, cell, stands, end, beside_from, first_receipt):  # type: ignore[no-untyped-def]
    """Let a household live alone with one of its rights; as :func:`live_alone` gives it."""
    rates, key, history, columns, asked, people, _ = month_of
    p, (state, since, n) = np.int64(cell.programme), stands
    chances = chances_of(
        rates,
        columns.offset[p],
        columns.ease[p],
        columns.visibility[p],
        columns.mean_krw_m[p],
        asked.breaks[p],
        asked.returns,
        asked.burden[p],
        (asked.untold[p], asked.untold_beside[p]),
        people.need[i],
        people.friction[i],
        people.stigma[i],
        cell.amount_krw_m,
    )
    times = times_of(rates, asked.days[p], asked.renewal_months[p])
    ident, code = people.ids[i], columns.code[p]
    return live_alone(
        chances, times, key, history, ident, code, state, since, n, end, beside_from, first_receipt
    )


@inner
def _settle(cell, received, i, state, since):  # type: ignore[no-untyped-def]
    """Write where a household stands into its cell."""
    p = np.int64(cell.programme)
    receiving, paid_krw_m, may_wait = received
    cell.state, cell.since = state, since
    may_wait[i] |= state == PENDING
    if state == RECEIVING:
        paid_krw_m[i] += cell.amount_krw_m
        receiving[i, p >> 6] |= np.uint64(1) << np.uint64(p & 63)


@inner
def _first_receipt(month_of, cells, i, begins, drawn):  # type: ignore[no-untyped-def]
    """Live rights as if there were no others, each to the first receipt of any so far; give it."""
    _, _, _, _, _, _, never = month_of
    earliest, at = never, -1
    first, end = cells.first[i], cells.first[i] + cells.taken[i]
    for k in range(first, end):
        cell, begin = cells.record[k], np.int64(begins[k])
        if cell.right == 1 and begin < never:
            stands = np.int64(UNAWARE), begin, np.int64(0)
            state, since, n = _live(month_of, i, cell, stands, earliest, never, True)
            cell.state, cell.since, drawn[k - first] = state, since, n
            if state == RECEIVING:
                earliest, at = since, k
    return earliest, at


@inner
def _seed_own(month_of, cells, received, i, begins, drawn):  # type: ignore[no-untyped-def]
    """Seed what a household has in its own right; each is heard of sooner beside another."""
    _, _, _, _, _, _, never = month_of
    earliest, at = _first_receipt(month_of, cells, i, begins, drawn)
    second, first = never, cells.first[i]
    for k in range(first, first + cells.taken[i]):
        cell, begin = cells.record[k], np.int64(begins[k])
        if cell.right == 1 and begin < never and k != at:
            state, since = np.int64(cell.state), np.int64(cell.since)
            if at >= 0:
                stands = np.int64(UNAWARE), begin, np.int64(0)
                if since == earliest and state <= AWARE:
                    stands = state, since, drawn[k - first]
                state, since, _ = _live(month_of, i, cell, stands, never, earliest, False)
                if state == RECEIVING:
                    second = min(second, since)
            _settle(cell, received, i, state, since)
    if at >= 0:
        cell, stands = cells.record[at], (np.int64(RECEIVING), earliest, drawn[at - first])
        state, since, _ = _live(month_of, i, cell, stands, never, second, False)
        _settle(cell, received, i, state, since)


@inner
def _seed_following(month_of, cells, received, i, begins, parent_kind):  # type: ignore[no-untyped-def]
    """Seed what follows a benefit that the household receives, from the month after its award."""
    _, _, _, columns, _, _, never = month_of
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        if cell.right == 2 and begins[k] < never and cell.state == UNAWARE:
            since = _received_since(cells, columns.follows, i, cell.programme, parent_kind, never)
            if since < never:
                begin = max(np.int64(begins[k]), since + 1)
                stands = np.int64(UNAWARE), begin, np.int64(0)
                state, since, _ = _live(month_of, i, cell, stands, never, begin, False)
                _settle(cell, received, i, state, since)


@inner
def _received_since(cells, follows, i, programme, kind, never):  # type: ignore[no-untyped-def]
    """Give the step since when a household receives what a programme follows, if it does."""
    since = never
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        if cell.state == RECEIVING and cell.right == kind:
            p = np.int64(cell.programme)
            if (follows[programme, p >> 6] >> np.uint64(p & 63)) & np.uint64(1):
                since = min(since, np.int64(cell.since))
    return since


@inner
def _seed_some(month_of, ages, begun, age, cells, received, begins, drawn, begin, end):  # type: ignore[no-untyped-def]
    """Seed the households up to an end."""
    _, key, _, _, _, people, _ = month_of
    for i in range(begin, end):
        luck = uniform_at(key[0], key[1], age, people.ids[i], 0, 0)
        _date(ages, begun, cells, i, luck, begins)
        _seed_own(month_of, cells, received, i, begins, drawn)
        for parent_kind in FOLLOWED:
            _seed_following(month_of, cells, received, i, begins, parent_kind)


@njit(cache=True, parallel=True)
def _seed_all(  # type: ignore[no-untyped-def]
    awareness, application, completion, renewal, burden, pause, several,
    key, age, history, columns, asked, people, ages, begun, cells, receiving, paid_krw_m,
    may_wait, first_step, begins,
):  # fmt: skip
    households_n = cells.first.size
    for chunk in prange((households_n + CHUNK - 1) // CHUNK):
        begin, end = chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        month_of = (rates, key, history, columns, asked, people, first_step)
        drawn, received = np.empty(columns.code.size, np.int64), (receiving, paid_krw_m, may_wait)
        _seed_some(month_of, ages, begun, age, cells, received, begins, drawn, begin, end)
