"""Estimates as words: a number, its interval, and the numbers a sentence states."""

from collections.abc import Mapping
from typing import Any

from simlib.reporting.context import Report
from simlib.reporting.estimates import Estimate
from simlib.reporting.numbers import Shown, Unit, show_interval


def worded(
    report: Report, row: Mapping[str, Any], unit: Unit, *, signed: bool = True
) -> tuple[Shown, str, tuple[float, ...]]:
    """Write an estimate, its interval as words, and the numbers shown."""
    estimate = Estimate.of(row)
    if estimate.low is None or estimate.high is None or estimate.mc_error is None:
        value = report.number(estimate.value, unit, signed=signed)
        return value, "", (value.value,)
    value, low, high = show_interval(
        estimate.value, estimate.low, estimate.high, estimate.mc_error, unit, report.text.lang,
        signed=signed,
    )  # fmt: skip
    return (
        value,
        report.text("interval", low=low, high=high),
        (value.value, low.value, high.value),
    )
