"""Incomes: earnings, pensions and the rest, moved onto published distributions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.money.knots import normal_quantile, on_knots, rounded
from simlib.population.money.transfers import market_at, members_of, schedule
from simlib.population.people.rates import EMPLOYED_N, WORKS
from simlib.population.people.status import Status
from simlib.population.published.cells import TENURES, compositions
from simlib.population.published.tables import (
    Floats,
    Ints,
    by_age,
    by_municipality,
    by_region,
    place_of,
)

ROUNDED_KRW = 1000
"""Monthly money of persons is rounded to this many won."""
HEAD_STEPS = (0, 30, 40, 50, 60, 65, 75)
"""First ages of the groups of heads within which incomes and wealth are mapped."""
_UNSTEADY = ("temporary", "daily")
_WAGE = (
    "female_factor", "disabled_factor", "disabled_factor_severe", "sigma_person",
    "sigma_household", "sigma_unsteady",
)  # fmt: skip
_PENSION = (
    "national_krw_m", "national_female_factor", "national_sigma", "occupational_krw_m",
    "occupational_sigma",
)  # fmt: skip
_OTHER = ("young_krw_m", "old_krw_m", "sigma", "old_from_age", "idle_krw_m", "idle_sigma")
_DECISIONS = ("earnings", "earnings_household", "pension_amount", "other_income")


@dataclass(frozen=True)
class Latent:
    """Hold incomes before they are moved onto published distributions.

    Parameters
    ----------
    earnings_krw_m, pension_krw_m
        Of each person, shape ``(persons,)``.
    other_krw_m
        Of each household, shape ``(households,)``.
    score
        Logarithm of the household's yearly standing, shape ``(households,)``.
    cell
        Map that the household follows, shape ``(households,)``.
    """

    earnings_krw_m: Floats
    pension_krw_m: Floats
    other_krw_m: Floats
    score: Floats
    cell: Ints


@dataclass(frozen=True)
class IncomeMaps:
    """Hold the frozen maps from a household's score to its yearly income with benefits.

    Parameters
    ----------
    scores, log_krw_y
        Knots of each cell (people alone or not, by age of head), shape ``(cells, knots)``.
    standing_log_krw_y, standing
        Knots of the country's distribution: logarithm of yearly income and normal score of its
        rank, shape ``(knots,)``.
    region_shift
        Moves the scores of a region, shape ``(regions,)``.
    single_parent_shift
        Moves the scores of one parent with a child under 18.
    """

    scores: Floats
    log_krw_y: Floats
    standing_log_krw_y: Floats
    standing: Floats
    region_shift: Floats
    single_parent_shift: float


@dataclass(frozen=True)
class Income:
    """Hold monthly incomes in won.

    Parameters
    ----------
    earnings_krw_m, pension_krw_m
        Of each person, shape ``(persons,)``.
    other_krw_m
        Of each household, shape ``(households,)``.
    household_earnings_krw_m, household_pension_krw_m
        Sums of the persons', shape ``(households,)``.
    score
        Normal score of the household's income rank in the country, shape ``(households,)``.
    """

    earnings_krw_m: Ints
    pension_krw_m: Ints
    other_krw_m: Ints
    household_earnings_krw_m: Ints
    household_pension_krw_m: Ints
    score: Floats

    @property
    def total_krw_m(self) -> Ints:
        """Give each household's income, shape ``(households,)``."""
        return self.household_earnings_krw_m + self.household_pension_krw_m + self.other_krw_m


def give_income(
    people: Skeleton, status: Status, single_parent: NDArray[np.bool_], maps: IncomeMaps,
    parameters: Parameters, draws: Draws,
) -> Income:  # fmt: skip
    """Give every person and household an income without simulated benefits.

    Parameters
    ----------
    people, status
        Households, persons and their work.
    single_parent
        Households of one parent with a child under 18, shape ``(households,)``.
    maps
        Frozen maps onto published distributions; nothing else is known of other households, so
        that any block of a population gets the same incomes alone.
    parameters
        Dated parameters.
    draws
        Luck of this population.

    Returns
    -------
    Income
        First from work, age, sex, region and luck; then each household's total is replaced by
        the one that its map gives, less the benefits that such a household may expect.
    """
    latent = latent_income(people, status, parameters, draws)
    score = latent.score + maps.region_shift[people.region]
    score += np.where(single_parent, maps.single_parent_shift, 0.0)
    members = members_of(people.first, people.age, parameters)
    earned = np.empty(people.persons_n, dtype=np.int64)
    paid = np.empty(people.persons_n, dtype=np.int64)
    rest, earned_sum, paid_sum = (np.empty(people.households_n, dtype=np.int64) for _ in range(3))
    standing = np.empty(people.households_n)
    kept = parameters.group("population.pension_kept")
    _move(
        people.first, latent.earnings_krw_m, latent.pension_krw_m, latent.other_krw_m, score,
        latent.cell, maps.scores, maps.log_krw_y, maps.standing_log_krw_y, maps.standing,
        members.root, members.older_n, members.child_krw_y, schedule(parameters),
        kept["least"], kept["most"], earned, paid, rest, earned_sum, paid_sum, standing,
    )  # fmt: skip
    return Income(earned, paid, rest, earned_sum, paid_sum, standing)


def latent_income(
    people: Skeleton, status: Status, parameters: Parameters, draws: Draws
) -> Latent:  # fmt: skip
    """Give incomes as work, age, sex, region and luck suggest them."""
    earnings, pension = np.zeros(people.persons_n), np.zeros(people.persons_n)
    other, score = np.empty(people.households_n), np.empty(people.households_n)
    codes = np.array([decision_code(f"population.{d}") for d in _DECISIONS], dtype=np.uint64)
    k0, k1 = draws.key
    _latent(
        k0, k1, codes, people.household_offset, people.person_offset, people.first, people.region,
        people.age, people.sex, status.work, status.disability, status.pension,
        _levels(parameters), np.isin(WORKS, _UNSTEADY), by_age("work", "earnings_factor"),
        by_region("income_factor"), _values(parameters, "wage", _WAGE),
        _values(parameters, "pension", _PENSION), _values(parameters, "other_income", _OTHER),
        earnings, pension, other, score,
    )  # fmt: skip
    score += standing_shift(people, parameters)
    return Latent(earnings, pension, other, score, cell_of(people))


def _levels(parameters: Parameters) -> Floats:
    wages = parameters.group("population.wage")
    return np.array(
        [wages[kind] for kind in WORKS[:EMPLOYED_N]] + [0.0] * (len(WORKS) - EMPLOYED_N)
    )


def _values(parameters: Parameters, group: str, names: tuple[str, ...]) -> Floats:
    return np.array([parameters.number(f"population.{group}.{name}") for name in names])


def standing_shift(people: Skeleton, parameters: Parameters) -> Floats:
    """Give what moves a household's score beside its latent income, shape ``(households,)``."""
    by_type = parameters.value("population.income_factor_by_type")
    by_tenure = parameters.value("population.income_factor_by_tenure")
    types = np.log([float(by_type[kind.household_type]) for kind in compositions()])
    tenures = np.log([float(by_tenure[tenure]) for tenure in TENURES])
    place = poverty_of_place(people) * parameters.number("population.place.income_slope")
    return np.asarray(types[people.kind] + tenures[people.tenure] - place)


def poverty_of_place(people: Skeleton) -> Floats:
    """Give the logarithm of the municipality's rate of recipients over the country's.

    Returns
    -------
    ndarray
        Shape ``(households,)``: above 0 where more residents receive basic livelihood benefits.
    """
    place = place_of(people.municipality)
    return np.asarray(np.log(by_municipality("nbls_factor"))[place])


def head_ages(people: Skeleton) -> Ints:
    """Give the ages of heads, shape ``(households,)``."""
    return people.age[people.first[:-1]].astype(np.int64)


def head_group(people: Skeleton) -> Ints:
    """Give the group of each head's age among :data:`HEAD_STEPS`, shape ``(households,)``."""
    steps = np.searchsorted(np.array(HEAD_STEPS), np.arange(256), side="right") - 1
    return np.asarray(steps[people.age[people.first[:-1]]])


def cell_of(people: Skeleton) -> Ints:
    """Give the map each household follows: people alone first, then others, by age of head."""
    alone = np.diff(people.first) == 1
    return np.asarray(head_group(people) + np.where(alone, 0, len(HEAD_STEPS)))


@njit(cache=True, parallel=True)
def _latent(  # type: ignore[no-untyped-def]
    k0, k1, codes, household_offset, person_offset, first, region, age, sex, work, disability,
    kind, levels, unsteady, age_factor, region_factor, wage, pension, other, out_earned,
    out_pension, out_other, out_score,
):  # fmt: skip
    for h in prange(first.size - 1):
        household = household_offset + h
        shared = np.nan
        total = 0.0
        for i in range(first[h], first[h + 1]):
            level = levels[work[i]]
            if level > 0.0:
                if np.isnan(shared):
                    u = uniform_at(k0, k1, codes[1], household, 0, 0)
                    shared = wage[4] * normal_quantile(u)
                level *= age_factor[age[i]] * region_factor[region[h]]
                if sex[i] == 1:
                    level *= wage[0]
                if disability[i] > 0:
                    level *= wage[disability[i]]
                sigma = wage[5] if unsteady[work[i]] else wage[3]
                u = uniform_at(k0, k1, codes[0], person_offset + i, 0, 0)
                out_earned[i] = level * np.exp(shared + sigma * normal_quantile(u))
                total += out_earned[i]
            if kind[i] > 0:
                u = uniform_at(k0, k1, codes[2], person_offset + i, 0, 0)
                luck = normal_quantile(u)
                if kind[i] == 2:
                    paid = pension[3] * np.exp(pension[4] * luck)
                else:
                    paid = pension[0] * np.exp(pension[2] * luck)
                    if sex[i] == 1:
                        paid *= pension[1]
                out_pension[i] = paid
                total += paid
        mean, sigma = other[0], other[2]
        if age[first[h]] >= other[3]:
            mean = other[1]
        elif total == 0.0:
            mean, sigma = other[4], other[5]
        luck = normal_quantile(uniform_at(k0, k1, codes[3], household, 0, 0))
        out_other[h] = mean * np.exp(sigma * luck - 0.5 * sigma * sigma)
        out_score[h] = np.log(12.0 * (total + out_other[h]))


@njit(cache=True, parallel=True)
def _move(  # type: ignore[no-untyped-def]
    first, earnings, pension, other, score, cell, at, values, ranks_at, ranks, root, older, child,
    benefits, least, most, out_earned, out_paid, out_rest, out_earned_sum, out_paid_sum,
    out_standing,
):  # fmt: skip
    for h in prange(score.size):
        log_total = on_knots(score[h], at[cell[h]], values[cell[h]])
        out_standing[h] = on_knots(log_total, ranks_at, ranks)
        wanted = market_at(np.exp(log_total), root[h], older[h], child[h], benefits) / 12.0
        earned, paid = 0.0, 0.0
        for i in range(first[h], first[h + 1]):
            earned += earnings[i]
            paid += pension[i]
        kept = min(max(wanted / (earned + paid + other[h]), least), most)
        kept_sum = min(kept * paid, wanted)
        scale = (wanted - kept_sum) / max(earned + other[h], 1.0)
        pension_scale = kept_sum / paid if paid > 0.0 else 0.0
        out_earned_sum[h] = 0
        out_paid_sum[h] = 0
        for i in range(first[h], first[h + 1]):
            out_earned[i] = rounded(earnings[i] * scale, ROUNDED_KRW)
            out_paid[i] = rounded(pension[i] * pension_scale, ROUNDED_KRW)
            out_earned_sum[h] += out_earned[i]
            out_paid_sum[h] += out_paid[i]
        out_rest[h] = rounded(other[h] * scale, ROUNDED_KRW)


def by_head_age(path: str, head_age: Ints, parameters: Parameters) -> Floats:
    """Give a parameter that is listed by age of head, shape ``(households,)``."""
    steps: dict[Any, Any] = parameters.value(path)
    ages = np.array(sorted(int(age) for age in steps))
    values = np.array([float(steps[int(age)]) for age in ages])
    return np.asarray(values[np.searchsorted(ages, head_age, side="right") - 1])
