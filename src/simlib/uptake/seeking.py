"""How households come to a claim, over columns: aware, applying, complete.

Chunks of households run side by side. Within one, the cells in which something may happen are
listed by what is open: unaware, aware, and all others. The luck of a list is drawn together,
which is several times faster than one draw at a time. A draw above the largest chance settles
most (:mod:`simlib.uptake.ceilings`); the others go through :func:`~simlib.uptake.cell.seek`.
"""

import numpy as np
from numba import njit, prange

from simlib.draws import draw_same, uniform_at
from simlib.uptake.behaviour import awareness_logit, is_helped, months_since
from simlib.uptake.ceilings import (
    application_ceiling,
    benefit_ceiling,
    may_happen,
    may_hear,
    untold_floors,
)
from simlib.uptake.cell import NOTHING, forgets, open_before, seek
from simlib.uptake.columns import LISTED, PARTS, become, blank_list, has_any
from simlib.uptake.entitlement import has_bit, is_entitled, peers_share, receives_other
from simlib.uptake.rates import UptakeRates
from simlib.uptake.states import AWARE, PENDING, RECEIVING, STATES_N, UNAWARE


@njit(cache=True, forceinline=True)
def _list(cells, standing, follows, i, unaware, aware, others, n):  # type: ignore[no-untyped-def]
    """List a household's cells by what is open; give how many each list holds now.

    Every cell is written down and only counted if it belongs there: what a processor guesses
    about the state of a cell is wrong too often.
    """
    u, a, o = n
    asked = has_any(standing.read, i)
    for place in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[place]
        p = np.int64(cell.programme)
        told = asked and has_bit(standing.read, i, p)
        quiet = is_entitled(cell.right, standing.receiving, follows, i, p) & (not told)
        unaware.row[u], unaware.place[u] = i, place
        aware.row[a], aware.place[a] = i, place
        others.row[o], others.place[o] = i, place
        u += quiet & (cell.state == UNAWARE)
        a += quiet & (cell.state == AWARE)
        under_way = (cell.state > AWARE) & (cell.state != RECEIVING) & (cell.state != PENDING)
        o += under_way | told
    return u, a, o


@njit(cache=True, forceinline=True)
def _move(month_of, i, place, luck, forget_luck, moves):  # type: ignore[no-untyped-def]
    """Let one cell move with its luck."""
    rates, codes, key, month, step, columns, claiming, people, cells, standing = month_of
    cell = cells.record[place]
    p, w = np.int64(cell.programme), claiming.way[i]
    told = has_bit(standing.read, i, p)
    entitled = is_entitled(cell.right, standing.receiving, columns.follows, i, p)
    peers, other = 0.0, 0.0
    if cell.state == UNAWARE and entitled and not told:
        peers = peers_share(standing.receiving, i, people.blocks[i, 0], people.blocks[i, 1], p)
        other = receives_other(standing.receiving, i, p)
    new = seek(
        rates,
        codes,
        key,
        people.ids[i],
        month,
        step,
        columns.code[p],
        columns.offset[p],
        columns.visibility[p],
        columns.mean_krw_m[p],
        claiming.learning[w, p],
        claiming.burden[w, p],
        people.need[i],
        people.friction[i],
        people.stigma[i],
        entitled,
        cell.amount_krw_m,
        cell.state,
        cell.since,
        cell.read_step,
        standing.helped_step[i],
        told,
        peers,
        other,
        luck,
        forget_luck,
    )
    become(cell, new, step, moves)
    if new == PENDING:
        standing.may_wait[i] = True


@njit(cache=True, forceinline=True)
def _draw(month_of, decision, listed, n, luck):  # type: ignore[no-untyped-def]
    """Draw one decision for all cells of a list."""
    _, _, key, month, _, columns, _, people, cells, _ = month_of
    for j in range(n):
        listed.ident[j] = people.ids[listed.row[j]]
        listed.code[j] = columns.code[cells.record[listed.place[j]].programme]
    draw_same(key, decision, listed.ident, month, listed.code, luck, n)


@njit(cache=True, forceinline=True)
def _hear(month_of, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let the unaware of a list hear of what they are entitled to."""
    rates, codes, key, month, _, columns, claiming, people, cells, standing = month_of
    floors = untold_floors(rates.awareness)
    _draw(month_of, codes.aware_self, listed, n, listed.luck)
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p, w = np.int64(cell.programme), claiming.way[i]
        at_stake = 0.0
        if rates.awareness.benefit != 0.0:
            at_stake = benefit_ceiling(rates.application, cell.amount_krw_m, columns.mean_krw_m[p])
        logit = awareness_logit(
            rates.awareness, columns.offset[p], claiming.learning[w, p], people.friction[i],
            people.need[i], at_stake,
        )  # fmt: skip
        floor = floors[1] if has_any(standing.receiving, i) else floors[0]
        if may_hear(logit, floor, listed.luck[j]):
            forget_luck = uniform_at(
                key[0], key[1], codes.forget, listed.ident[j], month, listed.code[j]
            )
            _move(month_of, i, listed.place[j], listed.luck[j], forget_luck, moves)


@njit(cache=True, forceinline=True)
def _apply(month_of, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let the aware of a list start an application, or forget."""
    rates, codes, _, _, step, columns, claiming, people, cells, standing = month_of
    _draw(month_of, codes.apply, listed, n, listed.luck)
    _draw(month_of, codes.forget, listed, n, listed.forget_luck)
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p, w = np.int64(cell.programme), claiming.way[i]
        logit = application_ceiling(
            rates.application,
            columns.offset[p],
            benefit_ceiling(rates.application, cell.amount_krw_m, columns.mean_krw_m[p]),
            people.need[i],
            people.friction[i],
            people.stigma[i],
            columns.visibility[p],
            claiming.burden[w, p],
            months_since(step, cell.read_step),
            is_helped(step, standing.helped_step[i], rates.application.assistance_months),
        )
        if may_happen(listed.luck[j], logit):
            _move(month_of, i, listed.place[j], listed.luck[j], listed.forget_luck[j], moves)
        elif forgets(rates, listed.forget_luck[j]):
            become(cell, UNAWARE, step, moves)


@njit(cache=True, forceinline=True)
def _go_on(month_of, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let those of a list move who were told, have a claim under way, or pause."""
    rates, codes, key, month, step, columns, _, people, cells, standing = month_of
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p = np.int64(cell.programme)
        told = has_bit(standing.read, i, p)
        if told:
            cell.read_step = step
        entitled = is_entitled(cell.right, standing.receiving, columns.follows, i, p)
        decision = open_before(rates, codes, entitled, told, cell.state, step, cell.since)
        luck, forget_luck = 0.0, 0.0
        if decision != NOTHING:
            ident, code = people.ids[i], columns.code[p]
            luck = uniform_at(key[0], key[1], decision, ident, month, code)
            forget_luck = uniform_at(key[0], key[1], codes.forget, ident, month, code)
        _move(month_of, i, listed.place[j], luck, forget_luck, moves)


@njit(cache=True, forceinline=True)
def _seek_listed(month_of, unaware, aware, others, n, moves):  # type: ignore[no-untyped-def]
    u, a, o = n
    _hear(month_of, unaware, u, moves)
    _apply(month_of, aware, a, moves)
    _go_on(month_of, others, o, moves)


@njit(cache=True, parallel=True)
def seek_all(  # type: ignore[no-untyped-def]
    awareness,
    application,
    completion,
    renewal,
    burden,
    pause,
    several,
    codes,
    key,
    month,
    step,
    columns,
    claiming,
    people,
    cells,
    standing,
    flows,
):
    """Let every household become aware, apply and complete applications; adds to ``flows``."""
    households_n, programmes_n = cells.first.size, flows.shape[0]
    moves = np.zeros((PARTS, programmes_n, STATES_N, STATES_N), np.int64)
    for part in prange(PARTS):
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        month_of = (rates, codes, key, month, step, columns, claiming, people, cells, standing)
        unaware, aware, others = (
            blank_list(programmes_n),
            blank_list(programmes_n),
            blank_list(programmes_n),
        )
        n = (0, 0, 0)
        for i in range(part * households_n // PARTS, (part + 1) * households_n // PARTS):
            n = _list(cells, standing, columns.follows, i, unaware, aware, others, n)
            if max(n) >= LISTED:
                _seek_listed(month_of, unaware, aware, others, n, moves[part])
                n = (0, 0, 0)
        _seek_listed(month_of, unaware, aware, others, n, moves[part])
    flows += moves.sum(axis=0)
