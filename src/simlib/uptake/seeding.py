"""Where households stand when the burn-in begins: each has lived alone with its rights.

Every right has an age (:mod:`simlib.uptake.beginnings`), and its household is followed from the
month in which it began, unaware then (:mod:`simlib.uptake.alone`). What follows another benefit
begins after that one is received. Rights younger than the burn-in begin in the course of it.
"""

from typing import Final

import numpy as np
from numba import njit, prange

from simlib.draws import Draws, decision_code, draw_pairs, draw_same
from simlib.loops import inner
from simlib.right_kinds import FOLLOWING, OWN
from simlib.uptake.beginnings import Beginnings, YoungRights, date_rights
from simlib.uptake.columns import BLOCK, People, most_places
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.histories import (
    DRAWN,
    Alone,
    Asked,
    blank_histories,
    first_search,
    go_on,
    list_odds,
    list_searches,
    list_times,
)
from simlib.uptake.past import AgeColumns, Past
from simlib.uptake.programmes import ProgrammeColumns, Programmes
from simlib.uptake.rates import UptakeRates
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import PENDING, RECEIVING, UNAWARE
from simlib.uptake.traits import Traits

FOLLOWED: Final = (OWN, FOLLOWING)
"""Kinds of right to a benefit that another follows, in the order in which they are received."""


def seed_states(
    state: FunnelState,
    programmes: Programmes,
    columns: ProgrammeColumns,
    rates: UptakeRates,
    traits: Traits,
    past: Past,
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
    past, beginnings
        How old rights are, and when they began.
    draws
        Luck.
    first_step
        Step in which the burn-in begins, 0 or less.

    Returns
    -------
    YoungRights
        The rights that are younger; their cells are without them for now.
    """
    cells = state.cells
    begins = np.empty(cells.record.size, np.int16)
    young_n = np.zeros(-(-cells.households_n // CHUNK), np.int64)
    state.may_wait[:] = False
    _seed_all(
        *rates,
        draws.key,
        np.uint64(decision_code("uptake.right_age")),
        np.uint64(decision_code("uptake.seed_history")),
        columns,
        Asked.of(programmes, columns, rates, past),
        People(*(getattr(traits, name) for name in People._fields)),
        AgeColumns.of(past),
        beginnings,
        cells.columns,
        state.receiving,
        state.paid_krw_m,
        state.may_wait,
        first_step,
        begins,
        young_n,
    )
    return YoungRights.taken_from(cells, begins, young_n, first_step)


@inner
def _list(beginnings, ages, alone, cells, luck, begin, end, begins, some, ends):  # type: ignore[no-untyped-def]
    """Date the rights of some households and list the old ones; give how many, and the others."""
    ids, codes, first_step = alone.people.ids, alone.programmes.code, alone.end_step
    n, young_n = 0, 0
    for i in range(begin, end):
        date_rights(ages, beginnings, cells, i, luck[i - begin], begins)
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            p = np.int64(cells.record[k].programme)
            some.row[n], some.place[n], some.programme[n] = i, k, p
            some.begin[n], some.ident[n], some.code[n] = begins[k], ids[i], codes[p]
            n += begins[k] < first_step
            young_n += begins[k] >= first_step
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
def _first_receipt(alone, cells, some, begin, end):  # type: ignore[no-untyped-def]
    """Live rights as if there were no others, each to the first receipt of any so far; give it."""
    earliest, at = alone.end_step, -1
    for j in range(begin, end):
        if cells.record[some.place[j]].right == OWN and some.begin[j] + some.searched[j] < earliest:
            stands = first_search(alone, some, j, some.begin[j], earliest, False)
            state, since, n = go_on(alone, some, j, stands, earliest, alone.end_step, True)
            some.state[j], some.since[j], some.drawn[j] = state, since, n
            if state == RECEIVING:
                earliest, at = since, j
    return earliest, at


@inner
def _seed_beside(alone, some, j, earliest):  # type: ignore[no-untyped-def]
    """Live with a right from its beginning on, beside another receipt from a step on."""
    begin = some.begin[j]
    stands = np.int64(UNAWARE), begin, begin, np.int64(0)
    if begin < earliest:
        stands = first_search(alone, some, j, begin, earliest, False)
    return go_on(alone, some, j, stands, alone.end_step, earliest, False)


@inner
def _seed_own(alone, cells, received, some, begin, end):  # type: ignore[no-untyped-def]
    """Seed what a household has in its own right; each is heard of sooner beside another."""
    end_step = alone.end_step
    earliest, at = _first_receipt(alone, cells, some, begin, end)
    second = end_step
    for j in range(begin, end):
        if cells.record[some.place[j]].right == OWN and j != at:
            if at >= 0:
                state, since, _ = _seed_beside(alone, some, j, earliest)
                if state == RECEIVING:
                    second = min(second, since)
            elif some.begin[j] + some.searched[j] < end_step:
                state, since = some.state[j], some.since[j]
            else:
                state, since, _, _ = first_search(alone, some, j, some.begin[j], end_step, False)
            _settle(cells, received, some, j, state, since)
    if at >= 0:
        stands = np.int64(RECEIVING), earliest, earliest, some.drawn[at]
        state, since, _ = go_on(alone, some, at, stands, end_step, second, False)
        _settle(cells, received, some, at, state, since)


@inner
def _seed_following(alone, cells, received, some, begin, end, parent_kind):  # type: ignore[no-untyped-def]
    """Seed what follows a benefit that the household receives, from the month after its award."""
    end_step, follows = alone.end_step, alone.programmes.follows
    parents_n = _list_parents(cells, some, begin, end, parent_kind)
    for j in range(begin, end if parents_n > 0 else begin):
        cell = cells.record[some.place[j]]
        if cell.right == FOLLOWING and cell.state == UNAWARE:
            p = some.programme[j]
            since = _received_since(cells, follows, some, parents_n, p, end_step)
            if since < end_step:
                first = max(some.begin[j], since + 1)
                stands = np.int64(UNAWARE), first, first, np.int64(0)
                if first < end_step:
                    stands = first_search(alone, some, j, first, end_step, True)
                state, since, _ = go_on(alone, some, j, stands, end_step, first, False)
                _settle(cells, received, some, j, state, since)
                some.parents[parents_n] = j
                parents_n += (state == RECEIVING) & (parent_kind == FOLLOWING)


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
def _received_since(cells, follows, some, parents_n, programme, end_step):  # type: ignore[no-untyped-def]
    """Give the step since when a household receives what a programme follows, if it does."""
    since = end_step
    for k in range(parents_n):
        j = some.parents[k]
        p = some.programme[j]
        if (follows[programme, p >> 6] >> np.uint64(p & 63)) & np.uint64(1):
            since = min(since, np.int64(cells.record[some.place[j]].since))
    return since


@inner
def _seed_some(alone, cells, received, some, ends, households_n):  # type: ignore[no-untyped-def]
    """Seed the households of a block, whose old rights are listed."""
    begin = 0
    for h in range(households_n):
        end = ends[h]
        if end > begin:
            _seed_own(alone, cells, received, some, begin, end)
            for parent_kind in FOLLOWED:
                _seed_following(alone, cells, received, some, begin, end, parent_kind)
        begin = end


@njit(cache=True, parallel=True)
def _seed_all(  # type: ignore[no-untyped-def]
    awareness, application, completion, renewal, burden, pause, several,
    key, age, history, programmes, asked, people, ages, beginnings, cells, receiving, paid_krw_m,
    may_wait, first_step, begins, young_n,
):  # fmt: skip
    households_n, gap_months = cells.first.size, 0 if several > 0.0 else 1
    zeros = np.zeros(BLOCK, np.int64)
    for chunk in prange(young_n.size):
        first, last = chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        alone = Alone(rates, key, history, programmes, asked, people, first_step, gap_months)
        received, luck = (receiving, paid_krw_m, may_wait), np.empty(BLOCK)
        some, ends = blank_histories(most_places(cells, first, last) + 1), np.empty(BLOCK, np.int64)
        for begin in range(first, last, BLOCK):
            end = min(last, begin + BLOCK)
            draw_same(key, age, people.ids[begin:end], 0, zeros, luck, end - begin)
            n, young = _list(beginnings, ages, alone, cells, luck, begin, end, begins, some, ends)
            young_n[chunk] += young
            for k in range(DRAWN):
                given = some.ident, k, some.code
                draw_pairs(key, history, *given, some.first[k], some.second[k], n)
            list_odds(alone, some, cells, n)
            list_searches(gap_months, awareness.forget_prob_m, some, some.slow, some.fast, n)
            list_times(gap_months, some, n)
            _seed_some(alone, cells, received, some, ends, end - begin)
