"""Do a group of tasks: prepare the world once, run each policy in it, store what it gives."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from simlib.errors import UserError
from simlib.experiments import worlds
from simlib.experiments.failures import Stage, failure_row
from simlib.experiments.ground import ground_of
from simlib.experiments.loading import LoadedScenario
from simlib.experiments.other_worlds import other_ground
from simlib.experiments.people import reads_of
from simlib.experiments.plan import Group
from simlib.experiments.setting import prepare_setting
from simlib.experiments.store import RunStore, Task
from simlib.experiments.training import scorer_file
from simlib.experiments.worlds import Ground


@dataclass
class Worker:
    """Hold what one process needs for all its groups; it is built when first used.

    Parameters
    ----------
    loaded
        The scenario.
    folder
        The run folder, where population, offsets and scorer lie ready.
    """

    loaded: LoadedScenario
    folder: Path
    _ground: Ground | None = field(default=None, repr=False)
    _other: tuple[int, Ground] | None = field(default=None, repr=False)

    @property
    def ground(self) -> Ground:
        """Give what the scenario's own world stands on."""
        if self._ground is None:
            self._ground = ground_of(RunStore(self.folder), prepare_setting(self.loaded))
        return self._ground

    def ground_in(self, world: int) -> Ground:
        """Give what a world stands on; beside the scenario's own, one other is kept."""
        if world == 0:
            return self.ground
        if self._other is None or self._other[0] != world:
            self._other = None  # its population may be large
            self._other = world, other_ground(self.ground, world)
        return self._other[1]

    def work(self, group: Group, look: Callable[[], None] | None = None) -> list[dict[str, Any]]:
        """Do the tasks of a replicate.

        Parameters
        ----------
        group
            Tasks that share a world and a replicate.
        look
            Called after each task, to show progress.

        Returns
        -------
        list of dict
            A row for each task that failed.

        Raises
        ------
        UserError
            If something failed that the user can mend, a full disk, say.
        """
        stage = Stage()
        try:
            with stage.at("world"):
                ground = self.ground_in(group[0].world)
                replicate = worlds.world_of(ground, group[0].replicate)
        except UserError:
            raise
        except Exception as error:
            return [failure_row(task, stage.name, error) for task in group]
        rows = []
        for task in group:
            row = self._attempt(task, ground, replicate)
            if row is not None:
                rows.append(row)
            if look is not None:
                look()
        return rows

    def _attempt(self, task: Task, ground: Ground, replicate: Any) -> dict[str, Any] | None:
        stage = Stage()
        try:
            with _swept(), stage.at("model"):
                scorer = scorer_file(self.folder, ground.setting, task.policy)
                outcome = worlds.simulate(ground, replicate, task.policy, scorer)
            with stage.at("results"):
                results = _labelled(outcome.results, task)
                households = outcome.households if task.world == 0 else None
                reads = reads_of(ground.setting.parameters)
                RunStore(self.folder).save(task, results, households, reads)
        except UserError:
            raise
        except Exception as error:
            return failure_row(task, stage.name, error)
        return None


@contextmanager
def _swept() -> Iterator[None]:
    """Collect what was made inside and is not kept: a model and its agents point at each other.

    Older objects, which are many and stay, are not looked at.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()


def _labelled(results: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Give results the names under which they are stored, in a fixed order of columns."""
    first = ["policy", "world", "replicate"]
    named = results.with_columns(
        policy=pl.lit(task.policy, pl.String),
        world=pl.lit(task.world, pl.Int32),
        replicate=pl.lit(task.replicate, pl.Int32),
    )
    return named.select(first + [name for name in results.columns if name not in first])
