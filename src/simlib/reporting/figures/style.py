"""One look for every figure: readable in grey, in Korean, and the same bytes each time."""

import base64
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from simlib.reporting.fonts import FAMILY, font_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN = 7.6
LABEL_COLUMNS = 44
"""Width of a row label after which it breaks, in columns of Latin letters."""

_LABEL_GAP = 0.025
INK = "#1b1f24"
SOFT = "#5c6670"
GRID = "#d9dee3"
SERIES: tuple[tuple[str, str, str], ...] = (
    ("#0b3c5d", "o", "solid"),
    ("#d1700c", "D", "dashed"),
    ("#3f8f6b", "s", "dashdot"),
    ("#8c6bb1", "^", "dotted"),
)
"""Colour, marker and line of each series: told apart by shape as well as by colour."""

_LONG = re.compile(r"(\d+\.\d{2})\d+")
_RC = {
    "font.family": FAMILY,
    "font.size": 10,
    "axes.unicode_minus": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "ytick.left": False,
    "text.color": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "simlib",
    "figure.facecolor": "white",
    "path.simplify": False,
}


@cache
def _register() -> None:
    from matplotlib import font_manager

    font_manager.fontManager.addfont(str(font_path()))


@contextmanager
def look() -> Iterator[None]:
    """Draw within the report's style; matplotlib's own settings stay as they were."""
    import matplotlib as mpl

    _register()
    with mpl.rc_context(_RC):
        yield


def canvas(height_in: float, left: float = 0.3, right: float = 0.945) -> tuple["Figure", "Axes"]:
    """Make an empty figure with one axis.

    Parameters
    ----------
    height_in
        Height in inches.
    left, right
        Edges of the axis as shares of the width; the left margin holds the row labels.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, height_in))
    FigureCanvasAgg(figure)
    below, above = 0.52 / height_in, 1 - 0.3 / height_in
    axes = figure.add_axes((left, below, right - left, above - below))
    axes.grid(visible=True, axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def wrapped(label: str, columns: int = LABEL_COLUMNS) -> str:
    """Break a long label into lines; a Hangul letter counts as two columns."""
    lines, width = [""], 0
    for word in label.split(" "):
        size = sum(2 if east_asian_width(each) in "WF" else 1 for each in word)
        if lines[-1] and width + 1 + size > columns:
            lines.append(word)
            width = size
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
            width += size + 1
    return "\n".join(lines)


def fit_left(figure: "Figure", axes: "Axes") -> None:
    """Give the row labels the room that they need."""
    needed = _widest(figure, axes.get_yticklabels()) + _LABEL_GAP
    box = axes.get_position()
    left = min(max(needed, 0.08), 0.5)
    axes.set_position((left, box.y0, box.x1 - left, box.height))


def fit_right(figure: "Figure", axes: "Axes", labels: Sequence[Any]) -> None:
    """Give the labels at the ends of lines the room that they need."""
    box = axes.get_position()
    right = max(1 - _widest(figure, labels) - _LABEL_GAP, 0.5)
    axes.set_position((box.x0, box.y0, right - box.x0, box.height))


def _widest(figure: "Figure", labels: Sequence[Any]) -> float:
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined, unused-ignore]
    widths = [each.get_window_extent(renderer).width for each in labels]
    return float(max(widths, default=0.0) / figure.bbox.width)


def svg(figure: "Figure") -> str:
    """Write a figure as SVG text without date, with coordinates short enough to stay small."""
    out = BytesIO()
    with look():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue().decode()
    text = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->", "", text, flags=re.S)
    # Names of groups say nothing to a reader; names that are pointed to are hashes.
    text = re.sub(r' id="[a-z]+[\w.]*_\d+"', "", text)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    # Only outlines are shortened: a scale cut to two places would shrink every letter.
    text = re.sub(r' d="[^"]*"', lambda path: _LONG.sub(r"\1", path[0]), text)
    return re.sub(r">\s+<", "><", text).strip()


def image_source(figure: "Figure") -> str:
    """Give a figure as a data address for an image element."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg(figure).encode()).decode()
