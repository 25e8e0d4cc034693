"""Registered disability: who, how severe, and of which type."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.expansion import Skeleton
from simlib.population.rates import DISABILITIES
from simlib.population.sampling import Strata, assign, choose
from simlib.population.tables import Floats

Bytes = NDArray[np.uint8]
_HEAD, _ALONE, _MEMBER, _WITH_DISABLED = 1, 2, 3, 4


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
        :class:`~simlib.population.rates.AttributeRates`.
    parameters
        Dated parameters: odds of people who live alone, and with a disabled head.
    draws
        Luck of this population.

    Returns
    -------
    tuple of ndarray
        Severity and type, each shape ``(persons,)``: codes into
        :data:`~simlib.population.rates.DISABILITIES` and
        :data:`~simlib.population.rates.DISABILITY_TYPES`.
    """
    value = parameters.group("attributes.disability")
    totals = strata.totals(1.0 - shares[:, 0])
    head = people.relation == 0
    alone = people.sizes[people.household] == 1
    classes = np.where(head, np.where(alone, _ALONE, _HEAD), 0).astype(np.uint8)
    heads = totals * strata.count(head) / np.maximum(strata.counts, 1)
    chosen = np.zeros(people.persons_n, dtype=np.uint8)
    odds = np.array([0.0, 1.0, value["alone_odds"], 0.0, 0.0])
    choose(strata, heads, classes, odds, "population.disability", draws, chosen)
    with_head = chosen[people.first[:-1]][people.household]
    classes = np.where(head, 0, np.where(with_head == 1, _WITH_DISABLED, _MEMBER)).astype(np.uint8)
    odds = np.array([0.0, 0.0, 0.0, 1.0, value["with_disabled_head_odds"]])
    choose(strata, totals - heads, classes, odds, "population.disability", draws, chosen)
    kind = np.zeros(people.persons_n, dtype=np.uint8)
    assign(strata, shares[:, 1:], chosen, "population.disability_type", draws, kind)
    severities = len(DISABILITIES) - 1
    disability = chosen * (1 + kind % severities)
    return disability, chosen * (1 + kind // severities)
