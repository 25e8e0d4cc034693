"""What people do and how they are: school, work, disability, illness, pensions."""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.people import conditions
from simlib.population.people.disability import give_disability
from simlib.population.people.labour import give_insurance, give_work
from simlib.population.people.rates import AttributeRates
from simlib.population.people.sampling import strata_of
from simlib.population.published.tables import Floats, by_age

STUDENTS = ("none", "elementary", "middle", "high", "university")
_DECISIONS = (
    "birth_month", "university", "daycare", "pregnancy", "pension", "veteran", "infertility",
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
        Codes into :data:`~simlib.population.people.rates.DISABILITIES`,
        :data:`~simlib.population.people.rates.WORKS` and :data:`STUDENTS`.
    pension
        0 none, 1 national pension, 2 occupational pension.
    ill, daycare, pregnant
        1 or 0.
    disability_type, veteran
        Codes into :data:`~simlib.population.people.rates.DISABILITY_TYPES` and
        :data:`~simlib.population.people.conditions.VETERANS`.
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


def give_status(
    people: Skeleton, month: Month, rates: AttributeRates, parameters: Parameters, draws: Draws
) -> Status:
    """Give every person of a block a status.

    Parameters
    ----------
    people
        Households and persons.
    month
        Reference month; ages are completed years at it.
    rates
        Fitted shares of disability, work, illness and internet use.
    parameters
        Dated parameters.
    draws
        Luck of this population.
    """
    n = people.persons_n
    birth_month = np.empty(n, dtype=np.int32)
    names = ("student", "pension", "daycare", "pregnant", "veteran", "infertility")
    held = {name: np.zeros(n, dtype=np.uint8) for name in names}
    codes = np.array([decision_code(f"population.{d}") for d in _DECISIONS], dtype=np.uint64)
    k0, k1 = draws.key
    paired = conditions.in_couples(people)
    _status(
        k0, k1, codes, people.person_offset, month, people.sex, people.age, paired, _rates(),
        parameters.number("population.pregnancy_months") / 12.0 / 1000.0,
        parameters.number("population.births_to_couples_factor"),
        birth_month, *held.values(),
    )  # fmt: skip
    strata = strata_of(people)
    disability, kind = give_disability(people, strata, rates.disability, parameters, draws)
    single = conditions.single_parents(people)
    work = give_work(
        people, strata, rates.work, held["student"], disability, single, parameters, draws
    )
    ill = conditions.give_illness(strata, rates.illness, disability, work, parameters, draws)
    score, dementia = conditions.give_care(people, strata, disability, ill, parameters, draws)
    return Status(
        birth_month,
        **held,
        disability=disability,
        disability_type=kind,
        work=work,
        ill=ill,
        care_score=score,
        dementia=dementia,
        insured=give_insurance(people, work, parameters, draws),
        online=conditions.give_internet(
            people, strata, rates.internet, disability, work, parameters, draws
        ),
    )


def _rates() -> Floats:
    """Collect the rates by sex and age, shape ``(8, 2, ages)``."""

    def both(name: str, measure: str, by_sex: bool = True) -> Floats:
        sexes = ("male", "female") if by_sex else (None, None)
        return np.stack([by_age(name, measure, sex) for sex in sexes])

    return np.stack(
        [
            both("by_age", "university", by_sex=False),
            both("by_age", "daycare", by_sex=False),
            both("by_age", "births_per_1000", by_sex=False),
            both("pension", "national_pension"),
            both("pension", "occupational_pension"),
            *(both("veterans", kind) for kind in conditions.VETERANS[1:]),
            both("health", "infertility", by_sex=False),
        ]
    )


@njit(cache=True, parallel=True)
def _status(  # type: ignore[no-untyped-def]
    k0, k1, codes, offset, month, sexes, ages, paired, rates, pregnancy_scale, couple_factor,
    birth_month, student, pension, daycare, pregnant, veteran, infertility,
):  # fmt: skip
    for i in prange(ages.size):
        sex, age, ident = sexes[i], ages[i], offset + i
        born = month - 12 * age - np.int64(12.0 * uniform_at(k0, k1, codes[0], ident, 0, 0))
        birth_month[i] = born
        grade = (month - 2) // 12 - born // 12
        if 7 <= grade <= 18:
            student[i] = 1 if grade <= 12 else (2 if grade <= 15 else 3)
        elif grade >= 19 and not paired[i] and rates[0, 0, age] > 0.0:
            student[i] = 4 * (uniform_at(k0, k1, codes[1], ident, 0, 0) < rates[0, 0, age])
        elif age <= 6 and grade < 7:
            daycare[i] = uniform_at(k0, k1, codes[2], ident, 0, 0) < rates[1, 0, age]
        if sex == 1 and 20 <= age < 45 and paired[i]:
            chance = rates[2, 0, age] * pregnancy_scale * couple_factor
            pregnant[i] = uniform_at(k0, k1, codes[3], ident, 0, 0) < chance
            if not pregnant[i] and rates[7, 0, age] > 0.0:
                infertility[i] = uniform_at(k0, k1, codes[6], ident, 0, 0) < rates[7, 0, age]
        service = rates[4, sex, age]
        any_pension = service + rates[3, sex, age]
        if any_pension > 0.0:
            u = uniform_at(k0, k1, codes[4], ident, 0, 0)
            pension[i] = 2 if u < service else (1 if u < any_pension else 0)
        war = rates[5, sex, age]
        any_service = war + rates[6, sex, age]
        if any_service > 0.0:
            u = uniform_at(k0, k1, codes[5], ident, 0, 0)
            veteran[i] = 1 if u < war else (2 if u < any_service else 0)
