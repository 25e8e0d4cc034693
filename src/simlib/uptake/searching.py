"""How long a household searches: it hears of a programme, forgets it, hears again, and applies.

While its chances stay the same, unaware and aware are a chain of two states that is left by
applying, and the time until then is a sum of two geometric ones. Their chances of going on are
the eigenvalues of the chain; see Fill 2009, "The passage time distribution for a birth-and-death
chain: strong stationary duality gives a first stochastic proof". Two draws stand for all months.
"""

import math
from typing import Final, NamedTuple

from numba import njit

from simlib.loops import inner
from simlib.uptake.states import UNAWARE

NEVER_MONTHS: Final = 1_000_000
"""Months that stand for never."""
NEARLY_ONE: Final = 1.0 - 1e-9
"""Largest ratio of the two eigenvalues, which keeps what is divided by their distance finite."""


class Search(NamedTuple):
    """Hold a chain of two states, unaware and aware.

    Attributes
    ----------
    stays_unaware, hears, forgets, stays_aware
        Chance of standing there at the beginning of the next month, by where it stands.
    applies
        Chance that it applies in a month that it begins aware.
    slow, fast
        Eigenvalues, the larger one first.
    """

    stays_unaware: float
    hears: float
    forgets: float
    stays_aware: float
    applies: float
    slow: float
    fast: float


@njit(cache=True, forceinline=True)
def log_not(prob):  # type: ignore[no-untyped-def]
    """Give the log of the chance that something does not happen, minus infinity if it must."""
    return -math.inf if prob >= 1.0 else math.log1p(-prob)


@njit(cache=True, forceinline=True)
def months_until(luck, log_not_m):  # type: ignore[no-untyped-def]
    """Give the months until something happens, from one draw and what :func:`log_not` gives."""
    if log_not_m == 0.0:
        return NEVER_MONTHS
    return int(min(math.log(luck) / log_not_m, NEVER_MONTHS))


@inner
def _months(luck, going_on):  # type: ignore[no-untyped-def]
    """Give a geometric time from one draw and the chance of going on."""
    return months_until(luck, math.log(going_on)) if going_on > 0.0 else 0


@inner(error_model="numpy")
def search_of(gap_months, unfound, untold, applies, forgets):  # type: ignore[no-untyped-def]
    """Work out how a household searches.

    Parameters
    ----------
    gap_months
        Months between hearing and applying at the earliest, 0 or 1.
    unfound, untold
        Chance that it does not look the programme up in a month, and of not being told of it.
    applies, forgets
        Chance that it applies in a month once it is aware, and that it forgets in one in which
        it does not apply.
    """
    unheard = unfound * untold
    hears, stays = 1.0 - unheard, (1.0 - applies) * (1.0 - forgets)
    forgets = (1.0 - applies) * forgets
    if gap_months == 0:  # whoever hears may apply, stay aware or forget in the same month
        unheard += hears * forgets
        hears *= stays
    middle, half = 0.5 * (unheard + stays), 0.5 * (unheard - stays)
    slow = min(middle + math.sqrt(half**2 + hears * forgets), 1.0)
    fast = (unheard * stays - hears * forgets) / slow if slow > 0.0 else 0.0
    return Search(unheard, hears, forgets, stays, applies, slow, fast)


@inner(error_model="numpy")
def going_on(search):  # type: ignore[no-untyped-def]
    """Give the chances of going on of the two geometric times, that of the longer one first.

    Where hearing and applying are both nearly sure the smaller eigenvalue may lie below zero; one
    time then has the mean of the two. Whoever can never apply searches for ever.
    """
    if search.fast >= 0.0 or search.slow >= 1.0:
        return search.slow, max(search.fast, 0.0)
    mean = search.slow / (1.0 - search.slow) + search.fast / (1.0 - search.fast)
    return mean / (1.0 + mean), 0.0


@inner
def unaware_applies_after(gap_months, slow, fast, luck, again):  # type: ignore[no-untyped-def]
    """Give the months after which a household applies that begins one unaware.

    Parameters
    ----------
    gap_months
        As in :func:`search_of`.
    slow, fast
        What :func:`going_on` gives.
    luck, again
        Numbers in (0, 1).
    """
    return gap_months + _months(luck, slow) + _months(again, fast)


@inner
def applies_after(search, gap_months, state, luck, again):  # type: ignore[no-untyped-def]
    """Give the months after which a household applies that begins one unaware or aware."""
    slow, fast = going_on(search)
    if state == UNAWARE:
        return unaware_applies_after(gap_months, slow, fast, luck, again)
    # some of the aware wait the shorter of the two times, the others the longer
    shorter = again * (slow - fast) < search.applies - 1.0 + slow
    return _months(luck, fast if shorter else slow)


@inner
def is_aware_after(search, state, months, luck):  # type: ignore[no-untyped-def]
    """Tell whether a household is aware after so many months in which it has not applied.

    Parameters
    ----------
    search
        :class:`Search`.
    state
        Where it stood, unaware or aware.
    months
        Months since then, one at least.
    luck
        A number in (0, 1).
    """
    ratio = min(search.fast / search.slow, NEARLY_ONE) if search.slow > 0.0 else 0.0
    power = ratio ** (months - 1)
    now, before = 1.0 - power * ratio, (1.0 - power) * search.fast
    if state == UNAWARE:
        aware, unaware = now * search.hears, now * search.stays_unaware - before
    else:
        aware, unaware = now * search.stays_aware - before, now * search.forgets
    return luck * (aware + unaware) < aware
