"""Which indicators a household may have at all: bounds by the drivers that it has, and luck first.

Most households have no driver but isolation, and most draws lie far above any chance they have.
Households of a chunk are therefore sorted by which drivers they have; the luck of all households
of a class is drawn in one loop, and compared with the largest chance that the class can have.
Only what remains is reckoned exactly, so results do not depend on the bounds.
"""

from typing import Final

import numpy as np
from numba import njit

from simlib.draws import philox4x32
from simlib.loops import inner

PARTS: Final = (0.0, 0.125, 0.5, 1.0)
"""Levels of the pressure on liquidity, and of isolation: up to which part of the most."""
LEVELS: Final = len(PARTS)
CLASSES: Final = LEVELS * LEVELS * 16
"""Classes of households: levels of liquidity and isolation, and four drivers there or not."""
ROUNDING: Final = 1e-9
"""Share by which bounds are raised, far more than the reckoning of a chance can err by."""


@inner
def _level(value, most):  # type: ignore[no-untyped-def]
    level = np.int64(value > 0.0)
    for part in PARTS[1:-1]:
        level += value > part * (1.0 - ROUNDING) * most
    return level


@inner
def class_of(shape, most, buffer, arrears, jobless, ill, disabled, isolation, crisis):  # type: ignore[no-untyped-def]
    """Give the class of a household by its latent states.

    Parameters
    ----------
    shape
        See :func:`~simlib.risk.reception.fill_drivers`.
    most
        The largest value of each driver that any household has, but of the pressure on liquidity
        the largest before it is raised to a power.
    buffer, arrears, jobless, ill, disabled, isolation, crisis
        Latent states of the household.
    """
    levels = _level(1.0 - buffer / shape[0], most[1]) * LEVELS + _level(isolation, most[5])
    flags = np.int64(arrears > 0) | np.int64(jobless > 0) << 1
    return levels * 16 + (flags | np.int64((ill > 0) | disabled) << 2 | np.int64(crisis > 0) << 3)


@njit(cache=True)
def _bounds_of(which, most, power):  # type: ignore[no-untyped-def]
    """Give the largest drivers of a class."""
    out, flags, levels, parts = np.zeros(most.size), which % 16, which // 16, np.array(PARTS)
    out[0] = most[0]
    out[1] = (most[1] * parts[levels // LEVELS]) ** power
    out[5] = most[5] * parts[levels % LEVELS]
    for bit, driver in enumerate((2, 3, 4, 6)):
        out[driver] = most[driver] if flags >> bit & 1 else 0.0
    return out


@njit(cache=True)
def highest_words(most, power, rate, weights, active, cap):  # type: ignore[no-untyped-def]
    """Give by class and indicator the highest 32-bit luck with which it can stand.

    Parameters
    ----------
    most, power
        As in :func:`class_of`, and the power to which pressure on liquidity is raised.
    rate, weights, active, cap
        Rate of each indicator, weights of its drivers, whether it is in force, and the largest
        chance there is.

    Returns
    -------
    ndarray
        (classes, indicators)
    """
    out = np.empty((CLASSES, rate.size), np.uint64)
    for which in range(CLASSES):
        bounds = _bounds_of(which, most, power)
        for j in range(rate.size):
            chance = min(rate[j] * (bounds * np.maximum(weights[j], 0.0)).sum(), cap) * active[j]
            out[which, j] = np.uint64(min(chance * (1.0 + ROUNDING) * 2.0**32, 2.0**32 - 1.0))
    return out


@njit(cache=True)
def likely(  # type: ignore[no-untyped-def]
    key, code, block, ids, epochs, first, highest, out
):
    """Set the bits of the indicators of one block that households of one class may have.

    Parameters
    ----------
    key
        Two key words of the replicate.
    code, block, first
        Code of the luck, number of the block and of its first indicator.
    ids, epochs
        Households of the class, and the epoch that each one's luck lasts, (class,).
    highest
        Highest luck with which each indicator of the block can stand, up to four.
    out
        (class,) unsigned; bit ``first`` and those after it are set.
    """
    k0, k1 = key
    top0 = highest[0]
    top1 = highest[1] if highest.size > 1 else np.uint64(0)
    top2 = highest[2] if highest.size > 2 else np.uint64(0)
    top3 = highest[3] if highest.size > 3 else np.uint64(0)
    there1, there2, there3 = highest.size > 1, highest.size > 2, highest.size > 3
    shift = np.uint64(first)
    for i in range(ids.size):  # a loop without branches runs for several households at once
        w0, w1, w2, w3 = philox4x32(ids[i], epochs[i], code, block, k0, k1)
        bits = np.uint64(w0 <= top0)
        bits |= np.uint64((w1 <= top1) & there1) << np.uint64(1)
        bits |= np.uint64((w2 <= top2) & there2) << np.uint64(2)
        bits |= np.uint64((w3 <= top3) & there3) << np.uint64(3)
        out[i] |= bits << shift
