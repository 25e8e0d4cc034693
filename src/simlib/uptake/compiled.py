"""The funnel over columns: a compiled loop that calls the cell's moves for every household.

Chunks of households run side by side. Within one, the cells with an open decision are listed,
their luck is drawn together, which is several times faster than one draw at a time, and then
they move.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import draw_listed
from simlib.uptake.behaviour import compliance_burden
from simlib.uptake.cell import keep, open_after, open_before, seek
from simlib.uptake.entitlement import has_bit, is_entitled, peers_share, receives_other
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.programmes import Burdens, Floats, ProgrammeColumns
from simlib.uptake.rates import UptakeCodes, UptakeRates
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import AWARE, ENDED_UNKNOWN, RECEIVING, STATES_N, UNAWARE
from simlib.uptake.traits import Traits
from simlib.uptake.ways import Ways

LISTED: Final = 1024
"""Cells that are listed before their luck is drawn; the lists stay in the processor's cache."""


class Listed(NamedTuple):
    """Hold cells with an open decision: household, place, decision, luck; (listed,) each."""

    row: NDArray[np.int64]
    place: NDArray[np.int64]
    ident: NDArray[np.int64]
    code: NDArray[np.uint64]
    decision: NDArray[np.uint64]
    entitled: NDArray[np.bool_]
    luck: Floats
    forget_luck: Floats


class People(NamedTuple):
    """Hold what the loops read of households, see :class:`~simlib.uptake.traits.Traits`."""

    ids: NDArray[np.int64]
    need: Floats
    friction: Floats
    stigma: Floats
    blocks: NDArray[np.int64]


class Claiming(NamedTuple):
    """Hold what a claim asks for this month by way and programme, and each household's way."""

    learning: Floats
    burden: Floats
    renewal_months: Floats
    way: NDArray[np.uint16]


class Standing(NamedTuple):
    """Hold where households stand beside their cells.

    See :class:`~simlib.uptake.funnel_state.FunnelState`.
    """

    helped_step: NDArray[np.int16]
    receiving: NDArray[np.uint64]
    read: NDArray[np.uint64]
    paid_krw_m: NDArray[np.float32]


@njit(cache=True, forceinline=True)
def _empty_list(programmes_n):  # type: ignore[no-untyped-def]
    n = LISTED + programmes_n
    return Listed(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.uint64),
        np.empty(n, np.uint64),
        np.empty(n, np.bool_),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
    )


@njit(cache=True, forceinline=True)
def _become(cell, new, step, moves):  # type: ignore[no-untyped-def]
    if new != cell.state:
        moves[cell.programme, cell.state, new] += 1
        cell.state = new
        cell.since = step


@njit(cache=True, forceinline=True)
def _list_before(cells, read, i, listed, n):  # type: ignore[no-untyped-def]
    """List a household's cells that may move before the offices decide; give how many there are.

    Every cell is written down and only counted if it may move: what a processor guesses about
    the state of a cell is wrong too often.
    """
    for place in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[place]
        listed.row[n] = i
        listed.place[n] = place
        moves = (cell.state != RECEIVING) & ((cell.right != 0) | (cell.state > AWARE))
        n += moves | has_bit(read, i, np.int64(cell.programme))
    return n


@njit(cache=True, forceinline=True)
def _seek_listed(  # type: ignore[no-untyped-def]
    rates, codes, key, month, step, columns, claiming, people, cells, standing, listed, n, moves
):
    """Name the open decisions of the cells listed, draw their luck, and move them."""
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p = np.int64(cell.programme)
        told = has_bit(standing.read, i, p)
        if told:
            cell.read_step = step
        entitled = is_entitled(cell.right, standing.receiving, columns.follows, i, p)
        listed.entitled[j] = entitled
        listed.ident[j] = people.ids[i]
        listed.code[j] = columns.code[p]
        listed.decision[j] = open_before(rates, codes, entitled, told, cell.state, step, cell.since)
    draw_listed(key, listed.decision, listed.ident, month, listed.code, listed.luck, n)
    listed.decision[:n] = codes.forget
    draw_listed(key, listed.decision, listed.ident, month, listed.code, listed.forget_luck, n)
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p, w = np.int64(cell.programme), claiming.way[i]
        entitled, told = listed.entitled[j], has_bit(standing.read, i, p)
        peers, other = 0.0, 0.0
        if cell.state == UNAWARE and entitled and not told:
            peers = peers_share(standing.receiving, i, people.blocks[i, 0], people.blocks[i, 1], p)
            other = receives_other(standing.receiving, i, p)
        new = seek(
            rates,
            codes,
            key,
            listed.ident[j],
            month,
            step,
            listed.code[j],
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
            listed.luck[j],
            listed.forget_luck[j],
        )
        _become(cell, new, step, moves)


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
    claiming,
    people,
    cells,
    standing,
    flows,
):
    households_n, programmes_n = cells.first.size, flows.shape[0]
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    moves = np.zeros((chunks_n, programmes_n, STATES_N, STATES_N), np.int64)
    for chunk in prange(chunks_n):
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        month_of = (rates, codes, key, month, step, columns, claiming, people, cells, standing)
        listed, n = _empty_list(programmes_n), 0
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            n = _list_before(cells, standing.read, i, listed, n)
            if n >= LISTED:
                _seek_listed(*month_of, listed, n, moves[chunk])
                n = 0
        _seek_listed(*month_of, listed, n, moves[chunk])
    flows += moves.sum(axis=0)


@njit(cache=True, forceinline=True)
def _list_after(cells, i, listed, n):  # type: ignore[no-untyped-def]
    """List the benefits that a household receives; give how many are listed."""
    for place in range(cells.first[i], cells.first[i] + cells.taken[i]):
        listed.row[n] = i
        listed.place[n] = place
        n += cells.record[place].state == RECEIVING
    return n


@njit(cache=True, forceinline=True)
def _keep_listed(  # type: ignore[no-untyped-def]
    rates, codes, key, month, step, columns, claiming, people, cells, standing, received_next,
    listed, n, moves,
):  # fmt: skip
    """Name the open decisions of the benefits listed, draw their luck, and move them."""
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p = np.int64(cell.programme)
        entitled = is_entitled(cell.right, standing.receiving, columns.follows, i, p)
        listed.entitled[j] = entitled
        listed.ident[j] = people.ids[i]
        listed.code[j] = columns.code[p]
        listed.decision[j] = open_after(codes, entitled, cell.state)
    draw_listed(key, listed.decision, listed.ident, month, listed.code, listed.luck, n)
    for j in range(n):
        i, cell = listed.row[j], cells.record[listed.place[j]]
        p, w = np.int64(cell.programme), claiming.way[i]
        new = keep(
            rates,
            codes,
            key,
            listed.ident[j],
            month,
            step,
            listed.code[j],
            claiming.burden[w, p] - columns.ease[p],
            claiming.renewal_months[w, p],
            columns.break_prob_m[p],
            people.friction[i],
            listed.entitled[j],
            cell.right == ENDED_UNKNOWN,
            cell.state,
            cell.since,
            cell.read_step,
            listed.luck[j],
        )
        if new == RECEIVING:
            received_next[i, p >> 6] |= np.uint64(1) << np.uint64(p & 63)
            standing.paid_krw_m[i] += cell.amount_krw_m
        _become(cell, new, step, moves)


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
    claiming,
    people,
    cells,
    standing,
    received_next,
    flows,
):
    households_n, programmes_n = cells.first.size, flows.shape[0]
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    moves = np.zeros((chunks_n, programmes_n, STATES_N, STATES_N), np.int64)
    for chunk in prange(chunks_n):
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        month_of = (
            rates, codes, key, month, step, columns, claiming, people, cells, standing,
            received_next,
        )  # fmt: skip
        listed, n = _empty_list(programmes_n), 0
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            n = _list_after(cells, i, listed, n)
            if n >= LISTED:
                _keep_listed(*month_of, listed, n, moves[chunk])
                n = 0
        _keep_listed(*month_of, listed, n, moves[chunk])
    flows += moves.sum(axis=0)


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
        self.weights = rates.burden
        self.columns = columns
        self.people = People(*(getattr(traits, name) for name in People._fields))
        self.state = state

    def seek(self, month: int, step: int, burdens: Burdens | Ways) -> None:
        """Let every household become aware, apply and complete applications."""
        _seek_all(*self._month(month, step, burdens), self.state.flows)

    def keep(self, month: int, step: int, burdens: Burdens | Ways) -> None:
        """Pay, renew or end every benefit, and note what each household receives."""
        received_next = np.zeros_like(self.state.receiving)
        _keep_all(*self._month(month, step, burdens), received_next, self.state.flows)
        self.state.receiving[:] = received_next

    def _month(self, month: int, step: int, burdens: Burdens | Ways) -> tuple[Any, ...]:
        """Gather what both moves read."""
        s = self.state
        ways = Ways.of(burdens, s.cells.households_n)
        asked = ways.burdens
        burden = compliance_burden(
            self.weights, asked.documents, asked.trips, asked.processing_days
        )
        claiming = Claiming(asked.learning, burden, asked.renewal_months, ways.way)
        standing = Standing(s.helped_step, s.receiving, s.read, s.paid_krw_m)
        people, cells = self.people, s.cells.columns
        return (*self.fixed, month, step, self.columns, claiming, people, cells, standing)
