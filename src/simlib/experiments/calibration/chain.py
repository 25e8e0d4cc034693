"""The funnel as a Markov chain: what share of households of one kind is where, month by month.

Given its traits, a household's months in one programme are a Markov chain. Here its
probabilities move as the compiled funnel moves its draws: the same order within a month, the
same chances (from :mod:`simlib.uptake.behaviour`), and no luck.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.uptake.claims import DAYS_IN_MONTH

Floats = NDArray[np.float64]

NOTHING = 0
"""Count nothing: every household stays in the chain."""
CLAIMS = 1
"""Take households out, and count them, when they begin a claim."""
AWARDS = 2
"""Take households out, and count them, when they come to receive."""
EXITS = 3
"""Take households out, and count them, when they cease to receive."""


class Layout(NamedTuple):
    """Place the states of the chain: the funnel's states, some of them month by month.

    A state of several months has a place for each month waited in it; ``receiving_n`` places
    count the months since the last renewal.
    """

    pending_n: int
    suspended_n: int
    denied_n: int
    lapsed_n: int
    receiving_n: int

    @property
    def size(self) -> int:
        """Give the number of states."""
        return 3 + sum(self)

    @property
    def lapsed(self) -> int:
        """Give the place of the first month after a lapse."""
        return 3 + self.pending_n + self.suspended_n + self.denied_n

    @property
    def receiving(self) -> int:
        """Give the place of the first month of receipt."""
        return self.lapsed + self.lapsed_n


class Chances(NamedTuple):
    """Hold the chances of one kind of household in one month.

    Attributes
    ----------
    told
        Whether a notice tells of the programme this month.
    aware, apply, forget, complete, back, renew
        Of hearing by itself, beginning a claim, forgetting, completing a claim, coming back
        after a lapse, and getting through a renewal.
    award, broken
        Of an award of a complete claim, and of receipt breaking off.
    loss, regain
        Of losing the entitlement, and of getting it again.
    """

    told: bool
    aware: float
    apply: float
    forget: float
    complete: float
    back: float
    renew: float
    award: float
    broken: float
    loss: float
    regain: float


def decided_shares(processing_days: float) -> Floats:
    """Give the share of open claims that is decided after 0, 1, ... months of waiting.

    Claims arrive evenly over the days of a month and are decided in the month in which their
    days are over; offices are taken to have the hours they need.

    Parameters
    ----------
    processing_days
        Days from a complete claim to its decision.

    Returns
    -------
    ndarray
        Conditional shares, the last one 1, (months,).
    """
    days = np.arange(1.0, DAYS_IN_MONTH + 1.0)
    open_share = 1.0
    shares: list[float] = []
    while open_share > 0.0:
        ready = DAYS_IN_MONTH * (len(shares) + 1.0) - days >= processing_days
        now_open = float(np.mean(~ready))
        shares.append(1.0 - now_open / open_share)
        open_share = now_open
    return np.array(shares)


@njit(cache=True)
def move(p, out, layout, decided, every, c, count):  # type: ignore[no-untyped-def]
    """Move the shares of one kind of household by a month.

    Parameters
    ----------
    p, out
        Shares before and after, (2, states): without and with entitlement.
    layout
        Places of the states.
    decided
        Shares of open claims decided by months waited, (months,).
    every
        Months between renewals, 0 where renewal is automatic.
    c
        Chances of this kind of household.
    count
        What to take out and count: ``NOTHING``, ``CLAIMS``, ``AWARDS`` or ``EXITS``.

    Returns
    -------
    tuple
        Shares taken out: by households without and with entitlement.
    """
    pending = 3
    suspended = pending + layout.pending_n
    denied = suspended + layout.suspended_n
    lapsed = denied + layout.denied_n
    receiving = lapsed + layout.lapsed_n
    counted_without, counted_with = 0.0, 0.0
    out[:] = 0.0
    for entitled in range(2):
        q, r = p[entitled], out[entitled]
        if q.sum() == 0.0:
            continue
        knows = q[1] + q[denied - 1] + q[lapsed - 1] + q[receiving - 1]
        starts, enters = 0.0, 0.0
        if c.told:
            knows += q[0]
        elif entitled:
            r[1] += q[0] * c.aware
            r[0] += q[0] * (1.0 - c.aware)
        else:
            r[0] += q[0]
        if entitled:
            starts = knows * c.apply
            r[0] += (knows - starts) * c.forget
            r[1] += (knows - starts) * (1.0 - c.forget)
        else:
            r[1] += knows + q[2]
        if count == CLAIMS:
            counted_with += starts
        else:
            r[2] += starts
        for j in range(layout.suspended_n - 1):
            r[suspended + j + 1] += q[suspended + j]
        for j in range(layout.denied_n - 1):
            r[denied + j + 1] += q[denied + j]
        for j in range(layout.lapsed_n - 1):
            back = q[lapsed + j] * c.back if entitled else 0.0
            enters += back
            r[lapsed + j + 1] += q[lapsed + j] - back
        for waited in range(layout.pending_n + 1):
            if waited == 0:
                mass = q[2] * c.complete if entitled else 0.0
                if entitled:
                    r[suspended] += q[2] * (1.0 - c.complete)
            else:
                mass = q[pending + waited - 1]
            ready = mass * decided[waited]
            if waited < layout.pending_n:
                r[pending + waited] += mass - ready
            award = ready * c.award if entitled else 0.0
            enters += award
            r[denied] += ready - award
        if count == AWARDS:
            counted_with += enters
            enters = 0.0
        for j in range(layout.receiving_n):
            mass = q[receiving + j]
            if not entitled:
                if count == EXITS:
                    counted_without += mass
                else:
                    r[1] += mass
                continue
            stays = mass * (1.0 - c.broken)
            fails = 0.0
            if every > 0 and j + 1 == every:
                fails = stays * (1.0 - c.renew)
                r[receiving] += stays - fails
            else:
                r[receiving + min(j + 1, layout.receiving_n - 1)] += stays
            if count == EXITS:
                counted_with += mass - stays + fails
            else:
                r[0] += mass - stays
                r[lapsed] += fails
        r[0] += enters * c.broken
        r[receiving] += enters * (1.0 - c.broken)
    return counted_without, counted_with


@njit(cache=True)
def entitle(p, loss, regain):  # type: ignore[no-untyped-def]
    """Let shares of (2, states) lose their entitlement and get it again, in place."""
    for j in range(p.shape[1]):
        without, having = p[0, j], p[1, j]
        p[0, j] = without * (1.0 - regain) + having * loss
        p[1, j] = having * (1.0 - loss) + without * regain


def transition_matrix(layout: Layout, decided: Floats, every: int, chances: Chances) -> Floats:
    """Write a month as a matrix: row and column are states, first those without entitlement.

    Returns
    -------
    ndarray
        Probabilities of moving from row to column, (2 states, 2 states).
    """
    size = 2 * layout.size
    matrix = np.zeros((size, size))
    for row in range(size):
        p, out = np.zeros((2, layout.size)), np.zeros((2, layout.size))
        p.flat[row] = 1.0
        entitle(p, chances.loss, chances.regain)
        move(p, out, layout, decided, every, chances, NOTHING)
        matrix[row] = out.ravel()
    return matrix
