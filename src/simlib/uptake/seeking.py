"""How households come to a claim, over columns: aware, applying, complete.

The households of a block are worked through together. Their cells in which something
may happen are listed by what is open: unaware, aware, and all others. The luck of a list is drawn
together, which is several times faster than one draw at a time. A draw above the largest chance
settles most (:mod:`simlib.uptake.ceilings`). The others are picked first and looked at after, so
that a processor need not guess which they are. Who hears of a programme joins the list of the
aware; claims go through :func:`~simlib.uptake.cell.seek`.
"""

import numpy as np

from simlib.draws import draw_same, uniform_at
from simlib.loops import inner
from simlib.right_kinds import NO_RIGHT
from simlib.uptake.behaviour import (
    awareness_logit,
    hears,
    is_helped,
    months_since,
    relative_benefit,
    untold_prob,
)
from simlib.uptake.ceilings import (
    application_ceiling,
    benefit_ceiling,
    may_happen,
    may_hear,
    untold_floors,
)
from simlib.uptake.cell import NOTHING, forgets, luck_month, open_before, seek
from simlib.uptake.columns import become, has_any, owner_of, places_n
from simlib.uptake.entitlement import has_bit, is_entitled, peers_share, receives_other
from simlib.uptake.states import AWARE, PENDING, RECEIVING, UNAWARE


@inner
def _is_under_way(state):  # type: ignore[no-untyped-def]
    """Tell whether a claim is being made, or pauses: neither open, nor in the office, nor paid."""
    return (state > AWARE) & (state != RECEIVING) & (state != PENDING)


@inner
def _part(cells, base, n, unaware, aware, others, o):  # type: ignore[no-untyped-def]
    """Part the cells of a block by what may be open; give how many each list holds.

    Every cell is written down in every list and only counted where it belongs: what a processor
    guesses about the state of a cell is wrong too often.
    """
    u, a = np.uint64(0), np.uint64(0)
    for k in range(np.uint64(n)):
        place = np.uint32(base + k)
        cell = cells.record[place]
        unaware.place[u] = aware.place[a] = others.place[o] = place
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
                listed.place[n] = place
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
def _move(now, i, place, state, luck, moves):  # type: ignore[no-untyped-def]
    """Let one cell move with its luck, from the state that this month has brought it to.

    What neighbours and other benefits tell is heard before, in :func:`_hear`.
    """
    programmes, claiming, people, standing = now.programmes, now.claiming, now.people, now.standing
    cell = now.cells.record[place]
    p, w = cell.programme, claiming.way[i]
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
        is_entitled(cell.right, standing.receiving, programmes.follows, i, p),
        cell.amount_krw_m,
        state,
        cell.since,
        cell.read_step,
        standing.helped_step[i],
        has_bit(standing.read, i, p),
        0.0,
        0.0,
        luck,
    )
    become(cell, new, now.step, moves)
    if new == PENDING:
        standing.may_wait[i] = True


@inner
def _name(now, begin, listed, n):  # type: ignore[no-untyped-def]
    """Look up who and what the draws of a list are for."""
    for j in range(n):
        place = listed.place[j]
        i = owner_of(now.cells, place, begin)
        listed.row[j], listed.ident[j] = i, now.people.ids[i]
        listed.code[j] = now.programmes.code[now.cells.record[place].programme]


@inner
def _awareness_logit(now, i, cell, at_stake):  # type: ignore[no-untyped-def]
    """Give the chance that a household looks a programme up by itself, logit."""
    p, learning = cell.programme, now.claiming.learning[now.claiming.way[i], cell.programme]
    offset, people = now.programmes.offset[p], now.people
    rates, friction, need = now.rates.awareness, people.friction[i], people.need[i]
    return awareness_logit(rates, offset, learning, friction, need, at_stake)


@inner
def _may_hear(now, listed, n):  # type: ignore[no-untyped-def]
    """Pick those of a list who hear of a programme if their luck is below the largest chance."""
    rates, c = now.rates, np.uint64(0)
    floors = untold_floors(rates.awareness)
    for j in range(n):
        i, cell = listed.row[j], now.cells.record[listed.place[j]]
        at_stake = 0.0
        if rates.awareness.benefit != 0.0:
            mean_krw_m = now.programmes.mean_krw_m[cell.programme]
            at_stake = benefit_ceiling(rates.application, cell.amount_krw_m, mean_krw_m)
        logit = _awareness_logit(now, i, cell, at_stake)
        floor = floors[np.int64(has_any(now.standing.receiving, i))]
        listed.picked[c] = j
        c += np.uint64(may_hear(logit, floor, listed.luck[j]))
    return c


@inner
def _hears(now, i, cell, luck):  # type: ignore[no-untyped-def]
    """Tell whether a household hears of a programme with its luck."""
    rates, standing, p = now.rates, now.standing, cell.programme
    peers = peers_share(standing.receiving, i, now.people.blocks[i, 0], now.people.blocks[i, 1], p)
    other = receives_other(standing.receiving, i, p)
    at_stake = 0.0
    if rates.awareness.benefit != 0.0:
        mean_krw_m = now.programmes.mean_krw_m[p]
        at_stake = relative_benefit(rates.application, cell.amount_krw_m, mean_krw_m)
    logit = _awareness_logit(now, i, cell, at_stake)
    return hears(luck, logit, untold_prob(rates.awareness, peers, other))


@inner
def _hear(now, listed, n, aware, a, moves):  # type: ignore[no-untyped-def]
    """Let the unaware of a list hear of what they are entitled to; give the end of the aware.

    Who may do the next step in the same month is put behind those who were aware before.
    """
    luck = listed.luck
    draw_same(now.key, now.codes.aware_self, listed.ident, now.month, listed.code, luck, n)
    end = a
    for c in range(_may_hear(now, listed, n)):
        j = listed.picked[c]
        i, place = listed.row[j], listed.place[j]
        cell = now.cells.record[place]
        aware.place[end] = place
        end += np.uint64(_is_open(now, i, cell) and _hears(now, i, cell, luck[j]))
    if now.rates.steps_within_month > 0.0:
        return end
    for j in range(a, end):
        become(now.cells.record[aware.place[j]], AWARE, now.step, moves)
    return a


@inner
def _may_apply(now, i, cell, luck):  # type: ignore[no-untyped-def]
    """Tell whether an aware household applies if its luck is below the largest chance."""
    rates, programmes, people, p = now.rates, now.programmes, now.people, cell.programme
    lasts = rates.application.assistance_months
    logit = application_ceiling(
        rates.application,
        programmes.offset[p],
        benefit_ceiling(rates.application, cell.amount_krw_m, programmes.mean_krw_m[p]),
        people.need[i],
        people.friction[i],
        people.stigma[i],
        programmes.visibility[p],
        now.claiming.burden[now.claiming.way[i], p],
        months_since(now.step, cell.read_step),
        is_helped(now.step, now.standing.helped_step[i], lasts),
    )
    return may_happen(luck, logit)


@inner
def _apply(now, listed, n, moves):  # type: ignore[no-untyped-def]
    """Let the aware of a list start an application, or forget; some heard in this month only."""
    luck, forget_luck = listed.luck, listed.forget_luck
    draw_same(now.key, now.codes.apply, listed.ident, now.month, listed.code, luck, n)
    draw_same(now.key, now.codes.forget, listed.ident, now.month, listed.code, forget_luck, n)
    c = np.uint64(0)
    for j in range(n):
        i, cell = listed.row[j], now.cells.record[listed.place[j]]
        claims, fades = _may_apply(now, i, cell, luck[j]), forgets(now.rates, forget_luck[j])
        listed.picked[c] = j
        c += np.uint64(claims | (fades == (cell.state == AWARE)))
    for k in range(c):
        j = listed.picked[k]
        i, cell = listed.row[j], now.cells.record[listed.place[j]]
        if not _is_open(now, i, cell):
            continue
        if _may_apply(now, i, cell, luck[j]):
            _move(now, i, listed.place[j], AWARE, luck[j], moves)
        else:
            become(cell, UNAWARE if cell.state == AWARE else AWARE, now.step, moves)


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
        _move(now, i, place, cell.state, luck, moves)


@inner
def seek_block(now, begin, end, lists, moves):  # type: ignore[no-untyped-def]
    """Let the households of a block become aware, apply and complete applications.

    Parameters
    ----------
    now
        :class:`~simlib.uptake.columns.FunnelMonth`.
    begin, end
        The households of the block.
    lists
        Three lists with room for all of its places.
    moves
        Counted here, (programmes, from state, to state).
    """
    cells, (unaware, aware, others) = now.cells, lists
    base, n = cells.first[begin], places_n(cells, begin, end)
    o = _list_told(cells, now.standing, begin, end, others)
    u, a, o = _part(cells, base, n, unaware, aware, others, o)
    _name(now, begin, unaware, u)
    a = _hear(now, unaware, u, aware, a, moves)
    _name(now, begin, aware, a)
    _apply(now, aware, a, moves)
    _name(now, begin, others, o)
    _go_on(now, others, o, moves)
