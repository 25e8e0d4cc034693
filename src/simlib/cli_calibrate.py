"""The command that fits the decision model to published moments. Heavy imports happen inside."""

import sys
from pathlib import Path
from typing import Annotated

import typer

SEARCH = 5
"""Kinds of households while searching, as a power of two."""


def calibrate(
    out: Annotated[Path, typer.Option(help="Folder to write the data files to.")],
    starts: Annotated[int, typer.Option(min=1, max=256, help="Points to begin at.")] = 6,
    doublings: Annotated[
        int, typer.Option(min=3, max=14, help="Kinds of households as a power of two.")
    ] = 9,
    structure: Annotated[
        list[str] | None, typer.Option(help="Only this variant beside the chosen one; repeat.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Draw targets and fitted moments into this SVG file.")
    ] = None,
) -> None:
    """Fit the decision model of take-up to published trials and figures, and say what is known."""
    from simlib.experiments.calibration.calibrate import Effort, run_to
    from simlib.files import check_writable, write_text

    effort = Effort(starts_n=starts, search_doublings=min(SEARCH, doublings), doublings=doublings)

    def note(text: str) -> None:
        typer.echo(text, err=True)

    if figure is not None:
        check_writable(figure.parent)
    made = run_to(out, effort, tuple(structure or ()), note if sys.stderr.isatty() else None)
    if figure is not None:
        from simlib.experiments.calibration.writing import moment_table
        from simlib.reporting.figures.calibration import calibration_figure
        from simlib.reporting.figures.style import svg

        write_text(figure, svg(calibration_figure(moment_table(made).to_dicts())) + "\n")
    for name, fit in made.fits.items():
        typer.echo(
            f"{name:<18} distance {fit.distance:7.2f} with {fit.freedom} degrees of freedom, "
            f"{int(fit.identified.sum())} of {len(fit.free.priors)} parameters identified, "
            f"{int(fit.at_bound.sum())} at a bound" + (" (chosen)" if name == made.chosen else "")
        )
    typer.echo(f"values, spread, correlations and moments written to {out}")
