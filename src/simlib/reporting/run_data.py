"""Read a run folder the way the report needs it."""

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from simlib.command import command
from simlib.errors import UserError, did_you_mean
from simlib.experiments.earlier import refuse_lacking
from simlib.experiments.run import Run
from simlib.experiments.run import open_run as open_finished
from simlib.experiments.uncertainty import PARAMETERS, POPULATION
from simlib.experiments.whole_comparison import WholeComparison, compare_wholly
from simlib.files import read_json, read_parquet, read_yaml
from simlib.months import Month, parse_month
from simlib.parameters import Parameters, load_parameters

NEWEST = "newest"
YEAR_MONTHS = 12
_KEYS = ["policy", "run", "stratum", "group", "item", "measure"]


class NoRunError(UserError):
    """Report that there is no run to show."""


@dataclass(frozen=True)
class RunData:
    """Hold the results of one run and its scenario.

    Every frame has ``run`` for the replicate, the unit over which the Monte Carlo error is
    computed. Results are those of the scenario's own world.
    """

    folder: Path
    manifest: dict[str, Any]
    scenario: dict[str, Any]
    results: pl.DataFrame = field(repr=False)

    @property
    def run_id(self) -> str:
        """Name of the run folder: the scenario's name and a hash of all that matters."""
        return self.folder.name

    @cached_property
    def policies(self) -> list[str]:
        """Policies in the order of the scenario; the first is the baseline."""
        present = set(self.results["policy"].unique())
        named = [Path(each).stem for each in self.scenario["policies"]]
        return [each for each in named if each in present]

    @property
    def baseline(self) -> str:
        """The policy that all others are compared with."""
        return self.policies[0]

    @cached_property
    def start(self) -> Month:
        """First simulated month."""
        return parse_month(str(self.scenario["start"]))

    @property
    def months(self) -> int:
        """Number of simulated months."""
        return int(self.scenario["months"])

    @property
    def last_year(self) -> tuple[Month, Month]:
        """First and last month of the period that levels are averaged over."""
        last = self.start + self.months - 1
        return max(self.start, last - YEAR_MONTHS + 1), last

    @cached_property
    def replicates(self) -> int:
        """Number of replicates present."""
        return int(self.results["run"].n_unique())

    @cached_property
    def households_n(self) -> int:
        """Number of simulated households."""
        rows = self.of("households_n").filter(pl.col("stratum") == "all")
        return int(rows["value"].max() or 0)  # type: ignore[arg-type]

    def of(self, *measures: str) -> pl.DataFrame:
        """Give the monthly rows of some measures."""
        return self.results.filter(pl.col("measure").is_in(list(measures)))

    @cached_property
    def year_mean(self) -> pl.DataFrame:
        """Mean over the last year: columns policy, run, stratum, group, item, measure, value."""
        first, last = self.last_year
        rows = self.results.filter(pl.col("month").is_between(first, last))
        return self._sum(rows, last - first + 1)

    @cached_property
    def total(self) -> pl.DataFrame:
        """Sum over all simulated months: the same columns as :attr:`year_mean`."""
        return self._sum(self.results, 1)

    def _sum(self, rows: pl.DataFrame, divide_by: int) -> pl.DataFrame:
        summed = rows.group_by(_KEYS).agg(pl.col("value").sum() / divide_by)
        return summed.sort(_KEYS)

    @cached_property
    def finished(self) -> Run:
        """Give the run as experiments read it: checked against its manifest, task by task."""
        return open_finished(self.folder)

    @cached_property
    def compared(self) -> dict[str, WholeComparison]:
        """Give what each policy changes against the baseline, in every respect, by policy.

        Those that cannot be compared are left out, see :attr:`refused`.
        """
        tried = self._tried.items()
        return {name: each for name, each in tried if not isinstance(each, UserError)}

    @cached_property
    def refused(self) -> dict[str, str]:
        """Say why policies cannot be compared, by policy: replicates that failed, damaged files."""
        tried = self._tried.items()
        why = {name: str(each) for name, each in tried if isinstance(each, UserError)}
        place = str(self.folder)  # nobody else has it there
        return {
            name: each.replace(f"{place}{os.sep}", "").replace(place, self.run_id)
            for name, each in why.items()
        }

    @cached_property
    def _tried(self) -> dict[str, WholeComparison | UserError]:
        """Compare every policy, or keep what speaks against it."""
        found: dict[str, WholeComparison | UserError] = {}
        for name in self.policies:
            if name == self.baseline:
                continue
            try:
                [found[name]] = compare_wholly(self.finished, name, self.baseline)
            except UserError as error:
                found[name] = error
        return found

    @cached_property
    def drawn(self) -> dict[str, int]:
        """Count the further worlds of the run by what was drawn anew."""
        kinds = list(self.finished.other_worlds.values())
        return {kind: kinds.count(kind) for kind in (PARAMETERS, POPULATION)}

    @property
    def layers(self) -> list[str]:
        """Name what was drawn anew often enough to show a spread; the own population is one."""
        enough = {PARAMETERS: 2, POPULATION: 1}
        return [kind for kind, n in self.drawn.items() if n >= enough[kind]]

    @cached_property
    def elsewhere(self) -> "RunData | None":
        """Give the run in its other worlds, each of which is one ``run``.

        None without any from which something can be told: one draw of the parameters shows no
        spread of theirs, and without the baseline there is nothing to compare with.
        """
        if not self.layers:
            return None
        rows = _all_results(self.folder).filter(pl.col("world") > 0)
        if self.baseline not in rows["policy"]:
            return None
        return replace(self, results=rows.with_columns(run=pl.col("world").cast(pl.Int64)))

    def optional(self, *parts: str) -> Path | None:
        """Give the path of a file of the run folder, None when the run has no such file."""
        path = self.folder.joinpath(*parts)
        return path if path.exists() else None

    @property
    def policy_files(self) -> dict[str, dict[str, Any]]:
        """Give what each policy's file said when the run was made, by policy."""
        return dict(self.manifest.get("policy_files", {}))

    def parameters_read(self) -> pl.DataFrame:
        """Give every parameter that the run read; no rows when the run kept no such list."""
        path = self.optional("parameters_read.parquet")
        if path is None:
            return Parameters({}).read_log()
        return read_parquet(path)

    def number_read(self, path: str) -> float:
        """Give a parameter as the run read it; as it is now when the run kept no such list."""
        read = self.parameters_read().filter(pl.col("path") == path)
        return float(read["value"][0]) if read.height else load_parameters().number(path)

    def _repr_html_(self) -> str:
        return f"<p><code>{self.run_id}</code>: {', '.join(self.policies)}</p>"


def open_run(run: str | Path = NEWEST) -> RunData:
    """Open a run folder, or the newest one.

    Parameters
    ----------
    run
        Path of a run folder, or ``newest`` for the latest in ``runs/`` here or one folder up.

    Raises
    ------
    NoRunError
        If there is no run, or the folder is not one.
    UserError
        If another version of simlib made it and it lacks what this one reads.
    """
    folder = newest_run() if str(run) == NEWEST else Path(run)
    if not (folder / "manifest.json").is_file():
        near = [each.name for each in folder.parent.glob("*") if each.is_dir()]
        raise NoRunError(
            "this is not a run folder",
            str(folder),
            "it has no manifest.json",
            did_you_mean(folder.name, near)
            if near
            else f"make one with: {command('run SCENARIO')}",
        )
    manifest = read_json(folder / "manifest.json")
    refuse_lacking(folder, manifest)
    scenario = _plain_scenario(read_yaml(folder / "scenario.yaml").data)
    return RunData(folder, manifest, scenario, _results(folder))


def newest_run(places: tuple[Path, ...] = (Path("runs"), Path("../runs"))) -> Path:
    """Find the run folder that was finished last."""
    found = [path.parent for place in places for path in place.glob("*/manifest.json")]
    if not found:
        raise NoRunError(
            "there is no run to show yet",
            " or ".join(str(place) for place in places),
            "a notebook shows the results of a run",
            f"make one with: {command('run scenarios/quick.yaml')}",
        )
    return max(found, key=lambda path: (path / "manifest.json").stat().st_mtime)


def _plain_scenario(data: Any) -> dict[str, Any]:
    """Strip the origins from a resolved scenario: ``{value, origin}`` becomes the value."""
    if isinstance(data, dict):
        if set(data) == {"value", "origin"}:
            return _plain_scenario(data["value"])
        return {key: _plain_scenario(each) for key, each in data.items()}
    if isinstance(data, list):
        return [_plain_scenario(each) for each in data]  # type: ignore[return-value]
    return data  # type: ignore[no-any-return]


def _results(folder: Path) -> pl.DataFrame:
    own = _all_results(folder).filter(pl.col("world") == 0)
    return own.with_columns(run=pl.col("replicate").cast(pl.Int64))


def _all_results(folder: Path) -> pl.DataFrame:
    paths = sorted((folder / "results").glob("*.parquet"))
    if not paths:
        raise NoRunError(
            "this run has no results",
            str(folder),
            "every policy failed, or none has run",
            "see failures.parquet, or run the scenario again",
        )
    return pl.concat([read_parquet(path) for path in paths])
