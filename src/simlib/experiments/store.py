"""Keep the results of a run in a folder: atomic, checked by hash, written by one process."""

import fcntl
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from simlib.errors import UserError
from simlib.files import read_json, write_json, write_parquet, write_text
from simlib.provenance import content_hash, file_hash, hash_of

Reads = list[list[str]]
"""Parameters that were read: pairs of path and the month since when the value holds."""

MANIFEST = "manifest.json"
MACHINE = "machine.json"
LOCK = ".lock"
FINISHED = "finished"

FAILURE_COLUMNS = {
    "policy": pl.String,
    "world": pl.Int32,
    "replicate": pl.Int32,
    "stage": pl.String,
    "kind": pl.String,
    "message": pl.String,
    "traceback": pl.String,
}


@dataclass(frozen=True, order=True)
class Task:
    """Name one simulation: a policy in a replicate, of the scenario's own world (0) or another."""

    replicate: int
    policy: str
    world: int = 0

    @property
    def stem(self) -> str:
        """Name its files."""
        world = f"-w{self.world}" if self.world else ""
        return f"{self.policy}{world}-r{self.replicate}"


@dataclass(frozen=True)
class RunStore:
    """Write and check the files of one run folder.

    Parameters
    ----------
    folder
        The run folder; its name ends in the hash of :func:`run_name`.
    """

    folder: Path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from writing this run; the lock ends with the process.

        Raises
        ------
        UserError
            If another process is writing the run, or the folder cannot be written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / LOCK).open("a")
        except OSError as error:
            raise UserError(
                f"cannot be written ({error.strerror})",
                str(self.folder),
                "the results need a place",
                "choose another folder with --runs",
            ) from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(
                    "another process is writing this run",
                    str(self.folder),
                    "two writers could mix their results",
                    "wait until it has ended, or end it; finished runs are kept",
                ) from None
            yield

    def results_path(self, task: Task) -> Path:
        """Give the place of a task's results."""
        return self.folder / "results" / f"{task.stem}.parquet"

    def households_path(self, task: Task) -> Path:
        """Give the place of a task's summary by household."""
        return self.folder / "households" / f"{task.stem}.parquet"

    def save(
        self, task: Task, results: pl.DataFrame, households: pl.DataFrame | None, reads: Reads
    ) -> None:
        """Store what a task gave; the record that it is finished comes last."""
        frames = {self.results_path(task): results}
        if households is not None:
            frames[self.households_path(task)] = households
        for path, frame in frames.items():
            write_parquet(frame.rechunk(), path)
        self.record(
            task.stem, frames, reads, content=[content_hash(frame) for frame in frames.values()]
        )

    def record(
        self, stem: str, paths: Iterable[Path], reads: Reads, content: list[str] | None = None
    ) -> None:
        """Note that a part is finished: the hashes of its files and the parameters it read."""
        files = {self._name(path): file_hash(path) for path in paths}
        record = {"files": files, "content": content or [], "reads": reads}
        write_json(self._record_path(stem), record)

    def is_finished(self, stem: str) -> bool:
        """Say whether a part is finished and none of its files was changed since."""
        return self._recorded(stem) is not None and not self.damage(stem)

    def damage(self, stem: str) -> list[str]:
        """List the files of a finished part that are missing or no longer what was written."""
        record = self._recorded(stem)
        if record is None:
            return []
        return [
            name
            for name, digest in record["files"].items()
            if not (self.folder / name).is_file() or file_hash(self.folder / name) != digest
        ]

    def forget(self, stem: str) -> None:
        """Remove the record of a part that must be done again, and its damaged files."""
        for name in self.damage(stem):
            (self.folder / name).unlink(missing_ok=True)
        self._record_path(stem).unlink(missing_ok=True)

    def has_record(self, stem: str) -> bool:
        """Say whether a part was recorded as finished; its files are not checked."""
        return self._record_path(stem).is_file()

    def content(self, stem: str) -> list[str]:
        """Give the hashes of the content of a finished part."""
        return list((self._recorded(stem) or {"content": []})["content"])

    def _record_path(self, stem: str) -> Path:
        return self.folder / FINISHED / f"{stem}.json"

    def _recorded(self, stem: str) -> dict[str, Any] | None:
        path = self._record_path(stem)
        if not path.is_file():
            return None
        try:
            record = read_json(path)
        except UserError:
            return None
        return record if isinstance(record, dict) and "files" in record else None

    def reads(self) -> Reads:
        """Collect the parameters that all finished parts read."""
        pairs: set[tuple[str, str]] = set()
        for path in sorted((self.folder / FINISHED).glob("*.json")):
            record = self._recorded(path.stem) or {}
            pairs.update((path_, since) for path_, since in record.get("reads", []))
        return [list(pair) for pair in sorted(pairs)]

    def results_hash(self, tasks: Iterable[Task]) -> str:
        """Hash the contents of all finished tasks, whatever stored them and in which order."""
        contents = {task.stem: self._recorded(task.stem) for task in sorted(tasks)}
        return hash_of({stem: each["content"] for stem, each in contents.items() if each})

    def write_scenario(self, text: str) -> None:
        """Store the resolved scenario."""
        write_text(self.folder / "scenario.yaml", text)

    def write_failures(self, rows: list[dict[str, Any]]) -> None:
        """Store the failed tasks as rows; an empty table when none failed."""
        frame = pl.DataFrame(rows, schema=FAILURE_COLUMNS).sort("world", "replicate", "policy")
        write_parquet(frame, self.folder / "failures.parquet")

    def write_manifest(self, about: dict[str, Any]) -> None:
        """Store what the run is and the hash of every file; nothing of time or machine."""
        files: dict[str, str] = {}
        for path in sorted((self.folder / FINISHED).glob("*.json")):
            files.update((self._recorded(path.stem) or {"files": {}})["files"])
        for path in sorted(self.folder.glob("*")):
            if path.suffix in {".yaml", ".parquet"} and not path.name.startswith("."):
                files[path.name] = file_hash(path)
        write_json(self.folder / MANIFEST, {**about, "files": dict(sorted(files.items()))})

    def write_machine(self, seconds: dict[str, float], processes: int, threads: int) -> None:
        """Note times and versions, outside the manifest: they differ from run to run."""
        about = {
            "seconds": {name: round(value, 3) for name, value in seconds.items()},
            "processes": processes,
            "threads": threads,
            "python": platform.python_version(),
            "machine": platform.machine(),
        }
        write_json(self.folder / MACHINE, about)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def run_name(scenario_name: str, key: dict[str, str | int]) -> str:
    """Name a run folder: the scenario's name and twelve digits of the hash of its key."""
    return f"{scenario_name}-{hash_of(key)[:12]}"
