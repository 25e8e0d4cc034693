"""The command that runs virtual trials. Heavy imports happen inside it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from simlib.errors import UserError


def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Trial files (YAML); default: those of simlib.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Replicates of each trial.")] = 30,
    parameter_draws: Annotated[
        bool | None,
        typer.Option(help="Draw take-up parameters too; default: for files of one's own."),
    ] = None,
    at_fitted: Annotated[
        bool, typer.Option("--fitted", help="Use the fitted values of the take-up parameters.")
    ] = False,
    run_folder: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="A run whose lists are compared too.",
        ),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the bands of acceptance into this SVG file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run virtual trials: the same households and luck in all arms, beside what was published."""
    from simlib.experiments.trials.printing import interval_notes, print_results
    from simlib.experiments.trials.run import BurnIns
    from simlib.experiments.trials.schema import Trial
    from simlib.experiments.trials.spread import at_fit, drawn_from, trial_at_fit
    from simlib.experiments.trials.validate import as_dict, load_trials, run_trial, shipped_trials
    from simlib.parameters import load_parameters

    further = _lists_of(run_folder) if run_folder is not None else []
    loaded = load_trials(files or shipped_trials())
    parameters = load_parameters()
    if at_fitted:
        parameters = at_fit(parameters)
        loaded = [
            (trial_at_fit(trial) if isinstance(trial, Trial) else trial, document)
            for trial, document in loaded
        ]
    spread_n = len(drawn_from(parameters))
    drawn = (bool(files) and spread_n > 0) if parameter_draws is None else parameter_draws
    drawn = drawn and any(isinstance(trial, Trial) for trial, _ in loaded)  # scorers have none
    burn_ins, results = BurnIns(), []
    for number, (trial, document) in enumerate(loaded, start=1):
        if sys.stderr.isatty():
            typer.echo(f"{number} of {len(loaded)}: {trial.title}", err=True)
        results.append(
            run_trial(trial, document, parameters, seeds, parameter_draws=drawn, burn_ins=burn_ins)
        )
    notes = interval_notes(seeds, parameter_draws=drawn, spread_n=spread_n)
    plain = as_dict(results, notes, seeds, further)
    if figure is not None:
        _draw(plain["bands"], figure)
    if as_json:
        import json

        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))
    else:
        print_results(results, notes, with_arms=bool(files), further=further)


def _lists_of(folder: Path) -> list[Any]:
    from simlib.experiments.finding import find_run
    from simlib.experiments.trials.lists import list_bands

    return list_bands(find_run(folder, Path("runs")))


def _draw(bands: list[dict[str, Any]], path: Path) -> None:
    from simlib.files import write_text
    from simlib.reporting.figures.style import svg
    from simlib.reporting.figures.trials import trials_figure

    chosen = [each for each in bands if each["acceptance"]] or bands
    if not chosen:
        raise UserError(
            "no trial has a published band",
            str(path),
            "the figure would be empty",
            "add 'published' with 'low' and 'high' to a trial, or leave out --figure",
        )
    write_text(path, svg(trials_figure(chosen)) + "\n")
