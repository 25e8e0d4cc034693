"""Chances of work, disability, illness and internet use that meet the controls of persons.

Each family of attributes has a joint table of region, sex, single year of age and category. It
starts from tables by age and sex and is scaled, once at the fit, to the controls that name one of
its columns, while the persons by region, sex and age stay as the households give them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import polars as pl

from simlib.errors import UserError, did_you_mean
from simlib.population.fitting.proportional import FitResult, FitStatus, fit
from simlib.population.households.expansion import Skeleton
from simlib.population.published.cells import Cells, compositions
from simlib.population.published.controls import Control, ControlRow, bind, target_shares
from simlib.population.published.tables import (
    OLDEST,
    PERSON_BANDS,
    SEXES,
    Floats,
    band_start,
    by_age,
    regions,
    table,
)

DISABILITIES = ("none", "mild", "severe")
DISABILITY_TYPES = (
    "none", "physical", "brain", "visual", "hearing", "speech", "intellectual", "autism", "mental",
    "internal",
)  # fmt: skip
WORKS = (
    "employee", "temporary", "daily", "self_employed", "family_worker", "unemployed", "inactive",
)  # fmt: skip
EMPLOYED_N = 5
"""The first five kinds of work are employment."""
REGISTERED = tuple((s, t) for t in DISABILITY_TYPES[1:] for s in DISABILITIES[1:])
"""Severity and type of a registered disability, in the order of the columns of its shares."""
_AGES = OLDEST + 1
_GEOGRAPHIES = ("national", "region")
_TINY = 1e-12
_DIGITS = 9
"""Decimals to which shares must agree to be fitted as one."""
_TOLERANCE = 1e-5
"""Largest error of a control, as a share of its universe, that counts as met."""


@dataclass(frozen=True)
class AttributeRates:
    """Hold the shares of each category by region, sex and single year of age.

    Parameters
    ----------
    disability
        None, then :data:`REGISTERED`, shape ``(17 * 2 * ages, 19)``.
    work
        In the order of :data:`WORKS`, shape ``(17 * 2 * ages, 7)``.
    internet, illness
        No and yes, shape ``(17 * 2 * ages, 2)``.
    controls, results
        The controls of each family, and how its fit ended.
    """

    disability: Floats
    work: Floats
    internet: Floats
    illness: Floats
    controls: dict[str, tuple[Control, ...]]
    results: dict[str, FitResult]


@dataclass(frozen=True)
class _Family:
    columns: tuple[str, ...]
    categories: tuple[tuple[object, ...], ...]
    start: Callable[[], Floats]


def _families() -> dict[str, _Family]:
    disabled = (("none", "none"), *REGISTERED)
    yes_no = ((False,), (True,))
    return {
        "disability": _Family(("disability", "disability_type"), disabled, _disability_start),
        "work": _Family(("work",), tuple((kind,) for kind in WORKS), _work_start),
        "internet": _Family(("uses_internet",), yes_no, _internet_start),
        "illness": _Family(("chronic_illness",), yes_no, _illness_start),
    }  # fmt: skip


def fit_attributes(
    rows: Sequence[ControlRow], persons: Floats, where: str = "controls.csv"
) -> AttributeRates:
    """Scale the chances of attributes to the controls of persons that name them.

    Parameters
    ----------
    rows
        Controls; those of persons that name a column of an attribute are met.
    persons
        Expected persons by region, sex and age, shape ``(17, 2, ages)``; see
        :func:`expected_persons`.
    where
        File of the controls, for errors.

    Raises
    ------
    UserError
        If a control names columns of two attributes, or the controls of an attribute cannot be
        met together; they are named.
    """
    families = _families()
    wanted: dict[str, list[ControlRow]] = {name: [] for name in families}
    for row in rows:
        if row.unit == "persons" and (owner := family_of(row)):
            _check_geography(row)
            wanted[owner].append(row)
    found: dict[str, Floats] = {}
    controls, results = {}, {}
    for name, family in families.items():
        cells = _cells(family, persons)
        controls[name] = tuple(bind(row, cells) for row in wanted[name])
        found[name], results[name] = _fitted(
            _everywhere(family.start()), persons.reshape(-1), controls[name]
        )
        _refuse(results[name], wanted[name], where)
    return AttributeRates(**found, controls=controls, results=results)


def family_of(row: ControlRow) -> str | None:
    """Say which attribute a control of persons is about, None if about none of them.

    Raises
    ------
    UserError
        If it names columns of two attributes, or cannot be read.
    """
    named = _columns_of(row.expression, row) | _columns_of(row.universe, row)
    owners = sorted(
        name for name, family in _families().items() if named & set(family.columns)
    )  # fmt: skip
    if len(owners) > 1:
        raise UserError(
            f"the control '{row.control}' names columns of {' and '.join(owners)}",
            row.where,
            "attributes of persons are fitted one after the other",
            "split it into one control for each",
        )
    return owners[0] if owners else None


def _columns_of(text: str, row: ControlRow) -> set[str]:
    if not text:
        return set()
    try:
        return set(pl.sql_expr(text).meta.root_names())
    except pl.exceptions.PolarsError as error:
        raise UserError(
            f"'{text}' cannot be read ({str(error).splitlines()[0]})",
            row.where,
            mend=did_you_mean(text, [c for f in _families().values() for c in f.columns]),
        ) from None


def expected_persons(
    weights: Floats, cells: Cells, control: ControlRow, sample: Sequence[Skeleton]
) -> Floats:
    """Give the persons by region, sex and age that the fitted households hold.

    Parameters
    ----------
    weights
        Fitted share of households in each cell, shape ``(cells,)``.
    cells
        The cells.
    control
        The control of persons by region, sex and age band.
    sample
        Persons made of these households, who say how the years divide each band.

    Returns
    -------
    ndarray
        Persons per household of the country, shape ``(17, 2, ages)``.
    """
    sizes = np.array([kind.size for kind in compositions()])
    sizes = sizes[cells.frame["composition"].to_numpy()]
    members = cells.frame.select("region").with_columns(persons=pl.Series(weights * sizes))
    counted = dict(members.group_by("region").agg(pl.col("persons").sum()).iter_rows())
    shares = {(r, label): share for r, label, share in target_shares(control).iter_rows()}
    years = np.zeros((len(SEXES), _AGES))
    for part in sample:
        np.add.at(years, (part.sex, part.age), 1.0)
    persons = np.zeros((len(regions()), len(SEXES), _AGES))
    starts = [*(band_start(band) for band in PERSON_BANDS), _AGES]
    for b, band in enumerate(PERSON_BANDS):
        low, high = starts[b], starts[b + 1]
        for s, sex in enumerate(SEXES):
            spread = years[s, low:high] / years[s, low:high].sum()
            for r, region in enumerate(regions()):
                persons[r, s, low:high] = shares[region, f"{sex}|{band}"] * counted[region] * spread
    return persons


def _check_geography(row: ControlRow) -> None:
    if row.geography not in _GEOGRAPHIES:
        raise UserError(
            f"the control '{row.control}' is for each {row.geography}",
            row.where,
            "attributes of persons are fitted for the country and its regions",
            "choose national or region",
        )


def _refuse(result: FitResult, rows: Sequence[ControlRow], where: str) -> None:
    if result.status not in (FitStatus.STALLED, FitStatus.INFEASIBLE):
        return
    lines = {row.control: row.where for row in rows}
    named = [name for name in result.responsible if name.split("[")[0] in lines]
    places = dict.fromkeys(lines[name.split("[")[0]] for name in named)
    raise UserError(
        f"the controls of persons cannot be met ({result.status.value}): {', '.join(named[:6])}",
        ", ".join(list(places)[:6]) or where,
        "no shares of persons meet them together, with the persons by region, sex and age",
        "correct their targets, remove one of them, or give it an importance below 1000",
    )


def _cells(family: _Family, persons: Floats) -> Cells:
    start = persons.reshape(-1, 1) * _everywhere(family.start())
    n = len(family.categories)
    columns = {
        name: np.tile(np.array([each[i] for each in family.categories]), persons.size)
        for i, name in enumerate(family.columns)
    }
    frame = _people().select(pl.all().repeat_by(n).explode()).with_columns(**columns)
    return Cells(frame, np.asarray(start.reshape(-1), dtype=np.float64))


def _everywhere(by_sex: Floats) -> Floats:
    """Repeat shares by sex and age for every region, one row each."""
    return np.tile(by_sex.reshape(-1, by_sex.shape[-1]), (len(regions()), 1))


@cache
def _people() -> pl.DataFrame:
    """List region, sex, age and age band of every kind of person."""
    starts = np.array([band_start(band) for band in PERSON_BANDS])
    ages = np.arange(_AGES)
    bands = np.array(PERSON_BANDS)[np.searchsorted(starts, ages, side="right") - 1]
    return (
        pl.DataFrame({"region": regions()})
        .join(pl.DataFrame({"sex": SEXES}), how="cross", maintain_order="left_right")
        .join(pl.DataFrame({"age": ages, "age_band": bands}), how="cross",
              maintain_order="left_right")
    )  # fmt: skip


def _fitted(
    shares: Floats, persons: Floats, controls: Sequence[Control]
) -> tuple[Floats, FitResult]:
    """Scale shares to the controls; persons who start alike and count alike are fitted as one.

    Shares have the shape ``(kinds of persons, categories)``, before and after.
    """
    codes = [control.codes.reshape(shares.shape) for control in controls]
    alike = np.concatenate([shares.round(_DIGITS), *codes], axis=1)
    _, first, group = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    counted = np.bincount(group, np.maximum(persons, _TINY)).astype(np.float64)
    merged = [
        replace(c, codes=each[first].reshape(-1)) for c, each in zip(controls, codes, strict=True)
    ]
    result = fit(
        (shares[first] * counted[:, None]).reshape(-1),
        [*merged, _kept(counted, shares.shape[1])],
        _TOLERANCE,
    )
    weights = result.weights.reshape(counted.size, -1)
    return (weights / weights.sum(axis=1, keepdims=True))[group], result


def _kept(persons: Floats, categories_n: int) -> Control:
    """Make the control that keeps the persons of each kind, shape ``(kinds,)``."""
    n = persons.size
    row = ControlRow(
        "persons", "persons", "national", "", "", "", float("inf"), "DERIVED", "assumption", ""
    )
    none = ("",) * n
    return Control(
        row, np.repeat(np.arange(n), categories_n), none, none, np.zeros(n, dtype=np.int64),
        persons / persons.sum(),
    )  # fmt: skip


def _both(name: str, measure: str) -> Floats:
    return np.stack([by_age(name, measure, sex) for sex in SEXES])


def _internet_start() -> Floats:
    return _share("internet_use")


def _illness_start() -> Floats:
    return _share("chronic_illness")


def _share(measure: str) -> Floats:
    share = np.broadcast_to(by_age("by_age", measure), (len(SEXES), _AGES))
    return np.stack([1.0 - share, share], axis=-1)


def _disability_start() -> Floats:
    rate = _both("disability", "prevalence")
    severe = dict(table("disability_severity").select("type", "value").iter_rows())
    parts = [1.0 - rate]
    for severity, kind in REGISTERED:
        share = severe[kind] if severity == "severe" else 1.0 - severe[kind]
        parts.append(rate * by_age("disability_types", kind) * share)
    return np.stack(parts, axis=-1)


def _work_start() -> Floats:
    employed = _both("work", "employed")
    out = by_age("work", "unemployed")
    kinds = np.stack([by_age("work", kind) for kind in WORKS[:EMPLOYED_N]], axis=-1)
    kinds = kinds / np.maximum(kinds.sum(axis=-1, keepdims=True), _TINY)
    parts = [employed * kinds[:, k] for k in range(EMPLOYED_N)]
    idle = np.maximum(1.0 - employed - out, 0.0)
    return np.stack([*parts, np.broadcast_to(out, employed.shape), idle], axis=-1)
