"""Estimates as words: a number, its interval, and the numbers a sentence states."""

from collections.abc import Mapping
from typing import Any, Final

from simlib.reporting.context import Report
from simlib.reporting.estimates import Estimate
from simlib.reporting.layered import HIGH_ALL, LOW_ALL
from simlib.reporting.numbers import Shown, Unit, show_interval

BEYOND: Final = ("clear", "likely")
"""Confidence of estimates whose interval over luck leaves out zero."""
LUCK_ONLY: Final = "luck_only"
"""Confidence of those whose interval over all layers holds it."""


def holds_zero(row: Mapping[str, Any]) -> bool:
    """Tell whether an estimate has an interval over all layers of uncertainty that holds zero."""
    low, high = row.get(LOW_ALL), row.get(HIGH_ALL)
    return low is not None and high is not None and low <= 0 <= high


def rest_of(whole: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """Give what an estimate leaves of a whole, or of nothing its opposite; ends change places."""
    turned = {"value": "value", "low": "high", "high": "low", LOW_ALL: HIGH_ALL, HIGH_ALL: LOW_ALL}
    found = {new: row.get(old) for new, old in turned.items()}
    return {**row, **{new: None if each is None else whole - each for new, each in found.items()}}


def worded(
    report: Report, row: Mapping[str, Any], unit: Unit, *, signed: bool = True
) -> tuple[Shown, str, tuple[float, ...]]:
    """Write an estimate, its interval as words, and the numbers shown.

    Of a run with other worlds the interval over all layers comes first; where an estimate has
    none, the words say that its interval is that of luck alone.
    """
    estimate, lang = Estimate.of(row), report.text.lang
    luck, error = (estimate.low, estimate.high), estimate.mc_error
    if luck[0] is None or luck[1] is None or error is None:
        value = report.number(estimate.value, unit, signed=signed)
        return value, "", (value.value,)
    value, low, high = show_interval(
        estimate.value, luck[0], luck[1], error, unit, lang, signed=signed
    )
    if row.get(LOW_ALL) is None:
        kind = "interval.luck" if report.run.elsewhere else "interval"
        words = report.text(kind, low=low, high=high)
        return value, words, (value.value, low.value, high.value)
    _, least, most = show_interval(
        estimate.value, row[LOW_ALL], row[HIGH_ALL], error, unit, lang, signed=signed
    )
    words = report.text(
        "interval.all", low=least, high=most, luck_low=low, luck_high=high,
        layers=layer_names(report),
    )  # fmt: skip
    return value, words, tuple(each.value for each in (value, least, most, low, high))


def layer_names(report: Report) -> str:
    """Name luck, and what the run drew anew."""
    names = [report.text(f"interval.of.{each}") for each in ("luck", *report.run.layers)]
    return report.text.join(names)
