"""The funnel over columns: the moves of a month for all households at once."""

from typing import Any

import numpy as np

from simlib.uptake.behaviour import compliance_burden
from simlib.uptake.columns import Claiming, People, Standing
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.keeping import keep_all
from simlib.uptake.programmes import Burdens, ProgrammeColumns
from simlib.uptake.rates import UptakeCodes, UptakeRates
from simlib.uptake.seeking import seek_all
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
        self.fixed = (*rates, codes, key)
        self.weights = rates.burden
        self.columns = columns
        self.people = People(*(getattr(traits, name) for name in People._fields))
        self.state = state

    def seek(self, month: int, step: int, burdens: Burdens | Ways) -> None:
        """Let every household become aware, apply and complete applications."""
        seek_all(*self._month(month, step, burdens), self.state.flows)

    def keep(self, month: int, step: int, burdens: Burdens | Ways) -> None:
        """Pay, renew or end every benefit, and note what each household receives."""
        keep_all(*self._month(month, step, burdens), self.state.flows)

    def _month(self, month: int, step: int, burdens: Burdens | Ways) -> tuple[Any, ...]:
        """Gather what both moves read."""
        s = self.state
        ways = Ways.of(burdens, s.cells.households_n)
        asked = ways.burdens
        burden = compliance_burden(
            self.weights, asked.documents, asked.trips, asked.processing_days
        )
        claiming = Claiming(asked.learning, burden, asked.renewal_months, ways.way)
        standing = Standing(*(getattr(s, name) for name in Standing._fields))
        people, cells = self.people, s.cells.columns
        return (*self.fixed, month, step, self.columns, claiming, people, cells, standing)
