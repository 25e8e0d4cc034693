"""What all worlds of a run stand on, made once and kept in the run folder."""

from simlib.experiments.anchoring import anchors_of
from simlib.experiments.people import population_of
from simlib.experiments.setting import Setting
from simlib.experiments.store import RunStore
from simlib.experiments.worlds import Ground


def ground_of(store: RunStore, setting: Setting) -> Ground:
    """Give population and anchors of a run, from its folder when they are there undamaged."""
    population = population_of(store, setting.loaded, setting.parameters)
    return Ground(setting, population, anchors_of(store, setting, population))
