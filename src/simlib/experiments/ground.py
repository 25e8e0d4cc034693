"""What all worlds of a run stand on, made once and kept in the run folder."""

from typing import TYPE_CHECKING

import polars as pl

from simlib.experiments import worlds
from simlib.experiments.people import population_of, reads_of
from simlib.experiments.setting import Setting
from simlib.experiments.store import RunStore
from simlib.experiments.worlds import Ground
from simlib.files import read_parquet, write_parquet

if TYPE_CHECKING:
    from simlib.population.population import Population
    from simlib.uptake.anchoring import Anchors

ANCHORS = "anchors"
"""Name of the record and the file of the solved offsets."""


def ground_of(store: RunStore, setting: Setting) -> Ground:
    """Give population and offsets of a run, from its folder when they are there undamaged."""
    population = population_of(store, setting.loaded, setting.parameters)
    return Ground(setting, population, _anchors_of(store, setting, population))


def _anchors_of(store: RunStore, setting: Setting, population: "Population") -> "Anchors":
    path = store.folder / f"{ANCHORS}.parquet"
    if store.is_finished(ANCHORS):
        return _read(read_parquet(path))
    anchors = worlds.solve(setting, population)
    write_parquet(_frame(anchors), path)
    store.record(ANCHORS, [path], reads_of(setting.parameters))
    return anchors


def _frame(anchors: "Anchors") -> pl.DataFrame:
    columns = {name: values for name, values in vars(anchors).items() if name != "ids"}
    return pl.DataFrame({"programme": list(anchors.ids), **columns})


def _read(frame: pl.DataFrame) -> "Anchors":
    from simlib.uptake.anchoring import Anchors

    columns = {name: frame[name].to_numpy() for name in frame.columns if name != "programme"}
    return Anchors(ids=tuple(frame["programme"]), **columns)
