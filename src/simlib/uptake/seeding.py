"""Who receives what when the burn-in begins: a kept draw against each programme's rate."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.uptake.anchoring import Anchors
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import RECEIVING, FunnelState
from simlib.uptake.traits import Traits


def seed_receipt(
    state: FunnelState,
    right: NDArray[np.uint8],
    programmes: Programmes,
    anchors: Anchors,
    traits: Traits,
    draws: Draws,
    first_step: int,
) -> None:
    """Let entitled households receive with each programme's target rate.

    Parameters
    ----------
    state
        The funnel's columns, changed in place.
    right
        Rights, (households, programmes); rights that follow another benefit count too.
    programmes, anchors, traits, draws
        Catalogue, target rates, households and luck.
    first_step
        Step in which the burn-in begins.
    """
    for p in range(programmes.programmes_n):
        target = anchors.target[p]
        if np.isnan(target):
            continue
        rows = np.flatnonzero(right[:, p] > 0)
        code = int(programmes.code[p])
        luck = draws.uniform("uptake.seed_receipt", traits.ids[rows], 0, code)
        chosen = rows[luck < target]
        age = draws.uniform("uptake.seed_age", traits.ids[chosen], 0, code)
        period = max(programmes.renewal_months[p], 1.0)
        state.state[chosen, p] = RECEIVING
        state.since[chosen, p] = first_step - np.floor(age * period).astype(np.int16)
        state.receiving[chosen, p // 64] |= np.uint64(1) << np.uint64(p % 64)
