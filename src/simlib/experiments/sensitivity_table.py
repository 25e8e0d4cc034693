"""How a sensitivity is printed: the default of each outcome, and what either end makes of it."""

from collections.abc import Sequence

import polars as pl
from rich.console import Console
from rich.table import Table

from simlib.experiments.sensitivity import OUTCOMES, Span

MATTERS_FROM = 0.01
"""Smaller changes of an outcome, as a share of it, are not printed."""


def print_changes(spans: Sequence[Span], frame: pl.DataFrame) -> None:
    """Print one row a number and one column an outcome; a dot where nothing to speak of changes.

    Parameters
    ----------
    spans
        The ranges.
    frame
        From :func:`~simlib.experiments.sensitivity.changes`.
    """
    table = Table(title="Each number alone at the low and at the high end of its range")
    table.add_column("number")
    table.add_column("low, high", justify="right")
    for name in OUTCOMES:
        table.add_column(name, justify="right")
    found = {(row["parameter"], row["outcome"]): row for row in frame.to_dicts()}
    first = [found[spans[0].parameter, name]["default"] for name in OUTCOMES]
    table.add_row("defaults", "", *map(_said, first), end_section=True)
    for span in spans:
        cells = [_cell(found[span.parameter, name]) for name in OUTCOMES]
        table.add_row(span.parameter, f"{span.low:g}, {span.high:g}", *cells)
    Console(width=200).print(table)


def _cell(row: dict[str, float]) -> str:
    if not row["relative"] >= MATTERS_FROM:
        return "·"
    return f"{_said(row['low'])}, {_said(row['high'])}"


def _said(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
