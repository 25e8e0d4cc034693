"""Incomes: earnings, pensions and the rest, moved onto published distributions by age of head."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.cells import TENURES, compositions
from simlib.population.expansion import Skeleton
from simlib.population.rates import EMPLOYED_N, WORKS
from simlib.population.status import Status
from simlib.population.tables import Floats, Ints, by_age, by_region, table

ROUNDED_KRW = 1000
"""Monthly money of persons is rounded to this many won."""


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
    people: Skeleton, status: Status, single_parent: NDArray[np.bool_], parameters: Parameters,
    draws: Draws,
) -> Income:  # fmt: skip
    """Give every person and household an income without simulated benefits.

    Parameters
    ----------
    people, status
        Households, persons and their work.
    single_parent
        Households of one parent with a child under 18, shape ``(households,)``.
    parameters
        Dated parameters.
    draws
        Luck of this population.

    Returns
    -------
    Income
        First from work, age, sex, region and luck; then each household's total is replaced by
        the published income at its rank among households of the same age of head.
    """
    earnings = _earnings(people, status, single_parent, parameters, draws)
    pension = _pensions(people, status, parameters, draws)
    head_age = people.age[people.first[:-1]].astype(np.int64)
    other = _other(people.household_ids, head_age, parameters, draws)
    sums = people.sum_by_household(earnings), people.sum_by_household(pension)
    latent = sums[0] + sums[1] + other
    standing = latent * _standing(people, parameters)
    luck = draws.uniform("population.income_rank", people.household_ids)
    wanted = _published(standing * (1.0 + 1e-3 * luck), head_age, parameters) / 12.0
    kept = np.clip(wanted / latent, 0.7, 1.3) * sums[1]
    kept = np.minimum(kept, wanted)
    scale = (wanted - kept) / np.maximum(sums[0] + other, 1.0)
    pension_scale = np.divide(kept, sums[1], out=np.ones_like(kept), where=sums[1] > 0)
    earned = _won(earnings * scale[people.household])
    paid = _won(pension * pension_scale[people.household])
    rest = _won(other * scale)
    totals = people.sum_by_household(earned), people.sum_by_household(paid)
    score = ndtri(rank_share(totals[0] + totals[1] + rest + luck))
    return Income(earned, paid, rest, totals[0], totals[1], score)


def _standing(people: Skeleton, parameters: Parameters) -> Floats:
    """Give what moves a household's rank within its age group, shape ``(households,)``."""
    by_type = parameters.value("population.income_factor_by_type")
    by_tenure = parameters.value("population.income_factor_by_tenure")
    types = np.array([float(by_type[kind.household_type]) for kind in compositions()])
    tenures = np.array([float(by_tenure[tenure]) for tenure in TENURES])
    return np.asarray(types[people.kind] * tenures[people.tenure])


def rank_share(values: Floats) -> Floats:
    """Give each value's rank as a share between 0 and 1, shape as given."""
    order = np.argsort(values, kind="stable")
    share = np.empty(values.size)
    share[order] = (np.arange(values.size) + 0.5) / values.size
    return share


def _won(values: Floats) -> Ints:
    return (np.rint(values / ROUNDED_KRW) * ROUNDED_KRW).astype(np.int64)


def _earnings(
    people: Skeleton, status: Status, single_parent: NDArray[np.bool_], parameters: Parameters,
    draws: Draws,
) -> Floats:  # fmt: skip
    wages = parameters.group("population.wage")
    levels = np.array([wages[kind] for kind in WORKS[:EMPLOYED_N]] + [0.0, 0.0])
    earners = np.flatnonzero(levels[status.work] > 0)
    home = people.household[earners]
    level = levels[status.work[earners]] * by_age("work", "earnings_factor")[people.age[earners]]
    level *= np.where(people.sex[earners] == 1, wages["female_factor"], 1.0)
    level *= np.where(status.disability[earners] > 0, wages["disabled_factor"], 1.0)
    level *= np.where(single_parent[home], wages["single_parent_factor"], 1.0)
    level *= by_region("income_factor")[people.region[home]]
    own = draws.normal("population.earnings", people.person_offset + earners)
    shared = draws.normal("population.earnings_household", people.household_ids)[home]
    luck = wages["sigma_person"] * own + wages["sigma_household"] * shared
    earnings = np.zeros(people.persons_n)
    earnings[earners] = level * np.exp(luck)
    return earnings


def _pensions(people: Skeleton, status: Status, parameters: Parameters, draws: Draws) -> Floats:
    value = parameters.group("population.pension")
    drawing = np.flatnonzero(status.pension)
    luck = draws.normal("population.pension_amount", people.person_offset + drawing)
    factor = np.where(people.sex[drawing] == 1, value["national_female_factor"], 1.0)
    national = value["national_krw_m"] * factor * np.exp(value["national_sigma"] * luck)
    service = value["occupational_krw_m"] * np.exp(value["occupational_sigma"] * luck)
    pension = np.zeros(people.persons_n)
    pension[drawing] = np.where(status.pension[drawing] == 2, service, national)
    return pension


def _other(ids: Ints, head_age: Ints, parameters: Parameters, draws: Draws) -> Floats:
    value = parameters.group("population.other_income")
    luck = draws.normal("population.other_income", ids)
    level = np.where(head_age >= 60, value["old_krw_m"], value["young_krw_m"])
    sigma = value["sigma"]
    return np.asarray(level * np.exp(sigma * luck - sigma**2 / 2.0))


def _published(latent: Floats, head_age: Ints, parameters: Parameters) -> Floats:
    """Give the published yearly income at each household's rank in its age group."""
    rows = table("head_age_money")
    ages = sorted(rows["age_from"].unique())
    anchors = {(a, m): v for a, m, v in rows.select("age_from", "measure", "value").iter_rows()}
    group = np.searchsorted(ages, head_age, side="right") - 1
    value = parameters.group("population.low_income")
    wanted = np.zeros(latent.size)
    for g, age in enumerate(ages):
        chosen = np.flatnonzero(group == g)
        if chosen.size == 0:
            continue
        rank = rank_share(latent[chosen])
        mean, median = anchors[age, "income_mean"], anchors[age, "income_median"]
        sigma = np.sqrt(2.0 * np.log(mean / median))
        benefits = value["benefit_share"] * np.maximum(1.0 - rank / value["rank_below"], 0.0)
        wanted[chosen] = median * np.exp(sigma * ndtri(rank)) * (1.0 - benefits)
    return wanted


def by_head_age(path: str, head_age: Ints, parameters: Parameters) -> Floats:
    """Give a parameter that is listed by age of head, shape ``(households,)``."""
    steps: dict[Any, Any] = parameters.value(path)
    ages = np.array(sorted(int(age) for age in steps))
    values = np.array([float(steps[int(age)]) for age in ages])
    return np.asarray(values[np.searchsorted(ages, head_age, side="right") - 1])
