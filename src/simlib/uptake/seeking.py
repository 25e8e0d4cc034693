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
from simlib.right_kinds import NO_RIGHT
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
        u += np.uint64((cell.state == UNAWARE) & (cell.right != NO_RIGHT))
        a += np.uint64((cell.state == AWARE) & (cell.right != NO_RIGHT))
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
def _is_open(now, i, cell):  # type: ignore[no-untyped-def]
    """Tell whether a household may hear of a programme, or claim it, without a contact."""
    p, standing = cell.programme, now.standing
    told = standing.told[i] and has_bit(standing.read, i, p)
    return is_entitled(cell.right, standing.receiving, now.programmes.follows, i, p) & (not told)


@inner
def _move(now, i, place, luck, moves):  # type: ignore[no-untyped-def]
    """Let one cell move with its luck."""
    programmes, claiming, people, standing = now.programmes, now.claiming, now.people, now.standing
    cell = now.cells.record[place]
    p, w = cell.programme, claiming.way[i]
    told = has_bit(standing.read, i, p)
    entitled = is_entitled(cell.right, standing.receiving, programmes.follows, i, p)
    peers, other = 0.0, 0.0
    if cell.state == UNAWARE and entitled and not told:
        peers = peers_share(standing.receiving, i, people.blocks[i, 0], people.blocks[i, 1], p)
        other = receives_other(standing.receiving, i, p)
    new = seek(
        now.rates,
        now.codes,
        now.key,
        people.ids[i],
        now.month,
        now.step,
        programmes.code[p],
        programmes.offset[p],
        programmes.visibility[p],
        programmes.mean_krw_m[p],
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
    become(cell, new, now.step, moves)
    if new == PENDING:
        standing.may_wait[i] = True


@inner
def _name(now, listed, n):  # type: ignore[no-untyped-def]
    """Look up who and what the draws of a list are for."""
    for j in range(n):
        listed.ident[j] = now.people.ids[listed.row[j]]
        listed.code[j] = now.programmes.code[now.cells.record[listed.place[j]].programme]


@inner
def _hear(now, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let the unaware of a list hear of what they are entitled to."""
    rates, programmes, claiming, people = now.rates, now.programmes, now.claiming, now.people
    floors = untold_floors(rates.awareness)
    _name(now, listed, n)
    draw_same(now.key, now.codes.aware_self, listed.ident, now.month, listed.code, listed.luck, n)
    for j in range(n):
        i, cell = listed.row[j], now.cells.record[listed.place[j]]
        p, w = cell.programme, claiming.way[i]
        at_stake = 0.0
        if rates.awareness.benefit != 0.0:
            mean_krw_m = programmes.mean_krw_m[p]
            at_stake = benefit_ceiling(rates.application, cell.amount_krw_m, mean_krw_m)
        logit = awareness_logit(
            rates.awareness, programmes.offset[p], claiming.learning[w, p], people.friction[i],
            people.need[i], at_stake,
        )  # fmt: skip
        floor = floors[1] if has_any(now.standing.receiving, i) else floors[0]
        if may_hear(logit, floor, listed.luck[j]) and _is_open(now, i, cell):
            _move(now, i, listed.place[j], listed.luck[j], moves)


@inner
def _apply(now, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let the aware of a list start an application, or forget."""
    rates, programmes, people, step = now.rates, now.programmes, now.people, now.step
    helped_step, lasts = now.standing.helped_step, rates.application.assistance_months
    _name(now, listed, n)
    luck, forget_luck = listed.luck, listed.forget_luck
    draw_same(now.key, now.codes.apply, listed.ident, now.month, listed.code, luck, n)
    draw_same(now.key, now.codes.forget, listed.ident, now.month, listed.code, forget_luck, n)
    for j in range(n):
        i, cell = listed.row[j], now.cells.record[listed.place[j]]
        p, w = cell.programme, now.claiming.way[i]
        logit = application_ceiling(
            rates.application,
            programmes.offset[p],
            benefit_ceiling(rates.application, cell.amount_krw_m, programmes.mean_krw_m[p]),
            people.need[i],
            people.friction[i],
            people.stigma[i],
            programmes.visibility[p],
            now.claiming.burden[w, p],
            months_since(step, cell.read_step),
            is_helped(step, helped_step[i], lasts),
        )
        claims, fades = may_happen(luck[j], logit), forgets(rates, forget_luck[j])
        if (claims | fades) and _is_open(now, i, cell):
            if claims:
                _move(now, i, listed.place[j], luck[j], moves)
            else:
                become(cell, UNAWARE, step, moves)


@inner
def _go_on(now, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let those of a list move who were told, have a claim under way, or pause."""
    rates, codes, key, programmes = now.rates, now.codes, now.key, now.programmes
    standing = now.standing
    for j in range(n):
        i, place = listed.row[j], listed.place[j]
        cell, p = now.cells.record[place], now.cells.record[place].programme
        told = has_bit(standing.read, i, p)
        if told:
            cell.read_step = now.step
        entitled = is_entitled(cell.right, standing.receiving, programmes.follows, i, p)
        decision = open_before(rates, codes, entitled, told, cell.state, now.step, cell.since)
        luck = 0.0
        if decision != NOTHING:
            then = luck_month(rates, codes, decision, now.month)
            luck = uniform_at(key[0], key[1], decision, now.people.ids[i], then, programmes.code[p])
        _move(now, i, place, luck, moves)


@inner
def seek_block(now, begin, end, owner, lists, moves):  # type: ignore[no-untyped-def]
    """Let the households of a block become aware, apply and complete applications.

    Parameters
    ----------
    now
        :class:`~simlib.uptake.columns.FunnelMonth`.
    begin, end
        The households of the block.
    owner, lists
        Room for its places, and three lists with room for all of them.
    moves
        Counted here, (programmes, from state, to state).
    """
    cells, (unaware, aware, others) = now.cells, lists
    n = own_places(cells, begin, end, owner)
    o = _list_told(cells, now.standing, begin, end, others)
    u, a, o = _part(cells, owner, cells.first[begin], n, unaware, aware, others, o)
    _hear(now, unaware, u, moves)
    _apply(now, aware, a, moves)
    _go_on(now, others, o, moves)
