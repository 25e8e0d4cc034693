"""Divide tasks among processes: policies of a replicate share its world."""

import os
from collections.abc import Iterable
from itertools import groupby, pairwise

from simlib.experiments.store import Task

Group = tuple[Task, ...]
"""Tasks of one world and replicate that one process does in turn."""


def cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def plan_groups(tasks: Iterable[Task], processes: int) -> list[Group]:
    """Group tasks by world and replicate, and split the last replicates so that no process idles.

    Parameters
    ----------
    tasks
        What is still to be done.
    processes
        Number of processes.

    Returns
    -------
    list of tuple
        Groups in the order in which they start. Each task is in exactly one group.
    """
    replicates = [tuple(group) for _, group in groupby(sorted(tasks, key=_order), _world)]
    left_over = len(replicates) % processes
    whole = replicates[: len(replicates) - left_over]
    parts = processes // left_over if left_over else 1
    return whole + [piece for group in replicates[len(whole) :] for piece in _split(group, parts)]


def _world(task: Task) -> tuple[int, int]:
    """Say what policies must share to share what happens to everybody."""
    return task.world, task.replicate


def _order(task: Task) -> tuple[tuple[int, int], str]:
    return _world(task), task.policy


def _split(group: Group, parts: int) -> list[Group]:
    parts = min(parts, len(group))
    edges = [len(group) * i // parts for i in range(parts + 1)]
    return [group[first:last] for first, last in pairwise(edges)]
