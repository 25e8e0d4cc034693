"""Failures are data: a failed run is a row with its stage and traceback."""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from simlib.experiments.store import Task

_ABSOLUTE = re.compile(r"(?<![\w.:/])/(?:[^\s\"':,;/()]+/)+")
_KEPT = re.compile(r"(?:simlib|site-packages)/.*$")


@dataclass
class Stage:
    """Remember which stage a task is in, for the row of a failure."""

    name: str = "start"

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Work in a stage; it stays noted when the work fails."""
        before = self.name
        self.name = name
        yield
        self.name = before


def failure_row(task: Task, stage: str, error: BaseException) -> dict[str, Any]:
    """Describe a failed task.

    Parameters
    ----------
    task
        The policy and replicate.
    stage
        What was being done.
    error
        What was raised.

    Returns
    -------
    dict
        One row of ``failures.parquet``; paths of the machine are shortened.
    """
    text = "".join(traceback.format_exception(error))
    return {
        "policy": task.policy,
        "world": task.world,
        "replicate": task.replicate,
        "stage": stage,
        "kind": type(error).__name__,
        "message": scrubbed(str(error)),
        "traceback": scrubbed(text),
    }


def scrubbed(text: str) -> str:
    """Shorten absolute paths: the part from the package on stays, else only the file's name."""

    def short(match: re.Match[str]) -> str:
        kept = _KEPT.search(match[0])
        return kept[0] if kept else ""

    return _ABSOLUTE.sub(short, text)
