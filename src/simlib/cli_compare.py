"""Commands that compare: policies with the baseline, and a household with itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlib.cli_output import AsJson, Lang, RunsDir, fail, language, print_json

if TYPE_CHECKING:
    from simlib.experiments.run import Run


def compare(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    policy: Annotated[str | None, typer.Option(help="Only this policy.")] = None,
    baseline: Annotated[str | None, typer.Option(help="Default: the first policy.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Take the baseline from this other run.")
    ] = None,
    stratum: Annotated[str, typer.Option(help="all, age_group, ...")] = "all",
    figure: Annotated[
        Path | None, typer.Option(help="Draw take-up with and without pairing into this SVG file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare policies with the baseline, replicate by replicate and household by household."""
    from simlib.experiments.comparison_tables import print_comparisons
    from simlib.experiments.run import open_run
    from simlib.experiments.whole_comparison import compare_wholly

    other = open_run(against) if against else None
    results = compare_wholly(open_run(run_folder), policy, baseline, against=other)
    if figure is not None:
        take_up = [each.comparison.row("take_up_share") for each in results]
        names = [each.policy for each in results]
        _draw([{**row, "name": name} for name, row in zip(names, take_up, strict=True)], figure)
    if as_json:
        print_json([each.as_dict(stratum) for each in results])
    else:
        print_comparisons(results, stratum)
    problems = [text for each in results for text in each.comparison.problems]
    if problems:
        fail(f"{len(problems)} problems, first: {problems[0]}", 1)


def _draw(rows: list[dict[str, Any]], path: Path) -> None:
    from simlib.files import write_text
    from simlib.reporting.figures.pairing import pairing_figure
    from simlib.reporting.figures.style import svg

    write_text(path, svg(pairing_figure(rows)) + "\n")


def diary(
    of: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a run, or its scenario file.")
    ],
    household: Annotated[
        list[int] | None, typer.Option("--household", help="Id of a household; repeat.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="Default: the first policy after the baseline.")
    ] = None,
    replicate: Annotated[int, typer.Option(min=0, help="In which luck.")] = 0,
    runs: RunsDir = Path("runs"),
    lang: Lang = "ko",
    as_json: AsJson = False,
) -> None:
    """Tell month by month what happens to a household with and without a policy.

    Without --household: some that are instructive, by the rules of the report.
    """
    from simlib.experiments.diaries import twin_diaries
    from simlib.experiments.kept_diaries import instructive_twins
    from simlib.experiments.run import open_run
    from simlib.reporting.context import open_report
    from simlib.reporting.diary_print import print_twins

    spoken = language(lang)
    _check_exists(of)
    run = open_run(of) if of.is_dir() else _run_of(of, runs)
    if household:
        chosen = policy or run.policies[min(1, len(run.policies) - 1)]
        twins = twin_diaries(run, {chosen: household}, replicate)
    else:
        twins = instructive_twins(run, policy, replicate)
    if as_json:
        print_json([each.as_dict() for each in twins])
    else:
        print_twins(open_report(run.folder, spoken), twins)


def _check_exists(of: Path) -> None:
    from simlib.errors import UserError, did_you_mean

    if not of.exists():
        near = [
            each.name for each in of.parent.glob("*") if each.is_dir() or each.suffix == ".yaml"
        ]
        raise UserError(
            "there is no such run folder or scenario file",
            str(of),
            "a diary is that of a world that was run",
            did_you_mean(of.name, near) if near else "run a scenario first: simlib run FILE",
        )


def _run_of(scenario: Path, runs: Path) -> "Run":
    """Find the finished run of a scenario."""
    from simlib.errors import UserError
    from simlib.experiments.loading import load_scenario
    from simlib.experiments.people import population_key
    from simlib.experiments.run import open_run
    from simlib.experiments.setting import run_key
    from simlib.experiments.store import MANIFEST, run_name

    loaded = load_scenario(scenario)
    folder = runs / run_name(loaded.name, run_key(loaded, population_key(loaded)))
    if not (folder / MANIFEST).is_file():
        raise UserError(
            "this scenario has no finished run by this version of simlib",
            str(folder),
            "a diary is that of a world that was run",
            f"run it first: simlib run {scenario}",
        )
    return open_run(folder)
