"""The command line: a thin door to the parts. Heavy imports happen inside the commands."""

import signal
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from simlib import (
    cli_calibrate,
    cli_compare,
    cli_population,
    cli_programmes,
    cli_sensitivity,
    cli_trials,
)
from simlib.cli_output import AsJson, Lang, RunNamed, RunsDir, fail, language, print_json
from simlib.errors import SimlibError, UserError

app = typer.Typer(
    name="simlib",
    help="Who gets which welfare benefit, how fast, and who is still missed: a workbench.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(cli_programmes.app, name="programmes")
app.add_typer(cli_population.app, name="population")

CTRL_C, ENDED = 130, 143
"""Exit codes after Ctrl-C and after a request to end, as of shells."""
RESUMED = ("run", "report")
"""Commands that go on with what an interrupted one has finished."""

ScenarioFile = Annotated[Path, typer.Argument(help="Scenario file (YAML).")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one value; may be repeated."),
]


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error arose.")] = False,
) -> None:
    """Take the options that hold for every command."""
    context.obj = {"debug": debug}


@app.command()
def synthesize(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    households: Annotated[int, typer.Option(help="Number of households.")] = 100_000,
    year: Annotated[int, typer.Option(help="Year of the published tables.")] = 2025,
    seed: Annotated[int, typer.Option(help="Seed of the population.")] = 1,
) -> None:
    """Make synthetic households and persons and write them to a folder."""
    from simlib.population import synthesize_to

    synthesize_to(out, households, year, seed)
    typer.echo(f"{households:,} households written to {out}")


@app.command()
def check(
    household: Annotated[Path, typer.Argument(help="Household file (YAML).")],
    date: Annotated[str | None, typer.Option(help="Month, like 2025-03.")] = None,
    lang: Lang = "ko",
    full: Annotated[bool, typer.Option("--all", help="Also why the others do not apply.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a household is entitled to, how much, where to apply, and what is nearly met."""
    from simlib.benefits.check import check_file, print_result

    result = check_file(household, date=date, lang=lang)
    if as_json:
        print_json(result.as_dict())
    else:
        print_result(result, full=full)


@app.command()
def run(
    scenario: ScenarioFile,
    runs: RunsDir = Path("runs"),
    processes: Annotated[int | None, typer.Option(min=1, help="Processes; default: cores.")] = None,
    replicates: Annotated[int | None, typer.Option(help="Replace the replicates.")] = None,
    households: Annotated[int | None, typer.Option(help="Replace the households.")] = None,
    settings: Settings = None,
) -> None:
    """Run every policy and replicate of a scenario; finished runs are kept and not repeated."""
    from simlib.experiments.loading import load_scenario
    from simlib.experiments.progress import TerminalProgress
    from simlib.experiments.runner import run_scenario

    loaded = load_scenario(scenario, _changes(settings, replicates, households))
    with TerminalProgress() as progress:
        made = run_scenario(loaded, runs, processes=processes, progress=progress)
    typer.echo(f"{made.folder}  results {made.results_hash[:12]}")
    if made.failures_n:
        first = made.failures().row(0, named=True)
        fail(
            f"{made.failures_n} of {made.tasks_n} runs failed, first {first['policy']} replicate "
            f"{first['replicate']} in stage '{first['stage']}': {first['message']} "
            f"See {made.folder / 'failures.parquet'}",
            1,
        )


app.command()(cli_compare.compare)
app.command()(cli_compare.diary)


@app.command()
def documents(
    of: RunNamed,
    runs: RunsDir = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Set what a run simulated beside the figures that the five documents publish."""
    from simlib.experiments.document_checks import document_checks
    from simlib.experiments.finding import find_run
    from simlib.experiments.tables import print_documents

    checks = document_checks(find_run(of, runs))
    if as_json:
        print_json(checks.to_dicts())
    else:
        print_documents(checks)


@app.command()
def report(
    scenario: ScenarioFile,
    lang: Annotated[list[str] | None, typer.Option("--lang", help="ko, en; repeat.")] = None,
    out: Annotated[Path | None, typer.Option(help="Default: reports/<scenario>.")] = None,
    runs: RunsDir = Path("runs"),
) -> None:
    """Run what is missing and make the report."""
    from simlib.reporting.build import build_report

    languages = [language(each) for each in lang] if lang else None
    index = build_report(scenario, languages, out, runs)
    typer.echo(f"Open this file in a browser: {index}")


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="Folder of a report.")]) -> None:
    """Make a report again and say which numbers are the same."""
    from simlib.reporting.verify import verify_report

    result = verify_report(folder)
    typer.echo(str(result))
    if not result.same:
        raise typer.Exit(1)


app.command()(cli_trials.validate)
app.command()(cli_calibrate.calibrate)
app.command()(cli_sensitivity.sensitivity)


@app.command()
def schedule() -> None:
    """Print what happens in a month, in order."""
    from simlib.model import WelfareModel

    for i, step in enumerate(WelfareModel.schedule(), start=1):
        typer.echo(f"{i:2d}. {step}")


@app.command()
def policies(lang: Lang = "en") -> None:
    """List the policies that ship with simlib."""
    from simlib.experiments.tables import print_policies

    print_policies(language(lang))


@app.command()
def parameters(
    prefix: Annotated[str, typer.Argument(help="Show paths that begin like this.")] = "",
    scenario: Annotated[Path | None, typer.Option(help="With a scenario's changes.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """List parameters with value, unit, source, evidence grade and origin."""
    from simlib.experiments.tables import parameter_rows, print_parameters

    rows = parameter_rows(prefix, scenario, _changes(settings, None, None))
    if as_json:
        print_json(rows)
    else:
        print_parameters(rows)


@app.command()
def schema(
    name: Annotated[
        str,
        typer.Argument(help="scenario, policy, programme, household, mapping, trial, scorer_trial"),
    ] = "scenario",
) -> None:
    """Print the JSON Schema of a file format, for editors."""
    from simlib.experiments.schemas import json_schema

    print_json(json_schema(name))


@app.command()
def version() -> None:
    """Print the version of simlib and of its code."""
    from simlib.provenance import code_version

    typer.echo(f"simlib {code_version()}")


def main() -> None:
    """Run the command line: wrong input exits with 2, Ctrl-C with 130, being ended with 143."""
    debug = "--debug" in sys.argv[1:]
    signal.signal(signal.SIGTERM, _end)
    try:
        app()
    except UserError as error:
        _explain(error, debug)
        fail(str(error), 2)
    except SystemExit as ending:
        if ending.code in (CTRL_C, ENDED):
            typer.echo(_interrupted(), err=True)
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        _explain(error, debug)
        kind = "" if isinstance(error, SimlibError) else f"{type(error).__name__}: "
        fail(f"{kind}{error}" + ("" if debug else " (simlib --debug ... shows where)"), 1)


def _end(*_: object) -> None:
    """End as after Ctrl-C: children and unfinished files go, what is finished stays."""
    sys.exit(ENDED)


def _interrupted() -> str:
    command = next((each for each in sys.argv[1:] if not each.startswith("-")), "")
    goes_on = " Finished runs are kept; the same command goes on."
    return "Interrupted." + (goes_on if command in RESUMED else "")


def _explain(error: BaseException, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)


def _changes(
    settings: list[str] | None, replicates: int | None, households: int | None
) -> dict[str, Any]:
    from simlib.experiments.loading import parse_options

    changes = parse_options(settings or [])
    if replicates is not None:
        changes["replicates"] = replicates
    if households is not None:
        changes["population.households"] = households
    return changes


if __name__ == "__main__":
    main()
