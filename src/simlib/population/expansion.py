"""Expand whole cells into households and their members."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.population.cells import TENURES, Cells, compositions
from simlib.population.members import FIXED_ROLES, ROLES, MemberAges, age_bands, sum_bands
from simlib.population.tables import (
    HEAD_BANDS,
    PERSON_BANDS,
    SEXES,
    Floats,
    Ints,
    municipalities,
    municipality_residents,
    regions,
)

RELATIONS = ("head", "spouse", "child", "parent", "grandchild", "other_kin", "non_kin")
_RELATION_OF = {
    "spouse": "spouse", "child1": "child", "child2": "child", "child3": "child",
    "child4": "child", "parent": "parent", "grandchild": "grandchild",
    "child_in_law": "other_kin", "sibling": "other_kin", "non_kin": "non_kin",
}  # fmt: skip
_MEMBERS_MAX = 5
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
        Distributions of heads' and members' ages.
    draws
        Luck of this population: where the evenly spaced numbers start.
    span
        The cells to expand (all by default).

    Returns
    -------
    Skeleton
        Ages, sexes and municipalities are spread by inverse distribution functions of evenly
        spaced numbers along the cells (systematic sampling with a drawn start), which keeps
        every total close to its expectation.
    """
    block = span or Span(0, counts.size)
    frame = cells.frame[block.start : block.stop]
    cell = np.repeat(np.arange(frame.height), counts[block.start : block.stop])
    rank = block.household_offset + np.arange(cell.size)
    region = _index(frame, "region", regions())[cell]
    band = _index(frame, "head_age_band", HEAD_BANDS)[cell]
    shifts = draws.uniform("population.shift", np.arange(_STEPS.size))
    place = _places(region, band, (shifts[0] + rank * _STEPS[0]) % 1.0)
    order = np.argsort(place, kind="stable")
    cell, region, band, rank = cell[order], region[order], band[order], rank[order]
    kind = frame["composition"].to_numpy().astype(np.int64)[cell]
    sex = _index(frame, "head_sex", SEXES)[cell]
    roles, relations, sizes = _role_table()
    first = np.concatenate([[0], np.cumsum(sizes[kind])])
    out_sex = np.empty(first[-1], dtype=np.uint8)
    out_age = np.empty(first[-1], dtype=np.uint8)
    out_relation = np.zeros(first[-1], dtype=np.uint8)
    starts = np.searchsorted(age_bands(), np.arange(len(PERSON_BANDS) + 1))
    _people(
        region, kind, sex, band, rank, first, roles, relations, ages.base,
        sum_bands(ages.base), _tilts(ages),
        np.cumsum(ages.head, axis=1), starts, shifts, _STEPS, out_sex, out_age, out_relation,
    )  # fmt: skip
    household = np.repeat(np.arange(cell.size), sizes[kind])
    codes = municipalities()["code"].to_numpy()
    tenure = _index(frame, "tenure", TENURES)[cell]
    return Skeleton(
        codes[place[order]].astype(np.int64), region, kind, sex, tenure, first, household,
        out_sex, out_age, out_relation, block.household_offset, block.person_offset,
    )  # fmt: skip


def _index(frame: pl.DataFrame, column: str, names: tuple[str, ...]) -> Ints:
    order = {name: i for i, name in enumerate(names)}
    return frame[column].replace_strict(order, return_dtype=pl.Int64).to_numpy()


def _tilts(ages: MemberAges) -> Floats:
    """Give the tilt by role, region, sex and band; roles that follow the head's age have none."""
    tilts = np.repeat(ages.tilt[None], len(ROLES), axis=0)
    for role in FIXED_ROLES:
        tilts[ROLES.index(role)] = 1.0
    return tilts


def _role_table() -> tuple[Ints, Ints, Ints]:
    """Give roles and relations by composition (-1 where there is no member), and sizes."""
    kinds = compositions()
    roles = np.full((len(kinds), _MEMBERS_MAX), -1, dtype=np.int64)
    relations = np.zeros_like(roles)
    for i, kind in enumerate(kinds):
        for j, role in enumerate(kind.members):
            roles[i, j] = ROLES.index(role)
            relations[i, j] = RELATIONS.index(_RELATION_OF[role])
    return roles, relations, np.array([kind.size for kind in kinds], dtype=np.int64)


def _places(region: Ints, band: Ints, uniforms: Floats) -> Ints:
    """Place households in municipalities of their region by residents of the head's age band."""
    known = municipalities()
    owner = known["region"].to_list()
    residents = municipality_residents().sum(axis=1)[:, -len(HEAD_BANDS) :]
    place = np.empty(region.size, dtype=np.int64)
    for r, name in enumerate(regions()):
        inside = np.flatnonzero(np.array([each == name for each in owner]))
        shares = np.cumsum(residents[inside] / residents[inside].sum(axis=0), axis=0)
        here = np.flatnonzero(region == r)
        for b in range(len(HEAD_BANDS)):
            chosen = here[band[here] == b]
            found = np.searchsorted(shares[:, b], uniforms[chosen], side="right")
            place[chosen] = inside[np.minimum(found, inside.size - 1)]
    return place


@njit(cache=True, parallel=True)
def _people(  # type: ignore[no-untyped-def]
    region, kind, head_sex, band, rank, first, roles, relations, base, by_band, tilts,
    head_cdf, starts, shifts, steps, out_sex, out_age, out_relation,
):  # fmt: skip
    members_max = roles.shape[1]
    for h in prange(region.size):
        at = first[h]
        row = rank[h]
        u = (shifts[1] + row * steps[1]) % 1.0
        head_age = min(np.searchsorted(head_cdf[band[h]], u, side="right"), 100)
        out_sex[at] = head_sex[h]
        out_age[at] = head_age
        oldest_u = 0.0
        for k in range(members_max):
            role = roles[kind[h], k]
            if role < 0:
                break
            u = (shifts[2 + k] + row * steps[2 + k]) % 1.0
            if role == 1:
                oldest_u = u
            elif 2 <= role <= 4:
                u = _near(oldest_u, u)
            v = (shifts[2 + members_max + k] + row * steps[2 + members_max + k]) % 1.0
            tilt = tilts[role, region[h]]
            sex, age = _member(
                base[role, head_sex[h], head_age], by_band[role, head_sex[h], head_age], tilt,
                starts, u, v,
            )  # fmt: skip
            if k > 0 and roles[kind[h], k - 1] == role and role == 5:
                sex = 1 - out_sex[at + k]
            out_sex[at + k + 1] = sex
            out_age[at + k + 1] = age
            out_relation[at + k + 1] = relations[kind[h], k]


@njit(cache=True)
def _near(u, noise):  # type: ignore[no-untyped-def]
    """Move a uniform number a little and reflect it, which keeps it uniform."""
    moved = u + 0.25 * (noise - 0.5)
    if moved < 0.0:
        return -moved
    return 2.0 - moved if moved >= 1.0 else moved


@njit(cache=True)
def _member(ages, bands, tilt, starts, u, v):  # type: ignore[no-untyped-def]
    """Find sex and age at the quantiles v and u of a tilted distribution."""
    total = 0.0
    last = 0
    for b in range(starts.size - 1):
        here = bands[0, b] * tilt[0, b] + bands[1, b] * tilt[1, b]
        total += here
        if here > 0.0:
            last = b
    rest = u * total
    band = last
    for b in range(last):
        here = bands[0, b] * tilt[0, b] + bands[1, b] * tilt[1, b]
        if rest < here:
            band = b
            break
        rest -= here
    male = bands[0, band] * tilt[0, band]
    here = male + bands[1, band] * tilt[1, band]
    sex = 0 if v * here < male else 1
    rest = min(rest / here, 1.0) * bands[sex, band]
    age = starts[band]
    for a in range(starts[band], starts[band + 1]):
        if ages[sex, a] > 0.0:
            age = a
            if rest < ages[sex, a]:
                break
        rest -= ages[sex, a]
    return sex, age
