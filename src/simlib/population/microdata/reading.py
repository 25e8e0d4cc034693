"""Read a researcher's own households and persons, and say which rows cannot enter, and why."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from simlib.errors import UserError, did_you_mean
from simlib.files import Document, read_parquet
from simlib.population.frames.schema import Households, Persons
from simlib.population.microdata.mapping import (
    COLUMNS,
    SCHEMAS,
    ColumnSource,
    Mapping,
    period_factor,
    read_mapping,
    values_of,
)
from simlib.population.microdata.spellings import find_municipality, region_spellings
from simlib.population.published.tables import region_of

REJECTED = {
    "table": pl.String, "row": pl.Int64, "id": pl.String, "column": pl.String,
    "value": pl.String, "reason": pl.String,
}  # fmt: skip
"""Columns of the list of rows that cannot enter; rows count from 1, the header not counted."""
_WHOLE = r"^(-?\d+)\.0+$"


@dataclass(frozen=True)
class Microdata:
    """Hold households and persons in simlib's columns, as far as the mapping gives them.

    Parameters
    ----------
    households
        Columns row, id, region, municipality (null where only the region is known), weight when
        mapped, and the mapped columns.
    persons
        Columns row, id, household, age, sex and the mapped columns; in the order of the file.
    rejected
        Every fault that was found: columns of :data:`REJECTED`.
    mapping
        The column mapping.
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    rejected: pl.DataFrame
    mapping: Mapping

    def and_rejected(self, found: pl.DataFrame) -> "Microdata":
        """Add further faults, in the columns of :data:`REJECTED`."""
        listed = pl.concat([self.rejected, found.cast(REJECTED)])  # type: ignore[arg-type]
        listed = listed.sort("table", "row", maintain_order=True)
        return Microdata(self.households, self.persons, listed, self.mapping)

    def without_rejected(self) -> "Microdata":
        """Leave out every household with a faulty row, with all its persons."""
        bad = self.rejected
        lost = set(bad.filter(pl.col("table") == "households")["row"])
        faulty = set(bad.filter(pl.col("table") == "persons")["row"])
        homes = set(self.persons.filter(pl.col("row").is_in(faulty))["household"].drop_nulls())
        homes |= set(self.households.filter(pl.col("row").is_in(lost))["id"].drop_nulls())
        kept = self.households.filter(
            ~pl.col("row").is_in(lost) & ~pl.col("id").is_in(homes) & pl.col("id").is_not_null()
        )
        persons = self.persons.filter(
            pl.col("household").is_in(kept["id"].implode()) & ~pl.col("row").is_in(faulty)
        )
        return Microdata(kept, persons, bad, self.mapping)


@dataclass
class _Faults:
    """Collect the rows that cannot enter."""

    frames: list[pl.DataFrame] = field(default_factory=list)

    def add(
        self, table: str, rows: pl.DataFrame, column: str, value: pl.Series, reason: pl.Series
    ) -> None:
        found = pl.DataFrame(
            {
                "table": pl.Series([table] * rows.height, dtype=pl.String),
                "row": rows["row"],
                "id": rows["id"],
                "column": pl.Series([column] * rows.height, dtype=pl.String),
                "value": value.cast(pl.String, strict=False),
                "reason": reason,
            },
            schema=REJECTED,
        )
        self.frames.append(found.filter(pl.col("reason").is_not_null()))

    def where(self, table: str, rows: pl.DataFrame, bad: pl.Expr, column: str, why: str) -> None:
        chosen = rows.filter(bad)
        value = chosen[column] if column in chosen.columns else chosen["id"]
        self.add(table, chosen, column, value, pl.Series([why] * chosen.height, dtype=pl.String))

    def frame(self) -> pl.DataFrame:
        if not self.frames:
            return pl.DataFrame(schema=REJECTED)
        found = pl.concat(self.frames)
        return found.sort("table", "row", maintain_order=True)


def read_microdata(path: Path | str) -> Microdata:
    """Read the files that a column mapping names, in simlib's columns and units.

    Parameters
    ----------
    path
        Column mapping (YAML); the files it names are looked for beside it.

    Raises
    ------
    UserError
        If the mapping is wrong, or a file or column does not exist. Faulty rows are no error
        here: they are listed.
    """
    mapping, document = read_mapping(path)
    faults = _Faults()
    tables = {}
    for table in COLUMNS:
        raw = _read_file(table, mapping, document, Path(path).parent)
        tables[table] = _translate_table(table, raw, mapping, document, faults)
    households = _place(tables["households"], faults)
    persons = tables["persons"]
    _check_ids(households, persons, faults)
    _check_households(households, persons, faults)
    return Microdata(households, persons, faults.frame(), mapping)


def _read_file(table: str, mapping: Mapping, document: Document, folder: Path) -> pl.DataFrame:
    name = getattr(mapping, table).file
    where = document.where((table, "file"))
    path = folder / name
    if not path.is_file():
        names = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UserError(
            f"there is no file '{name}'", where, "it holds the " + table, did_you_mean(name, names)
        )
    if path.suffix.lower() == ".parquet":
        frame = read_parquet(path)
    elif path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        try:
            frame = pl.read_csv(
                path, infer_schema=False, separator="\t" if path.suffix.lower() == ".tsv" else ","
            )
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = str(error).splitlines()[0][:120]
            raise UserError(
                f"this is not a CSV file ({reason})", str(path), mend="save it as UTF-8 with commas"
            ) from None
    else:
        raise UserError(
            f"'{name}' is neither Parquet nor CSV", where, mend="save it as .parquet or .csv"
        )
    if frame.is_empty():
        raise UserError("this file has no rows", str(path))
    return frame


def _translate_table(
    table: str, raw: pl.DataFrame, mapping: Mapping, document: Document, faults: _Faults
) -> pl.DataFrame:
    made = pl.DataFrame({"row": pl.int_range(1, raw.height + 1, eager=True)})
    sources = mapping.sources(table)
    for key, source in sources.items():
        if source.column is not None and source.column not in raw.columns:
            raise UserError(
                f"the file has no column '{source.column}'",
                document.where((table, key)),
                f"'{key}' would be filled from it",
                did_you_mean(source.column, raw.columns),
            )
        given = (
            raw[source.column]
            if source.column is not None
            else pl.Series([source.value] * raw.height, strict=False)
        )
        values, reasons = _translated(table, key, _text(given), source)
        made = made.with_columns(values.alias(COLUMNS[table].get(key, key)))
        if "id" in made.columns:
            faults.add(table, made.select("row", "id"), key, given, reasons)
    return made


def _text(given: pl.Series) -> pl.Series:
    """Write codes as text, whole numbers without decimals, empty cells as null."""
    text = given.cast(pl.String, strict=False).str.strip_chars()
    text = text.str.replace(_WHOLE, "${1}")
    return text.replace("", None)


def _translated(
    table: str, key: str, text: pl.Series, source: ColumnSource
) -> tuple[pl.Series, pl.Series]:
    """Translate a column; give the values and, for each row, the reason against it or null."""
    if source.missing is not None:
        text = text.fill_null(_text(pl.Series([source.missing], strict=False))[0])
    allowed = values_of(key, table)
    if allowed is not None or source.codes:
        return _coded(text, source, allowed)
    if key in {"id", "household", "municipality", "region"}:
        needed = key in {"id", "household"}
        return text, _reason(text.is_null() & needed, "is empty")
    return _number(table, key, text, source)


def _coded(
    text: pl.Series, source: ColumnSource, allowed: tuple[str, ...] | None
) -> tuple[pl.Series, pl.Series]:
    codes = source.codes or {each: each for each in allowed or ()}
    if not source.codes and allowed == ("true", "false"):
        codes |= {"1": "true", "0": "false", "True": "true", "False": "false"}
    found = text.replace_strict(codes, default=None, return_dtype=pl.String)
    reasons = pl.select(
        pl.when(text.is_null())
        .then(pl.lit("is empty: say in the mapping what that means, with missing:"))
        .when(found.is_null())
        .then(pl.lit("has no meaning in the mapping"))
    ).to_series()
    if allowed == ("true", "false"):
        return found == "true", reasons
    return found, reasons


def _number(
    table: str, key: str, text: pl.Series, source: ColumnSource
) -> tuple[pl.Series, pl.Series]:
    column = COLUMNS[table].get(key, key)
    numbers = text.cast(pl.Float64, strict=False)
    scaled = numbers * (source.times * period_factor(key, column))
    limits: Any = SCHEMAS[table].columns().get(column)
    lowest = {"size": 1, "weight": 0, "age": 0}.get(key, getattr(limits, "min", None))
    highest = {"age": Persons.columns()["age"].max}.get(key, getattr(limits, "max", None))  # type: ignore[attr-defined]
    whole = key in {"age", "size"} or (limits is not None and limits.dtype.is_integer())
    low = pl.lit(value=False) if lowest is None else scaled < (lowest or 0)
    if limits is not None and limits.dtype.is_integer() and lowest is None:
        low = scaled < 0
    reasons = pl.select(
        pl.when(text.is_null())
        .then(pl.lit("is empty: say in the mapping what that means, with missing:"))
        .when(scaled.is_null() | scaled.is_nan() | scaled.is_infinite())
        .then(pl.lit("is not a number"))
        .when(low)
        .then(pl.lit("is negative" if not lowest else f"is below {lowest}"))
        .when(pl.lit(value=False) if highest is None else scaled > highest)
        .then(pl.lit(f"is above {highest}"))
        .when(scaled != scaled.floor() if key in {"age", "size"} else pl.lit(value=False))
        .then(pl.lit("is not a whole number"))
    ).to_series()
    values = scaled.set(reasons.is_not_null(), None)
    return values.round().cast(pl.Int64) if whole else values, reasons


def _reason(bad: pl.Series, why: str) -> pl.Series:
    return pl.select(pl.when(bad).then(pl.lit(why))).to_series()


def _place(homes: pl.DataFrame, faults: _Faults) -> pl.DataFrame:
    """Find region and municipality of every household."""
    keys = homes.select("row", "id")
    region = pl.Series([None] * homes.height, dtype=pl.String)
    if "region" in homes.columns:
        written = homes["region"]
        region = written.replace_strict(region_spellings(), default=None, return_dtype=pl.String)
        unknown = region.is_null() & written.is_not_null()
        faults.add("households", keys, "region", written, _reason(unknown, "is no region of Korea"))
    code = pl.Series([None] * homes.height, dtype=pl.Int32)
    if "municipality" in homes.columns:
        written = homes["municipality"]
        pairs = pl.DataFrame({"text": written, "region": region})
        known = {
            pair: find_municipality(*pair) if pair[0] is not None else (None, "")
            for pair in pairs.unique().iter_rows()
        }
        found = [known[pair] for pair in pairs.iter_rows()]
        code = pl.Series([each[0] for each in found], dtype=pl.Int32)
        reasons = pl.Series([each[1] or None for each in found], dtype=pl.String)
        faults.add("households", keys, "municipality", written, reasons)
        of = {each: region_of(each) for each in code.drop_nulls().unique()}
        placed = code.replace_strict(of, default=None, return_dtype=pl.String)
        region = placed.fill_null(region)
    column = "municipality" if "municipality" in homes.columns else "region"
    nowhere = region.is_null() & homes[column].is_null()
    faults.add("households", keys, column, homes[column], _reason(nowhere, "is empty"))
    return homes.with_columns(region=region, municipality=code)


def _check_ids(households: pl.DataFrame, persons: pl.DataFrame, faults: _Faults) -> None:
    twice = pl.col("id").is_not_null() & ~pl.col("id").is_first_distinct()
    faults.where("households", households, twice, "id", "stands in an earlier row too")
    twice = pl.struct("household", "id").is_first_distinct().not_() & pl.col("id").is_not_null()
    faults.where("persons", persons, twice, "id", "stands in an earlier row of the household too")
    orphan = pl.col("household").is_not_null() & ~pl.col("household").is_in(
        households["id"].drop_nulls().implode()
    )
    faults.where("persons", persons, orphan, "household", "is no household of the other file")
    empty = ~pl.col("id").is_in(persons["household"].drop_nulls().implode())
    faults.where("households", households, empty, "id", "has no persons")


def _check_households(households: pl.DataFrame, persons: pl.DataFrame, faults: _Faults) -> None:
    homes = households.unique("id", keep="first", maintain_order=True)
    counts = persons.group_by("household").agg(
        pl.len().alias("listed_n"),
        *([(pl.col("relation") == "head").sum().alias("heads_n")]
          if "relation" in persons.columns else []),
    )  # fmt: skip
    homes = homes.join(counts, left_on="id", right_on="household", maintain_order="left")
    checks: list[tuple[str, pl.Expr, Callable[[pl.DataFrame], pl.Series]]] = []
    if "size" in homes.columns:
        checks.append(("size", pl.col("size") != pl.col("listed_n"), lambda f: _said(f, "listed_n",
            "is not the number of persons listed: {}")))  # fmt: skip
    if "heads_n" in homes.columns:
        checks.append(("id", pl.col("heads_n") != 1, lambda f: _said(f, "heads_n",
            "has {} heads; there must be one")))  # fmt: skip
    for column, bad, words in checks:
        chosen = homes.filter(bad)
        faults.add("households", chosen, column, chosen[column], words(chosen))
    if "relation" in persons.columns:
        least = Households.columns()["head_age"].min  # type: ignore[attr-defined]
        child = (pl.col("relation") == "head") & (pl.col("age") < least)
        faults.where("persons", persons, child, "age", f"is too young for a head (below {least})")


def _said(frame: pl.DataFrame, number: str, words: str) -> pl.Series:
    return frame.select(pl.format(words, pl.col(number))).to_series()
