"""Where households stand when the burn-in begins: each has lived alone with its rights.

Every right has an age, and its household is followed from the month in which it began, unaware
then (:mod:`simlib.uptake.past`, :mod:`simlib.uptake.alone`). Rights that rest on an event began
with it; the age of the others is drawn. A household has one luck for all, since rights tend to
begin together. What follows another benefit begins after that one is received. Rights younger
than the burn-in begin in the course of it.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.loops import inner
from simlib.rights import RightsChange
from simlib.uptake.alone import chances_of, live_alone, log_not, times_of
from simlib.uptake.behaviour import compliance_burden, untold_prob
from simlib.uptake.columns import People
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.past import Past, age_of
from simlib.uptake.programmes import Floats, ProgrammeColumns, Programmes
from simlib.uptake.rates import UptakeRates
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import NEVER, RECEIVING, UNAWARE
from simlib.uptake.traits import Traits

FOLLOWING: Final = 2
"""Benefits that follow one another in a row, at most."""


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


class _Ages(NamedTuple):
    """Hold what :class:`Beginnings` holds, for compiled loops."""

    older_share: Floats
    lasting_prob_m: Floats
    by_event: NDArray[np.bool_]
    event_step: NDArray[np.int64]


class _Asked(NamedTuple):
    """Hold what a claim asks for before any instrument, and log chances, (programmes,).

    For these see :class:`~simlib.uptake.alone.Chances`.
    """

    burden: Floats
    days: Floats
    renewal_months: Floats
    untold: Floats
    untold_beside: Floats
    breaks: Floats

    @classmethod
    def of(
        cls, programmes: Programmes, columns: ProgrammeColumns, rates: UptakeRates, past: Past
    ) -> "_Asked":
        claim = programmes.documents, programmes.trips, programmes.processing_days
        near = past.receiving_share.tolist()
        alone, beside = (
            np.log([untold_prob(rates.awareness, each, other) for each in near])
            for other in (0.0, 1.0)
        )
        return cls(
            compliance_burden(rates.burden, *claim),
            programmes.processing_days,
            programmes.renewal_months,
            alone,
            beside,
            np.array([log_not(each) for each in columns.break_prob_m.tolist()]),
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
    _seed_all(
        *rates,
        draws.key,
        np.uint64(decision_code("uptake.right_age")),
        np.uint64(decision_code("uptake.seed_history")),
        columns,
        _Asked.of(programmes, columns, rates, past),
        People(*(getattr(traits, name) for name in People._fields)),
        _Ages(past.older_share, past.lasting_prob_m, beginnings.by_event, beginnings.event_step),
        state.cells.columns,
        state.receiving,
        first_step,
        beginnings.oldest_months,
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
        cells.rows[places],
        cells.programme[places],
        cells.right[places],
        cells.amount_krw_m[places],
    )
    cells.right[places] = 0
    cells.amount_krw_m[places] = 0.0
    return YoungRights(begins[places].astype(np.int64), change)


@inner
def _began(ages, i, p, settled, oldest):  # type: ignore[no-untyped-def]
    """Give the step in which a household's right to a programme began."""
    if ages.by_event[p] and ages.event_step[i] != NEVER:
        return max(ages.event_step[i], -oldest)
    return -age_of(ages.older_share[p], ages.lasting_prob_m[p], settled, oldest)


@inner
def _live(month_of, i, cell, begin, beside_from):  # type: ignore[no-untyped-def]
    """Let a household live alone with one of its rights; as :func:`live_alone` gives it."""
    rates, key, history, columns, asked, people, first_step = month_of
    p = np.int64(cell.programme)
    chances = chances_of(
        rates,
        columns.offset[p],
        columns.ease[p],
        columns.visibility[p],
        columns.mean_krw_m[p],
        asked.breaks[p],
        asked.burden[p],
        (asked.untold[p], asked.untold_beside[p]),
        people.need[i],
        people.friction[i],
        people.stigma[i],
        cell.amount_krw_m,
    )
    times = times_of(rates, asked.days[p], asked.renewal_months[p])
    ident, code = people.ids[i], columns.code[p]
    return live_alone(chances, times, key, history, ident, code, begin, first_step, beside_from)


@inner
def _settle(cell, receiving, i, state, since):  # type: ignore[no-untyped-def]
    """Write where a household stands into its cell."""
    p = np.int64(cell.programme)
    cell.state, cell.since = state, since
    if state == RECEIVING:
        receiving[i, p >> 6] |= np.uint64(1) << np.uint64(p & 63)


@inner
def _seed_own(month_of, cells, receiving, i, begins, received):  # type: ignore[no-untyped-def]
    """Seed what a household has in its own right; each is heard of sooner beside another.

    All are lived as if there were no others first; then again those that had another beside.
    """
    _, _, _, _, _, _, never = month_of
    earliest, second = never, never
    first, end = cells.first[i], cells.first[i] + cells.taken[i]
    for k in range(first, end):
        cell, received[k - first] = cells.record[k], never
        if cell.right == 1 and begins[k] < never:
            state, since, got = _live(month_of, i, cell, begins[k], never)
            cell.state, cell.since, received[k - first] = state, since, got
            second = min(second, max(earliest, got))
            earliest = min(earliest, got)
    for k in range(first, end):
        cell, got = cells.record[k], received[k - first]
        if cell.right == 1 and begins[k] < never:
            beside_from = second if got == earliest else earliest
            state, since = np.int64(cell.state), np.int64(cell.since)
            untouched = state == RECEIVING and since == got and got <= beside_from
            if beside_from < never and not untouched:
                state, since, _ = _live(month_of, i, cell, begins[k], beside_from)
            _settle(cell, receiving, i, state, since)


@inner
def _seed_following(month_of, cells, receiving, i, begins):  # type: ignore[no-untyped-def]
    """Seed what follows a benefit that the household receives, from the month after its award."""
    _, _, _, columns, _, _, never = month_of
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        if cell.right != 2 or begins[k] >= never or cell.state != UNAWARE:
            continue
        since = _received_since(cells, columns.follows, i, np.int64(cell.programme), never)
        if since < never:
            begin = max(np.int64(begins[k]), since + 1)
            state, since, _ = _live(month_of, i, cell, begin, begin)
            _settle(cell, receiving, i, state, since)


@inner
def _received_since(cells, follows, i, programme, never):  # type: ignore[no-untyped-def]
    """Give the step since when a household receives what a programme follows, if it does."""
    since = never
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        p = np.int64(cell.programme)
        followed = (follows[programme, p >> 6] >> np.uint64(p & 63)) & np.uint64(1)
        if cell.state == RECEIVING and followed != np.uint64(0):
            since = min(since, np.int64(cell.since))
    return since


@inner
def _seed_some(month_of, ages, age, cells, receiving, oldest, begins, received, begin, end):  # type: ignore[no-untyped-def]
    """Seed the households up to an end."""
    _, key, _, _, _, people, _ = month_of
    for i in range(begin, end):
        settled = uniform_at(key[0], key[1], age, people.ids[i], 0, 0)
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            p = np.int64(cells.record[k].programme)
            begins[k] = _began(ages, i, p, settled, oldest)
        _seed_own(month_of, cells, receiving, i, begins, received)
        for _ in range(FOLLOWING):
            _seed_following(month_of, cells, receiving, i, begins)


@njit(cache=True, parallel=True)
def _seed_all(  # type: ignore[no-untyped-def]
    awareness, application, completion, renewal, burden, pause, several,
    key, age, history, columns, asked, people, ages, cells, receiving, first_step, oldest, begins,
):  # fmt: skip
    households_n = cells.first.size
    for chunk in prange((households_n + CHUNK - 1) // CHUNK):
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        month_of = (rates, key, history, columns, asked, people, first_step)
        received = np.empty(columns.code.size, np.int64)
        begin, end = chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)
        _seed_some(month_of, ages, age, cells, receiving, oldest, begins, received, begin, end)
