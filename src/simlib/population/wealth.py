"""Wealth, debt, rent and deposits, moved onto the published distribution of net worth."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.cells import TENURES
from simlib.population.expansion import Skeleton
from simlib.population.income import Income, by_head_age, rank_share
from simlib.population.tables import Floats, Ints, by_region, table

ROUNDED_KRW = 10_000
"""Assets are rounded to this many won."""
_OWN, _JEONSE, _DEPOSIT_RENT, _MONTHLY_RENT, _RENT_FREE = range(5)


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


def give_wealth(people: Skeleton, income: Income, parameters: Parameters, draws: Draws) -> Wealth:
    """Give every household assets by class, debt, deposit and rent.

    Parameters
    ----------
    people, income
        Households and their incomes.
    parameters
        Dated parameters.
    draws
        Luck of this population.

    Returns
    -------
    Wealth
        Net worth is the published quantile at the household's rank in a score of age, income,
        tenure, region and luck; debt has the published mean by age of head; what is owned in
        all is net worth plus debt, divided into home, deposit, savings, vehicle and the rest.
    """
    ids = people.household_ids
    head_age = people.age[people.first[:-1]].astype(np.int64)
    net = _net_worth(people, head_age, income, parameters, draws)
    debt = _debt(people, head_age, net, income, parameters, draws)
    owned = np.maximum(net + debt, 0.0)
    mix = draws.uniform("population.asset_mix", ids)
    vehicle = np.minimum(_vehicle(people, income, parameters, draws), 0.5 * owned)
    low = parameters.number("population.home.share_low")
    high = parameters.number("population.home.share_high")
    home = np.where(people.tenure == _OWN, owned * (low + (high - low) * mix), 0.0)
    home = np.minimum(home, owned - vehicle)
    deposit, rent = _rent(people, owned - vehicle, income, parameters, draws)
    free = owned - vehicle - home - deposit
    liquid = parameters.number("population.financial_share.mean")
    second = draws.uniform("population.asset_mix", ids, draw=1)
    share = second ** (1.0 / liquid - 1.0)
    share = np.where(owned < 100e6, np.maximum(share, 0.8), share)
    savings = free * share
    return Wealth(
        _won(home), _won(deposit) + _won(free - savings), _won(savings), _won(vehicle),
        _won(debt), _won(deposit), _won(rent),
    )  # fmt: skip


def _won(values: Floats) -> Ints:
    return (np.rint(values / ROUNDED_KRW) * ROUNDED_KRW).astype(np.int64)


def _net_worth(
    people: Skeleton, head_age: Ints, income: Income, parameters: Parameters, draws: Draws
) -> Floats:
    value = {
        name: parameters.number(f"population.net_worth.{name}")
        for name in (
            "income_slope", "owner_shift", "jeonse_shift", "monthly_rent_shift", "sigma",
            "size_slope",
        )
    }  # fmt: skip
    shift = np.zeros(len(TENURES))
    shift[_OWN], shift[_JEONSE] = value["owner_shift"], value["jeonse_shift"]
    shift[_MONTHLY_RENT] = value["monthly_rent_shift"]
    sizes = np.diff(people.first)
    score = by_head_age("population.net_worth_age_shift", head_age, parameters)
    score += value["income_slope"] * income.score + shift[people.tenure]
    score += np.log(by_region("net_worth_factor"))[people.region]
    score += value["size_slope"] * np.log(sizes)
    luck = draws.normal("population.net_worth", people.household_ids)
    return net_worth_at(rank_share(score + value["sigma"] * luck), parameters)


def net_worth_at(share: Floats, parameters: Parameters) -> Floats:
    """Give the published net worth at a rank.

    Parameters
    ----------
    share
        Rank between 0 and 1, any shape.
    parameters
        Dated parameters.

    Returns
    -------
    ndarray
        Won: an exponential debt tail below, published tenths between, a Pareto tail above.
    """
    value = parameters.group("population.net_worth")
    rows = table("net_worth_quantiles")
    bottom = value["bottom_share"]
    known = np.concatenate([[bottom], rows["quantile"].to_numpy()])
    worth = np.concatenate([[0.0], rows["value"].to_numpy().astype(np.float64)])
    middle = np.interp(share, known, worth)
    lowest = value["bottom_scale_krw"] * np.log(np.minimum(share, bottom) / bottom)
    rest = np.maximum((1.0 - share) / (1.0 - known[-1]), value["tail_cut"])
    highest = worth[-1] * np.minimum(rest, 1.0) ** (-1.0 / value["tail_exponent"])
    middle = np.where(share < bottom, lowest, middle)
    return np.asarray(np.where(share > known[-1], highest, middle))


def _debt(
    people: Skeleton, head_age: Ints, net: Floats, income: Income, parameters: Parameters,
    draws: Draws,
) -> Floats:  # fmt: skip
    ids = people.household_ids
    held = parameters.value("population.debt.held_prob")
    prob = np.array([float(held[name]) for name in TENURES])[people.tenure]
    prob = prob * np.where(head_age >= 65, parameters.number("population.debt.old_factor"), 1.0)
    has = (draws.uniform("population.debt_held", ids) < prob) | (net < 0)
    luck = draws.normal("population.debt", ids)
    sizes = np.diff(people.first)
    score = 0.35 * income.score + parameters.number("population.debt.sigma") * luck
    score += parameters.number("population.debt.size_slope") * np.log(sizes)
    amount = np.where(has, np.exp(score), 0.0)
    limit = parameters.number("population.debt.limit")
    most = np.where(net > 0, net * limit / (1.0 - limit), np.inf)
    return _scaled_debt(amount, most, -net, head_age)


def _scaled_debt(amount: Floats, most: Floats, least: Floats, head_age: Ints) -> Floats:
    """Scale debts to the published mean of each age group, within what each can owe."""
    rows = table("head_age_money")
    ages = sorted(rows["age_from"].unique())
    means = {(a, m): v for a, m, v in rows.select("age_from", "measure", "value").iter_rows()}
    group = np.searchsorted(ages, head_age, side="right") - 1
    debt = np.zeros_like(amount)
    for g, age in enumerate(ages):
        chosen = np.flatnonzero((group == g) & (amount > 0))
        if chosen.size == 0:
            continue
        wanted = float(means[age, "debt_mean"]) * int((group == g).sum())
        here = amount[chosen]
        for _ in range(8):
            here = np.clip(here * (wanted / here.sum()), least[chosen], most[chosen])
        debt[chosen] = here
    return debt


def _vehicle(people: Skeleton, income: Income, parameters: Parameters, draws: Draws) -> Floats:
    value = parameters.group("population.vehicle")
    ids = people.household_ids
    logit = value["prob_base"] + value["prob_income"] * income.score
    logit = logit + value["prob_size"] * np.log(np.diff(people.first))
    has = draws.uniform("population.vehicle", ids) < 1.0 / (1.0 + np.exp(-logit))
    luck = draws.normal("population.vehicle", ids, draw=1)
    return np.where(
        has, value["value_krw"] * np.exp(value["sigma"] * luck + 0.2 * income.score), 0.0
    )


def _rent(
    people: Skeleton, owned: Floats, income: Income, parameters: Parameters, draws: Draws
) -> tuple[Floats, Floats]:
    """Give deposit and monthly rent; a deposit cannot exceed what a household owns."""
    number = parameters.number
    uniform = draws.uniform("population.rent", people.household_ids)
    luck = ndtri(uniform) * number("population.rent.sigma") + 0.15 * income.score
    spread = np.exp(luck)
    place = by_region("deposit_factor")[people.region]
    jeonse = number("population.jeonse.deposit_krw") * place * spread
    small = number("population.deposit_rent.deposit_krw") * place * spread
    deposit = np.where(
        people.tenure == _JEONSE, np.minimum(np.maximum(jeonse, 0.5 * owned), 0.85 * owned), 0.0
    )
    deposit = np.where(people.tenure == _DEPOSIT_RENT, np.minimum(small, 0.6 * owned), deposit)
    level = by_region("rent_factor")[people.region] * spread
    rent = np.where(
        people.tenure == _DEPOSIT_RENT, number("population.deposit_rent.rent_krw_m") * level, 0.0
    )
    bare = number("population.monthly_rent.rent_krw_m") * level
    return deposit, np.where(people.tenure == _MONTHLY_RENT, bare, rent)
