"""A month of all kinds of households at once, compiled."""

import numpy as np
from numba import njit

from simlib.experiments.calibration.chain import Chances, entitle, move
from simlib.experiments.calibration.hazards import neighbours_mixed


@njit(cache=True)
def entitle_all(p, loss, regain):  # type: ignore[no-untyped-def]
    """Let shares of all kinds lose and regain their entitlement, (kinds, 2, states), in place."""
    if loss <= 0.0 and regain <= 0.0:
        return
    for i in range(p.shape[0]):
        entitle(p[i], loss, regain)


@njit(cache=True)
def move_all(  # type: ignore[no-untyped-def]
    p, layout, decided, every, told, aware, apply, forget, complete, back, renew, award, broken,
    count, taken,
):  # fmt: skip
    """Move the shares of all kinds by a month.

    Parameters
    ----------
    p
        Shares, (kinds, 2, states).
    layout, decided, every, told, forget, back, award, broken
        As of :func:`~simlib.experiments.calibration.chain.move`, the same for all kinds.
    aware, apply, complete, renew
        Chances of each kind, (kinds,).
    count, taken
        What to take out, and where to add it up: without and with entitlement, (kinds, 2).

    Returns
    -------
    ndarray
        Shares after the month, (kinds, 2, states).
    """
    out = np.empty_like(p)
    for i in range(p.shape[0]):
        chances = Chances(
            told, aware[i], apply[i], forget, complete[i], back, renew[i], award, broken, 0.0, 0.0
        )
        without, having = move(p[i], out[i], layout, decided, every, chances, count)
        taken[i, 0] += without
        taken[i, 1] += having
    return out


@njit(cache=True)
def run_months(  # type: ignore[no-untyped-def]
    p, months, layout, decided, every, aware, neighbours, apply, forget, complete, back, renew,
    award, broken, loss, regain, count, taken,
):  # fmt: skip
    """Move the shares of all kinds by several months in which nobody is contacted.

    Parameters
    ----------
    p, layout, decided, every, apply, forget, complete, back, renew, award, broken, count, taken
        As of :func:`move_all`.
    months
        How many.
    aware
        Chance of hearing by oneself, by receiving neighbours, (kinds, 5).
    neighbours
        Whether neighbours are entitled too; else none of them receives.
    loss, regain
        Chances a month of losing the entitlement and of getting it again.

    Returns
    -------
    ndarray
        Shares afterwards, (kinds, 2, states).
    """
    hears = neighbours_mixed(aware, 0.0)
    for _ in range(months):
        if neighbours:
            receiving = p[:, :, layout[0] + layout[1] + layout[2] + layout[3] + 3 :]
            hears = neighbours_mixed(aware, receiving.sum() / p.shape[0])
        entitle_all(p, loss, regain)
        p = move_all(
            p, layout, decided, every, False, hears, apply, forget, complete, back, renew, award,
            broken, count, taken,
        )  # fmt: skip
    return p


@njit(cache=True)
def split_by_reading(p, read, pending, receiving):  # type: ignore[no-untyped-def]
    """Split shares into those who read nothing, who read, and readers with nothing to claim.

    Parameters
    ----------
    p
        Shares before, (kinds, 2, states); the unread part stays in it.
    read
        Chance of reading of each kind, (kinds,).
    pending, receiving
        Places of the first state of waiting for a decision (and its end), and of receipt.

    Returns
    -------
    tuple
        Shares of readers who could still claim, and of readers who receive or wait.
    """
    open_to, closed = np.zeros_like(p), np.zeros_like(p)
    for i in range(p.shape[0]):
        for e in range(2):
            for j in range(p.shape[2]):
                reads = p[i, e, j] * read[i]
                p[i, e, j] -= reads
                if pending[0] <= j < pending[1] or j >= receiving:
                    closed[i, e, j] = reads
                else:
                    open_to[i, e, j] = reads
    return open_to, closed
