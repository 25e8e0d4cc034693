"""Registered disability: who, how severe, and of which type."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.people.rates import DISABILITIES
from simlib.population.people.sampling import Strata, assign, choose
from simlib.population.published.cells import TENURES
from simlib.population.published.tables import Floats

Bytes = NDArray[np.uint8]
_HEAD, _ALONE, _MEMBER, _WITH_DISABLED = 0, 1, 2, 3
_PLACES_N = 4


def give_disability(
    people: Skeleton, strata: Strata, shares: Floats, parameters: Parameters, draws: Draws
) -> tuple[Bytes, Bytes]:
    """Choose registered persons so that the fitted shares hold in each region.

    Parameters
    ----------
    people, strata
        Households and persons, and the order in which they are chosen.
    shares
        None, then severity and type, by region, sex and age: see
        :class:`~simlib.population.people.rates.AttributeRates`.
    parameters
        Dated parameters: odds of people who live alone, with a disabled head, and by tenure.
    draws
        Luck of this population.

    Returns
    -------
    tuple of ndarray
        Severity and type, each shape ``(persons,)``: codes into
        :data:`~simlib.population.people.rates.DISABILITIES` and
        :data:`~simlib.population.people.rates.DISABILITY_TYPES`.
    """
    value = parameters.group("attributes.disability")
    totals = strata.totals(1.0 - shares[:, 0])
    tenure = parameters.value("attributes.disability_odds_by_tenure")
    by_tenure = np.array([float(tenure[name]) for name in TENURES])[:, None]
    chosen = np.zeros(people.persons_n, dtype=np.uint8)
    classes = np.zeros_like(chosen)
    _classes(people.first, people.tenure, chosen, classes)
    heads = totals * strata.count(people.relation == 0) / np.maximum(strata.counts, 1)
    odds = by_tenure * np.array([1.0, value["alone_odds"], 0.0, 0.0])
    choose(strata, heads, classes, odds.reshape(-1), "population.disability", draws, chosen)
    _classes(people.first, people.tenure, chosen, classes)
    odds = by_tenure * np.array([0.0, 0.0, 1.0, value["with_disabled_head_odds"]])
    choose(
        strata, totals - heads, classes, odds.reshape(-1), "population.disability", draws, chosen
    )
    kind = np.zeros(people.persons_n, dtype=np.uint8)
    assign(strata, shares[:, 1:], chosen, "population.disability_type", draws, kind)
    severities = len(DISABILITIES) - 1
    disability = chosen * (1 + kind % severities)
    return disability, chosen * (1 + kind // severities)


@njit(cache=True, parallel=True)
def _classes(first, tenure, disabled, classes):  # type: ignore[no-untyped-def]
    """Tell heads alone and with others, and members with and without a disabled head, by tenure."""
    for h in prange(first.size - 1):
        at = first[h]
        homes = tenure[h] * _PLACES_N
        classes[at] = homes + (_ALONE if first[h + 1] - at == 1 else _HEAD)
        for i in range(at + 1, first[h + 1]):
            classes[i] = homes + (_WITH_DISABLED if disabled[at] else _MEMBER)
