"""Build a report: run what is missing, execute the notebooks, write and check the pages."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlib.errors import SimlibError, UserError, did_you_mean
from simlib.files import write_json, write_text
from simlib.months import parse_month
from simlib.provenance import code_version, file_hash, hash_of
from simlib.reporting.blocks import EXPORT_MIME, Finding, csv_text
from simlib.reporting.checks import CHECKS, run_checks
from simlib.reporting.context import Report
from simlib.reporting.folder import beside, check_target, replace
from simlib.reporting.fonts import licence_text
from simlib.reporting.html import PAGES, Shell, notebook_body, page, shared_font
from simlib.reporting.notebooks import NOTEBOOKS, notebooks_folder, run_all
from simlib.reporting.numbers import LANGUAGES, Lang
from simlib.reporting.outline import Files
from simlib.reporting.pages import appendix, front, method
from simlib.reporting.run_data import RunData, open_run
from simlib.reporting.text import Text

KERNELS = 2
_SUNSET_MONTHS = 12
_ALSO_CHECKED = ("parameters", "no_stderr")
"""Checks that are made on the way, before there are pages."""

Executor = Callable[[Path, Lang, Path], Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """Hold what the notebooks of one language displayed."""

    bodies: Mapping[str, str]
    tables: Mapping[str, str]
    findings: tuple[Finding, ...]


def build_report(
    scenario_path: Path | str,
    languages: Sequence[str] | None = None,
    out: Path | str | None = None,
    runs_dir: Path | str = "runs",
) -> Path:
    """Make the report of a scenario, running what is missing.

    Parameters
    ----------
    scenario_path
        The scenario's file.
    languages
        ``ko``, ``en`` or both; those of the scenario by default. The first is that of
        the first page.
    out
        Folder of the report; ``reports/<scenario>`` by default. An earlier report there is
        replaced only when the new one has passed all checks.
    runs_dir
        Folder of the run folders.

    Returns
    -------
    Path
        The report's ``index.html``.

    Raises
    ------
    UserError
        If the scenario, a language or the folder cannot be used.
    SimlibError
        If a notebook or a check failed; the earlier report is untouched.
    """
    from simlib.experiments.kept_diaries import keep_diaries
    from simlib.experiments.runner import run_scenario

    scenario_path = Path(scenario_path)
    chosen = _languages(languages) if languages else None
    target = Path(out) if out is not None else Path("reports") / scenario_path.stem
    check_target(target)
    with beside(target):
        pass  # a folder that cannot be written to is told before the long run, not after
    run = keep_diaries(run_scenario(scenario_path, runs_dir))
    return render(run.folder, target, scenario_path=scenario_path, languages=chosen)


def render(
    run_folder: Path,
    target: Path,
    *,
    scenario_path: Path,
    languages: Sequence[Lang] | None = None,
    execute: Executor = run_all,
) -> Path:
    """Make the report of a finished run.

    Parameters
    ----------
    run_folder
        The run to show.
    target
        Folder of the report.
    scenario_path
        The scenario's file, named in the command that makes the report again.
    languages
        Languages in order; those of the scenario by default.
    execute
        Runs the notebooks of a language and gives them by page.

    Returns
    -------
    Path
        The report's ``index.html``.
    """
    run = open_run(run_folder)
    spoken = tuple(languages or (run.scenario.get("report") or {}).get("languages") or LANGUAGES)
    with beside(target) as folder:
        with tempfile.TemporaryDirectory(prefix="simlib-notebooks-") as scratch:
            shown = _execute(run.folder.resolve(), spoken, Path(scratch), execute)
        about = _provenance(run, scenario_path)
        _write_pages(run, shown, folder, about, _command(scenario_path, spoken))
        _write_extras(folder, run, about, spoken, scenario_path)
        _refuse(run_checks(Files.read(folder)))
        replace(folder, target)
    return target / "index.html"


def _execute(
    run_folder: Path, languages: Sequence[Lang], scratch: Path, execute: Executor
) -> dict[Lang, Shown]:
    """Run the notebooks, two languages at a time, each in its own kernel."""
    with ThreadPoolExecutor(max_workers=min(KERNELS, len(languages))) as pool:
        waiting = {lang: pool.submit(execute, run_folder, lang, scratch) for lang in languages}
        return {lang: _collect(each.result()) for lang, each in waiting.items()}


def _collect(notebooks: Mapping[str, Any]) -> Shown:
    tables: dict[str, str] = {}
    findings: list[Finding] = []
    for name, notebook in notebooks.items():
        for output in (each for cell in notebook.cells for each in cell.get("outputs", [])):
            if output.output_type == "stream":
                raise SimlibError(f"notebook '{name}' printed: {output.text.strip()[:200]}")
            exported = output.get("data", {}).get(EXPORT_MIME)
            if exported:
                tables.update(exported["tables"])
                findings += [Finding.from_dict(each) for each in exported["findings"]]
    return Shown(
        {name: notebook_body(nb) for name, nb in notebooks.items()}, tables, tuple(findings)
    )


def _write_pages(
    run: RunData,
    shown: Mapping[Lang, Shown],
    folder: Path,
    about: Mapping[str, str],
    command: str,
) -> None:
    sunset = (run.scenario.get("report") or {}).get("sunset")
    last = run.start + run.months - 1
    shell = Shell(
        site=run.scenario["title"],
        run_id=run.run_id,
        code_version=about["code"],
        seed=about["seed"],
        sunset=parse_month(str(sunset)) if sunset else last + _SUNSET_MONTHS,
        languages=tuple(shown),
    )
    tables: dict[Lang, dict[str, str]] = {}
    bodies: dict[Lang, dict[str, str]] = {}
    for lang, each in shown.items():
        bodies[lang], tables[lang] = _bodies(Report(run, Text(lang)), each, about, command)
    _same_tables(tables)
    drafts = [
        page(shell, Text(lang), name, bodies[lang][name], "") for lang in shown for name in PAGES
    ]
    font = shared_font(drafts)
    for lang in shown:
        for name in PAGES:
            html = page(shell, Text(lang), name, bodies[lang][name], font)
            write_text(folder / lang / f"{name}.html", html)
    first = next(iter(shown))
    root = page(shell, Text(first), "index", bodies[first]["index"], font, at_root=True)
    write_text(folder / "index.html", root)
    for name, text in next(iter(tables.values())).items():
        write_text(folder / "csv" / f"{name}.csv", text)


def _bodies(
    report: Report, shown: Shown, about: Mapping[str, str], command: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Make the pages that no notebook makes, and gather all tables."""
    checks = [*_ALSO_CHECKED, *CHECKS]
    made = {
        "index": front.page(report, shown.findings, len(checks), about["code"]),
        "method": method.page(report),
        "appendix": appendix.page(report, checks, about, command),
    }
    tables = dict(shown.tables)
    for block in made.values():
        tables |= {name: csv_text(table) for name, table in block.tables.items()}
    tables["findings"] = csv_text(_findings_table(shown.findings))
    return {**shown.bodies, **{name: block.html for name, block in made.items()}}, tables


def _findings_table(findings: Sequence[Finding]) -> Any:
    import polars as pl

    names = ("finding", "rank", "confidence", "csv", "numbers", "step")
    rows = [
        (
            each.finding_id,
            each.rank,
            each.confidence,
            each.csv,
            " ".join(f"{number:.10g}" for number in each.numbers),
            each.step,
        )
        for each in sorted(findings, key=lambda finding: finding.rank)[: front.MAX_FINDINGS]
    ]
    return pl.DataFrame(rows, schema=list(names), orient="row")


def _same_tables(tables: Mapping[Lang, Mapping[str, str]]) -> None:
    """Refuse a report whose languages rest on different numbers."""
    first, *others = tables.values()
    for other in others:
        different = sorted(
            name for name in first.keys() | other.keys() if first.get(name) != other.get(name)
        )
        if different:
            raise SimlibError(f"the languages differ in the numbers of '{different[0]}'")


def _provenance(run: RunData, scenario_path: Path) -> dict[str, str]:
    manifest = run.manifest
    notebooks = {file: file_hash(notebooks_folder() / file) for file, _ in NOTEBOOKS.values()}
    found = {
        "run": run.run_id,
        "scenario_hash": file_hash(scenario_path)
        if scenario_path.is_file()
        else hash_of(run.scenario),
        "results_hash": str(manifest.get("results_hash", "")),
        "population": str(manifest.get("population", "")),
        "catalogue": str(manifest.get("key", {}).get("catalogue", "")),
        "code": str(manifest.get("code_version") or code_version()),
        "notebooks_hash": hash_of(notebooks),
        "seed": str(run.scenario["seed"]),
        "replicates": str(run.replicates),
    }
    return {key: value for key, value in found.items() if value}


def shown_path(scenario_path: Path) -> Path:
    """Give a scenario's path as it may stand in a report: never one of the machine."""
    if not scenario_path.is_absolute():
        return scenario_path
    here = Path.cwd()
    inside = scenario_path.is_relative_to(here)
    return scenario_path.relative_to(here) if inside else Path(scenario_path.name)


def _command(scenario_path: Path, languages: Sequence[Lang]) -> str:
    spoken = " ".join(f"--lang {lang}" for lang in languages)
    return f".venv/bin/simlib report {shown_path(scenario_path).as_posix()} {spoken}"


def _write_extras(
    folder: Path,
    run: RunData,
    about: Mapping[str, str],
    languages: Sequence[Lang],
    scenario_path: Path,
) -> None:
    write_text(folder / "fonts" / "OFL.txt", licence_text())
    write_text(folder / "scenario.yaml", (run.folder / "scenario.yaml").read_text("utf-8"))
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): file_hash(path) for path in paths}
    checks = [*_ALSO_CHECKED, *CHECKS]
    write_json(
        folder / "manifest.json",
        {
            **about,
            "scenario": shown_path(scenario_path).as_posix(),
            "languages": list(languages),
            "checks_passed": checks,
            "files": files,
        },
    )


def _refuse(problems: Mapping[str, Sequence[str]]) -> None:
    if not problems:
        return
    listed = "; ".join(f"{name}: {', '.join(each[:3])}" for name, each in problems.items())
    raise SimlibError(f"the report failed {len(problems)} of its checks and was not kept: {listed}")


def _languages(given: Sequence[str]) -> tuple[Lang, ...]:
    known: dict[str, Lang] = {lang: lang for lang in LANGUAGES}
    for each in given:
        if each not in known:
            raise UserError(f"unknown language '{each}'", "--lang", mend=did_you_mean(each, known))
    return tuple(dict.fromkeys(known[each] for each in given))
