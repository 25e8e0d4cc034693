"""Work: who is employed, how, who looks for work, and whom employment insurance covers."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.people.rates import DISABILITIES, EMPLOYED_N, WORKS
from simlib.population.people.sampling import Strata, assign, choose
from simlib.population.published.tables import Floats

Bytes = NDArray[np.uint8]
_YOUNGEST = 15
"""First age at which people work."""
_LEFT_FROM, _OLD = 20, 65
"""Ages between which people without work may be insured still."""
_GROUPS_N = 4
_SEVERITIES_N = len(DISABILITIES)
_SINGLE_PARENT, _ALONE, _ALONE_OLD = 1, 2, 3
_KIND_ODDS = ("single_parent", "alone", "mild", "severe", "university")
"""Classes whose kinds of work differ from those of others; they count from 1."""
_STUDYING = len(_KIND_ODDS)
_UNIVERSITY = 4
_UNEMPLOYED = WORKS.index("unemployed")
_INACTIVE = WORKS.index("inactive")


def give_work(
    people: Skeleton,
    strata: Strata,
    shares: Floats,
    student: Bytes,
    disability: Bytes,
    single_parent: NDArray[np.bool_],
    parameters: Parameters,
    draws: Draws,
) -> Bytes:
    """Choose the employed, their kind of work and the unemployed by the fitted shares.

    Parameters
    ----------
    people, strata
        Households and persons, and the order in which they are chosen.
    shares
        Kinds of work by region, sex and age: see
        :class:`~simlib.population.people.rates.AttributeRates`.
    student, disability
        Codes of each person, shape ``(persons,)``.
    single_parent
        Households of one parent with a child under 18, shape ``(households,)``.
    parameters
        Dated parameters: odds of work by disability, study and household.
    draws
        Luck of this population.

    Returns
    -------
    ndarray
        Codes into :data:`~simlib.population.people.rates.WORKS`, shape ``(persons,)``. Pupils do
        not work; students work less, so others of their age work more.
    """
    employed = np.zeros(people.persons_n, dtype=np.uint8)
    classes, kind_classes = np.zeros_like(employed), np.zeros_like(employed)
    _classes(people.first, people.age, student, disability, single_parent, classes, kind_classes)
    odds = _odds(parameters)
    totals = strata.totals(shares[:, :EMPLOYED_N].sum(axis=1))
    choose(strata, totals, classes, odds, "population.work", draws, employed)
    looking = np.zeros(people.persons_n, dtype=np.uint8)
    able = ((classes > 0) & (employed == 0) & (student == 0)).view(np.uint8)
    totals = strata.totals(shares[:, _UNEMPLOYED])
    odds = np.array([0.0, 1.0])
    choose(strata, totals, able, odds, "population.unemployment", draws, looking)
    work = np.full(people.persons_n, _INACTIVE, dtype=np.uint8)
    assign(
        strata, shares[:, :EMPLOYED_N], employed * (1 + kind_classes), "population.work_kind",
        draws, work, _kind_odds(parameters),
    )  # fmt: skip
    work[looking == 1] = _UNEMPLOYED
    return work


@njit(cache=True, parallel=True)
def _classes(first, ages, student, disability, single_parent, classes, kind_classes):  # type: ignore[no-untyped-def]
    """Give classes by what moves the odds of work (0: children, pupils) and of its kinds."""
    for h in prange(first.size - 1):
        alone = first[h + 1] - first[h] == 1
        for i in range(first[h], first[h + 1]):
            studying = student[i] == _UNIVERSITY
            if ages[i] < _YOUNGEST or (student[i] > 0 and not studying):
                continue
            group = 0
            if alone:
                group = _ALONE_OLD if ages[i] >= _OLD else _ALONE
            elif single_parent[h] and i == first[h]:
                group = _SINGLE_PARENT
            classes[i] = 1 + (studying * _SEVERITIES_N + disability[i]) * _GROUPS_N + group
            if studying:
                kind_classes[i] = _STUDYING
            else:
                kind_classes[i] = 2 + disability[i] if disability[i] else min(group, _ALONE)


def _odds(parameters: Parameters) -> Floats:
    value = parameters.group("attributes.work_odds")
    groups = np.array([1.0, value["single_parent"], value["alone"], value["alone_old"]])
    disabled = np.array([1.0, *(value[name] for name in DISABILITIES[1:])])
    study = np.array([1.0, value["university"]])
    cube = study[:, None, None] * disabled[:, None] * groups
    return np.concatenate([[0.0], cube.reshape(-1)])


def _kind_odds(parameters: Parameters) -> Floats:
    """Read the odds of each kind of work by class, shape ``(classes, kinds)``."""
    odds = np.ones((1 + len(_KIND_ODDS), EMPLOYED_N))
    for k, name in enumerate(_KIND_ODDS):
        for kind, value in parameters.value(f"attributes.work_kind_odds.{name}").items():
            odds[1 + k, WORKS.index(kind)] = float(value)
    return odds


def give_insurance(people: Skeleton, work: Bytes, parameters: Parameters, draws: Draws) -> Bytes:
    """Draw whom employment insurance covers in the present or the last job, ``(persons,)``."""
    share = parameters.group("attributes.insured")
    prob = np.array([share[kind] for kind in WORKS])
    covered = np.zeros(people.persons_n, dtype=np.uint8)
    code = np.uint64(decision_code("population.insured"))
    _insure(*draws.key, code, people.person_offset, people.age, work, prob, covered)
    return covered


@njit(cache=True, parallel=True)
def _insure(k0, k1, code, offset, ages, work, prob, covered):  # type: ignore[no-untyped-def]
    for i in prange(ages.size):
        if work[i] == _INACTIVE and not _LEFT_FROM <= ages[i] < _OLD:
            continue
        if prob[work[i]] > 0.0:
            covered[i] = uniform_at(k0, k1, code, offset + i, 0, 0) < prob[work[i]]
