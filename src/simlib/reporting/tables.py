"""Tables with caption, scope and rounding by Monte Carlo error."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import polars as pl

from simlib.provenance import sources, split_sources
from simlib.reporting.blocks import Block
from simlib.reporting.numbers import Shown, Unit, show_interval
from simlib.reporting.text import Text

SUPPRESS_BELOW = 10
"""Cells that rest on fewer households than this are not shown."""


SOURCE_ANCHOR = "source-"
"""How the anchors of the sources in the appendix begin."""


@dataclass(frozen=True)
class Column:
    """Describe one column of a table.

    ``key`` names the frame's column. With ``unit`` the column is a number, rounded by the
    column ``error`` (by default ``<prefix>mc_error``); with ``interval`` the columns
    ``<prefix>low`` and ``<prefix>high`` stand beside it in the same cell. The prefix is
    ``key`` up to ``value``. A column that ``cites`` holds ids of sources, which the appendix
    explains.
    """

    key: str
    header: str
    unit: Unit | None = None
    interval: bool = False
    signed: bool = False
    error: str = ""
    cites: bool = False


def suppress(frame: pl.DataFrame, by: str, columns: Sequence[str]) -> pl.DataFrame:
    """Blank the numbers of rows that rest on fewer than ten households.

    Parameters
    ----------
    frame
        Any table.
    by
        Column with the number of households behind a row.
    columns
        Columns to blank.

    Returns
    -------
    DataFrame
        The table with a further column ``suppressed``.
    """
    few = pl.col(by) < SUPPRESS_BELOW
    blanked = [pl.when(~few).then(pl.col(name)).alias(name) for name in columns]
    return frame.with_columns(suppressed=few).with_columns(blanked)


def table(
    text: Text,
    table_id: str,
    frame: pl.DataFrame,
    columns: Sequence[Column],
    caption: str,
    *,
    exported: pl.DataFrame | None = None,
    note: str = "",
    anchors: str = "",
) -> Block:
    """Make a table whose first column heads its rows.

    Parameters
    ----------
    text
        Language of the numbers and words.
    table_id
        Anchor, and name of the CSV file.
    frame
        Rows in the order shown.
    columns
        Columns to show, the first as row heading.
    caption
        What the table shows: measure, population, period.
    exported
        The language-free table for the CSV file; ``frame`` without its words by default.
    note
        Sentence below the table.
    anchors
        Beginning of the rows' own anchors, which end in what heads the row; none by default.
    """
    head = "".join(_head(each) for each in columns)
    body = "\n".join(_row(text, columns, row, anchors) for row in frame.iter_rows(named=True))
    below = f'<p class="note">{escape(note)} {csv_link(text, table_id)}</p>'
    html = (
        f'<div class="table" id="{table_id}"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>{below}</div>"
    )
    return Block(html, {table_id: frame if exported is None else exported})


def csv_link(text: Text, export_id: str) -> str:
    """Make the link to the CSV file of a figure or table; only pages, which have it, show it."""
    words = escape(text("csv.link"))
    return f'<a class="csv" hidden href="../csv/{export_id}.csv" download>{words}</a>'


def _head(column: Column) -> str:
    kind = ' class="number"' if column.unit else ""
    return f'<th scope="col"{kind}>{escape(column.header)}</th>'


def _row(text: Text, columns: Sequence[Column], row: dict[str, Any], anchors: str) -> str:
    first, *rest = columns
    anchor = f' id="{escape(anchors + str(row[first.key]))}"' if anchors else ""
    cells = f'<th scope="row">{escape(str(row[first.key]))}</th>'
    return f"<tr{anchor}>" + cells + "".join(_cell(text, each, row) for each in rest) + "</tr>"


def _cell(text: Text, column: Column, row: dict[str, Any]) -> str:
    value = row[column.key]
    if column.cites and value:
        return f'<td class="sources">{cited(value)}</td>'
    if column.unit is None:
        return f"<td>{escape(text('cell.empty') if value in (None, '') else str(value))}</td>"
    if value is None:
        reason = "cell.suppressed" if row.get("suppressed") else "cell.empty"
        return f'<td class="number none">{escape(text(reason))}</td>'
    shown = numbers(text, column, row)
    values = " ".join(f"{each.value:.10g}" for each in shown)
    words = f'<span class="value">{shown[0].text}</span>'
    if len(shown) > 1:
        words += f' <span class="interval">[{shown[1].text}, {shown[2].text}]</span>'
    elif row.get("identical") and column.signed:
        words = text("cell.identical")
    return f'<td class="number" data-value="{values}">{words}</td>'


def cited(given: str) -> str:
    """Mark ids of sources, as in ``HFS2025;DERIVED``; pages link them to the list of sources."""
    known = sources()
    return ", ".join(
        f"<cite>{each}</cite>" if each in known else escape(each) for each in split_sources(given)
    )


def numbers(text: Text, column: Column, row: dict[str, Any]) -> tuple[Shown, ...]:
    """Give the number of a cell, and its interval when there is one."""
    if column.unit is None:
        raise ValueError(f"column '{column.key}' holds words")
    prefix = column.key.removesuffix("value")
    value, error = row[column.key], row.get(column.error or f"{prefix}mc_error")
    low, high = row.get(f"{prefix}low"), row.get(f"{prefix}high")
    if column.interval and error is not None and low is not None and high is not None:
        return show_interval(value, low, high, error, column.unit, text.lang, signed=column.signed)
    return (text.number(value, column.unit, error, signed=column.signed),)
