"""Count households and persons by the categories of controls."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from simlib.population.published.cells import head_age_group
from simlib.population.published.controls import ControlRow, inside, sql
from simlib.population.published.tables import PERSON_BANDS, Ints, band_start

HOME_COLUMNS = (
    "region", "municipality", "size", "household_type", "head_age", "head_sex", "tenure",
)  # fmt: skip
"""Columns of households on which controls rest."""
_COMMON = ("region", "sex", "age")
_FROM_HOMES = ("region", "municipality", "lives_alone", "size", "household_type", "tenure")
_DERIVED = {"age_band": "age"}
_CODES_MAX = 20_000_000


def count_homes(households: pl.DataFrame, rows: Iterable[ControlRow]) -> list[pl.DataFrame]:
    """Count households by the categories of each control of households.

    Returns
    -------
    list of DataFrame
        Columns control, geography, category and result, one frame for each control.
    """
    alike = households.group_by(HOME_COLUMNS, maintain_order=True).agg(pl.len().alias("n"))
    homes = home_columns(alike)
    return [_counted(row, homes) for row in rows if row.unit == "households"]


def count_persons(
    households: pl.DataFrame, persons: pl.DataFrame, rows: Iterable[ControlRow]
) -> list[pl.DataFrame]:
    """Count persons by the categories of each control of persons.

    Persons carry region, municipality, lives_alone, size, household_type and tenure of their
    household beside their own columns.
    """
    wanted = [row for row in rows if row.unit == "persons"]
    families: dict[tuple[str, ...], list[ControlRow]] = {}
    for row in wanted:
        families.setdefault(_columns(row, persons), []).append(row)
    home = np.searchsorted(
        households["household_id"].to_numpy(), persons["household_id"].to_numpy()
    )
    found = {}
    for columns, members in families.items():
        frame = pl.DataFrame(
            [
                households[name].gather(home) if name in _FROM_HOMES else persons[name]
                for name in columns
            ]
        )
        tallied = person_columns(tally(frame))
        for row in members:
            found[row.control] = _counted(row, tallied)
    return [found[row.control] for row in wanted]


def person_rows(households: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Add to persons the columns on which controls are written, and ``home``, their row."""
    home = np.searchsorted(
        households["household_id"].to_numpy(), persons["household_id"].to_numpy()
    )
    theirs = [households[name].gather(home) for name in _FROM_HOMES]
    return person_columns(persons.with_columns(*theirs, home=home))


def _columns(row: ControlRow, persons: pl.DataFrame) -> tuple[str, ...]:
    """List the columns that a control needs, in one order for all."""
    named = set(_COMMON)
    for text in (row.expression, row.universe):
        if text:
            named |= {_DERIVED.get(n, n) for n in pl.sql_expr(text).meta.root_names()}
    if row.geography == "municipality":
        named = (named - {"region"}) | {"municipality"}
    return tuple(name for name in (*_FROM_HOMES, *persons.columns) if name in named)


def tally(frame: pl.DataFrame) -> pl.DataFrame:
    """Count equal rows: the distinct rows with their number ``n``.

    Columns of few values are packed into one number each row, which is faster than comparing
    them one by one; others are compared.
    """
    packed = [_codes(frame[name]) for name in frame.columns]
    radix = [int(codes.max(initial=0)) + 1 for codes in packed]
    total = int(np.prod(np.array(radix, dtype=np.float64)))
    if total > _CODES_MAX or frame.is_empty():
        return frame.group_by(frame.columns, maintain_order=True).agg(pl.len().alias("n"))
    code = np.zeros(frame.height, dtype=np.int32)
    for codes, width in zip(packed, radix, strict=True):
        code *= np.int32(width)
        code += codes.astype(np.int32)
    counts = np.bincount(code, minlength=total)
    held = np.flatnonzero(counts)
    example = np.empty(total, dtype=np.int32)
    example[code] = np.arange(code.size, dtype=np.int32)
    return frame[example[held]].with_columns(n=pl.Series(counts[held]))


def _codes(column: pl.Series) -> Ints:
    values = column.to_physical() if isinstance(column.dtype, pl.Enum) else column
    codes = values.cast(pl.Int32).to_numpy()
    return np.asarray(codes - codes.min()) if codes.size else codes


def home_columns(households: pl.DataFrame) -> pl.DataFrame:
    """Add to households the columns on which controls are written."""
    age = pl.col("head_age").cast(pl.Int64)
    low = pl.min_horizontal((age // 5) * 5, pl.lit(85)).clip(15)
    size = pl.col("size")
    bands = {band_start(band): band for band in PERSON_BANDS if band_start(band) >= 15}
    groups = {start: head_age_group(start) for start in bands}
    return households.with_columns(
        _plain("region", "head_sex", "household_type", "tenure"),
        head_age_from=low,
        head_age_band=low.replace_strict(bands, return_dtype=pl.String),
        head_age_group=low.replace_strict(groups, return_dtype=pl.String),
        size_group=pl.when(size < 5).then(size.cast(pl.String)).otherwise(pl.lit("5+")),
    )


def person_columns(persons: pl.DataFrame) -> pl.DataFrame:
    """Add to persons the columns on which controls are written."""
    named = [name for name, kind in persons.schema.items() if isinstance(kind, pl.Enum)]
    starts = np.array([band_start(band) for band in PERSON_BANDS])
    band = np.searchsorted(starts, persons["age"].to_numpy(), side="right") - 1
    return persons.with_columns(
        _plain(*named), pl.col("age").cast(pl.Int64),
        age_band=pl.Series(np.array(PERSON_BANDS)[band]),
    )  # fmt: skip


def _plain(*names: str) -> pl.Expr:
    return pl.col(names).cast(pl.String)


def _counted(row: ControlRow, tallied: pl.DataFrame) -> pl.DataFrame:
    place = {
        "national": pl.lit("national"),
        "region": pl.col("region"),
        "municipality": pl.col("municipality").cast(pl.String),
    }[row.geography]
    category = sql(row.expression, tallied, row).cast(pl.String)
    counted = (
        tallied.filter(inside(row, tallied))
        .group_by(place.alias("geography"), category.alias("category"))
        .agg(pl.col("n").sum().cast(pl.Float64).alias("result"))
        .sort("geography", "category")
    )
    return counted.select(pl.lit(row.control).alias("control"), pl.all())
