"""Trials in one picture: each simulated result on the scale of its published band."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simlib.reporting.figures.dots import Dots, dot_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FURTHEST = 3.5
"""Half widths beyond which a result is drawn at the edge, with its number beside it."""


def trials_figure(bands: Sequence[Mapping[str, Any]]) -> "Figure":
    """Draw published bands and simulated intervals on a common scale.

    Zero is the middle of a band and one half its width, so that shares, changes and ratios can
    stand in one picture. Bands without a simulated value are left out.

    Parameters
    ----------
    bands
        Entries of ``bands`` as `simlib validate --json` prints them.
    """
    drawn = [each for each in bands if each["simulated"] is not None]

    def scaled(name: str) -> list[float | None]:
        return [_scaled(each, each[name]) for each in drawn]

    published = Dots(
        "published value and band",
        scaled("published"),
        [-1.0] * len(drawn),
        [1.0] * len(drawn),
        hollow=True,
    )
    simulated = Dots(
        "simulated, 90 % interval",
        scaled("simulated"),
        scaled("simulated_low"),
        scaled("simulated_high"),
        [_label(each) for each in drawn],
    )
    rows = [_row(each) for each in drawn]
    return dot_plot(
        rows,
        [published, simulated],
        "distance from the middle of the band, in half widths of the band",
        lambda value: f"{value:g}",
        zero=True,
    )


def _scaled(band: Mapping[str, Any], value: float | None) -> float | None:
    if value is None:
        return None
    middle, half = (band["low"] + band["high"]) / 2, (band["high"] - band["low"]) / 2
    return float(max(-FURTHEST, min(FURTHEST, (value - middle) / half)))


def _row(band: Mapping[str, Any]) -> str:
    short = band["id"].split(".")[0]
    return f"{short}: {band['arm']}, {band['outcome']}".replace("_", " ")


def _label(band: Mapping[str, Any]) -> str:
    return f"{band['simulated']:.3f}" + ("" if band["inside"] else " (outside)")
