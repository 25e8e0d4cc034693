"""Expand whole cells into households and their members."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.population.fitting.members import ROLES, MemberAges, age_bands
from simlib.population.fitting.tilting import age_model, codes_of
from simlib.population.households.ageing import MEMBERS_MAX, head_ages, member_ages
from simlib.population.households.apportion import divide_cells
from simlib.population.published.cells import TENURES, Cells, compositions
from simlib.population.published.tables import (
    HEAD_BANDS,
    PERSON_BANDS,
    SEXES,
    Floats,
    Ints,
    municipalities,
    regions,
)

RELATIONS = ("head", "spouse", "child", "parent", "grandchild", "other_kin", "non_kin")
_RELATION_OF = {
    "spouse": "spouse", "child1": "child", "child2": "child", "child3": "child",
    "child4": "child", "parent": "parent", "grandchild": "grandchild",
    "child_in_law": "other_kin", "sibling": "other_kin", "non_kin": "non_kin",
}  # fmt: skip
_STEPS = np.sqrt(np.array([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37], dtype=np.float64)) % 1.0
"""Steps of an additive recurrence: evenly spaced numbers in twelve dimensions (Weyl 1916)."""


@dataclass(frozen=True)
class Skeleton:
    """Hold households and persons before money and status.

    All household arrays have shape ``(households,)`` and are sorted by municipality; person
    arrays have shape ``(persons,)`` and follow the households, head first. A skeleton is one
    block of a population (a region): its indices count from 0, its ids from the offsets.

    Parameters
    ----------
    municipality, region, kind, head_sex, tenure
        Code of each household; ``kind`` is the index of its composition.
    first
        Index of each household's head among the persons, with the total at the end.
    household
        Index of each person's household.
    sex, age, relation
        Of each person.
    household_offset, person_offset
        Ids of the first household and the first person.
    """

    municipality: Ints
    region: Ints
    kind: Ints
    head_sex: Ints
    tenure: Ints
    first: Ints
    household: Ints
    sex: NDArray[np.uint8]
    age: NDArray[np.uint8]
    relation: NDArray[np.uint8]
    household_offset: int = 0
    person_offset: int = 0

    @property
    def household_ids(self) -> Ints:
        """Give the ids by which decisions of households are drawn, shape ``(households,)``."""
        return np.arange(self.household_offset, self.household_offset + self.households_n)

    @property
    def person_ids(self) -> Ints:
        """Give the ids by which decisions of persons are drawn, shape ``(persons,)``."""
        return np.arange(self.person_offset, self.person_offset + self.persons_n)

    @property
    def households_n(self) -> int:
        """Count the households."""
        return int(self.region.size)

    @property
    def persons_n(self) -> int:
        """Count the persons."""
        return int(self.age.size)

    @property
    def sizes(self) -> Ints:
        """Count the persons of each household, shape ``(households,)``."""
        return np.diff(self.first)

    def sum_by_household(self, values: NDArray[Any]) -> NDArray[Any]:
        """Sum a person column by household, shape ``(households,)``."""
        return np.asarray(np.add.reduceat(values, self.first[:-1]))

    def max_by_household(self, values: NDArray[Any]) -> NDArray[Any]:
        """Give the largest value of a person column in each household, shape ``(households,)``."""
        return np.asarray(np.maximum.reduceat(values, self.first[:-1]))


@dataclass(frozen=True)
class Span:
    """Say which cells make a block of a population, and where its ids start.

    Parameters
    ----------
    start, stop
        First cell, and the one after the last.
    household_offset, person_offset
        Ids of the first household and the first person.
    """

    start: int
    stop: int
    household_offset: int = 0
    person_offset: int = 0


def household_sizes(cells: Cells) -> Ints:
    """Count the persons of a household in each cell, shape ``(cells,)``."""
    sizes = np.array([kind.size for kind in compositions()], dtype=np.int64)
    return np.asarray(sizes[cells.frame["composition"].to_numpy()])


def expand(
    counts: Ints, cells: Cells, ages: MemberAges, draws: Draws, span: Span | None = None
) -> Skeleton:
    """Make households and persons from whole cells.

    Parameters
    ----------
    counts
        Households in each cell, shape ``(cells,)``.
    cells
        The cells.
    ages
        What ages, sexes and municipalities are drawn from.
    draws
        Luck of this population: where the evenly spaced numbers start.
    span
        The cells to expand, all of one region (all cells by default).

    Returns
    -------
    Skeleton
        Municipalities get their households by
        :func:`~simlib.population.households.apportion.divide_cells`.
        Ages and sexes are spread by inverse distribution functions of evenly spaced numbers
        along the households (systematic sampling with a drawn start), corrected so that persons
        by municipality, sex and age keep to their targets.
    """
    block = span or Span(0, counts.size)
    frame = cells.frame[block.start : block.stop]
    place = _region_places(frame)
    divided = divide_cells(frame, counts[block.start : block.stop], ages.homes, place, draws)
    cell = np.repeat(np.tile(np.arange(frame.height), place.size), divided.reshape(-1))
    starts_at = np.concatenate([[0], np.cumsum(divided.sum(axis=1))])
    kind = frame["composition"].to_numpy().astype(np.int64)[cell]
    sex = codes_of(frame["head_sex"], SEXES)[cell]
    band = codes_of(frame["head_age_band"], HEAD_BANDS)[cell]
    roles, relations, sizes = _role_table()
    first = np.concatenate([[0], np.cumsum(sizes[kind])])
    household = np.repeat(np.arange(cell.size), sizes[kind])
    out_sex = np.empty(first[-1], dtype=np.uint8)
    out_sex[first[:-1]] = sex
    out_age = np.empty(first[-1], dtype=np.uint8)
    out_relation = relations[kind[household], np.arange(first[-1]) - first[household]]
    shifts = draws.uniform("population.shift", np.arange(_STEPS.size))
    head_ages(
        band, first, block.household_offset, np.cumsum(ages.head, axis=1), shifts[0], _STEPS[0],
        out_age,
    )  # fmt: skip
    expected, missing = _expected(frame, divided, ages, place)
    member_ages(
        starts_at, kind, sex, band, first, block.household_offset, roles, ages.base, ages.by_band,
        ages.reaches, ages.tilt[place], expected, missing,
        np.searchsorted(age_bands(), np.arange(len(PERSON_BANDS) + 1)), shifts[1:], _STEPS[1:],
        out_sex, out_age,
    )  # fmt: skip
    codes = municipalities()["code"].to_numpy()[place].astype(np.int64)
    return Skeleton(
        np.repeat(codes, divided.sum(axis=1)),
        np.full(cell.size, regions().index(frame["region"][0])),
        kind, sex, codes_of(frame["tenure"], TENURES)[cell], first, household,
        out_sex, out_age, out_relation, block.household_offset, block.person_offset,
    )  # fmt: skip


def _region_places(frame: pl.DataFrame) -> Ints:
    """List the municipalities of the one region of a block."""
    name = frame["region"][0]
    if frame["region"].n_unique() != 1:
        raise ValueError("a block holds the cells of one region")
    return np.flatnonzero((municipalities()["region"] == name).to_numpy())


def _expected(
    frame: pl.DataFrame, divided: Ints, ages: MemberAges, place: Ints
) -> tuple[Floats, Floats]:
    """Say what members' chances give, and which persons they leave missing.

    Returns
    -------
    tuple of ndarray
        Chance of each sex and age band by municipality, role, sex and age band of the head; and
        persons missing by municipality, sex and age band (below zero where there are too many).
    """
    model = age_model(ages.head)
    flat = np.ravel_multi_index(
        (
            frame["composition"].to_numpy(),
            codes_of(frame["head_sex"], SEXES),
            codes_of(frame["head_age_band"], HEAD_BANDS),
        ),
        model.shape,
    )
    kinds_n = int(np.prod(model.shape))
    counted = np.array([np.bincount(flat, each, kinds_n) for each in divided], dtype=np.float64)
    homes = counted.reshape(place.size, *model.shape)
    tilt = ages.tilt[place].reshape(place.size, -1)
    means = model.mean_tilts(tilt)
    found = model.persons(homes, tilt, means)
    wanted = ages.persons[place].reshape(place.size, -1) * model.persons_n(homes)[:, None]
    chances = model.rows * tilt[:, None, :] / means[:, :, None]
    shape = (place.size, len(ROLES), len(SEXES), len(HEAD_BANDS), len(SEXES), len(PERSON_BANDS))
    return chances.reshape(shape), (wanted - found).reshape(ages.tilt[place].shape)


def _role_table() -> tuple[Ints, NDArray[np.uint8], Ints]:
    """Give roles by composition (-1 where there is no member), relations with the head's, sizes."""
    kinds = compositions()
    roles = np.full((len(kinds), MEMBERS_MAX), -1, dtype=np.int64)
    relations = np.zeros((len(kinds), MEMBERS_MAX + 1), dtype=np.uint8)
    for i, kind in enumerate(kinds):
        for j, role in enumerate(kind.members):
            roles[i, j] = ROLES.index(role)
            relations[i, j + 1] = RELATIONS.index(_RELATION_OF[role])
    return roles, relations, np.array([kind.size for kind in kinds], dtype=np.int64)
