"""Lines over months or over a score, each named at its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simlib.reporting.figures.dots import MAX_SERIES
from simlib.reporting.figures.style import (
    GRID,
    INK,
    SERIES,
    SOFT,
    canvas,
    fit_right,
    look,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABEL_GAP = 0.075
_END_COLUMNS = 26


@dataclass(frozen=True)
class Line:
    """Hold one line: its name, values and, where known, the ends of the interval.

    ``places`` are given when they differ from those of the other lines.
    """

    name: str
    values: Sequence[float]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    places: Sequence[float] = ()


def line_plot(
    places: Sequence[float],
    lines: Sequence[Line],
    write_place: Callable[[float], str],
    write_value: Callable[[float], str],
    axis_label: str,
    *,
    zero: bool = False,
    diagonal: bool = False,
) -> "Figure":
    """Draw at most four lines with their names at the right end.

    Parameters
    ----------
    places
        Position of each value: a month index, or a predicted share.
    lines
        What to draw.
    write_place, write_value
        How the numbers of the two scales are written.
    axis_label
        What the horizontal scale means.
    zero, diagonal
        Whether a line marks zero, or equality of the two scales.

    Raises
    ------
    ValueError
        If there are more than four lines.
    """
    if len(lines) > MAX_SERIES:
        raise ValueError(f"a figure shows at most {MAX_SERIES} series, not {len(lines)}")
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with look():
        figure, axes = canvas(3.6, left=0.1, right=0.8)
        axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
        axes.grid(visible=False, axis="x")
        if zero:
            axes.axhline(0, color=INK, linewidth=1)
        if diagonal:
            every = [place for line in lines for place in line.places or places]
            ends = [min(every), max(every)]
            axes.plot(ends, ends, color=SOFT, linewidth=1)
        for number, line in enumerate(lines):
            _draw(axes, places, line, number)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=not diagonal))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write_place(value)))
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: write_value(value)))
        axes.set_xlabel(axis_label, fontsize=9, color=SOFT)
        fit_right(figure, axes, _name_ends(axes, lines))
    return figure


def _draw(axes: "Axes", places: Sequence[float], line: Line, number: int) -> None:
    colour, marker, style = SERIES[number]
    places = line.places or places
    every = max(1, len(places) // 8)
    axes.plot(
        places, line.values, color=colour, linestyle=style, linewidth=1.8, marker=marker,
        markersize=4.5, markevery=(number % every, every),
    )  # fmt: skip
    if line.low and line.high and None not in (*line.low, *line.high):
        low = [float(each) for each in line.low if each is not None]
        high = [float(each) for each in line.high if each is not None]
        axes.fill_between(places, low, high, color=colour, alpha=0.13, linewidth=0)


def _name_ends(axes: "Axes", lines: Sequence[Line]) -> list[Any]:
    """Write each line's name at its end, moved apart where two would overlap."""
    bottom, top = axes.get_ylim()
    order = sorted(range(len(lines)), key=lambda number: lines[number].values[-1])
    height = -1.0
    names = []
    for number in order:
        share = (lines[number].values[-1] - bottom) / (top - bottom)
        height = max(share, height + _LABEL_GAP)
        name = wrapped(lines[number].name, _END_COLUMNS)
        height += _LABEL_GAP / 2 * name.count("\n")
        names.append(
            axes.annotate(
                name, (1.015, height), xycoords="axes fraction", va="center",
                color=SERIES[number][0], fontsize=9.5, annotation_clip=False,
            )
        )  # fmt: skip
        height += _LABEL_GAP / 2 * name.count("\n")
    return names
