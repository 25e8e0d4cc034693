"""Traits of households: digital skill, medical costs, relatives who could support them."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.special import ndtri

from simlib.draws import Draws, decision_code, uniform_at
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.money.income import Income
from simlib.population.people.status import Status
from simlib.population.published.tables import Ints, by_age

_ADULT = 18
_QUANTILES_N = 4096
"""Steps of the table from which amounts around a mean are read."""


def digital_skill(
    people: Skeleton, status: Status, income: Income, parameters: Parameters, draws: Draws
) -> NDArray[np.float32]:
    """Give the ability to use online services of the best adult of each household.

    Returns
    -------
    ndarray
        0 to 1, shape ``(households,)``: at most the offline level where no adult uses the
        internet, else the published capability at their age, a little more with income, less
        with a disability.
    """
    value = parameters.group("population.skill")
    level = value["level"] * by_age("by_age", "capability")
    skill = np.empty(people.households_n, dtype=np.float32)
    k0, k1 = draws.key
    _skill(
        k0, k1, np.uint64(decision_code("population.skill")), people.person_offset, people.first,
        people.age, status.online, status.disability, income.score, level,
        value["sigma"] * np.sqrt(12.0), value["income_slope"], value["disabled_factor"],
        value["offline"], skill,
    )  # fmt: skip
    return skill


@njit(cache=True, parallel=True)
def _skill(  # type: ignore[no-untyped-def]
    k0, k1, code, offset, first, ages, online, disability, score, level, spread, slope,
    disabled_factor, offline, skill,
):  # fmt: skip
    for h in prange(skill.size):
        best = 0.0
        for i in range(first[h], first[h + 1]):
            if ages[i] < _ADULT:
                continue
            u = uniform_at(k0, k1, code, offset + i, 0, 0)
            own = offline * u
            if online[i]:
                own = level[ages[i]] + spread * (u - 0.5) + slope * score[h]
                own = min(max(own * (disabled_factor if disability[i] else 1.0), offline), 1.0)
            best = max(best, own)
        skill[h] = np.round(best, 3)


def medical_costs(
    people: Skeleton, status: Status, income: Income, parameters: Parameters, draws: Draws
) -> Ints:
    """Give what members pay themselves for covered care in a year, won, ``(households,)``.

    The mean follows age, illness, disability, care need and income; amounts of persons are
    lognormal around it.
    """
    value = parameters.group("attributes.medical_cost")
    by_years = value["base_krw_y"] * by_age("health", "medical_cost")
    steps = np.linspace(0.0, 1.0, _QUANTILES_N + 1)
    steps = ndtri(np.clip(steps, 0.5 / _QUANTILES_N, 1.0 - 0.5 / _QUANTILES_N))
    lognormal = np.exp(value["sigma"] * steps - value["sigma"] ** 2 / 2.0)
    cost = np.empty(people.households_n, dtype=np.int64)
    k0, k1 = draws.key
    _costs(
        k0, k1, np.uint64(decision_code("population.medical_cost")), people.person_offset,
        people.first, people.age, status.ill, status.disability, status.care_score, income.score,
        by_years, value["ill_factor"], value["disabled_factor"], value["care_factor"],
        value["income_slope"], lognormal, cost,
    )  # fmt: skip
    return cost


@njit(cache=True, parallel=True)
def _costs(  # type: ignore[no-untyped-def]
    k0, k1, code, offset, first, ages, ill, disability, care, score, by_years, ill_factor,
    disabled_factor, care_factor, slope, lognormal, cost,
):  # fmt: skip
    for h in prange(cost.size):
        total = 0.0
        for i in range(first[h], first[h + 1]):
            mean = by_years[ages[i]]
            mean *= ill_factor if ill[i] else 1.0
            mean *= disabled_factor if disability[i] else 1.0
            mean *= care_factor if care[i] else 1.0
            at = uniform_at(k0, k1, code, offset + i, 0, 0) * (lognormal.size - 1)
            low = int(at)
            total += mean * (lognormal[low] + (at - low) * (lognormal[low + 1] - lognormal[low]))
        cost[h] = int(total * np.exp(slope * score[h]) / 1000.0 + 0.5) * 1000
