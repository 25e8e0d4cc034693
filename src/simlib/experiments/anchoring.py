"""What is solved once on the baseline population of a run, and kept beside it."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from simlib.draws import Draws
from simlib.experiments.people import reads_of
from simlib.experiments.setting import Setting
from simlib.experiments.store import RunStore
from simlib.files import read_parquet, write_parquet

if TYPE_CHECKING:
    from simlib.parameters import Parameters
    from simlib.population.population import Population
    from simlib.uptake.anchoring import Anchors
    from simlib.uptake.past import Past

PART = "anchors"
"""Name of the record and of the file of a run's anchors."""


def anchors_of(store: RunStore, setting: Setting, population: "Population") -> "Anchors":
    """Give a run's anchors, from its folder when they are there and undamaged."""
    path = store.folder / f"{PART}.parquet"
    if not store.is_finished(PART):
        anchors = solve(setting, population)
        write_parquet(anchors.table(), path)
        store.record(PART, [path], reads_of(setting.parameters))
    return _read(path, setting.parameters)


def solve(setting: Setting, population: "Population") -> "Anchors":
    """Solve a scenario's anchors on the situation at its start; no replicate's months matter."""
    from simlib.anchors import solve_anchors
    from simlib.life.world import prepare_world

    scenario = setting.loaded.scenario
    world = prepare_world(
        population,
        setting.catalogue,
        setting.parameters,
        scenario.start_month,
        0,
        Draws(scenario.seed, 0),
    )
    return solve_anchors(world, setting.parameters)


def _read(path: Path, parameters: "Parameters") -> "Anchors":
    from simlib.uptake.anchoring import Anchors

    table = read_parquet(path)

    def column(name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()

    return Anchors(
        ids=tuple(table["programme"].to_list()),
        mean_krw_m=np.asarray(table["mean_krw_m"].to_list(), dtype=np.float64).T,
        offset=column("offset_logit"),
        target=column("target_share"),
        seeded=column("seeded_share"),
        effective=column("effective_share"),
        ease_from=parameters.number("uptake.anchoring.ease_from_logit"),
        past=_past(table),
    )


def _past(table: pl.DataFrame) -> "Past | None":
    from simlib.uptake.past import Past

    names = [each.name for each in fields(Past)]
    if not set(names) <= set(table.columns):
        return None
    return Past(*(np.asarray(table[name].to_list(), dtype=np.float64) for name in names))
