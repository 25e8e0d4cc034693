"""Make a report again in a temporary place and say what is the same."""

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simlib.command import command
from simlib.errors import UserError
from simlib.experiments.loading import load_scenario
from simlib.files import read_json, read_text, write_text
from simlib.provenance import code_version, file_hash
from simlib.reporting.build import build_report
from simlib.reporting.checks import run_checks
from simlib.reporting.outline import Files

_SHOWN = 10


@dataclass(frozen=True)
class Verification:
    """Say what is the same in a report and in one made again.

    Attributes
    ----------
    numbers_n, equal_n
        Numbers in the exported tables, and how many of them are equal.
    files_n, equal_files_n
        Files in the report, and how many have the same bytes.
    damaged
        Files that are not what the report's own manifest says.
    failed
        Checks that the report no longer passes.
    different
        Files or tables that differ.
    code
        Code versions of the report and of this installation.
    """

    numbers_n: int
    equal_n: int
    files_n: int
    equal_files_n: int
    damaged: tuple[str, ...]
    failed: tuple[str, ...]
    different: tuple[str, ...]
    code: tuple[str, str]

    @property
    def same(self) -> bool:
        """Tell whether everything is the same."""
        whole = self.equal_files_n == self.files_n and self.equal_n == self.numbers_n
        return whole and not self.damaged and not self.failed

    def __str__(self) -> str:
        lines = [
            f"{self.equal_n} of {self.numbers_n} numbers are the same, "
            f"{self.equal_files_n} of {self.files_n} files have the same bytes."
        ]
        if self.code[0] != self.code[1]:
            lines.append(f"The report was made with code {self.code[0]}, this is {self.code[1]}.")
        for words, names in (
            ("Changed since it was made", self.damaged),
            ("Checks that fail", self.failed),
            ("Different", self.different),
        ):
            if names:
                more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
                lines.append(f"{words}: {', '.join(names[:_SHOWN])}{more}.")
        return "\n".join(lines)


def verify_report(directory: Path | str) -> Verification:
    """Run a report's scenario again in a temporary place and compare.

    Parameters
    ----------
    directory
        Folder of the report; it is only read.

    Returns
    -------
    Verification
        Which numbers and files are the same.

    Raises
    ------
    UserError
        If the folder is not a report, or its scenario is missing or none for this version.
    """
    directory = Path(directory)
    manifest = _manifest(directory)
    scenario = directory / "scenario.yaml"
    with tempfile.TemporaryDirectory(prefix="simlib-verify-") as scratch:
        # The run folder and the command in the report carry the scenario's name.
        source = _source(manifest, scenario, Path(scratch))
        again = Path(scratch) / "report"
        build_report(source, manifest["languages"], again, Path(scratch) / "runs")
        return compare_reports(directory, again)


def _manifest(directory: Path) -> dict[str, Any]:
    path = directory / "manifest.json"
    if not path.is_file():
        raise UserError(
            "this is not the folder of a report",
            str(directory),
            "it has no manifest.json",
            f"make one with: {command('report SCENARIO')}",
        )
    manifest = read_json(path)
    if not isinstance(manifest, dict) or not {"files", "languages", "scenario"} <= set(manifest):
        raise UserError(
            "this is not the manifest of a report", str(path), mend="make the report again"
        )
    return manifest


def _source(manifest: dict[str, Any], kept: Path, scratch: Path) -> Path:
    """Give the scenario's own file when it is unchanged, else a copy of the one kept."""
    own = Path(manifest["scenario"])
    if own.is_file() and file_hash(own) == manifest.get("scenario_hash"):
        return own
    copy = scratch / own.name
    write_text(copy, read_text(kept))
    try:
        load_scenario(copy)
    except UserError as error:
        raise UserError(
            f"the scenario of this report is none for this version of simlib: {error.what}",
            str(kept),
            "the report cannot be made again from it",
            "make the report anew, from its own scenario file",
        ) from None
    return copy


def compare_reports(old: Path, new: Path) -> Verification:
    """Compare two report folders: numbers of the tables, bytes of the files.

    Parameters
    ----------
    old
        The report in question.
    new
        The report made again.
    """
    manifest, again = _manifest(old), _manifest(new)
    named: dict[str, str] = manifest["files"]
    damaged = tuple(
        name
        for name, digest in named.items()
        if not (old / name).is_file() or file_hash(old / name) != digest
    )
    same = [name for name, digest in again["files"].items() if named.get(name) == digest]
    every = sorted(named.keys() | again["files"].keys())
    numbers, equal = _numbers(old, new)
    return Verification(
        numbers_n=numbers,
        equal_n=equal,
        files_n=len(every),
        equal_files_n=len([name for name in same if name not in damaged]),
        damaged=damaged,
        failed=tuple(run_checks(Files.read(old))),
        different=tuple(name for name in every if name not in same),
        code=(str(manifest.get("code")), str(again.get("code", code_version()))),
    )


def _numbers(old: Path, new: Path) -> tuple[int, int]:
    """Count the cells of the old tables, and those that the new tables repeat."""
    total = equal = 0
    for path in sorted((old / "csv").glob("*.csv")):
        other = new / "csv" / path.name
        rows = _cells(path)
        again = _cells(other) if other.is_file() else []
        total += len(rows)
        equal += sum(a == b for a, b in zip(rows, again, strict=False))
    return total, equal


def _cells(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row if _is_number(cell)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
