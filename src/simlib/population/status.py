"""What people do and how they are: school, work, disability, illness, pensions."""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population import conditions
from simlib.population.expansion import Skeleton
from simlib.population.tables import Floats, by_age

WORKS = (
    "employee", "temporary", "daily", "self_employed", "family_worker", "unemployed", "inactive",
)  # fmt: skip
EMPLOYED_N = 5
"""The first five kinds of work are employment."""
STUDENTS = ("none", "elementary", "middle", "high", "university")
DISABILITIES = ("none", "mild", "severe")
_DECISIONS = (
    "birth_month", "disability", "severity", "illness", "work", "work_kind", "university",
    "daycare", "pregnancy", "pension",
)  # fmt: skip

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Status:
    """Hold the status of persons; every array has shape ``(persons,)``.

    Parameters
    ----------
    birth_month
        Month of birth.
    disability, work, student
        Codes into :data:`DISABILITIES`, :data:`WORKS` and :data:`STUDENTS`.
    pension
        0 none, 1 national pension, 2 occupational pension.
    ill, daycare, pregnant
        1 or 0.
    disability_type, veteran
        Codes into :data:`~simlib.population.conditions.DISABILITY_TYPES` and
        :data:`~simlib.population.conditions.VETERANS`.
    care_score
        Functional need, 0 to 100.
    dementia, insured, infertility, online
        1 or 0.
    """

    birth_month: NDArray[np.int32]
    disability: Bytes
    work: Bytes
    student: Bytes
    pension: Bytes
    ill: Bytes
    daycare: Bytes
    pregnant: Bytes
    disability_type: Bytes
    care_score: Bytes
    dementia: Bytes
    veteran: Bytes
    insured: Bytes
    infertility: Bytes
    online: Bytes


def give_status(people: Skeleton, month: Month, parameters: Parameters, draws: Draws) -> Status:
    """Draw the status of every person.

    Parameters
    ----------
    people
        Households and persons.
    month
        Reference month; ages are completed years at it.
    parameters
        Dated parameters.
    draws
        Luck of this population.
    """
    n = people.persons_n
    birth_month = np.empty(n, dtype=np.int32)
    names = ("disability", "work", "student", "pension", "ill", "daycare", "pregnant")
    held = {name: np.zeros(n, dtype=np.uint8) for name in names}
    codes = np.array([decision_code(f"population.{d}") for d in _DECISIONS], dtype=np.uint64)
    work_scale = np.array(
        [1.0] + [parameters.number(f"population.employment_factor_{d}") for d in DISABILITIES[1:]]
    )
    k0, k1 = draws.key
    has_spouse = people.max_by_household((people.relation == 1).astype(np.uint8))
    _status(
        k0, k1, codes, people.person_offset, month, people.sex, people.age, people.relation,
        has_spouse[people.household], _rates(), _work_kinds(), work_scale,
        parameters.number("population.student_employment"),
        parameters.number("population.pregnancy_months") / 12.0 / 1000.0,
        parameters.number("population.births_to_couples_factor"),
        birth_month, *held.values(),
    )  # fmt: skip
    score = conditions.care_scores(people, held["disability"], parameters, draws)
    paired = conditions.in_couples(people)
    return Status(
        birth_month,
        **held,
        disability_type=conditions.disability_types(people, held["disability"], draws),
        care_score=score,
        dementia=conditions.dementia(people, score, parameters, draws),
        veteran=conditions.veterans(people, draws),
        insured=conditions.insured(people, held["work"], WORKS, parameters, draws),
        infertility=conditions.infertility(people, paired, held["pregnant"], draws),
        online=conditions.internet_users(people, draws),
    )


def _rates() -> Floats:
    """Collect the rates by sex and age, shape ``(10, 2, ages)``."""

    def both(name: str, measure: str, by_sex: bool = True) -> Floats:
        sexes = ("male", "female") if by_sex else (None, None)
        return np.stack([by_age(name, measure, sex) for sex in sexes])

    return np.stack(
        [
            both("disability", "prevalence"),
            both("disability", "severe", by_sex=False),
            both("by_age", "chronic_illness", by_sex=False),
            both("work", "employed"),
            both("work", "unemployed", by_sex=False),
            both("by_age", "university", by_sex=False),
            both("by_age", "daycare", by_sex=False),
            both("by_age", "births_per_1000", by_sex=False),
            both("pension", "national_pension"),
            both("pension", "occupational_pension"),
        ]
    )


def _work_kinds() -> Floats:
    """Give the cumulative shares of the kinds of employment by age, shape ``(ages, 5)``."""
    shares = np.stack([by_age("work", kind) for kind in WORKS[:EMPLOYED_N]], axis=1)
    return np.cumsum(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9), axis=1)


@njit(cache=True, parallel=True)
def _status(  # type: ignore[no-untyped-def]
    k0, k1, codes, offset, month, sexes, ages, relations, has_spouse, rates, kinds, work_scale,
    student_employment, pregnancy_scale, couple_factor,
    birth_month, disability, work, student, pension, ill, daycare, pregnant,
):  # fmt: skip
    for i in prange(ages.size):
        sex, age, ident = sexes[i], ages[i], offset + i
        born = month - 12 * age - np.int64(12.0 * uniform_at(k0, k1, codes[0], ident, 0, 0))
        birth_month[i] = born
        if uniform_at(k0, k1, codes[1], ident, 0, 0) < rates[0, sex, age]:
            severe = uniform_at(k0, k1, codes[2], ident, 0, 0) < rates[1, sex, age]
            disability[i] = 2 if severe else 1
        ill[i] = uniform_at(k0, k1, codes[3], ident, 0, 0) < rates[2, sex, age]
        grade = (month - 2) // 12 - born // 12
        spouse = has_spouse[i] and relations[i] <= 1
        student[i] = _school(
            grade, spouse, rates[5, 0, age], uniform_at(k0, k1, codes[6], ident, 0, 0)
        )
        if age <= 6 and grade < 7:
            daycare[i] = uniform_at(k0, k1, codes[7], ident, 0, 0) < rates[6, 0, age]
        work[i] = _work(
            age, student[i], rates[3, sex, age] * work_scale[disability[i]], rates[4, 0, age],
            rates[5, 0, age], student_employment, kinds[age],
            uniform_at(k0, k1, codes[4], ident, 0, 0), uniform_at(k0, k1, codes[5], ident, 0, 0),
        )  # fmt: skip
        if sex == 1 and 20 <= age < 45 and spouse:
            chance = rates[7, 0, age] * pregnancy_scale * couple_factor
            pregnant[i] = uniform_at(k0, k1, codes[8], ident, 0, 0) < chance
        u = uniform_at(k0, k1, codes[9], ident, 0, 0)
        if u < rates[9, sex, age]:
            pension[i] = 2
        elif u < rates[9, sex, age] + rates[8, sex, age]:
            pension[i] = 1


@njit(cache=True)
def _school(grade, spouse, university, u):  # type: ignore[no-untyped-def]
    """Give the school of a person by school year (7 is the first of elementary school)."""
    if 7 <= grade <= 12:
        return 1
    if 13 <= grade <= 15:
        return 2
    if 16 <= grade <= 18:
        return 3
    if grade >= 19 and not spouse and u < university:
        return 4
    return 0


@njit(cache=True)
def _work(age, student, employed, unemployed, university, student_employment, kinds, u, v):  # type: ignore[no-untyped-def]
    """Give the kind of work; students work less, so others of their age work more."""
    if age < 15 or 1 <= student <= 3:
        return 6
    if student == 4:
        employed = student_employment
        unemployed = 0.0
    elif university > 0.0:
        employed = min((employed - university * student_employment) / (1.0 - university), 0.95)
        unemployed = min(unemployed / (1.0 - university), 0.99 - employed)
    if u >= employed + unemployed:
        return 6
    if u >= employed:
        return 5
    if student == 4:
        return 1
    for k in range(kinds.size):
        if v < kinds[k]:
            return k
    return 0
