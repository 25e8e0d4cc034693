"""Put what microdata say of households and persons into the model's own terms."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.population.frames.schema import HOUSEHOLD_TYPES
from simlib.population.households.expansion import RELATIONS, Skeleton
from simlib.population.microdata.completing import Prepared
from simlib.population.microdata.mapping import SCHEMAS
from simlib.population.people.rates import EMPLOYED_N, WORKS
from simlib.population.people.status import Status
from simlib.population.published.cells import TENURES, compositions
from simlib.population.published.tables import OLDEST, SEXES, Ints, regions

_STATUS = {"chronic_illness": "ill", "in_daycare": "daycare", "uses_internet": "online"}
"""Fields of a status whose name differs from the column's."""


def skeleton(prepared: Prepared) -> Skeleton:
    """Give prepared households and persons as a block that can be furnished."""
    homes, persons = prepared.households, prepared.persons
    sizes = homes["persons_n"].to_numpy().astype(np.int64)

    def codes(values: pl.Series, names: tuple[str, ...]) -> Ints:
        order = {name: i for i, name in enumerate(names)}
        return values.replace_strict(order, return_dtype=pl.Int64).to_numpy()

    return Skeleton(
        municipality=homes["municipality"].to_numpy().astype(np.int64),
        region=codes(homes["region"], regions()),
        kind=_kinds(codes(homes["household_type"], HOUSEHOLD_TYPES), sizes),
        head_sex=codes(homes["head_sex"], SEXES),
        tenure=codes(homes["tenure"], TENURES),
        first=np.concatenate([[0], np.cumsum(sizes)]),
        household=np.repeat(np.arange(sizes.size), sizes),
        sex=codes(persons["sex"], SEXES).astype(np.uint8),
        age=np.minimum(persons["age"].to_numpy(), OLDEST).astype(np.uint8),
        relation=codes(persons["relation"], RELATIONS).astype(np.uint8),
        household_offset=int(homes["household_id"][0]),
        person_offset=int(persons["person_id"][0]),
    )


def _kinds(types: Ints, sizes: Ints) -> Ints:
    """Give the composition of the same type whose size is nearest."""
    known = compositions()
    found = np.zeros(types.size, dtype=np.int64)
    for kind, size in {(int(t), int(s)) for t, s in zip(types, sizes, strict=True)}:
        alike = [i for i, each in enumerate(known) if each.household_type == HOUSEHOLD_TYPES[kind]]
        nearest = min(alike, key=lambda i: (abs(known[i].size - size), -known[i].weight))
        found[(types == kind) & (sizes == size)] = nearest
    return found


def with_given(status: Status, prepared: Prepared) -> Status:
    """Put what the file says about persons in the place of what was modelled."""
    persons, given = prepared.persons, set(prepared.given["persons"])
    known = {each.name for each in fields(Status)}
    changed: dict[str, Any] = {}
    for column in given:
        name = _STATUS.get(column, column)
        if name in known:
            changed[name] = _codes(persons[column], column).astype(getattr(status, name).dtype)
    if "disability" in given and "disability_type" not in given:
        disabled = changed["disability"] > 0
        changed["disability_type"] = np.where(disabled, np.maximum(status.disability_type, 1), 0)
    if "disability_type" in given and "disability" not in given:
        typed = changed["disability_type"] > 0
        changed["disability"] = np.where(typed, np.maximum(status.disability, 1), 0)
    if {"pension_krw_m", "occupational_pension"} & given:
        changed["pension"] = _pensions(status, persons)
    if "work" not in given:
        changed["work"] = _work(changed.get("student", status.student), status.work, persons)
    typed_changes = {
        name: values.astype(getattr(status, name).dtype) for name, values in changed.items()
    }
    return replace(status, **typed_changes)


def _codes(values: pl.Series, column: str) -> NDArray[Any]:
    dtype = SCHEMAS["persons"].columns()[column].dtype
    if isinstance(dtype, pl.Enum):
        return values.cast(dtype).to_physical().to_numpy()
    return values.to_numpy()


def _pensions(status: Status, persons: pl.DataFrame) -> NDArray[Any]:
    """Give the kind of pension: none, national or occupational."""
    paid = status.pension > 0
    if "pension_krw_m" in persons.columns:
        paid = persons["pension_krw_m"].to_numpy() > 0
    service = status.pension == 2
    if "occupational_pension" in persons.columns:
        service = persons["occupational_pension"].to_numpy()
        if "pension_krw_m" not in persons.columns:
            paid = paid | service
    return np.where(paid & service, 2, np.where(paid, 1, 0))


def _work(student: NDArray[Any], work: NDArray[Any], persons: pl.DataFrame) -> NDArray[Any]:
    """Let modelled work agree with school and earnings that were given."""
    work = np.where((student >= 1) & (student <= 3), WORKS.index("inactive"), work)
    if "earnings_krw_m" in persons.columns:
        earns = persons["earnings_krw_m"].to_numpy() > 0
        paid = (work < EMPLOYED_N) & (work != WORKS.index("family_worker"))
        work = np.where(earns & ~paid, WORKS.index("employee"), work)
        work = np.where(~earns & paid, WORKS.index("inactive"), work)
    return work
