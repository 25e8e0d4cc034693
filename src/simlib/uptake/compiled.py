"""The funnel over columns: the moves of a month for all households at once."""

from typing import Any

import numpy as np
from numba import njit, prange

from simlib.uptake.behaviour import compliance_burden
from simlib.uptake.columns import (
    BLOCK,
    PARTS,
    Claiming,
    FunnelMonth,
    People,
    Standing,
    blank_list,
    most_places,
    part_of,
)
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.keeping import keep_block
from simlib.uptake.programmes import ProgrammeColumns
from simlib.uptake.rates import UptakeCodes, UptakeRates
from simlib.uptake.seeking import seek_block
from simlib.uptake.states import STATES_N
from simlib.uptake.traits import Traits
from simlib.uptake.ways import Ways


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
        self.rates, self.codes, self.key = rates, codes, key
        self.columns = columns
        self.people = People(*(getattr(traits, name) for name in People._fields))
        self.state = state

    def seek(self, month: int, step: int, ways: Ways) -> None:
        """Let every household become aware, apply and complete applications."""
        _make_moves(False, *self._month(month, step, ways), self.state.flows)

    def keep(self, month: int, step: int, ways: Ways) -> None:
        """Pay, renew or end every benefit, and note what each household receives."""
        _make_moves(True, *self._month(month, step, ways), self.state.flows)

    def _month(self, month: int, step: int, ways: Ways) -> tuple[Any, ...]:
        """Gather what both moves read: rates one by one, then the rest of :class:`FunnelMonth`."""
        s, asked = self.state, ways.burdens
        burden = compliance_burden(
            self.rates.burden, asked.documents, asked.trips, asked.processing_days
        )
        claiming = Claiming(asked.learning, burden, asked.renewal_months, ways.way)
        standing = Standing(*(getattr(s, name) for name in Standing._fields))
        now = self.codes, self.key, month, step, self.columns, claiming, self.people
        return (*self.rates, *now, s.cells.columns, standing)


@njit(cache=True, parallel=True)
def _make_moves(  # type: ignore[no-untyped-def]
    keeps,
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
    programmes,
    claiming,
    people,
    cells,
    standing,
    flows,
):
    """Make one of the two moves of a month for every household; adds to ``flows``.

    Parts of the households run side by side, block by block. The arguments between the first
    and the last are those of :class:`FunnelMonth`, its rates one by one: a parallel loop takes
    no tuples of tuples.

    Parameters
    ----------
    keeps
        Whether benefits are kept; else they are sought.
    """
    households_n, programmes_n = cells.first.size, flows.shape[0]
    moves = np.zeros((PARTS, programmes_n, STATES_N, STATES_N), np.int64)
    for part in prange(PARTS):
        rates = UptakeRates(awareness, application, completion, renewal, burden, pause, several)
        now = FunnelMonth(
            rates, codes, key, month, step, programmes, claiming, people, cells, standing
        )
        first, last = part_of(part, households_n)
        n = most_places(cells, first, last)
        lists = (blank_list(n), blank_list(n), blank_list(n))
        for begin in range(first, last, BLOCK):
            end = min(last, begin + BLOCK)
            if keeps:
                keep_block(now, begin, end, lists, moves[part])
            else:
                seek_block(now, begin, end, lists, moves[part])
    flows += moves.sum(axis=0)
