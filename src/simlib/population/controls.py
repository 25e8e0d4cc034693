"""Controls: the published totals that the fitted table of households must meet."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from simlib.errors import UserError, did_you_mean
from simlib.files import package_data
from simlib.population.cells import Cells
from simlib.population.tables import Floats, Ints, check_provenance, regions, table

_COLUMNS = (
    "control", "unit", "geography", "universe", "expression", "target", "importance", "source",
    "evidence", "note",
)  # fmt: skip


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
        ``national`` or ``region``.
    universe
        SQL condition on the columns of a cell that says which households count; empty for all.
    expression
        SQL expression over the columns of a cell (or of a person) that gives the category.
    target
        A table below ``kr``, or a share for an expression that is true or false.
    importance
        Controls of higher importance are met last in each round, hence most closely.
    source, evidence, note
        Where the target comes from.
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
    """Read the list of controls (the package's own by default).

    Raises
    ------
    UserError
        If a column is missing, a name is repeated, or a unit or geography is unknown.
    """
    path = path or package_data("kr", "controls.csv")
    frame = pl.read_csv(path, schema_overrides=dict.fromkeys(_COLUMNS, pl.String))
    for column in _COLUMNS:
        if column not in frame.columns:
            raise UserError(
                f"the column '{column}' is missing", str(path), mend=f"add '{column}' to the header"
            )
    check_provenance(frame, path.name)
    rows: list[ControlRow] = []
    for line, values in enumerate(frame.fill_null("").iter_rows(named=True), start=2):
        where = f"{path}:{line}"
        _one_of(values["unit"], ("households", "persons"), "unit", where)
        _one_of(values["geography"], ("national", "region"), "geography", where)
        if any(row.control == values["control"] for row in rows):
            raise UserError(f"the control '{values['control']}' is given twice", where)
        rows.append(ControlRow(**{**values, "importance": float(values["importance"])}))
    return tuple(sorted(rows, key=lambda row: row.importance))


def _one_of(value: str, known: tuple[str, ...], what: str, where: str) -> None:
    if value not in known:
        raise UserError(f"unknown {what} '{value}'", where, mend=did_you_mean(value, known))


def target_shares(row: ControlRow) -> pl.DataFrame:
    """Give the target shares of a control: columns region, category, share.

    Shares sum to 1 within a region, or within the country for national controls.
    """
    try:
        share = float(row.target)
    except ValueError:
        frame = table(Path(row.target).stem).select("region", "category", "value")
    else:
        frame = pl.DataFrame(
            {
                "region": ["national"] * 2,
                "category": ["true", "false"],
                "value": [share, 1.0 - share],
            }
        )
    total = pl.col("value").sum().over("region")
    return frame.select("region", "category", (pl.col("value") / total).alias("share"))


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
        _expression(row.expression, cells.frame, row).cast(pl.String).alias("category"),
        _inside(row, cells.frame).alias("inside"),
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
            f"the control '{row.control}' has no target for '{category}'",
            f"controls.csv, {row.control}",
            "every household in its universe must fall into a category with a target",
            did_you_mean(str(category), shares["category"].unique()),
        )
    codes = joined["code"].cast(pl.Int64).fill_null(-1).to_numpy().copy()
    codes[~joined["inside"].to_numpy()] = -1
    places = ["national"] if row.geography == "national" else list(regions())
    groups = np.array([places.index(name) for name in shares["region"]], dtype=np.int64)
    return Control(
        row,
        codes,
        tuple(shares["category"]),
        tuple(shares["region"]),
        groups,
        shares["share"].to_numpy(),
    )


def with_shares(control: Control, shares: Floats) -> Control:
    """Give a copy of a control with other target shares, shape ``(categories,)``."""
    return replace(control, shares=shares)


def _inside(row: ControlRow, frame: pl.DataFrame) -> pl.Expr:
    return _expression(row.universe, frame, row) if row.universe else pl.lit(value=True)


def _expression(text: str, frame: pl.DataFrame, row: ControlRow) -> pl.Expr:
    try:
        expression = pl.sql_expr(text)
        frame.head(1).select(expression.alias("_"))
    except pl.exceptions.PolarsError as error:
        raise UserError(
            f"'{text}' cannot be computed ({str(error).splitlines()[0]})",
            f"controls.csv, {row.control}",
            mend=f"use the columns {', '.join(frame.columns)}",
        ) from None
    return expression
