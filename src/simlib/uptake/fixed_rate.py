"""Take-up as a given rate: a kept draw of every household and programme, and nothing else.

The usual static treatment in microsimulation, right for costing: no time, no messages, no
offices. A household receives what it is entitled to if its draw lies below the programme's
rate; the draw never changes, so a change of the rules changes only whom it should.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.benefits.catalogue import Catalogue
from simlib.draws import decision_code, uniform_at
from simlib.errors import UserError
from simlib.uptake.entitlement import has_bit, is_entitled
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.programmes import ProgrammeColumns
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import RECEIVING, STATES_N, UNAWARE
from simlib.uptake.traits import Traits
from simlib.uptake.ways import Ways

Floats = NDArray[np.float64]


def known_rates(catalogue: Catalogue) -> Floats:
    """Give each programme's published or assumed take-up, nan where there is none."""
    rates = [each.take_up.value if each.take_up else np.nan for each in catalogue.programmes]
    return np.asarray(rates, dtype=np.float64)


def fixed_rates(catalogue: Catalogue) -> Floats:
    """Give the rate of every programme, (programmes,).

    Raises
    ------
    UserError
        If a programme has no rate: nobody could say who receives it.
    """
    rates = known_rates(catalogue)
    for name in np.asarray(catalogue.ids)[np.isnan(rates)].tolist():
        raise UserError(
            f"programme '{name}' has no take-up rate",
            f"{name}.yaml",
            "in the mode fixed_rate a household receives with its programme's rate",
            "give 'take_up' with value, year, source and evidence, or leave the programme out",
        )
    return rates


class FixedRateFunnel:
    """Let entitled households receive with their programme's rate, month by month.

    Takes the place of :class:`~simlib.uptake.compiled.CompiledFunnel`.

    Parameters
    ----------
    rates
        Rate of each programme, from :func:`fixed_rates`.
    key
        Key of the draws.
    columns
        The programmes.
    traits
        Ids of the households.
    state
        The columns that are changed in place.
    """

    def __init__(
        self,
        rates: Floats,
        key: tuple[np.uint64, np.uint64],
        columns: ProgrammeColumns,
        traits: Traits,
        state: FunnelState,
    ) -> None:
        self.rates = rates
        self.key = key
        self.columns = columns
        self.traits = traits
        self.state = state
        self.code = np.uint64(decision_code("uptake.seed_receipt"))

    def seek(self, month: int, step: int, ways: Ways) -> None:
        """Let nobody seek anything."""

    def keep(self, month: int, step: int, ways: Ways) -> None:  # noqa: ARG002
        """Pay whoever is entitled and has luck; nobody else receives."""
        state = self.state
        _receive(
            self.rates,
            self.key,
            self.code,
            step,
            self.columns.code,
            self.columns.follows,
            self.traits.ids,
            state.cells.columns,
            state.receiving,
            state.paid_krw_m,
            state.flows,
        )


@njit(cache=True)
def _mask_of_receipt(  # type: ignore[no-untyped-def]
    rates, key, decision, codes, follows, ident, i, cells, receiving
):
    """Build a household's mask of receipt; what follows another benefit comes after that one."""
    for word in range(receiving.shape[1]):
        receiving[i, word] = np.uint64(0)
    grew = True
    while grew:
        grew = False
        for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
            cell = cells.record[k]
            p = np.int64(cell.programme)
            if has_bit(receiving, i, p) or not is_entitled(cell.right, receiving, follows, i, p):
                continue
            if uniform_at(key[0], key[1], decision, ident, 0, codes[p]) < rates[p]:
                receiving[i, p >> 6] |= np.uint64(1) << np.uint64(p & 63)
                grew = True


@njit(cache=True)
def _settle(cells, i, step, receiving, flows):  # type: ignore[no-untyped-def]
    """Write a household's receipt into its cells; give what it is paid, won a month."""
    paid_krw_m = np.float32(0.0)
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        p = np.int64(cell.programme)
        new = RECEIVING if has_bit(receiving, i, p) else UNAWARE
        if new == RECEIVING:
            paid_krw_m += cell.amount_krw_m
        if new != cell.state:
            flows[p, cell.state, new] += 1
            cell.state = new
            cell.since = step
    return paid_krw_m


@njit(cache=True, parallel=True)
def _receive(  # type: ignore[no-untyped-def]
    rates, key, decision, step, codes, follows, ids, cells, receiving, paid, flows
):
    households_n = ids.size
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    tallies = np.zeros((chunks_n, flows.shape[0], STATES_N, STATES_N), np.int64)
    for chunk in prange(chunks_n):
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            _mask_of_receipt(rates, key, decision, codes, follows, ids[i], i, cells, receiving)
            paid[i] += _settle(cells, i, step, receiving, tallies[chunk])
    flows += tallies.sum(axis=0)
