"""Cells of the joint household table, and the weights from which the fit starts."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from simlib.population.published.tables import (
    HEAD_BANDS,
    PERSON_BANDS,
    SEXES,
    Floats,
    band_start,
    regions,
    table,
)

TENURES = ("own", "jeonse", "deposit_rent", "monthly_rent", "rent_free")
_GROUPS = {"29-": (0, 29), "30s": (30, 39), "40s": (40, 49), "50s": (50, 59), "60+": (60, 200)}


@dataclass(frozen=True)
class Composition:
    """Say who lives in a kind of household beside the head.

    Parameters
    ----------
    household_type
        Type of the household.
    members
        Role of each member beside the head, in the order in which persons are listed.
    head_age_min, head_age_max
        Ages at which a head can lead such a household, in years.
    weight
        Starting weight among the compositions of the same type.
    """

    household_type: str
    members: tuple[str, ...]
    head_age_min: int
    head_age_max: int
    weight: float

    @property
    def size(self) -> int:
        """Count the persons, the head included."""
        return len(self.members) + 1


@dataclass(frozen=True)
class Cells:
    """Hold the cells of the joint table.

    Parameters
    ----------
    frame
        One row per cell: region, composition (index), household_type, size, size_group,
        head_age_band, head_age_from, head_age_group, head_sex, tenure.
    start
        Starting weight of each cell, shape ``(cells,)``, summing to 1.
    """

    frame: pl.DataFrame
    start: Floats


@cache
def compositions() -> tuple[Composition, ...]:
    """List the kinds of households that the model knows."""
    made = []
    for row in table("compositions").iter_rows(named=True):
        members = tuple((row["members"] or "").split())
        if len(members) + 1 != row["size"]:
            raise ValueError(f"composition '{row['members']}' does not have {row['size']} persons")
        made.append(
            Composition(
                row["household_type"],
                members,
                row["head_age_min"],
                row["head_age_max"],
                float(row["value"]),
            )
        )
    return tuple(made)


def head_age_group(age: int) -> str:
    """Name the published age group of a head (29-, 30s, 40s, 50s, 60+)."""
    return next(name for name, (low, high) in _GROUPS.items() if low <= age <= high)


@cache
def joint_cells() -> Cells:
    """Build all possible cells with their starting weights.

    Returns
    -------
    Cells
        Sorted by region, composition, age and sex of the head, and tenure. Starting weights are
        residents times assumed headship times assumed tenure shares, in the assumed mix of sizes
        of the region; the fit moves them.
    """
    kinds = _kinds()
    frame = (
        pl.DataFrame({"region": regions()})
        .join(kinds, how="cross")
        .join(_tenure_prior(), on=["tenure_size_group", "tenure_age_group"], how="left")
    )
    frame = (
        frame.join(_headship(), on=["household_type", "head_age_band", "head_sex"], how="left")
        .join(_residents(), on=["region", "head_age_band", "head_sex"], how="left")
        .join(_one_person(), on=["region", "head_age_band", "head_sex"], how="left")
    )
    alone = pl.col("size") == 1
    start = (
        pl.when(alone)
        .then(pl.col("one_person_share") * pl.col("residents_n").max())
        .otherwise(pl.col("headship_rate") * pl.col("residents_n"))
    )
    frame = frame.with_columns(
        start=start * pl.col("composition_share") * pl.col("tenure_share")
    ).filter(pl.col("start") > 0)
    frame = frame.join(_size_shape(), on=["region", "size_group"], how="left").with_columns(
        start=pl.col("start") / pl.col("start").sum().over("region", "size_group")
        * pl.col("size_share")
    )  # fmt: skip
    order = {name: i for i, name in enumerate(regions())}
    frame = frame.sort(
        pl.col("region").replace_strict(order, return_dtype=pl.Int32),
        "composition",
        "head_age_from",
        pl.col("head_sex") != "male",
        pl.col("tenure").replace_strict(
            {t: i for i, t in enumerate(TENURES)}, return_dtype=pl.Int32
        ),
    )
    weights = frame["start"].to_numpy()
    keep = [
        "region", "composition", "household_type", "size", "size_group", "head_age_band",
        "head_age_from", "head_age_group", "head_sex", "tenure",
    ]  # fmt: skip
    return Cells(frame.select(keep), np.asarray(weights / weights.sum(), dtype=np.float64))


def _kinds() -> pl.DataFrame:
    """List composition x age band x sex, with the share of each composition in its type."""
    rows = []
    for band in HEAD_BANDS:
        low = band_start(band)
        able = [
            (i, kind)
            for i, kind in enumerate(compositions())
            if kind.head_age_min <= max(low + 4, 18) and low <= kind.head_age_max
        ]
        totals: dict[str, float] = {}
        for _, kind in able:
            totals[kind.household_type] = totals.get(kind.household_type, 0.0) + kind.weight
        for i, kind in able:
            rows.append(
                _described(i, kind, band)
                | {
                    "composition_share": kind.weight / totals[kind.household_type],
                    "tenure_size_group": _tenure_size_group(kind, low),
                    "tenure_age_group": _tenure_age_group(low),
                }
            )
    return pl.DataFrame(rows).join(pl.DataFrame({"head_sex": ["male", "female"]}), how="cross")


@cache
def group_frame() -> pl.DataFrame:
    """List every composition x sex x age band of a head.

    Returns
    -------
    DataFrame
        The columns of a cell but region and tenure; the composition varies slowest, the age band
        fastest.
    """
    return pl.DataFrame(
        [
            _described(i, kind, band) | {"head_sex": sex}
            for i, kind in enumerate(compositions())
            for sex in SEXES
            for band in HEAD_BANDS
        ]
    )


def _described(index: int, kind: Composition, band: str) -> dict[str, object]:
    low = band_start(band)
    return {
        "composition": index,
        "household_type": kind.household_type,
        "size": kind.size,
        "size_group": str(kind.size) if kind.size < 5 else "5+",
        "head_age_band": band,
        "head_age_from": low,
        "head_age_group": head_age_group(low),
    }


def _tenure_size_group(kind: Composition, head_age: int) -> str:
    if kind.household_type == "single_parent" and head_age < 55:
        return "single_parent"
    return "1" if kind.size == 1 else "2+"


def _tenure_age_group(age: int) -> str:
    group = head_age_group(age)
    if group != "60+":
        return group
    return "60s" if age < 70 else "70+"


def _tenure_prior() -> pl.DataFrame:
    return table("tenure_by_head").select(
        pl.col("size_group").cast(pl.String).alias("tenure_size_group"),
        pl.col("head_age_group").alias("tenure_age_group"),
        "tenure",
        pl.col("value").alias("tenure_share"),
    )


def _size_shape() -> pl.DataFrame:
    return table("household_size_shape").select(
        "region",
        pl.col("category").cast(pl.String).alias("size_group"),
        pl.col("value").alias("size_share"),
    )


def _headship() -> pl.DataFrame:
    return table("headship").select(
        "household_type", "head_age_band", "head_sex", pl.col("value").alias("headship_rate")
    )


def _split_category(frame: pl.DataFrame, value: str) -> pl.DataFrame:
    parts = pl.col("category").str.split("|")
    return frame.select(
        "region",
        parts.list.get(0).alias("head_sex"),
        parts.list.get(1).alias("head_age_band"),
        pl.col("value").alias(value),
    )


def _residents() -> pl.DataFrame:
    known = _split_category(table("persons_age_sex"), "residents_n")
    return known.filter(pl.col("head_age_band").is_in(PERSON_BANDS))


def _one_person() -> pl.DataFrame:
    return _split_category(table("one_person_age_sex"), "one_person_share")
