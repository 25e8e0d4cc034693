"""Controls: the published totals that the fitted table of households must meet."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from simlib.errors import SimlibError, UserError, did_you_mean
from simlib.files import package_data
from simlib.population.published.cells import Cells
from simlib.population.published.tables import (
    Floats,
    Ints,
    check_provenance,
    municipalities,
    regions,
    table,
)

_COLUMNS = (
    "control", "unit", "geography", "universe", "expression", "target", "importance", "source",
    "evidence", "note",
)  # fmt: skip
MUST = 1000.0
"""Importance of a control that must be met; one of less gives way where all cannot be met."""
PERSONS_BY_AGE = "sex || '|' || age_band"
"""Expression of the controls to which members' ages are fitted."""
PERSONS_BY_REGION = "region"
"""Expression of the control of persons by region, to which household sizes are fitted."""
LIVES_ALONE = "lives_alone"
"""Expression of the controls of people living alone that municipalities are fitted to."""
UNITS = ("households", "persons")
GEOGRAPHIES = ("national", "region", "municipality")


@dataclass(frozen=True)
class ControlRow:
    """Hold one line of ``controls.csv``.

    Parameters
    ----------
    control
        Name of the control.
    unit
        ``households`` or ``persons``.
    geography
        ``national``, ``region`` or ``municipality``.
    universe
        SQL condition on the columns of a cell (or of a person) that says which count; empty for
        all.
    expression
        SQL expression over the columns of a cell (or of a person) that gives the category.
    target
        A table below ``kr``, a CSV file beside the list of controls, or a share for an
        expression that is true or false.
    importance
        1000 must be met; a control of less gives way, the least important first, where all
        cannot be met together.
    source, evidence, note
        Where the target comes from.
    where
        File and line of the row.
    """

    control: str
    unit: str
    geography: str
    universe: str
    expression: str
    target: str
    importance: float
    source: str
    evidence: str
    note: str
    where: str = "controls.csv"


@dataclass(frozen=True)
class Control:
    """Hold a control ready for fitting.

    Parameters
    ----------
    row
        The line it comes from.
    codes
        Category of each cell, ``-1`` outside the universe, shape ``(cells,)``.
    labels, geographies
        Name and geography of each category, in the order of codes.
    groups
        Universe (a region, or the whole country) of each category.
    shares
        Target share of each category in its universe, shape ``(categories,)``.
    """

    row: ControlRow
    codes: Ints
    labels: tuple[str, ...]
    geographies: tuple[str, ...]
    groups: Ints
    shares: Floats

    def totals(self, weights: Floats) -> Floats:
        """Sum weights by category, shape ``(categories,)``."""
        counted = np.bincount(self.codes + 1, weights, minlength=len(self.labels) + 1)
        return np.asarray(counted[1:], dtype=np.float64)

    def targets(self, weights: Floats) -> Floats:
        """Give the target of each category, in the unit of the weights."""
        universe = np.bincount(self.groups, self.totals(weights))
        return np.asarray(self.shares * universe[self.groups])


def read_controls(path: Path | None = None) -> tuple[ControlRow, ...]:
    """Read the list of controls (the package's own by default), the least important first.

    Raises
    ------
    UserError
        If a column is missing, a name is repeated, a unit or geography is unknown, or an
        importance is not a number from 1 to 1000; with the line.
    """
    path = path or package_data("kr", "controls.csv")
    if not path.is_file():
        raise UserError("there is no such list of controls", str(path), mend="give a CSV file")
    frame = pl.read_csv(path, schema_overrides=dict.fromkeys(_COLUMNS, pl.String))
    for column in _COLUMNS:
        if column not in frame.columns:
            raise UserError(
                f"the column '{column}' is missing", str(path), mend=f"add '{column}' to the header"
            )
    rows: list[ControlRow] = []
    for line, values in enumerate(
        frame.select(_COLUMNS).fill_null("").iter_rows(named=True), start=2
    ):
        rows.append(_row(values, f"{path}:{line}"))
        if any(row.control == rows[-1].control for row in rows[:-1]):
            raise UserError(
                f"the control '{rows[-1].control}' is given twice",
                rows[-1].where,
                mend="rename it, or remove one of the two",
            )
    return tuple(sorted(rows, key=lambda row: row.importance))


def _row(values: dict[str, str], where: str) -> ControlRow:
    _one_of(values["unit"], UNITS, "unit", where)
    _one_of(values["geography"], GEOGRAPHIES, "geography", where)
    try:
        importance = float(values["importance"] or MUST)
    except ValueError:
        importance = np.nan
    if not 1.0 <= importance <= MUST:
        raise UserError(
            f"the importance '{values['importance']}' is not a number from 1 to 1000",
            where,
            "1000 must be met; less gives way where all cannot be met together",
            "write a number from 1 to 1000",
        )
    try:
        check_provenance(pl.DataFrame([values]), where)
    except SimlibError as error:
        raise UserError(
            str(error), where, "every target says what it rests on", "name a source of sources.csv"
        ) from None
    return ControlRow(**{**values, "importance": importance, "where": where})  # type: ignore[arg-type]


def _one_of(value: str, known: tuple[str, ...], what: str, where: str) -> None:
    if value not in known:
        raise UserError(f"unknown {what} '{value}'", where, mend=did_you_mean(value, known))


def target_shares(row: ControlRow) -> pl.DataFrame:
    """Give the target shares of a control: columns region, category, share.

    Shares sum to 1 within a geography, whose name or code is in ``region``.

    Raises
    ------
    UserError
        If the target is neither a share nor a table with the columns needed, or is negative.
    """
    frame = target_values(row)
    total = pl.col("value").sum().over("region")
    shares = frame.select("region", "category", (pl.col("value") / total).alias("share"))
    wrong = shares.filter(~(pl.col("share") >= 0.0))
    if not wrong.is_empty():
        raise UserError(
            f"the control '{row.control}' has a target below zero or none for "
            f"'{wrong['category'][0]}'",
            row.where,
            "shares of households or persons are 0 or more",
            f"correct {row.target}",
        )
    return shares


def target_values(row: ControlRow) -> pl.DataFrame:
    """Give the target of a control as it is published: columns region, category, value.

    Raises
    ------
    UserError
        If the target is neither a share nor a table with the columns needed.
    """
    try:
        share = float(row.target)
    except ValueError:
        return _target_table(row)
    return pl.DataFrame(
        {"region": ["national"] * 2, "category": ["true", "false"], "value": [share, 1.0 - share]}
    )


def _target_table(row: ControlRow) -> pl.DataFrame:
    """Read a table of targets: beside the list of controls, or of the package."""
    own = Path(row.where.rpartition(":")[0]).parent / row.target
    try:
        found = table(Path(row.target).stem) if not own.is_file() else pl.read_csv(
            own, schema_overrides={"category": pl.String}
        )  # fmt: skip
        place = "municipality" if "municipality" in found.columns else "region"
        return found.select(
            pl.col(place).cast(pl.String).alias("region"),
            pl.col("category").cast(pl.String),
            pl.col("value").cast(pl.Float64),
        )
    except pl.exceptions.PolarsError as error:
        raise UserError(
            f"the target '{row.target}' cannot be used ({str(error).splitlines()[0]})",
            row.where,
            mend="a table of targets has the columns region, category and value",
        ) from None
    except UserError as error:
        raise UserError(error.what, row.where, error.why, error.mend) from None


def bind(row: ControlRow, cells: Cells) -> Control:
    """Attach a household control to the cells.

    Raises
    ------
    UserError
        If an expression names an unknown column, or cells fall into a category that has no
        target.
    """
    coded = cells.frame.select(
        pl.lit("national").alias("geography") if row.geography == "national" else
        pl.col("region").alias("geography"),
        sql(row.expression, cells.frame, row).cast(pl.String).alias("category"),
        inside(row, cells.frame).alias("inside"),
    )  # fmt: skip
    shares = target_shares(row).with_row_index("code")
    joined = coded.join(
        shares,
        left_on=["geography", "category"],
        right_on=["region", "category"],
        how="left",
        maintain_order="left",
    )
    unknown = joined.filter(pl.col("inside") & pl.col("code").is_null())
    if not unknown.is_empty():
        category = unknown["category"][0]
        raise UserError(
            f"the control '{row.control}' has no target for '{category}' "
            f"in {unknown['geography'][0]}",
            row.where,
            "every household in its universe must fall into a category with a target",
            did_you_mean(str(category), shares["category"].unique()),
        )
    codes = joined["code"].cast(pl.Int64).fill_null(-1).to_numpy().copy()
    codes[~joined["inside"].to_numpy()] = -1
    known = places(row.geography)
    strange = shares.filter(~pl.col("region").is_in(known))
    if not strange.is_empty():
        name = strange["region"][0]
        raise UserError(
            f"the target of '{row.control}' names the unknown place '{name}'",
            row.where,
            mend=did_you_mean(str(name), known),
        )
    groups = np.array([known.index(name) for name in shares["region"]], dtype=np.int64)
    return Control(
        row,
        codes,
        tuple(shares["category"]),
        tuple(shares["region"]),
        groups,
        shares["share"].to_numpy(),
    )


def places(geography: str) -> list[str]:
    """List the places of a geography, as tables of targets name them."""
    if geography == "national":
        return ["national"]
    if geography == "region":
        return list(regions())
    return municipalities()["code"].cast(pl.String).to_list()


def inside(row: ControlRow, frame: pl.DataFrame) -> pl.Expr:
    """Give the condition that says which rows of a frame a control counts."""
    return sql(row.universe, frame, row) if row.universe else pl.lit(value=True)


def sql(text: str, frame: pl.DataFrame, row: ControlRow) -> pl.Expr:
    """Read an SQL expression of a control over the columns of a frame.

    Raises
    ------
    UserError
        If it cannot be read or names an unknown column.
    """
    try:
        expression = pl.sql_expr(text)
        frame.head(1).select(expression.alias("_"))
    except pl.exceptions.PolarsError as error:
        raise UserError(
            f"'{text}' cannot be computed ({str(error).splitlines()[0]})",
            row.where,
            mend=f"use the columns {', '.join(frame.columns)}",
        ) from None
    return expression
