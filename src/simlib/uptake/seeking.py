"""How households come to a claim, over columns: aware, applying, complete.

The households of a block are worked through together. Their cells in which something
may happen are listed by what is open: unaware, aware, and all others. The luck of a list is drawn
together, which is several times faster than one draw at a time. A draw above the largest chance
settles most (:mod:`simlib.uptake.ceilings`); the others go through
:func:`~simlib.uptake.cell.seek`.
"""

import numpy as np

from simlib.draws import draw_same, uniform_at
from simlib.loops import inner
from simlib.uptake.behaviour import awareness_logit, is_helped, months_since
from simlib.uptake.ceilings import (
    application_ceiling,
    benefit_ceiling,
    may_happen,
    may_hear,
    untold_floors,
)
from simlib.uptake.cell import NOTHING, forgets, luck_month, open_before, seek
from simlib.uptake.columns import become, has_any, own_places
from simlib.uptake.entitlement import has_bit, is_entitled, peers_share, receives_other
from simlib.uptake.states import AWARE, PENDING, RECEIVING, UNAWARE


@inner
def _is_under_way(state):  # type: ignore[no-untyped-def]
    """Tell whether a claim is being made, or pauses: neither open, nor in the office, nor paid."""
    return (state > AWARE) & (state != RECEIVING) & (state != PENDING)


@inner
def _part(cells, owner, base, places_n, unaware, aware, others, o):  # type: ignore[no-untyped-def]
    """Part the cells of a block by what may be open; give how many each list holds.

    Every cell is written down in every list and only counted where it belongs: what a processor
    guesses about the state of a cell is wrong too often.
    """
    u, a = np.uint64(0), np.uint64(0)
    for k in range(np.uint64(places_n)):
        i, place = owner[k], np.uint32(base + k)
        cell = cells.record[place]
        unaware.row[u], unaware.place[u] = i, place
        aware.row[a], aware.place[a] = i, place
        others.row[o], others.place[o] = i, place
        u += np.uint64((cell.state == UNAWARE) & (cell.right != 0))
        a += np.uint64((cell.state == AWARE) & (cell.right != 0))
        o += np.uint64(_is_under_way(cell.state))
    return u, a, o


@inner
def _list_told(cells, standing, begin, end, listed):  # type: ignore[no-untyped-def]
    """List the cells of which the households of a block were told; give how many there are.

    But not those in which a claim is under way: these are listed with or without a contact.
    """
    n = np.uint64(0)
    for i in range(begin, end):
        if standing.told[i]:
            for place in range(cells.first[i], cells.first[i] + cells.taken[i]):
                cell = cells.record[place]
                listed.row[n], listed.place[n] = i, place
                told = has_bit(standing.read, i, cell.programme)
                n += np.uint64(told & (not _is_under_way(cell.state)))
    return n


@inner
def _is_open(month_of, i, cell):  # type: ignore[no-untyped-def]
    """Tell whether a household may hear of a programme, or claim it, without a contact."""
    _, _, _, _, _, columns, _, _, _, standing = month_of
    p = cell.programme
    told = standing.told[i] and has_bit(standing.read, i, p)
    return is_entitled(cell.right, standing.receiving, columns.follows, i, p) & (not told)


@inner
def _move(month_of, i, place, luck, moves):  # type: ignore[no-untyped-def]
    """Let one cell move with its luck."""
    rates, codes, key, month, step, columns, claiming, people, cells, standing = month_of
    cell = cells.record[place]
    p, w = cell.programme, claiming.way[i]
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
    )
    become(cell, new, step, moves)
    if new == PENDING:
        standing.may_wait[i] = True


@inner
def _name(month_of, listed, n):  # type: ignore[no-untyped-def]
    """Look up who and what the draws of a list are for."""
    _, _, _, _, _, columns, _, people, cells, _ = month_of
    for j in range(n):
        listed.ident[j] = people.ids[listed.row[j]]
        listed.code[j] = columns.code[cells.record[listed.place[j]].programme]


@inner
def _hear(month_of, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let the unaware of a list hear of what they are entitled to."""
    rates, codes, key, month, _, columns, claiming, people, cells, standing = month_of
    floors = untold_floors(rates.awareness)
    _name(month_of, listed, n)
    draw_same(key, codes.aware_self, listed.ident, month, listed.code, listed.luck, n)
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p, w = cell.programme, claiming.way[i]
        at_stake = 0.0
        if rates.awareness.benefit != 0.0:
            at_stake = benefit_ceiling(rates.application, cell.amount_krw_m, columns.mean_krw_m[p])
        logit = awareness_logit(
            rates.awareness, columns.offset[p], claiming.learning[w, p], people.friction[i],
            people.need[i], at_stake,
        )  # fmt: skip
        floor = floors[1] if has_any(standing.receiving, i) else floors[0]
        if may_hear(logit, floor, listed.luck[j]) and _is_open(month_of, i, cell):
            _move(month_of, i, listed.place[j], listed.luck[j], moves)


@inner
def _apply(month_of, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let the aware of a list start an application, or forget."""
    rates, codes, key, month, step, columns, claiming, people, cells, standing = month_of
    _name(month_of, listed, n)
    draw_same(key, codes.apply, listed.ident, month, listed.code, listed.luck, n)
    draw_same(key, codes.forget, listed.ident, month, listed.code, listed.forget_luck, n)
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p, w = cell.programme, claiming.way[i]
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
        claims, fades = may_happen(listed.luck[j], logit), forgets(rates, listed.forget_luck[j])
        if (claims | fades) and _is_open(month_of, i, cell):
            if claims:
                _move(month_of, i, listed.place[j], listed.luck[j], moves)
            else:
                become(cell, UNAWARE, step, moves)


@inner
def _go_on(month_of, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let those of a list move who were told, have a claim under way, or pause."""
    rates, codes, key, month, step, columns, _, people, cells, standing = month_of
    for j in range(n):
        i, place = listed.row[j], listed.place[j]
        cell, p = cells.record[place], cells.record[place].programme
        told = has_bit(standing.read, i, p)
        if told:
            cell.read_step = step
        entitled = is_entitled(cell.right, standing.receiving, columns.follows, i, p)
        decision = open_before(rates, codes, entitled, told, cell.state, step, cell.since)
        luck = 0.0
        if decision != NOTHING:
            then = luck_month(rates, codes, decision, month)
            luck = uniform_at(key[0], key[1], decision, people.ids[i], then, columns.code[p])
        _move(month_of, i, place, luck, moves)


@inner
def seek_block(month_of, begin, end, owner, lists, moves):  # type: ignore[no-untyped-def]
    """Let the households of a block become aware, apply and complete applications.

    Parameters
    ----------
    month_of
        What the month gives, see :func:`~simlib.uptake.compiled.move_all`.
    begin, end
        The households of the block.
    owner, lists
        Room for its places, and three lists with room for all of them.
    moves
        Counted here, (programmes, from state, to state).
    """
    _, _, _, _, _, _, _, _, cells, standing = month_of
    unaware, aware, others = lists
    n = own_places(cells, begin, end, owner)
    o = _list_told(cells, standing, begin, end, others)
    u, a, o = _part(cells, owner, cells.first[begin], n, unaware, aware, others, o)
    _hear(month_of, unaware, u, moves)
    _apply(month_of, aware, a, moves)
    _go_on(month_of, others, o, moves)
