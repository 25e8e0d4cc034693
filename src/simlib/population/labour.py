"""Work: who is employed, how, who looks for work, and whom employment insurance covers."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.expansion import Skeleton
from simlib.population.rates import DISABILITIES, EMPLOYED_N, WORKS
from simlib.population.sampling import Strata, assign, choose
from simlib.population.tables import Floats

Bytes = NDArray[np.uint8]
_WORKING_AGE = (15, 20, 65)
"""First age at which people work, and the ages between which the idle may be insured still."""
_GROUPS_N = 4
_SINGLE_PARENT, _ALONE, _ALONE_OLD = 1, 2, 3
_KIND_ODDS = ("single_parent", "alone", "mild", "severe")
"""Classes whose kinds of work differ from those of others."""
_UNIVERSITY = 4
_TEMPORARY = WORKS.index("temporary")
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
        :class:`~simlib.population.rates.AttributeRates`.
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
        Codes into :data:`~simlib.population.rates.WORKS`, shape ``(persons,)``. Pupils do not
        work; students work less, so others of their age work more.
    """
    classes = _classes(people, student, disability, single_parent)
    odds = _odds(parameters)
    employed = np.zeros(people.persons_n, dtype=np.uint8)
    totals = strata.totals(shares[:, :EMPLOYED_N].sum(axis=1))
    choose(strata, totals, classes, odds, "population.work", draws, employed)
    looking = np.zeros(people.persons_n, dtype=np.uint8)
    able = (classes > 0) & (employed == 0) & (student == 0)
    totals = strata.totals(shares[:, _UNEMPLOYED])
    choose(
        strata, totals, able.astype(np.uint8), np.array([0.0, 1.0]), "population.unemployment",
        draws, looking,
    )  # fmt: skip
    studying = employed * (student == _UNIVERSITY).astype(np.uint8)
    kinds = _kinds(strata, shares, employed, studying)
    work = np.full(people.persons_n, _INACTIVE, dtype=np.uint8)
    eligible = (employed - studying) * (1 + _kind_classes(people, disability, single_parent))
    assign(
        strata, kinds, eligible, "population.work_kind", draws, work, _kind_odds(parameters)
    )  # fmt: skip
    work[studying == 1] = _TEMPORARY
    work[looking == 1] = _UNEMPLOYED
    return work


def _classes(
    people: Skeleton, student: Bytes, disability: Bytes, single_parent: NDArray[np.bool_]
) -> Bytes:
    """Give the class of each person by what moves the odds of work; 0 for children and pupils."""
    youngest, _, old = _WORKING_AGE
    alone = (people.sizes == 1)[people.household]
    parent = single_parent[people.household] & (people.relation == 0)
    group = np.where(parent, _SINGLE_PARENT, 0)
    group = np.where(alone, np.where(people.age >= old, _ALONE_OLD, _ALONE), group)
    studying = student == _UNIVERSITY
    able = (people.age >= youngest) & ((student == 0) | studying)
    code = 1 + (studying * len(DISABILITIES) + disability) * _GROUPS_N + group
    return np.where(able, code, 0).astype(np.uint8)


def _odds(parameters: Parameters) -> Floats:
    value = parameters.group("attributes.work_odds")
    groups = np.array([1.0, value["single_parent"], value["alone"], value["alone_old"]])
    disabled = np.array([1.0, *(value[name] for name in DISABILITIES[1:])])
    study = np.array([1.0, value["university"]])
    cube = study[:, None, None] * disabled[:, None] * groups
    return np.concatenate([[0.0], cube.reshape(-1)])


def _kind_classes(people: Skeleton, disability: Bytes, single_parent: NDArray[np.bool_]) -> Bytes:
    """Give the class of each person by what moves the kind of work, in the order of _KIND_ODDS."""
    alone = (people.sizes == 1)[people.household]
    parent = single_parent[people.household] & (people.relation == 0)
    group = np.where(parent, _SINGLE_PARENT, np.where(alone, _ALONE, 0))
    return np.where(disability > 0, 2 + disability, group).astype(np.uint8)


def _kind_odds(parameters: Parameters) -> Floats:
    """Read the odds of each kind of work by class, shape ``(classes, kinds)``."""
    odds = np.ones((1 + len(_KIND_ODDS), EMPLOYED_N))
    for k, name in enumerate(_KIND_ODDS):
        for kind, value in parameters.value(f"attributes.work_kind_odds.{name}").items():
            odds[1 + k, WORKS.index(kind)] = float(value)
    return odds


def _kinds(strata: Strata, shares: Floats, employed: Bytes, studying: Bytes) -> Floats:
    """Give the kinds of the employed who do not study; students' work is temporary."""
    kinds = shares[:, :EMPLOYED_N]
    kinds = kinds / np.maximum(kinds.sum(axis=1, keepdims=True), 1e-12)
    kinds = kinds * strata.count(employed)[:, None]
    kinds[:, _TEMPORARY] -= strata.count(studying)
    return np.asarray(np.maximum(kinds, 0.0), dtype=np.float64)


def give_insurance(people: Skeleton, work: Bytes, parameters: Parameters, draws: Draws) -> Bytes:
    """Draw whom employment insurance covers in the present or the last job, ``(persons,)``."""
    share = parameters.group("attributes.insured")
    prob = np.array([share[kind] for kind in WORKS])[work]
    _, low, high = _WORKING_AGE
    left = (work == _INACTIVE) & ((people.age < low) | (people.age >= high))
    prob = np.where(left, 0.0, prob)
    return (draws.uniform("population.insured", people.person_ids) < prob).astype(np.uint8)
