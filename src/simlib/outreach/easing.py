"""Ways to claim under a policy: which instruments ease whose claims this month."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Easing, Instrument
from simlib.uptake.programmes import Burdens
from simlib.uptake.ways import Ways

Masks = NDArray[np.bool_]


def ease(instruments: Iterable[Instrument], desk: Desk) -> Ways:
    """Join what all instruments ease into ways to claim.

    Households that the same instruments serve share a way; each instrument changes the burdens
    that those before it left.

    Parameters
    ----------
    instruments
        In the order in which they act.
    desk
        The month's desk, after this month's contacts.
    """
    easings = [each for instrument in instruments for each in instrument.easings(desk)]
    served = [_inside(desk, each.served) for each in easings]
    if all(mask is None for mask in served):
        return Ways.one(_changed(easings, desk), desk.households_n, _hours_share(easings))
    code = np.zeros(desk.households_n, np.uint32)
    partly = [k for k, mask in enumerate(served) if mask is not None]
    for bit, k in enumerate(partly):
        code |= np.asarray(served[k], np.uint32) << np.uint32(bit)
    present = np.flatnonzero(np.bincount(code, minlength=1))
    burdens, hours_share = [], []
    for each in present.tolist():
        active = [
            easing
            for k, easing in enumerate(easings)
            if served[k] is None or each >> partly.index(k) & 1
        ]
        burdens.append(_changed(active, desk))
        hours_share.append(_hours_share(active))
    way = np.zeros(int(present[-1]) + 1, np.uint16)
    way[present] = np.arange(present.size)
    return Ways.joined(burdens, hours_share, way[code])


def _inside(desk: Desk, served: Masks | None) -> Masks | None:
    """Keep to the households where the policy is in force; None when that is everybody."""
    if served is None:
        return None if desk.everywhere else desk.inside
    return np.asarray(served & desk.inside)


def _hours_share(easings: list[Easing]) -> float:
    return float(np.prod([easing.hours_share for easing in easings]))


def _changed(easings: list[Easing], desk: Desk) -> Burdens:
    burdens = desk.programmes.burdens()
    for easing in easings:
        burdens = easing.change(burdens, desk.programmes)
    return burdens
