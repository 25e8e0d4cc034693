"""The funnel over columns: a compiled loop that calls the cell's moves for every household."""

import numpy as np
from numba import njit, prange

from simlib.uptake.cell import keep, seek
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.programmes import Burdens, ProgrammeColumns
from simlib.uptake.rates import UptakeCodes, UptakeRates
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import AWARE, ENDED_UNKNOWN, IN_ERROR, RECEIVING, STATES_N, UNAWARE
from simlib.uptake.traits import Traits
from simlib.uptake.ways import Ways

NEIGHBOURS = 2
"""Neighbours on each side, in the order of ids within the municipality."""


@njit(cache=True, inline="always")
def has_bit(mask, row, programme):  # type: ignore[no-untyped-def]
    """Tell whether a programme's bit is set in a household's mask."""
    return (mask[row, programme >> 6] >> np.uint64(programme & 63)) & np.uint64(1) != np.uint64(0)


@njit(cache=True, inline="always")
def is_entitled(kind, receiving, follows, row, programme):  # type: ignore[no-untyped-def]
    """Tell whether a household counts as entitled now.

    In its own right, by what it receives, or by an error that is not found yet.
    """
    if kind != 2:
        return kind == 1 or kind == IN_ERROR
    for word in range(follows.shape[1]):
        if receiving[row, word] & follows[programme, word] != np.uint64(0):
            return True
    return False


@njit(cache=True, parallel=True)
def entitled_cells(cells, receiving, follows):  # type: ignore[no-untyped-def]
    """Tell for each place whether its household is rightly entitled now, (places,)."""
    out = np.zeros(cells.programme.size, np.bool_)
    for i in prange(cells.first.size):
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            if cells.right[k] != 0 and cells.right[k] != IN_ERROR:
                out[k] = is_entitled(cells.right[k], receiving, follows, i, cells.programme[k])
    return out


@njit(cache=True, inline="always")
def peers_share(receiving, row, first, last, programme):  # type: ignore[no-untyped-def]
    """Give the share of a household's neighbours in its municipality who receive a programme."""
    seen, receivers = 0, 0
    for other in range(max(first, row - NEIGHBOURS), min(last, row + NEIGHBOURS + 1)):
        if other != row:
            seen += 1
            if has_bit(receiving, other, programme):
                receivers += 1
    return receivers / seen if seen > 0 else 0.0


@njit(cache=True, inline="always")
def receives_other(receiving, row, programme):  # type: ignore[no-untyped-def]
    """Tell (1.0 or 0.0) whether a household receives any programme but this one."""
    for word in range(receiving.shape[1]):
        mask = receiving[row, word]
        if word == programme >> 6:
            mask = mask & ~(np.uint64(1) << np.uint64(programme & 63))
        if mask != np.uint64(0):
            return 1.0
    return 0.0


@njit(cache=True, parallel=True)
def _seek_all(  # type: ignore[no-untyped-def]
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
    burdens,
    way,
    ids,
    need,
    friction,
    stigma,
    blocks,
    cells,
    helped_step,
    receiving,
    read,
    flows,
):
    first, taken, _, programme, right, amount, state, since, read_step = cells
    households_n, programmes_n = first.size, flows.shape[0]
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    tallies = np.zeros((chunks_n, programmes_n, STATES_N, STATES_N), np.int64)
    for chunk in prange(chunks_n):
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            w = way[i]
            for k in range(first[i], first[i] + taken[i]):
                p = np.int64(programme[k])
                old = state[k]
                told = has_bit(read, i, p)
                if told:
                    read_step[k] = step
                elif old == RECEIVING or (right[k] == 0 and old <= AWARE):
                    continue
                entitled = is_entitled(right[k], receiving, columns.follows, i, p)
                peers, other = 0.0, 0.0
                if old == UNAWARE and entitled and not told:
                    peers = peers_share(receiving, i, blocks[i, 0], blocks[i, 1], p)
                    other = receives_other(receiving, i, p)
                new = seek(
                    rates,
                    codes,
                    key,
                    ids[i],
                    month,
                    step,
                    columns.code[p],
                    columns.offset[p],
                    columns.visibility[p],
                    columns.mean_krw_m[p],
                    burdens.learning[w, p],
                    burdens.documents[w, p],
                    burdens.trips[w, p],
                    burdens.processing_days[w, p],
                    need[i],
                    friction[i],
                    stigma[i],
                    entitled,
                    amount[k],
                    old,
                    since[k],
                    read_step[k],
                    helped_step[i],
                    told,
                    peers,
                    other,
                )
                if new != old:
                    state[k] = new
                    since[k] = step
                    tallies[chunk, p, old, new] += 1
    flows += tallies.sum(axis=0)


@njit(cache=True, parallel=True)
def _keep_all(  # type: ignore[no-untyped-def]
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
    burdens,
    way,
    ids,
    friction,
    cells,
    receiving,
    received_next,
    paid,
    flows,
):
    first, taken, _, programme, right, amount, state, since, _ = cells
    households_n, programmes_n = first.size, flows.shape[0]
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    tallies = np.zeros((chunks_n, programmes_n, STATES_N, STATES_N), np.int64)
    for chunk in prange(chunks_n):
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            w = way[i]
            for word in range(received_next.shape[1]):
                received_next[i, word] = np.uint64(0)
            for k in range(first[i], first[i] + taken[i]):
                old = state[k]
                if old != RECEIVING:
                    continue
                p = np.int64(programme[k])
                entitled = is_entitled(right[k], receiving, columns.follows, i, p)
                new = keep(
                    rates,
                    codes,
                    key,
                    ids[i],
                    month,
                    step,
                    columns.code[p],
                    burdens.documents[w, p],
                    burdens.trips[w, p],
                    burdens.processing_days[w, p],
                    burdens.renewal_months[w, p],
                    columns.break_prob_m[p],
                    friction[i],
                    entitled,
                    right[k] == ENDED_UNKNOWN,
                    old,
                    since[k],
                )
                if new == RECEIVING:
                    received_next[i, p >> 6] |= np.uint64(1) << np.uint64(p & 63)
                    paid[i] += amount[k]
                else:
                    state[k] = new
                    since[k] = step
                    tallies[chunk, p, old, new] += 1
    flows += tallies.sum(axis=0)


class CompiledFunnel:
    """Run the funnel of many households over columns.

    Parameters
    ----------
    rates, codes, key
        The decision model, its decisions and the key of the draws.
    columns
        The programmes.
    traits
        Traits and neighbourhoods of the households.
    state
        The columns that the funnel moves, changed in place.
    """

    def __init__(
        self,
        rates: UptakeRates,
        codes: UptakeCodes,
        key: tuple[np.uint64, np.uint64],
        columns: ProgrammeColumns,
        traits: Traits,
        state: FunnelState,
    ) -> None:
        self.fixed = (*rates, codes, key)
        self.columns = columns
        self.traits = traits
        self.state = state

    def seek(self, month: int, step: int, burdens: Burdens | Ways) -> None:
        """Let every household become aware, apply and complete applications."""
        s, t = self.state, self.traits
        ways = Ways.of(burdens, t.ids.size)
        _seek_all(
            *self.fixed,
            month,
            step,
            self.columns,
            ways.burdens,
            ways.way,
            t.ids,
            t.need,
            t.friction,
            t.stigma,
            t.blocks,
            s.cells.columns,
            s.helped_step,
            s.receiving,
            s.read,
            s.flows,
        )

    def keep(self, month: int, step: int, burdens: Burdens | Ways) -> None:
        """Pay, renew or end every benefit, and note what each household receives."""
        s, t = self.state, self.traits
        ways = Ways.of(burdens, t.ids.size)
        received_next = np.empty_like(s.receiving)
        _keep_all(
            *self.fixed,
            month,
            step,
            self.columns,
            ways.burdens,
            ways.way,
            t.ids,
            t.friction,
            s.cells.columns,
            s.receiving,
            received_next,
            s.paid_krw_m,
            s.flows,
        )
        s.receiving[:] = received_next
