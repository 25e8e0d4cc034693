"""Traits of households: digital skill, relatives, heating, public rental, medical costs."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.cells import TENURES
from simlib.population.conditions import spread_costs
from simlib.population.expansion import Skeleton
from simlib.population.income import Income, by_head_age
from simlib.population.status import Status
from simlib.population.tables import Floats, Ints, by_age, by_region, municipalities

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
    luck = draws.uniform("population.skill", ids)
    spread = value["sigma"] * np.sqrt(12.0) * (luck - 0.5)
    skill = value["level"] * by_age("by_age", "capability")[people.age] + spread
    skill += value["income_slope"] * income.score[people.household]
    skill *= np.where(status.disability > 0, value["disabled_factor"], 1.0)
    skill = np.where(
        status.online == 1, np.clip(skill, value["offline"], 1.0), value["offline"] * luck
    )
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


def district_heating(people: Skeleton, draws: Draws) -> NDArray[np.bool_]:
    """Say which homes are served by district heating; none in counties."""
    known = municipalities()
    rural = (known["area_class"] == "rural").to_numpy()
    place = np.searchsorted(known["code"].to_numpy(), people.municipality)
    shares = np.where(rural[place], 0.0, by_region("district_heating")[people.region])
    return draws.uniform("population.district_heating", people.household_ids) < shares


def public_rental(
    people: Skeleton,
    income: Income,
    single_parent: NDArray[np.bool_],
    parameters: Parameters,
    draws: Draws,
) -> NDArray[np.bool_]:
    """Say which tenants live in public rental housing, shape ``(households,)``.

    The chance falls with income; its mean over households is that of the parameters.
    """
    value = parameters.group("attributes.public_rental")
    tenant = ~np.isin(people.tenure, [TENURES.index("own"), TENURES.index("rent_free")])
    weight = np.where(tenant, np.exp(value["income_slope"] * income.score), 0.0)
    prob = np.zeros(people.households_n)
    for chosen, share in (
        (single_parent, value["single_parent_share"]),
        (~single_parent, value["share"]),
    ):
        total = weight[chosen].sum()
        if total > 0:
            prob[chosen] = weight[chosen] * share * chosen.sum() / total
    return draws.uniform("population.public_rental", people.household_ids) < prob


def medical_costs(
    people: Skeleton, status: Status, income: Income, parameters: Parameters, draws: Draws
) -> Ints:
    """Give what members pay themselves for covered care in a year, won, ``(households,)``."""
    value = parameters.group("attributes.medical_cost")
    mean = value["mean_krw_y"] * by_age("health", "medical_cost")[people.age]
    mean *= np.where(status.ill == 1, value["ill_factor"], 1.0)
    mean *= np.where(status.disability > 0, value["disabled_factor"], 1.0)
    mean *= np.where(status.care_score > 0, value["care_factor"], 1.0)
    mean *= np.exp(value["income_slope"] * income.score)[people.household]
    luck = draws.normal("population.medical_cost", people.person_ids)
    return people.sum_by_household(spread_costs(mean, value["sigma"], luck))


def _won(values: Floats) -> Ints:
    return (np.rint(values / 10_000) * 10_000).astype(np.int64)
