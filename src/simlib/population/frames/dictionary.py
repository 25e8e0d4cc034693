"""The data dictionary: what every column of households and persons holds and rests on."""

from collections.abc import Sequence
from typing import Any

import dataframely as dy
import polars as pl

from simlib.files import package_data
from simlib.population.frames.schema import Households, Persons
from simlib.provenance import sources

KINDS = {
    "controlled": "its totals meet published or remembered controls (fit.csv shows how closely)",
    "modelled": "follows from published tables or other columns by a stated model",
    "assumed": "rests on an assumption of this project",
}
_SCHEMAS: dict[str, type[dy.Schema]] = {"households": Households, "persons": Persons}


def dictionary() -> pl.DataFrame:
    """Give the data dictionary.

    Returns
    -------
    DataFrame
        One row per column, in the order of the tables: table, column, type, unit, values (what
        it may hold), kind (one of :data:`KINDS`), sentence, and source (ids of ``sources.csv``).
    """
    written = pl.read_csv(package_data("kr", "population_columns.csv"))
    held = pl.DataFrame(
        [
            (table, name, *_described(column))
            for table, schema in _SCHEMAS.items()
            for name, column in schema.columns().items()
        ],
        schema=["table", "column", "type", "values"],
        orient="row",
    )
    return held.join(
        written, on=["table", "column"], how="left", maintain_order="left"
    ).select("table", "column", "type", "unit", "values", "kind", "sentence", "source")  # fmt: skip


def dictionary_page() -> str:
    """Write the data dictionary as a page of the documentation (Markdown)."""
    lines = [
        "# Data dictionary of a population",
        "",
        "Every column of `households` and `persons`: what it holds, how it came about and what it",
        "rests on. The same table stands beside each population as `columns.csv`. This page is",
        "written by `dictionary_page` of `simlib.population.frames.dictionary`; a test holds it up",
        "to date.",
        "",
        *(f"- **{kind}**: {meaning}." for kind, meaning in KINDS.items()),
    ]
    known = dictionary()
    for table in _SCHEMAS:
        rows = known.filter(pl.col("table") == table)
        lines += ["", f"## {table}", ""]
        lines += _rows(
            ("column", "type", "unit", "values", "kind", "meaning", "source"),
            rows.select(
                pl.format("`{}`", pl.col("column")), "type", "unit", "values", "kind", "sentence",
                pl.col("source").str.replace_all(";", ", "),
            ).fill_null("").rows(),
        )  # fmt: skip
    named = sorted({each for row in known["source"].drop_nulls() for each in row.split(";")})
    lines += ["", "## Sources", ""]
    lines += _rows(
        ("source", "grade", "description"),
        [(name, sources()[name].grade, sources()[name].description) for name in named],
    )
    return "\n".join(lines) + "\n"


def _described(column: Any) -> tuple[str, str]:
    """Give type and allowed values of a column of a schema."""
    if isinstance(column, dy.Enum):
        return "Enum", ", ".join(column.categories)
    name = type(column).__name__
    if isinstance(column, dy.Bool):
        return "Boolean", "true, false"
    low, high = getattr(column, "min", None), getattr(column, "max", None)
    if low is not None and high is not None:
        return name, f"{low} to {high}"
    if low is not None:
        return name, f"{low} or more"
    return name, f"{high} or less" if high is not None else ""


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
