"""The command that moves uncertain numbers one at a time. Heavy imports happen inside it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from simlib.cli_output import AsJson, print_json


def sensitivity(
    file: Annotated[
        Path | None,
        typer.Argument(help="Ranges (CSV: parameter, low, high); default: those of claims."),
    ] = None,
    households: Annotated[int, typer.Option(min=1000, help="Households to run.")] = 20_000,
    months: Annotated[int, typer.Option(min=1, max=600, help="Months to run.")] = 24,
    seeds: Annotated[int, typer.Option(min=1, help="Worlds to run.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Show which results rest on which uncertain number: one at a time over its range."""
    from simlib.experiments.sensitivity import Size, changes, load_spans, one_at_a_time
    from simlib.experiments.sensitivity_table import print_changes
    from simlib.parameters import load_parameters

    def note(text: str) -> None:
        typer.echo(text, err=True)

    parameters = load_parameters()
    spans = load_spans(file, parameters)
    progress = note if sys.stderr.isatty() else None
    frame = one_at_a_time(spans, parameters, Size(households, months, seeds), progress)
    if as_json:
        print_json({"sensitivity": changes(frame).to_dicts()})
    else:
        print_changes(spans, changes(frame))
