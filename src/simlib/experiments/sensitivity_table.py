"""How a sensitivity is printed: the default of each outcome, and what either end makes of it."""

from collections.abc import Sequence

import polars as pl

from simlib.experiments.sensitivity import OUTCOMES, Span
from simlib.terminal import Sheet, console

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
    numbers = ["low, high", *OUTCOMES]
    title = "Each number alone at the low and at the high end of its range"
    sheet = Sheet(title, ["number", *numbers], numbers)
    found = {(row["parameter"], row["outcome"]): row for row in frame.to_dicts()}
    first = [found[spans[0].parameter, name]["default"] for name in OUTCOMES]
    sheet.add("defaults", "", *map(_said, first))
    for span in spans:
        cells = [_cell(found[span.parameter, name]) for name in OUTCOMES]
        sheet.add(span.parameter, f"{span.low:g}, {span.high:g}", *cells)
    console().print(sheet)


def _cell(row: dict[str, float]) -> str:
    if not row["relative"] >= MATTERS_FROM:
        return "·"
    return f"{_said(row['low'])}, {_said(row['high'])}"


def _said(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
