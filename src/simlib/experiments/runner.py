"""Run every policy in every replicate of a scenario; go on where an earlier try ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from simlib.experiments.anchoring import PART as ANCHORS
from simlib.experiments.caseloads import PART as CASELOADS
from simlib.experiments.caseloads import write_caseloads
from simlib.experiments.ground import ground_of
from simlib.experiments.loading import LoadedScenario, load_scenario, policy_key
from simlib.experiments.other_worlds import write_draws
from simlib.experiments.people import PART, population_key
from simlib.experiments.plan import cores, plan_groups
from simlib.experiments.pool import run_apart, run_groups
from simlib.experiments.run import Run, open_run
from simlib.experiments.setting import Setting, prepare_setting, run_key
from simlib.experiments.store import RunStore, Task, run_name
from simlib.experiments.take_up import write_take_up
from simlib.experiments.training import PART as SCORER
from simlib.experiments.training import train_for, training_needed
from simlib.files import write_parquet
from simlib.months import parse_month

MANY_HOUSEHOLDS = 1_000_000
"""From here on one process with all threads: two worlds would need twice the memory."""


class Progress(Protocol):
    """Show how far a run is."""

    def start(self, total: int, done: int) -> None:
        """Begin: so many tasks, so many finished by an earlier try."""
        ...

    def advance(self, done: int) -> None:
        """Show the number of finished tasks."""
        ...

    def say(self, text: str) -> None:
        """Show a sentence."""
        ...


class Silence:
    """Show nothing."""

    def start(self, total: int, done: int) -> None:
        """Begin."""

    def advance(self, done: int) -> None:
        """Go on."""

    def say(self, text: str) -> None:
        """Say nothing."""


@dataclass
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)

    def time(self, name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        try:
            return work()
        finally:
            self.seconds[name] = time.perf_counter() - start


def run_scenario(
    scenario: LoadedScenario | Path | str,
    runs_dir: Path | str = "runs",
    processes: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run what is missing of a scenario.

    Parameters
    ----------
    scenario
        A loaded scenario, or its file.
    runs_dir
        Folder that holds the run folders.
    processes
        Number of processes; by default one per core for populations that fit in memory so.
        Results do not depend on it.
    progress
        Shown what happens; silent by default.

    Returns
    -------
    Run
        The finished run. Tasks that failed are rows of its ``failures()``; the others are
        complete.

    Raises
    ------
    UserError
        If the scenario, a parameter, the population or a folder is not usable. Earlier
        results stay as they are.
    """
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    progress = progress or Silence()
    setting = prepare_setting(loaded)
    key = run_key(loaded, population_key(loaded))
    store = RunStore(Path(runs_dir) / run_name(loaded.name, key))
    with store.lock():
        return _run(setting, key, store, processes or _default_processes(loaded), progress)


def _default_processes(loaded: LoadedScenario) -> int:
    households = loaded.scenario.population.households
    if households is not None and households >= MANY_HOUSEHOLDS:
        return 1
    return cores()


def _run(
    setting: Setting,
    key: dict[str, str | int],
    store: RunStore,
    processes: int,
    progress: Progress,
) -> Run:
    loaded, clock = setting.loaded, _Clock()
    tasks = all_tasks(loaded)
    pending = _pending(store, tasks, progress)
    progress.start(len(tasks), len(tasks) - len(pending))
    rows: list[dict[str, Any]] = []
    ready = all(store.is_finished(part) for part in (PART, ANCHORS, CASELOADS))
    if pending or not ready or training_needed(store, setting):
        rows = _do(setting, store, pending, processes, progress, clock)
        threads = max(1, cores() // processes)
        store.write_machine(clock.seconds, processes, threads)
    store.write_scenario(loaded.resolved_text())
    store.write_failures(rows)
    write_take_up(store, setting, [task for task in tasks if task.world == 0])
    write_draws(store, setting)
    _write_parameters_read(store, setting)
    store.write_manifest(_about(setting, key, store, tasks, len(rows)))
    return open_run(store.folder)


def all_tasks(loaded: LoadedScenario) -> list[Task]:
    """List every policy in every replicate of a scenario, then in one of each other world."""
    scenario = loaded.scenario
    places = [(replicate, 0) for replicate in range(scenario.replicates)]
    places += [(0, world) for world in range(1, scenario.uncertainty.worlds_n + 1)]
    return [
        Task(replicate, policy_key(text), world)
        for replicate, world in places
        for text in scenario.policies
    ]


def _pending(store: RunStore, tasks: list[Task], progress: Progress) -> list[Task]:
    pending = []
    for task in tasks:
        damage = store.damage(task.stem)
        if damage:
            progress.say(f"{damage[0]} was damaged or removed: computed anew")
        if not store.is_finished(task.stem):
            store.forget(task.stem)
            pending.append(task)
    return pending


def _do(
    setting: Setting,
    store: RunStore,
    pending: list[Task],
    processes: int,
    progress: Progress,
    clock: _Clock,
) -> list[dict[str, Any]]:
    loaded = setting.loaded
    for part in (PART, ANCHORS, CASELOADS, SCORER):
        for name in store.damage(part):
            progress.say(f"{name} was damaged or removed: made anew")
    progress.say("population")
    ground = clock.time("population", lambda: ground_of(store, setting))
    write_caseloads(store, setting, ground.population)
    if training_needed(store, setting):
        progress.say("scorer")
        clock.time("scorer", lambda: _train(setting, store, processes))
    groups = plan_groups(pending, processes)
    if not groups:
        return []
    progress.say(f"{len(pending)} runs")
    processes = min(processes, len(groups))
    threads = max(1, cores() // processes)

    def look() -> None:
        missing = sum(not store.has_record(task.stem) for task in pending)
        progress.advance(len(all_tasks(loaded)) - missing)

    return list(
        clock.time(
            "runs", lambda: run_groups(loaded, store.folder, groups, processes, threads, look)
        )
    )


def _train(setting: Setting, store: RunStore, processes: int) -> None:
    """Train scorers, in a process of its own unless there is to be only one."""
    if processes == 1:
        train_here(setting.loaded, store.folder)
    else:
        run_apart(train_here, cores(), setting.loaded, store.folder)


def train_here(loaded: LoadedScenario, folder: Path) -> None:
    """Train the scorers of a run whose population lies ready in its folder."""
    store = RunStore(folder)
    train_for(ground_of(store, prepare_setting(loaded)), store)


def _write_parameters_read(store: RunStore, setting: Setting) -> None:
    parameters = setting.parameters
    for path, since in store.reads():
        parameters.value(path, parse_month(since) if since else 0)
    write_parquet(parameters.read_log(), store.folder / "parameters_read.parquet")


def _about(
    setting: Setting,
    key: dict[str, str | int],
    store: RunStore,
    tasks: list[Task],
    failures_n: int,
) -> dict[str, Any]:
    scenario = setting.loaded.scenario
    return {
        "run": store.folder.name,
        "title": scenario.title.model_dump(),
        "key": key,
        "code_version": key["code_version"],
        "seed": scenario.seed,
        "population": store.content(PART)[0],
        "start": scenario.start,
        "months": scenario.months,
        "programmes": list(setting.catalogue.ids),
        "programme_files": setting.programme_files(),
        "changes": setting.changes(),
        "policies": list(setting.policies),
        "policy_files": {name: each.as_written() for name, each in setting.policies.items()},
        "replicates": scenario.replicates,
        "uncertainty": scenario.uncertainty.model_dump(),
        "failures_n": failures_n,
        "results_hash": store.results_hash(tasks),
    }
