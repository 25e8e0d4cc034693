"""Bars that start at zero: one series, each bar with its number."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from simlib.reporting.figures.style import SERIES, SOFT, canvas, fit_left, look, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW_IN = 0.36


def bar_plot(
    rows: Sequence[str],
    values: Sequence[float],
    labels: Sequence[str],
    axis_label: str,
    write_tick: Callable[[float], str],
    *,
    marked: int | None = None,
) -> "Figure":
    """Draw horizontal bars.

    Parameters
    ----------
    rows, values, labels
        Name, length and number as words of each bar, the first at the top.
    axis_label, write_tick
        What the scale means, and how its numbers are written.
    marked
        Row that the headline speaks of; it is drawn darker.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with look():
        figure, axes = canvas(0.95 + _ROW_IN * max(len(rows), 2))
        colours = [SERIES[0][0] if row == marked else "#9fb2c3" for row in range(len(rows))]
        axes.barh(range(len(rows)), values, height=0.62, color=colours)
        for row, (value, label) in enumerate(zip(values, labels, strict=True)):
            axes.annotate(
                label, (value, row), xytext=(6, 0), textcoords="offset points", va="center",
                fontsize=9,
            )  # fmt: skip
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, max([*values, 1e-9]) * 1.22)
        axes.set_yticks(range(len(rows)), labels=[wrapped(row) for row in rows])
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write_tick(value)))
        axes.set_xlabel(axis_label, fontsize=9, color=SOFT)
        fit_left(figure, axes)
    return figure
