"""Commands that compare: policies with the baseline, and a household with itself."""

from pathlib import Path
from typing import Annotated, Any

import typer

from simlib.cli_output import AsJson, Lang, RunNamed, RunsDir, fail, language, print_json


def compare(
    of: RunNamed,
    policy: Annotated[str | None, typer.Option(help="Only this policy.")] = None,
    baseline: Annotated[str | None, typer.Option(help="Default: the first policy.")] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Take the baseline from this other run."),
    ] = None,
    stratum: Annotated[
        str, typer.Option(help="all, age_group, household_type, region_class, digital_skill, ...")
    ] = "all",
    figure: Annotated[
        Path | None, typer.Option(help="Draw take-up with and without pairing into this SVG file.")
    ] = None,
    runs: RunsDir = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Compare policies with the baseline, replicate by replicate and household by household."""
    from simlib.experiments.comparison_tables import print_comparisons
    from simlib.experiments.finding import find_run
    from simlib.experiments.whole_comparison import compare_wholly

    other = find_run(against, runs) if against else None
    results = compare_wholly(find_run(of, runs), policy, baseline, against=other)
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
    of: RunNamed,
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
    from simlib.experiments.finding import find_run
    from simlib.experiments.kept_diaries import instructive_twins
    from simlib.reporting.context import open_report
    from simlib.reporting.diary_print import print_twins

    spoken = language(lang)
    run = find_run(of, runs)
    if household:
        chosen = policy or run.policies[min(1, len(run.policies) - 1)]
        twins = twin_diaries(run, {chosen: household}, replicate)
    else:
        twins = instructive_twins(run, policy, replicate)
    if as_json:
        print_json([each.as_dict() for each in twins])
    else:
        print_twins(open_report(run.folder, spoken), twins)
