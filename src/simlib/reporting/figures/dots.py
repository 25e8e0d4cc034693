"""Dot plots: one row per name, a dot per series, a line for the interval."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simlib.reporting.figures.style import (
    GRID,
    INK,
    SERIES,
    SOFT,
    canvas,
    fit_left,
    look,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_SERIES = 4
_ROW_IN = 0.3
_TALL_ROW_IN = 0.42


@dataclass(frozen=True)
class Dots:
    """Hold one series of a dot plot.

    ``values``, ``low`` and ``high`` have one entry per row, None where there is nothing
    to show; ``labels`` are the numbers as words.
    """

    name: str
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    labels: Sequence[str] = ()
    hollow: bool = False


def dot_plot(
    rows: Sequence[str],
    series: Sequence[Dots],
    axis_label: str,
    write_tick: Callable[[float], str],
    *,
    zero: bool = False,
    one: float | None = None,
) -> "Figure":
    """Draw rows of dots on a common scale.

    Parameters
    ----------
    rows
        Names of the rows, the first at the top.
    series
        At most four; each told apart by marker and colour.
    axis_label, write_tick
        What the scale means, and how its numbers are written.
    zero
        Whether a line marks zero (for differences).
    one
        A value that a line marks, such as a ratio of one.

    Raises
    ------
    ValueError
        If there are more than four series.
    """
    if len(series) > MAX_SERIES:
        raise ValueError(f"a figure shows at most {MAX_SERIES} series, not {len(series)}")
    with look():
        row_in = _TALL_ROW_IN if _apart(series) else _ROW_IN
        figure, axes = canvas(1.05 + row_in * max(len(rows), 2))
        whole = _scale(axes, rows, series, zero=zero, one=one)
        for number, each in enumerate(series):
            _draw(axes, each, number, _shift(number, series))
        _label(axes, series)
        if len(series) > 1:
            _key(axes, series)
        _finish(axes, rows, axis_label, write_tick, most=1.0 if whole else math.inf)
        fit_left(figure, axes)
    return figure


def _scale(
    axes: "Axes", rows: Sequence[str], series: Sequence[Dots], *, zero: bool, one: float | None
) -> bool:
    """Make room for everything; tell whether all are shares of a whole, which end at one."""
    ends = [
        end
        for each in series
        for values in (each.values, each.low, each.high)
        for end in values
        if end is not None
    ]
    if zero:
        ends.append(0.0)
        axes.axvline(0, color=INK, linewidth=1)
    if one is not None:
        ends.append(one)
        axes.axvline(one, color=INK, linewidth=1)
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = (high - low) or abs(high) or 1.0
    labelled = any(each.labels for each in series)
    axes.set_xlim(low - 0.06 * room, high + (0.3 if labelled else 0.06) * room)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    return low >= 0 and high <= 1


def _draw(axes: "Axes", dots: Dots, number: int, shift: float) -> None:
    colour, marker, _ = SERIES[number]
    for row, value in enumerate(dots.values):
        if value is None:
            continue
        low = dots.low[row] if dots.low else None
        high = dots.high[row] if dots.high else None
        if low is not None and high is not None:
            axes.plot([low, high], [row + shift] * 2, color=colour, linewidth=2, alpha=0.55)
        fill = "white" if dots.hollow else colour
        axes.plot(
            [value], [row + shift], marker, color=colour, markerfacecolor=fill, markersize=6.5
        )


def _label(axes: "Axes", series: Sequence[Dots]) -> None:
    """Write numbers to the right of everything in their row, so that nothing is covered."""
    for number, dots in enumerate(series):
        shift = _shift(number, series)
        for row, label in enumerate(dots.labels):
            if not label:
                continue
            # Shifted series have their own height and cover nothing of the others.
            beside = [dots] if _apart(series) else series
            ends = [
                end
                for each in beside
                for values in (each.values, each.high)
                for end in values[row : row + 1]
                if end is not None
            ]
            axes.annotate(
                label, (max(ends), row + shift), xytext=(9, 0), textcoords="offset points",
                va="center", fontsize=9,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8},
            )  # fmt: skip


def _apart(series: Sequence[Dots]) -> bool:
    """Tell whether the series of a row need a height each: three or more, or with intervals."""
    return len(series) > 2 or (len(series) == 2 and any(each.low for each in series))


def _shift(number: int, series: Sequence[Dots]) -> float:
    return (number - (len(series) - 1) / 2) * 0.2 if _apart(series) else 0.0


def _key(axes: "Axes", series: Sequence[Dots]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], color=colour, marker=marker, linestyle="none", label=each.name, markersize=6.5,
            markerfacecolor="white" if each.hollow else colour,
        )
        for each, (colour, marker, _) in zip(series, SERIES, strict=False)
    ]  # fmt: skip
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=len(series),
        frameon=False, borderaxespad=0.1, handletextpad=0.2, columnspacing=1.4, fontsize=9,
    )  # fmt: skip


def _finish(
    axes: "Axes",
    rows: Sequence[str],
    axis_label: str,
    write_tick: Callable[[float], str],
    *,
    most: float,
) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_yticks(range(len(rows)), labels=[wrapped(row) for row in rows])
    left, right = axes.get_xlim()
    ticks = MaxNLocator(5).tick_values(left, right)
    axes.set_xticks([tick for tick in ticks if left <= tick <= min(right, most)])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write_tick(value)))
    axes.set_xlabel(axis_label, fontsize=9, color=SOFT)
    for row in range(len(rows)):
        axes.axhline(row, color=GRID, linewidth=0.6, zorder=0)
