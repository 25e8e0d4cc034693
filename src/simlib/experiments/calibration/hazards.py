"""Chances of every kind of household, by the functions that the funnel itself calls."""

import numpy as np
from numba import njit

from simlib.uptake.behaviour import (
    application_prob,
    awareness_prob,
    completion_prob,
    relative_benefit,
    renewal_prob,
)

NEIGHBOURS_N = 4
"""Neighbours whose receipt a household sees, two on each side."""


@njit(cache=True)
def benefits(rates, amount_krw_m, mean_krw_m):  # type: ignore[no-untyped-def]
    """Give the log of the relative benefit, (kinds,)."""
    out = np.empty(amount_krw_m.size)
    for i in range(out.size):
        out[i] = relative_benefit(rates, amount_krw_m[i], mean_krw_m)
    return out


@njit(cache=True)
def awareness(rates, offset, need, friction, benefit, receives_other):  # type: ignore[no-untyped-def]
    """Give the chance of hearing by oneself, by how many neighbours receive, (kinds, 5)."""
    out = np.empty((friction.size, NEIGHBOURS_N + 1))
    for i in range(friction.size):
        for receivers in range(NEIGHBOURS_N + 1):
            out[i, receivers] = awareness_prob(
                rates,
                offset,
                0.0,
                friction[i],
                need[i],
                benefit[i],
                receivers / NEIGHBOURS_N,
                receives_other,
            )
    return out


@njit(cache=True)
def applications(  # type: ignore[no-untyped-def]
    rates, offset, benefit, need, friction, stigma, visibility, burden, months_since_read, helped
):
    """Give the chance of beginning a claim, (kinds,)."""
    out = np.empty(friction.size)
    for i in range(out.size):
        out[i] = application_prob(
            rates,
            offset,
            benefit[i],
            need[i],
            friction[i],
            stigma[i],
            visibility,
            burden,
            months_since_read,
            helped,
        )
    return out


@njit(cache=True)
def completions(rates, friction, burden, helped):  # type: ignore[no-untyped-def]
    """Give the chance of completing a claim that was begun, (kinds,)."""
    out = np.empty(friction.size)
    for i in range(out.size):
        out[i] = completion_prob(rates, friction[i], burden, helped)
    return out


@njit(cache=True)
def renewals(rates, friction, burden):  # type: ignore[no-untyped-def]
    """Give the chance of getting through a renewal that is due, (kinds,)."""
    out = np.empty(friction.size)
    for i in range(out.size):
        out[i] = renewal_prob(rates, friction[i], burden, 0.0)
    return out


@njit(cache=True)
def neighbours_mixed(chances, receiving_share):  # type: ignore[no-untyped-def]
    """Average chances over how many neighbours receive, if each does with the same chance.

    Parameters
    ----------
    chances
        By number of receiving neighbours, (kinds, 5).
    receiving_share
        Share of all households that receive.

    Returns
    -------
    ndarray
        Shape (kinds,).
    """
    share = min(max(receiving_share, 0.0), 1.0)
    out = np.zeros(chances.shape[0])
    ways = 1.0
    for receivers in range(NEIGHBOURS_N + 1):
        weight = ways * share**receivers * (1.0 - share) ** (NEIGHBOURS_N - receivers)
        for i in range(out.size):
            out[i] += weight * chances[i, receivers]
        ways *= (NEIGHBOURS_N - receivers) / (receivers + 1.0)
    return out
