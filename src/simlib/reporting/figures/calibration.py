"""A calibration in one picture: every moment with its target, fitted and at the defaults."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simlib.reporting.figures.dots import Dots, dot_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FURTHEST = 4.0
"""Distances beyond which a value is drawn at the edge."""


def calibration_figure(moments: Sequence[Mapping[str, Any]]) -> "Figure":
    """Draw targets, fitted values and values at the defaults on a common scale.

    Zero is the target and one its standard deviation (standard error and allowed discrepancy
    together), so that shares, changes and elasticities can stand in one picture.

    Parameters
    ----------
    moments
        Rows of ``moments_fit.csv``.
    """
    n = len(moments)
    target = Dots("target and its width", [0.0] * n, [-1.0] * n, [1.0] * n, hollow=True)
    fitted = Dots(
        "fitted",
        [_scaled(each, each["fitted"]) for each in moments],
        labels=[f"{each['fitted']:.3f}" for each in moments],
    )
    before = Dots("at the defaults", [_scaled(each, each["at_defaults"]) for each in moments])
    return dot_plot(
        [_row(each) for each in moments],
        [target, fitted, before],
        "distance from the target, in its standard deviations",
        lambda value: f"{value:g}",
        zero=True,
    )


def _scaled(moment: Mapping[str, Any], value: float) -> float:
    distance = (value - moment["target"]) / moment["sd"]
    return float(max(-FURTHEST, min(FURTHEST, distance)))


def _row(moment: Mapping[str, Any]) -> str:
    words = str(moment["id"]).replace("_", " ")
    return f"{words} (check)" if moment["used"] == "check" else words
