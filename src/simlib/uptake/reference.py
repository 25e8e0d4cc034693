"""The funnel with one Mesa agent a household: slow, plain, and the first thing to read.

Every agent calls the same moves as the compiled loop and ends in the same states, bit for bit.
"""

from typing import Any

import numpy as np

from simlib.draws import uniform_at
from simlib.mesa_adapter import Agent
from simlib.right_kinds import NO_RIGHT
from simlib.uptake.behaviour import compliance_burden
from simlib.uptake.cell import NOTHING, keep, luck_month, open_after, open_before, seek
from simlib.uptake.entitlement import has_bit, is_entitled, peers_share, receives_other
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.programmes import ProgrammeColumns
from simlib.uptake.rates import UptakeCodes, UptakeRates
from simlib.uptake.states import AWARE, ENDED_UNKNOWN, PENDING, RECEIVING, UNAWARE
from simlib.uptake.traits import Traits
from simlib.uptake.ways import Ways


class HouseholdAgent(Agent):
    """A household that hears of programmes, applies, receives and renews.

    Parameters
    ----------
    model
        The Mesa model.
    funnel
        The funnel that it belongs to: rates, programmes and columns.
    row
        Its row in the columns.
    """

    def __init__(self, model: Any, funnel: "ReferenceFunnel", row: int) -> None:
        super().__init__(model)
        self.funnel = funnel
        self.row = row
        traits = funnel.traits
        self.ident = int(traits.ids[row])
        self.need = float(traits.need[row])
        self.friction = float(traits.friction[row])
        self.stigma = float(traits.stigma[row])
        self.first, self.last = (int(each) for each in traits.blocks[row])

    def seek(self, month: int, step: int, ways: Ways) -> None:
        """Become aware of programmes, apply, and complete applications."""
        state, cells = self.funnel.state, self.funnel.state.cells
        for cell in range(cells.first[self.row], cells.first[self.row] + cells.taken[self.row]):
            old = cells.state[cell]
            told = has_bit(state.read, self.row, int(cells.programme[cell]))
            if told:
                cells.read_step[cell] = step
            elif old == RECEIVING or (cells.right[cell] == NO_RIGHT and old <= AWARE):
                continue
            self._move(cell, old, told, month, step, ways)

    def _move(self, cell: int, old: int, told: bool, month: int, step: int, ways: Ways) -> None:
        w, i = ways.way[self.row], self.row
        funnel, state, cells = self.funnel, self.funnel.state, self.funnel.state.cells
        columns, p = funnel.columns, int(cells.programme[cell])
        entitled = is_entitled(cells.right[cell], state.receiving, columns.follows, i, p)
        peers, other = 0.0, 0.0
        if old == UNAWARE and entitled and not told:
            peers = peers_share(state.receiving, i, self.first, self.last, p)
            other = receives_other(state.receiving, i, p)
        since = cells.since[cell]
        rates, codes, key = funnel.rates, funnel.codes, funnel.key
        decision = open_before(rates, codes, entitled, told, old, step, since)
        new = seek(
            rates, codes, key, self.ident, month, step, columns.code[p], columns.offset[p],
            columns.visibility[p], columns.mean_krw_m[p], ways.burdens.learning[w, p],
            funnel.burden(ways, w, p), self.need, self.friction, self.stigma, entitled,
            cells.amount_krw_m[cell], old, since, cells.read_step[cell], state.helped_step[i],
            told, peers, other, self.luck(decision, month, p),
        )  # fmt: skip
        self._become(cell, old, new, step)

    def luck(self, decision: np.uint64, month: int, programme: int) -> float:
        """Draw the luck of a decision about a programme, if one is open."""
        if decision == NOTHING:
            return 0.0
        rates, codes, key = self.funnel.rates, self.funnel.codes, self.funnel.key
        then = month
        if decision == codes.complete:  # handing over all rates takes longer than the draw
            then = luck_month(rates, codes, decision, month)
        code = self.funnel.columns.code[programme]
        return float(uniform_at(*key, decision, self.ident, then, code))

    def keep(self, month: int, step: int, ways: Ways) -> int:
        """Be paid, renew or lose every benefit; give the bit mask of what is still received."""
        funnel, state, cells, i = self.funnel, self.funnel.state, self.funnel.state.cells, self.row
        columns, burdens, w = funnel.columns, ways.burdens, ways.way[i]
        received = 0
        for cell in range(cells.first[i], cells.first[i] + cells.taken[i]):
            old = cells.state[cell]
            if old != RECEIVING:
                continue
            p = int(cells.programme[cell])
            entitled = is_entitled(cells.right[cell], state.receiving, columns.follows, i, p)
            decision = open_after(funnel.codes, entitled, old)
            burden = funnel.burden(ways, w, p) - float(columns.ease[p])
            new = keep(
                funnel.rates, funnel.codes, funnel.key, self.ident, month, step, columns.code[p],
                burden, burdens.renewal_months[w, p], columns.break_prob_m[p], self.friction,
                entitled, bool(cells.right[cell] == ENDED_UNKNOWN), old, cells.since[cell],
                cells.read_step[cell], self.luck(decision, month, p),
            )  # fmt: skip
            if new == RECEIVING:
                received |= 1 << p
                state.paid_krw_m[i] += cells.amount_krw_m[cell]
            else:
                self._become(cell, old, new, step)
        return received

    def _become(self, cell: int, old: int, new: int, step: int) -> None:
        if new == old:
            return
        state = self.funnel.state
        state.cells.state[cell] = new
        state.cells.since[cell] = step
        state.may_wait[self.row] |= new == PENDING
        state.flows[state.cells.programme[cell], old, new] += 1


class ReferenceFunnel:
    """Run the funnel with one agent a household; takes what the compiled funnel takes.

    Parameters
    ----------
    model
        The Mesa model that owns the agents.
    rates, codes, key, columns, traits, state
        As in :class:`~simlib.uptake.compiled.CompiledFunnel`.
    """

    def __init__(
        self,
        model: Any,
        rates: UptakeRates,
        codes: UptakeCodes,
        key: tuple[np.uint64, np.uint64],
        columns: ProgrammeColumns,
        traits: Traits,
        state: FunnelState,
    ) -> None:
        self.rates, self.codes, self.key = rates, codes, key
        self.columns = columns
        self.traits = traits
        self.state = state
        self.households = [HouseholdAgent(model, self, row) for row in range(traits.ids.size)]

    def burden(self, ways: Ways, way: int, programme: int) -> float:
        """Weigh what a claim asks of those who claim in one way, logit."""
        asked = ways.burdens
        return float(
            compliance_burden(
                self.rates.burden,
                asked.documents[way, programme],
                asked.trips[way, programme],
                asked.processing_days[way, programme],
            )
        )

    def seek(self, month: int, step: int, ways: Ways) -> None:
        """Let every household become aware, apply and complete applications."""
        for household in self.households:
            household.seek(month, step, ways)

    def keep(self, month: int, step: int, ways: Ways) -> None:
        """Pay, renew or end every benefit, and note what each household receives."""
        words = self.state.receiving.shape[1]
        received_next = np.zeros_like(self.state.receiving)
        for household in self.households:
            received = household.keep(month, step, ways)
            for word in range(words):
                received_next[household.row, word] = (received >> (64 * word)) & (2**64 - 1)
        self.state.receiving[:] = received_next
