"""How benefits are kept from month to month, over columns: paid, renewed, broken off, ended.

As in :mod:`simlib.uptake.seeking`, benefits are listed and the luck of a list is drawn together.
To most nothing but a break can happen; the others go through :func:`~simlib.uptake.cell.keep`.
"""

import numpy as np

from simlib.draws import draw_same, uniform_at
from simlib.loops import inner
from simlib.uptake.cell import is_due, keep, open_after
from simlib.uptake.columns import become, owner_of, places_n
from simlib.uptake.entitlement import is_entitled
from simlib.uptake.states import ENDED_UNKNOWN, RECEIVING


@inner
def _list(cells, begin, end, listed):  # type: ignore[no-untyped-def]
    """List the benefits that the households of a block receive; give how many there are."""
    base, n = cells.first[begin], np.uint64(0)
    for k in range(np.uint64(places_n(cells, begin, end))):
        place = np.uint32(base + k)
        listed.row[n], listed.place[n] = owner_of(cells, place, begin), place
        n += np.uint64(cells.record[place].state == RECEIVING)
    return n


@inner
def _kept(now, i, cell, entitled):  # type: ignore[no-untyped-def]
    """Give the new state of one benefit."""
    programmes, claiming, ident, key = now.programmes, now.claiming, now.people.ids[i], now.key
    p, w = cell.programme, claiming.way[i]
    decision = open_after(now.codes, entitled, cell.state)
    luck = uniform_at(key[0], key[1], decision, ident, now.month, programmes.code[p])
    return keep(
        now.rates,
        now.codes,
        key,
        ident,
        now.month,
        now.step,
        programmes.code[p],
        claiming.burden[w, p] - programmes.ease[p],
        claiming.renewal_months[w, p],
        programmes.break_prob_m[p],
        now.people.friction[i],
        entitled,
        cell.right == ENDED_UNKNOWN,
        cell.state,
        cell.since,
        cell.read_step,
        luck,
    )


@inner
def _keep_listed(now, begin, end, listed, n, moves):  # type: ignore[no-untyped-def]
    """Draw the luck of the benefits listed, move them, and pay; note what is received next."""
    programmes, claiming, cells, standing = now.programmes, now.claiming, now.cells, now.standing
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p = cell.programme
        listed.ident[j], listed.code[j] = now.people.ids[i], programmes.code[p]
        listed.entitled[j] = is_entitled(cell.right, standing.receiving, programmes.follows, i, p)
    draw_same(now.key, now.codes.break_off, listed.ident, now.month, listed.code, listed.luck, n)
    standing.receiving[begin:end] = 0
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p, w = cell.programme, claiming.way[i]
        new = RECEIVING
        quiet = listed.entitled[j] & (listed.luck[j] >= programmes.break_prob_m[p])
        if (not quiet) | is_due(claiming.renewal_months[w, p], now.step, cell.since):
            new = _kept(now, i, cell, listed.entitled[j])
        if new == RECEIVING:
            standing.receiving[i, p >> 6] |= np.uint64(1) << np.uint64(p & 63)
            standing.paid_krw_m[i] += cell.amount_krw_m
        become(cell, new, now.step, moves)


@inner
def keep_block(now, begin, end, lists, moves):  # type: ignore[no-untyped-def]
    """Pay, renew or end every benefit of the households of a block.

    Parameters are those of :func:`~simlib.uptake.seeking.seek_block`; one list is enough.
    """
    listed, _, _ = lists
    n = _list(now.cells, begin, end, listed)
    _keep_listed(now, begin, end, listed, n, moves)
