"""What pairing is worth in one picture: intervals with the same luck, and with another."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simlib.reporting.figures.dots import Dots, dot_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 100.0
"""Percentage points in a share of 1."""


def pairing_figure(rows: Sequence[Mapping[str, Any]]) -> "Figure":
    """Draw a paired difference of every policy, and its interval with independent seeds.

    Parameters
    ----------
    rows
        For every policy its name, and of the comparison of a share its difference, low, high and
        variance_ratio. What has no interval is drawn as a dot.
    """
    values = [POINTS * each["difference"] for each in rows]
    paired = [_half_width(each) for each in rows]
    apart = [
        None if half is None or each["variance_ratio"] is None
        else half * each["variance_ratio"] ** 0.5
        for half, each in zip(paired, rows, strict=True)
    ]  # fmt: skip
    return dot_plot(
        [str(each["name"]).replace("_", " ") for each in rows],
        [
            Dots("with independent seeds", values, *_ends(values, apart), hollow=True),
            Dots(
                "with the same luck",
                values,
                *_ends(values, paired),
                [f"{value:+.2f} pp" for value in values],
            ),
        ],
        "take-up against the baseline, percentage points, 95 % interval",
        lambda value: f"{value:+g}" if value else "0",
        zero=True,
    )


def _half_width(row: Mapping[str, Any]) -> float | None:
    if row["low"] is None or row["high"] is None:
        return None
    return float(POINTS * (row["high"] - row["low"]) / 2)


def _ends(
    values: Sequence[float], halves: Sequence[float | None]
) -> tuple[list[float | None], list[float | None]]:
    pairs = list(zip(values, halves, strict=True))
    low = [None if half is None else value - half for value, half in pairs]
    return low, [None if half is None else value + half for value, half in pairs]
