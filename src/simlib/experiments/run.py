"""Read a finished run."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from simlib.command import command
from simlib.errors import UserError, did_you_mean
from simlib.experiments.store import LOCK, MANIFEST, Task
from simlib.files import read_json, read_parquet
from simlib.provenance import file_hash


@dataclass(frozen=True)
class Run:
    """Hold a run folder: what it is, and its results on demand.

    Parameters
    ----------
    folder
        The run folder.
    manifest
        Scenario, population, catalogue, code and seed of the run, and the hash of every file.
    """

    folder: Path
    manifest: dict[str, Any] = field(repr=False)

    @property
    def policies(self) -> list[str]:
        """Name the policies; the first is the baseline."""
        return list(self.manifest["policies"])

    @property
    def baseline(self) -> str:
        """Name the policy that all others are compared with."""
        return self.policies[0]

    @property
    def results_hash(self) -> str:
        """Give one hash for the content of all results."""
        return str(self.manifest["results_hash"])

    @property
    def tasks_n(self) -> int:
        """Count policies x replicates, and further worlds."""
        return len(self.policies) * (int(self.manifest["replicates"]) + len(self.other_worlds))

    @property
    def other_worlds(self) -> dict[int, str]:
        """Give the worlds beside the scenario's own: number, and what was drawn anew.

        ``parameters`` or ``population``; empty for most runs.
        """
        asked = self.manifest.get("uncertainty", {"parameters": 0, "populations": 1})
        kinds = ["parameters"] * asked["parameters"] + ["population"] * (asked["populations"] - 1)
        return dict(enumerate(kinds, start=1))

    @property
    def failures_n(self) -> int:
        """Count the tasks that failed."""
        return int(self.manifest["failures_n"])

    def replicates(self, policy: str) -> list[int]:
        """List the replicates for which a policy has results."""
        return [
            replicate
            for replicate in range(int(self.manifest["replicates"]))
            if self._listed("results", Task(replicate, policy)) is not None
        ]

    def results(self, policy: str) -> pl.DataFrame:
        """Read the results of a policy, all replicates, tidy.

        Raises
        ------
        UserError
            If the policy is not in the run, or a file was damaged or changed.
        """
        frames = [self._read("results", Task(each, policy)) for each in self._present(policy)]
        return pl.concat(frames)

    def results_elsewhere(self, policy: str) -> pl.DataFrame | None:
        """Read the results of a policy in all other worlds, tidy; None where there are none."""
        tasks = [Task(0, policy, world) for world in self.other_worlds]
        frames = [self._read("results", each) for each in tasks if self._listed("results", each)]
        return pl.concat(frames) if frames else None

    def households(self, policy: str, replicate: int) -> pl.DataFrame:
        """Read the summary by household of a policy in a replicate."""
        self._present(policy)
        return self._read("households", Task(replicate, policy))

    def failures(self) -> pl.DataFrame:
        """Read the table of failed tasks."""
        return read_parquet(self.folder / "failures.parquet")

    @cached_property
    def parameters_read(self) -> pl.DataFrame:
        """Read every parameter that the run read, worst evidence first."""
        return read_parquet(self.folder / "parameters_read.parquet")

    def _present(self, policy: str) -> list[int]:
        if policy not in self.policies:
            raise UserError(
                f"this run has no policy '{policy}'",
                str(self.folder),
                "it has no results to show",
                did_you_mean(policy, self.policies),
            )
        replicates = self.replicates(policy)
        if not replicates:
            raise UserError(
                f"policy '{policy}' has no results in this run",
                str(self.folder),
                "all of its replicates failed",
                "see failures.parquet, then run the scenario again",
            )
        return replicates

    def _listed(self, kind: str, task: Task) -> str | None:
        digest = self.manifest["files"].get(f"{kind}/{task.stem}.parquet")
        return None if digest is None else str(digest)

    def _read(self, kind: str, task: Task) -> pl.DataFrame:
        path = self.folder / kind / f"{task.stem}.parquet"
        digest = self._listed(kind, task)
        if path.is_file() and digest is not None and file_hash(path) != digest:
            raise UserError(
                "this file is not what the run wrote",
                str(path),
                "its hash differs from the manifest: it was damaged or changed",
                "run the scenario again; only this part is computed anew",
            )
        return read_parquet(path)

    def __str__(self) -> str:
        return (
            f"{self.folder.name}: {len(self.policies)} policies x "
            f"{self.manifest['replicates']} replicates, {self.failures_n} failed"
        )


def open_run(folder: Path | str) -> Run:
    """Open a run folder.

    Raises
    ------
    UserError
        If it is not the folder of a run that has ended.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    if not path.is_file():
        raise UserError(
            "this is not the folder of a run that has ended",
            str(folder),
            f"it has no {MANIFEST}",
            _where_runs_are(folder),
        )
    manifest = read_json(path)
    needed = {"run", "policies", "replicates", "files", "population", "seed"}
    if not isinstance(manifest, dict) or not needed <= set(manifest):
        raise UserError("this is not the manifest of a run", str(path), mend="run it again")
    return Run(folder, manifest)


def _where_runs_are(folder: Path) -> str:
    """Say what to do about a folder without a manifest."""
    if (folder / LOCK).is_file():
        return f"the run was begun and not ended: the same {command('run')} goes on with it"
    inside = sorted(str(path.parent) for path in folder.glob(f"*/{MANIFEST}"))
    if inside:
        return f"name a run in it: {', '.join(inside)}"
    beside = [path.parent.name for path in folder.parent.glob(f"*/{MANIFEST}")]
    return (
        did_you_mean(folder.name, beside)
        if beside
        else f"run a scenario first: {command('run FILE')}"
    )
