"""What follows from age, sex, disability and work: types, care, veterans, insurance, internet."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.expansion import RELATIONS, Skeleton
from simlib.population.tables import SEXES, Floats, Ints, by_age

DISABILITY_TYPES = (
    "none", "physical", "brain", "visual", "hearing", "speech", "intellectual", "autism", "mental",
    "internal",
)  # fmt: skip
VETERANS = ("none", "war", "merit")
_GRADED = 45
"""Lowest score at which long-term care is graded."""
_TOP = 100
_WORKING_AGE = (20, 65)

Bytes = NDArray[np.uint8]


def disability_types(people: Skeleton, disability: Bytes, draws: Draws) -> Bytes:
    """Draw the type of each registered disability by age, shape ``(persons,)``."""
    rows = np.flatnonzero(disability)
    shares = [by_age("disability_types", kind) for kind in DISABILITY_TYPES[1:]]
    bounds = np.cumsum(np.stack(shares, axis=1), axis=1)[people.age[rows]]
    u = draws.uniform("population.disability_type", people.person_offset + rows)
    types = np.zeros(people.persons_n, dtype=np.uint8)
    types[rows] = 1 + (u[:, None] * bounds[:, -1:] >= bounds[:, :-1]).sum(axis=1)
    return types


def care_scores(people: Skeleton, disability: Bytes, parameters: Parameters, draws: Draws) -> Bytes:
    """Draw functional need as an assessor of long-term care scores it, shape ``(persons,)``."""
    need = by_age("care", "care_need", "any")[people.age]
    factor = parameters.number("attributes.care.severe_factor")
    need = np.minimum(np.where(disability == 2, factor, 1.0) * need, 1.0)
    frail = by_age("care", "frail", "any")[people.age]
    ids = people.person_ids
    u = draws.uniform("population.care_need", ids)
    v = draws.uniform("population.care_score", ids)
    shares = {int(k): float(w) for k, w in parameters.value("attributes.care.grade_shares").items()}
    lowest = np.array([*sorted(shares), _TOP], dtype=np.float64)
    below = np.concatenate([[0.0], np.cumsum([shares[int(k)] for k in lowest[:-1]])])
    graded = np.floor(np.interp(v, below / below[-1], lowest))
    score = np.where(u < need, graded, np.where(u < need + frail, 1 + np.floor(v * 44), 0.0))
    return np.clip(score, 0, _TOP).astype(np.uint8)


def dementia(people: Skeleton, score: Bytes, parameters: Parameters, draws: Draws) -> Bytes:
    """Draw diagnosed dementia by age and care need, shape ``(persons,)``."""
    share = by_age("care", "dementia", "any")[people.age]
    need = by_age("care", "care_need", "any")[people.age]
    factor = parameters.number("attributes.care.dementia_factor")
    mean = 1.0 + (factor - 1.0) * need
    prob = share * np.where(score >= _GRADED, factor, 1.0) / mean
    return (draws.uniform("population.dementia", people.person_ids) < prob).astype(np.uint8)


def veterans(people: Skeleton, draws: Draws) -> Bytes:
    """Draw registered veterans by age and sex, shape ``(persons,)``."""
    war, merit = (
        np.stack([by_age("veterans", kind, sex) for sex in SEXES])[people.sex, people.age]
        for kind in VETERANS[1:]
    )
    u = draws.uniform("population.veteran", people.person_ids)
    return np.where(u < war, 1, np.where(u < war + merit, 2, 0)).astype(np.uint8)


def insured(
    people: Skeleton, work: Bytes, kinds: tuple[str, ...], parameters: Parameters, draws: Draws
) -> Bytes:
    """Draw who is covered by employment insurance in the present or last job."""
    share = parameters.group("attributes.insured")
    prob = np.array([share[kind] for kind in kinds])[work]
    low, high = _WORKING_AGE
    idle = work == kinds.index("inactive")
    prob = np.where(idle & ((people.age < low) | (people.age >= high)), 0.0, prob)
    return (draws.uniform("population.insured", people.person_ids) < prob).astype(np.uint8)


def infertility(people: Skeleton, in_couple: Bytes, pregnant: Bytes, draws: Draws) -> Bytes:
    """Draw diagnosed infertility of women in couples, shape ``(persons,)``."""
    prob = by_age("health", "infertility")[people.age] * in_couple * (1 - pregnant)
    prob = np.where(people.sex == SEXES.index("female"), prob, 0.0)
    return (draws.uniform("population.infertility", people.person_ids) < prob).astype(np.uint8)


def in_couples(people: Skeleton) -> Bytes:
    """Mark heads and spouses who live together, shape ``(persons,)``."""
    spouse = RELATIONS.index("spouse")
    paired = people.max_by_household((people.relation == spouse).astype(np.uint8))
    return np.asarray(paired[people.household] * (people.relation <= spouse), dtype=np.uint8)


def internet_users(people: Skeleton, draws: Draws) -> Bytes:
    """Draw who uses the internet by age, shape ``(persons,)``."""
    share = by_age("by_age", "internet_use")[people.age]
    return (draws.uniform("population.internet", people.person_ids) < share).astype(np.uint8)


def spread_costs(mean: Floats, sigma: float, luck: Floats) -> Ints:
    """Give amounts around means by normal luck, in full thousands of won."""
    drawn = mean * np.exp(sigma * luck - sigma**2 / 2.0)
    return (np.rint(drawn / 1000.0) * 1000.0).astype(np.int64)
