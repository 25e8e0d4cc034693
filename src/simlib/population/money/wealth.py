"""Wealth, debt, rent and deposits, moved onto the published distribution of net worth."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.money.income import (
    Income,
    by_head_age,
    head_ages,
    head_group,
    poverty_of_place,
)
from simlib.population.money.knots import normal_quantile, on_knots, rounded
from simlib.population.published.cells import TENURES
from simlib.population.published.tables import Floats, Ints, by_region

ROUNDED_KRW = 10_000
"""Assets are rounded to this many won."""
CLASSES = ("other", "one_person", "single_parent")
"""Households whose published means of wealth and debt are aimed at apart."""
_OWN, _JEONSE, _DEPOSIT_RENT, _MONTHLY_RENT = range(4)
_OLD_GROUP = 5
_DECISIONS = ("net_worth", "debt_held", "debt", "asset_mix", "rent", "vehicle")


@dataclass(frozen=True)
class WealthMaps:
    """Hold the frozen maps from a household's score to its net worth, and levels of debt.

    Parameters
    ----------
    scores, net_krw
        Knots of each group of heads' ages, shape ``(groups, knots)``.
    region_shift
        Moves the scores of a region, shape ``(regions,)``.
    class_shift
        Moves the scores of a class of households, shape ``(classes,)``.
    debt_krw
        Level of debt by head's age and class, shape ``(groups, classes)``.
    """

    scores: Floats
    net_krw: Floats
    region_shift: Floats
    class_shift: Floats
    debt_krw: Floats


@dataclass(frozen=True)
class Wealth:
    """Hold assets, debt and housing costs of households in won, each shape ``(households,)``."""

    housing_krw: Ints
    general_krw: Ints
    financial_krw: Ints
    vehicle_krw: Ints
    debt_krw: Ints
    deposit_krw: Ints
    rent_krw_m: Ints


def give_wealth(
    people: Skeleton, income: Income, single_parent: NDArray[np.bool_], maps: WealthMaps,
    parameters: Parameters, draws: Draws,
) -> Wealth:  # fmt: skip
    """Give every household assets by class, debt, deposit and rent.

    Parameters
    ----------
    people, income
        Households and their incomes.
    single_parent
        Households of one parent with a child under 18, shape ``(households,)``.
    maps
        Frozen maps; nothing else is known of other households.
    parameters
        Dated parameters.
    draws
        Luck of this population.

    Returns
    -------
    Wealth
        Net worth is what the map of the head's age gives at a score of income, tenure, region,
        size and luck; debt has the published means by age of head; what is owned in all is net
        worth plus debt, divided into home, deposit, savings, vehicle and the rest.
    """
    classes = household_class(people, single_parent)
    group = head_group(people)
    score = worth_score(people, income.score, parameters, draws)
    score += maps.region_shift[people.region] + maps.class_shift[classes]
    size = np.log(np.diff(people.first))
    debts, held, limit = debt_shapes(people, income.score, parameters, draws)
    codes = _codes()
    k0, k1 = draws.key
    out = Wealth(*(np.empty(people.households_n, dtype=np.int64) for _ in range(7)))
    _divide(
        k0, k1, codes, people.household_offset, score, group, classes, people.tenure,
        people.region, income.score, size, debts, held, limit, maps.scores, maps.net_krw,
        maps.debt_krw, by_region("deposit_factor"), by_region("rent_factor"),
        _values(parameters, _SPLIT), out.housing_krw, out.general_krw, out.financial_krw,
        out.vehicle_krw, out.debt_krw, out.deposit_krw, out.rent_krw_m,
    )  # fmt: skip
    return out


_SPLIT = (
    "home.share_low", "home.share_high", "home.income_slope", "home.old_shift",
    "financial_share.power", "financial_share.income_slope", "financial_share.small_assets_krw",
    "financial_share.small_least", "vehicle.prob_base", "vehicle.prob_income", "vehicle.prob_size",
    "vehicle.value_krw", "vehicle.sigma", "vehicle.value_income", "vehicle.most_share",
    "jeonse.deposit_krw", "deposit_rent.deposit_krw", "rent.sigma", "rent.income_slope",
    "jeonse.least_share", "jeonse.most_share", "deposit_rent.most_share",
    "deposit_rent.rent_krw_m", "monthly_rent.rent_krw_m",
)  # fmt: skip

_DEBT = ("debt.income_slope", "debt.size_slope", "debt.sigma", "debt.limit")


def _values(parameters: Parameters, names: tuple[str, ...]) -> Floats:
    return np.array([parameters.number(f"population.{name}") for name in names])


def _codes() -> NDArray[np.uint64]:
    return np.array([decision_code(f"population.{d}") for d in _DECISIONS], dtype=np.uint64)


def household_class(people: Skeleton, single_parent: NDArray[np.bool_]) -> Ints:
    """Give the index into :data:`CLASSES` of each household, shape ``(households,)``."""
    alone = np.diff(people.first) == 1
    return np.asarray(np.where(single_parent, 2, alone.astype(np.int64)))


def worth_score(
    people: Skeleton, standing: Floats, parameters: Parameters, draws: Draws
) -> Floats:  # fmt: skip
    """Give what orders households of one age by net worth, shape ``(households,)``.

    Parameters
    ----------
    people
        Households.
    standing
        Normal score of each household's income.
    parameters
        Dated parameters.
    draws
        Luck of this population.
    """
    value = parameters.group("population.net_worth")
    tenures = np.zeros(len(TENURES))
    tenures[_OWN], tenures[_JEONSE] = value["owner_shift"], value["jeonse_shift"]
    tenures[_MONTHLY_RENT] = value["monthly_rent_shift"]
    place = parameters.number("population.place.net_worth_slope") * poverty_of_place(people)
    fixed = tenures[people.tenure] + np.log(by_region("net_worth_factor"))[people.region] - place
    score = np.empty(people.households_n)
    k0, k1 = draws.key
    _score(
        k0, k1, _codes()[0], people.household_offset, fixed, standing, people.first,
        value["income_slope"], value["size_slope"], value["sigma"], score,
    )  # fmt: skip
    return score


@njit(cache=True, parallel=True)
def _score(  # type: ignore[no-untyped-def]
    k0, k1, code, offset, fixed, standing, first, income_slope, size_slope, sigma, out
):  # fmt: skip
    for h in prange(out.size):
        luck = normal_quantile(uniform_at(k0, k1, code, offset + h, 0, 0))
        size = np.log(first[h + 1] - first[h])
        out[h] = fixed[h] + income_slope * standing[h] + size_slope * size + sigma * luck


def debt_shapes(
    people: Skeleton, standing: Floats, parameters: Parameters, draws: Draws
) -> tuple[Floats, Floats, float]:
    """Give debt apart from its level.

    Returns
    -------
    tuple
        Size of the debt that a household would have, its probability of having any, both shape
        ``(households,)``, and the largest debt in won per won of net worth.
    """
    value = dict(zip(_DEBT, _values(parameters, _DEBT), strict=True))
    held = parameters.value("population.debt.held_prob")
    prob = np.array([float(held[name]) for name in TENURES])[people.tenure]
    prob = prob * by_head_age("population.debt.held_factor", head_ages(people), parameters)
    shape = np.empty(people.households_n)
    k0, k1 = draws.key
    _debt_shape(
        k0, k1, _codes()[2], people.household_offset, standing, people.first,
        value["debt.income_slope"], value["debt.size_slope"], value["debt.sigma"], shape,
    )  # fmt: skip
    return shape, prob, value["debt.limit"] / (1.0 - value["debt.limit"])


@njit(cache=True, parallel=True)
def _debt_shape(  # type: ignore[no-untyped-def]
    k0, k1, code, offset, standing, first, income_slope, size_slope, sigma, out
):  # fmt: skip
    for h in prange(out.size):
        luck = normal_quantile(uniform_at(k0, k1, code, offset + h, 0, 0))
        size = np.log(first[h + 1] - first[h])
        out[h] = np.exp(income_slope * standing[h] + size_slope * size + sigma * luck)


@njit(cache=True)
def debt_at(level, shape, net, has, limit):  # type: ignore[no-untyped-def]
    """Give the debt of one household: at least what it lacks, at most what it can carry."""
    if net < 0.0:
        return max(level * shape, -net)
    return min(level * shape, net * limit) if has else 0.0


@njit(cache=True)
def _below(score):  # type: ignore[no-untyped-def]
    return 0.5 * math.erfc(-score * math.sqrt(0.5))


@njit(cache=True, parallel=True)
def _divide(  # type: ignore[no-untyped-def]
    k0, k1, codes, offset, score, group, classes, tenure, region, standing, size, shape, held,
    limit, at, values, level, deposit_factor, rent_factor, v, home, general, financial, vehicle,
    debt, deposit, rent,
):  # fmt: skip
    for h in prange(score.size):
        i = offset + h
        net = on_knots(score[h], at[group[h]], values[group[h]])
        has = uniform_at(k0, k1, codes[1], i, 0, 0) < held[h]
        owed = debt_at(level[group[h], classes[h]], shape[h], net, has, limit)
        owned = max(net + owed, 0.0)
        car = _car(k0, k1, codes[5], i, standing[h], size[h], owned, v)
        house = 0.0
        if tenure[h] == _OWN:
            luck = normal_quantile(uniform_at(k0, k1, codes[3], i, 0, 0))
            old = v[3] if group[h] >= _OLD_GROUP else 0.0
            mix = _below(luck + v[2] * standing[h] + old)
            house = min(owned * (v[0] + (v[1] - v[0]) * mix), owned - car)
        held_back, paid = 0.0, 0.0
        if _JEONSE <= tenure[h] <= _MONTHLY_RENT:
            held_back, paid = _lease(
                k0, k1, codes[4], i, tenure[h], standing[h], owned - car,
                deposit_factor[region[h]], rent_factor[region[h]], v,
            )  # fmt: skip
        free = max(owned - car - house - held_back, 0.0)
        luck = normal_quantile(uniform_at(k0, k1, codes[3], i, 0, 1))
        share = _below(luck + v[5] * standing[h]) ** v[4]
        if owned < v[6]:
            share = max(share, v[7])
        home[h] = rounded(house, ROUNDED_KRW)
        vehicle[h] = rounded(car, ROUNDED_KRW)
        deposit[h] = rounded(held_back, ROUNDED_KRW)
        financial[h] = rounded(free * share, ROUNDED_KRW)
        general[h] = deposit[h] + rounded(free - free * share, ROUNDED_KRW)
        debt[h], rent[h] = rounded(owed, ROUNDED_KRW), rounded(paid, ROUNDED_KRW)


@njit(cache=True)
def _car(k0, k1, code, i, standing, size, owned, v):  # type: ignore[no-untyped-def]
    """Give the value of a household's vehicles, 0 where there is none."""
    logit = v[8] + v[9] * standing + v[10] * size
    if uniform_at(k0, k1, code, i, 0, 0) >= 1.0 / (1.0 + np.exp(-logit)):
        return 0.0
    luck = normal_quantile(uniform_at(k0, k1, code, i, 0, 1))
    return min(v[11] * np.exp(v[12] * luck + v[13] * standing), v[14] * owned)


@njit(cache=True)
def _lease(k0, k1, code, i, tenure, standing, owned, place, level, v):  # type: ignore[no-untyped-def]
    """Give deposit and monthly rent; a deposit cannot exceed what a household owns."""
    luck = normal_quantile(uniform_at(k0, k1, code, i, 0, 0))
    spread = np.exp(v[17] * luck + v[18] * standing)
    if tenure == _JEONSE:
        wanted = max(v[15] * place * spread, v[19] * owned)
        return min(wanted, v[20] * owned), 0.0
    if tenure == _DEPOSIT_RENT:
        return min(v[16] * place * spread, v[21] * owned), v[22] * level * spread
    return 0.0, v[23] * level * spread
