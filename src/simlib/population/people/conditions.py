"""Health and the rest that follows from age: illness, care, veterans, infertility, internet."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.households.expansion import RELATIONS, Skeleton
from simlib.population.people.rates import DISABILITIES, EMPLOYED_N
from simlib.population.people.sampling import Strata, choose
from simlib.population.published.cells import compositions
from simlib.population.published.tables import SEXES, Floats, by_age, regions

VETERANS = ("none", "war", "merit")
GRADED_SCORE = 45
"""Lowest score at which long-term care is graded."""
_TOP_SCORE = 100
_OLD = 65
_MINOR = 18
_SEVERE = DISABILITIES.index("severe")

Bytes = NDArray[np.uint8]


def single_parents(people: Skeleton) -> NDArray[np.bool_]:
    """Say which households are one parent with a child under 18, shape ``(households,)``."""
    kinds = np.array([kind.household_type == "single_parent" for kind in compositions()])
    minor = (people.relation == RELATIONS.index("child")) & (people.age < _MINOR)
    return kinds[people.kind] & (people.max_by_household(minor.astype(np.uint8)) > 0)


def in_couples(people: Skeleton) -> Bytes:
    """Mark heads and spouses who live together, shape ``(persons,)``."""
    spouse = RELATIONS.index("spouse")
    paired = people.max_by_household((people.relation == spouse).astype(np.uint8))
    return np.asarray(paired[people.household] * (people.relation <= spouse), dtype=np.uint8)


def give_illness(
    strata: Strata,
    shares: Floats,
    disability: Bytes,
    work: Bytes,
    parameters: Parameters,
    draws: Draws,
) -> Bytes:
    """Choose who has a chronic illness; more of the disabled, fewer of those with work."""
    value = parameters.group("attributes.illness_odds")
    classes = 2 * (disability > 0).view(np.uint8) + (work < EMPLOYED_N).view(np.uint8)
    odds = _product([1.0, value["disabled"]], [1.0, value["employed"]])
    return _chosen(strata, shares, classes, odds, "population.illness", draws)


def give_internet(
    people: Skeleton,
    strata: Strata,
    shares: Floats,
    disability: Bytes,
    work: Bytes,
    parameters: Parameters,
    draws: Draws,
) -> Bytes:
    """Choose who uses the internet; fewer of the disabled and those alone, more with work."""
    value = parameters.group("attributes.internet_odds")
    alone = (people.sizes == 1).view(np.uint8)[people.household]
    classes = 2 * (disability > 0).view(np.uint8) + (work < EMPLOYED_N).view(np.uint8)
    classes = 2 * classes + alone
    odds = _product([1.0, value["disabled"]], [1.0, value["employed"]], [1.0, value["alone"]])
    return _chosen(strata, shares, classes, odds, "population.internet", draws)


def _chosen(
    strata: Strata, shares: Floats, classes: Bytes, odds: Floats, decision: str, draws: Draws
) -> Bytes:
    """Choose as many persons of each stratum as its share says, classes by their odds."""
    chosen = np.zeros(classes.size, dtype=np.uint8)
    choose(strata, strata.totals(shares[:, 1]), classes, odds, decision, draws, chosen)
    return chosen


def give_care(
    people: Skeleton,
    strata: Strata,
    disability: Bytes,
    ill: Bytes,
    parameters: Parameters,
    draws: Draws,
) -> tuple[Bytes, Bytes]:
    """Choose who needs care, how much, and who has dementia.

    Returns
    -------
    tuple of ndarray
        Score of functional need from 0 to 100 as an assessor of long-term care gives it, and
        1 for diagnosed dementia, each shape ``(persons,)``. Before 65 only severely disabled
        people need care.
    """
    value = parameters.group("attributes.care")
    severe = disability == _SEVERE
    young = people.age < _OLD
    classes = np.where(severe, np.uint8(3), np.where(young, np.uint8(0), np.uint8(1) + ill))
    odds = np.array([0.0, 1.0, value["ill_odds"], value["severe_odds"]])
    need = np.zeros(people.persons_n, dtype=np.uint8)
    ages = np.arange(strata.counts.size) % strata.ages_n
    totals = np.where(
        ages < _OLD,
        value["young_severe_share"] * strata.count(severe),
        _needed(strata, "care_need"),
    )
    choose(strata, totals, classes, odds, "population.care_need", draws, need)
    frail = np.where(young | (need > 0), np.uint8(0), classes)
    choose(strata, _needed(strata, "frail"), frail, odds, "population.frailty", draws, need, 2)
    classes = np.array([1, 3, 2], dtype=np.uint8)[need]
    odds = np.array([0.0, 1.0, value["frail_dementia_odds"], value["dementia_odds"]])
    ill_minded = np.zeros(people.persons_n, dtype=np.uint8)
    totals = _needed(strata, "dementia")
    choose(strata, totals, classes, odds, "population.dementia", draws, ill_minded)
    return _scores(people, need, parameters, draws), ill_minded


def _needed(strata: Strata, measure: str) -> Floats:
    rates = np.stack([by_age("care", measure, sex) for sex in SEXES])
    return strata.totals(np.broadcast_to(rates, (len(regions()), *rates.shape)))


def _scores(people: Skeleton, need: Bytes, parameters: Parameters, draws: Draws) -> Bytes:
    """Give the score of those in need (1: graded, 2: below the grades) by its distribution."""
    rows = np.flatnonzero(need)
    shares = parameters.value("attributes.care_grade_shares")
    lowest = sorted(int(score) for score in shares)
    below = np.concatenate([[0.0], np.cumsum([float(shares[score]) for score in lowest])])
    u = draws.uniform("population.care_score", people.person_offset + rows)
    graded = np.floor(np.interp(u, below / below[-1], [*lowest, _TOP_SCORE]))
    light = 1.0 + np.floor(u * (GRADED_SCORE - 1))
    scores = np.zeros(need.size, dtype=np.uint8)
    scores[rows] = np.where(need[rows] == 1, graded, light)
    return scores


def _product(*odds: list[float]) -> Floats:
    """Multiply odds of several features, the last changing fastest."""
    made = np.ones(1)
    for each in odds:
        made = (made[:, None] * np.array(each)).reshape(-1)
    return made
