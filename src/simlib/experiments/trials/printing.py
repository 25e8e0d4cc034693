"""Print what trials gave: arms and outcomes, then published beside simulated."""

from collections.abc import Sequence

import numpy as np

from simlib.experiments.trials.estimates import Band
from simlib.experiments.trials.validate import TrialResult, summary
from simlib.terminal import Sheet, console


def print_results(
    results: Sequence[TrialResult],
    notes: Sequence[str],
    *,
    with_arms: bool,
    further: Sequence[Band] = (),
) -> None:
    """Print results as tables.

    Parameters
    ----------
    results
        What each trial gave.
    notes
        Sentences on what the intervals cover.
    with_arms
        Whether every outcome of every arm is printed too.
    further
        Bands that come from no trial.
    """
    shown = console()
    if with_arms:
        for result in results:
            shown.print(_arms_table(result))
    bands = [*(band for each in results for band in each.bands), *further]
    for title, sign in (("Published beside simulated", False), ("Signs", True)):
        chosen = [band for band in bands if band.is_sign_test == sign]
        if chosen:
            shown.print(_bands_table(title, chosen))
    for kind, counted in summary(bands).items():
        if counted["n"]:
            missed = f"; missed: {', '.join(counted['missed'])}" if counted["missed"] else ""
            name = kind.replace("_", " ")
            shown.print(f"{name}: {counted['held']} of {counted['n']} hold{missed}")
    for note in (*notes, *(note for result in results for note in result.notes)):
        shown.print(note)


def _arms_table(result: TrialResult) -> Sheet:
    title = f"{result.trial.title} ({result.pool_n:,.0f} households)"
    numbers = ["mean", "50 %", "90 %"]
    sheet = Sheet(title, ["arm", "outcome", *numbers], numbers, keys=2)
    for arm, outcome, found in result.arms:
        sheet.add(arm, outcome, _number(found.mean), _span(found.low_50, found.high_50),
                  _span(found.low, found.high))  # fmt: skip
    return sheet


def _bands_table(title: str, bands: Sequence[Band]) -> Sheet:
    numbers = ["published", "band", "simulated", "90 %"]
    sheet = Sheet(title, ["id", *numbers, "verdict", "kind", "source"], numbers)
    for band in bands:
        sheet.add(*_band_row(band))
    return sheet


def _band_row(band: Band) -> list[str]:
    given, found = band.published, band.simulated
    kind = "acceptance" if given.acceptance else "further"
    return [
        band.id,
        given.sign or ("-" if given.value is None else _number(given.value)),
        "" if given.low is None or given.high is None else _span(given.low, given.high),
        _number(found.mean),
        _span(found.low, found.high),
        band.verdict,
        ("" if band.is_sign_test else f"{kind}, ") + given.used,
        f"{given.source} ({given.evidence or '-'})" if given.source else "",
    ]


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"


def _span(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}"


def interval_notes(replicates: int, *, parameter_draws: bool, spread_n: int) -> list[str]:
    """Say what the intervals cover.

    Parameters
    ----------
    replicates
        Replicates of each trial.
    parameter_draws
        Whether each replicate had parameters of its own.
    spread_n
        Parameters with a calibrated spread.
    """
    if parameter_draws and spread_n:
        return [f"Intervals over {replicates} replicates, each with its own draw of {spread_n} "
                "parameters from their calibrated spread."]  # fmt: skip
    notes = [f"Intervals over the luck of {replicates} replicates alone, with fixed parameters."]
    if not spread_n:
        notes.append("No calibrated spread of the parameters is there: their uncertainty is not "
                     "in the intervals.")  # fmt: skip
    return notes
