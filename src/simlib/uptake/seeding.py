"""Who receives what when the burn-in begins: a kept draw against each programme's rate."""

import numpy as np

from simlib.draws import Draws
from simlib.uptake.anchoring import Anchors
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import RECEIVING
from simlib.uptake.traits import Traits


def seed_receipt(
    state: FunnelState,
    programmes: Programmes,
    anchors: Anchors,
    traits: Traits,
    draws: Draws,
    first_step: int,
) -> None:
    """Let entitled households receive with each programme's target rate.

    Rights that follow another benefit count too.

    Parameters
    ----------
    state
        The funnel's columns, changed in place.
    programmes, anchors, traits, draws
        Catalogue, target rates, households and luck.
    first_step
        Step in which the burn-in begins.
    """
    cells = state.cells
    programme = cells.programme.astype(np.int64)
    known = np.flatnonzero((cells.right > 0) & ~np.isnan(anchors.target[programme]))
    rows, code = cells.rows[known], programmes.code[programme[known]]
    luck = draws.uniform("uptake.seed_receipt", traits.ids[rows], 0, code)
    receives = luck < anchors.target[programme[known]]
    chosen, rows, code = known[receives], rows[receives], code[receives]
    age = draws.uniform("uptake.seed_age", traits.ids[rows], 0, code)
    p = programme[chosen]
    period = np.maximum(programmes.renewal_months[p], 1.0)
    cells.state[chosen] = RECEIVING
    cells.since[chosen] = first_step - np.floor(age * period).astype(np.int16)
    bits = np.uint64(1) << (p % 64).astype(np.uint64)
    np.bitwise_or.at(state.receiving, (rows, p // 64), bits)
