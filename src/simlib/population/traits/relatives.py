"""Relatives living apart: parents of young heads of households, and children of old ones."""

import numpy as np
from numba import njit, prange

from simlib.draws import Draws, decision_code, uniform_at
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.money.income import HEAD_STEPS, Income, IncomeMaps, by_head_age, head_ages
from simlib.population.money.knots import normal_quantile, on_knots, rounded
from simlib.population.published.tables import Floats, Ints

_ROUNDED_KRW = 10_000
_SCORES = np.linspace(-3.0, 3.0, 61)


def obligors(
    people: Skeleton, income: Income, maps: IncomeMaps, parameters: Parameters, draws: Draws
) -> tuple[Ints, Ints]:  # fmt: skip
    """Give income and assets of the richest relative who could be asked for support.

    Returns
    -------
    tuple of ndarray
        Yearly income and assets in won, 0 where there is no such relative, each shape
        ``(households,)``.

    Notes
    -----
    The relative's household is a generation older where the head is young and a generation
    younger where the head is old. Its income follows the fitted distribution of households of
    two and more with a head of that age, at a rank that is tied to the household's own.
    """
    value = {
        name: parameters.number(f"population.obligor.{name}")
        for name in ("income_link", "income_factor", "assets_ratio", "assets_sigma")
    }
    age = head_ages(people)
    prob = by_head_age("population.obligor.prob", age, parameters)
    older = by_head_age("population.obligor.relative_age", age, parameters)
    step = np.searchsorted(np.array(HEAD_STEPS), older, side="right") - 1
    codes = np.array(
        [decision_code(f"population.{name}") for name in ("obligor", "obligor_money")],
        dtype=np.uint64,
    )
    k0, k1 = draws.key
    earned, owned = (np.empty(people.households_n, dtype=np.int64) for _ in range(2))
    _relatives(
        k0, k1, codes, people.household_offset, prob, step, income.score, _SCORES,
        _incomes_by_rank(maps), value["income_link"], value["income_factor"],
        value["assets_ratio"], value["assets_sigma"], earned, owned,
    )  # fmt: skip
    return earned, owned


def _incomes_by_rank(maps: IncomeMaps) -> Floats:
    """Give the logarithm of yearly income at normal scores of ranks, ``(steps, scores)``."""
    steps = len(HEAD_STEPS)
    inner = maps.log_krw_y[steps:, 1:-1]
    return np.stack([np.interp(_SCORES, maps.standing, row) for row in inner])


@njit(cache=True, parallel=True)
def _relatives(  # type: ignore[no-untyped-def]
    k0, k1, codes, offset, prob, step, standing, scores, incomes, link, factor, ratio, sigma,
    earned, owned,
):  # fmt: skip
    for h in prange(earned.size):
        i = offset + h
        earned[h] = 0
        owned[h] = 0
        if uniform_at(k0, k1, codes[0], i, 0, 0) >= prob[h]:
            continue
        luck = normal_quantile(uniform_at(k0, k1, codes[1], i, 0, 0))
        score = link * standing[h] + np.sqrt(1.0 - link * link) * luck
        income = factor * np.exp(on_knots(score, scores, incomes[step[h]]))
        other = normal_quantile(uniform_at(k0, k1, codes[1], i, 0, 1))
        worth = income * ratio * np.exp(sigma * other)
        earned[h] = rounded(income, _ROUNDED_KRW)
        owned[h] = rounded(worth, _ROUNDED_KRW)
