"""Luck first: draw for all households in one pass, and look closer at the few it may strike."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.outreach.screening import Rows, close_up, parts_of
from simlib.uptake.rooms import CHUNK


@njit(cache=True, parallel=True)
def _below(key, code, ids, among, month, draw, limit, rows, luck, kept_n):  # type: ignore[no-untyped-def]
    k0, k1 = key
    for part in prange(kept_n.size):
        begin, end = part * CHUNK, min(ids.size, (part + 1) * CHUNK)
        drawn = np.empty(end - begin)
        for j in range(end - begin):  # a loop that does nothing else runs several at once
            drawn[j] = uniform_at(k0, k1, code, ids[begin + j], month, draw)
        at = begin
        for j in range(end - begin):
            rows[at], luck[at] = begin + j, drawn[j]
            at += among[begin + j] & (drawn[j] < limit)
        kept_n[part] = at - begin


def lucky(
    draws: Draws,
    decision: str,
    ids: NDArray[np.int64],
    among: NDArray[np.bool_],
    limit: float,
    month: int,
    draw: int,
) -> tuple[Rows, NDArray[np.float64]]:
    """Find the households whose luck is below a limit.

    Parameters
    ----------
    draws, decision
        The replicate's draws, and a name in the registry.
    ids, among
        Ids of the households, and which of them count, (households,).
    limit
        The largest chance that any of them has.
    month, draw
        As in :meth:`~simlib.draws.Draws.uniform`.

    Returns
    -------
    tuple
        Their rows and their luck, (found,) each.
    """
    if limit <= 0.0:
        return np.empty(0, np.int64), np.empty(0)
    rows, luck, kept_n = np.empty(ids.size, np.int64), np.empty(ids.size), parts_of(ids.size)
    code = np.uint64(decision_code(decision))
    _below(draws.key, code, ids, among, month, draw, limit, rows, luck, kept_n)
    n = close_up(rows, kept_n)
    close_up(luck, kept_n)
    return rows[:n].copy(), luck[:n].copy()
