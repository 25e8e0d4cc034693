"""Traits of households: digital skill, relatives who could support them, city gas."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.expansion import Skeleton
from simlib.population.income import Income, by_head_age
from simlib.population.status import Status
from simlib.population.tables import Floats, Ints, by_age, by_region

_ADULT = 18


def digital_skill(
    people: Skeleton, status: Status, income: Income, parameters: Parameters, draws: Draws
) -> NDArray[np.float32]:
    """Give the ability to use online services of the best adult of each household.

    Returns
    -------
    ndarray
        0 to 1, shape ``(households,)``: low for those who do not use the internet, else the
        published capability at their age, a little more with income, less with a disability.
    """
    value = parameters.group("population.skill")
    ids = people.person_ids
    online = (
        draws.uniform("population.internet", ids) < by_age("by_age", "internet_use")[people.age]
    )
    luck = draws.uniform("population.skill", ids)
    spread = value["sigma"] * np.sqrt(12.0) * (luck - 0.5)
    skill = value["level"] * by_age("by_age", "capability")[people.age] + spread
    skill += value["income_slope"] * income.score[people.household]
    skill *= np.where(status.disability > 0, value["disabled_factor"], 1.0)
    skill = np.where(online, np.clip(skill, value["offline"], 1.0), value["offline"] * luck)
    skill = np.where(people.age >= _ADULT, skill, 0.0)
    return np.round(people.max_by_household(skill), 3).astype(np.float32)


def obligors(
    people: Skeleton, income: Income, parameters: Parameters, draws: Draws
) -> tuple[Ints, Ints]:
    """Give income and assets of the richest relative who could be asked for support.

    Returns
    -------
    tuple of ndarray
        Yearly income and assets in won, 0 where there is no such relative, each shape
        ``(households,)``.
    """
    ids = people.household_ids
    head_age = people.age[people.first[:-1]].astype(np.int64)
    prob = by_head_age("population.obligor.prob", head_age, parameters)
    has = draws.uniform("population.obligor", ids) < prob
    link = parameters.number("population.obligor.income_link")
    luck = draws.normal("population.obligor_money", ids)
    score = link * income.score + np.sqrt(1.0 - link**2) * luck
    median = parameters.number("population.obligor.income_krw_y")
    earned = median * np.exp(parameters.number("population.obligor.income_sigma") * score)
    ratio = parameters.number("population.obligor.assets_ratio")
    owned = earned * ratio * np.exp(draws.normal("population.obligor_money", ids, draw=1))
    return _won(np.where(has, earned, 0.0)), _won(np.where(has, owned, 0.0))


def city_gas(people: Skeleton, draws: Draws) -> NDArray[np.bool_]:
    """Say which homes are served by city gas, shape ``(households,)``."""
    shares = by_region("city_gas")[people.region]
    return draws.uniform("population.city_gas", people.household_ids) < shares


def _won(values: Floats) -> Ints:
    return (np.rint(values / 10_000) * 10_000).astype(np.int64)
