"""Worlds beside the scenario's own: other values of uncertain parameters, other populations."""

from dataclasses import replace

import numpy as np
import polars as pl

from simlib.draws import Draws
from simlib.experiments.anchoring import solve
from simlib.experiments.people import make_or_load
from simlib.experiments.sensitivity import load_spans
from simlib.experiments.setting import Setting
from simlib.experiments.store import RunStore
from simlib.experiments.trials.ground import with_values
from simlib.experiments.trials.spread import OFFSETS, moved
from simlib.experiments.worlds import Ground
from simlib.files import write_parquet
from simlib.outreach.policy import load_policy

NAME = "parameter_draws.parquet"
_SCHEMA = {"world": pl.Int32, "path": pl.String, "value": pl.Float64, "centre": pl.Float64}


def other_ground(ground: Ground, world: int) -> Ground:
    """Give what another world stands on.

    The first worlds differ from the scenario's own in their parameters, the others in their
    population. The offsets of programmes are solved anew in each, as they would be by anybody who
    believed these parameters or had that population.

    Parameters
    ----------
    ground
        What the scenario's own world stands on.
    world
        Number of the world, from 1.
    """
    setting, population = ground.setting, ground.population
    draws_n = setting.loaded.scenario.uncertainty.parameters
    if world <= draws_n:
        setting = _drawn(setting, world)
    else:
        population = make_or_load(setting.loaded, setting.parameters, further=world - draws_n)
    return Ground(setting, population, solve(setting, population))


def drawn_values(setting: Setting, draw: int) -> dict[str, float]:
    """Draw uncertain parameters together.

    Those of the decision model of take-up are drawn from the spread of their fit, those of claims
    and their errors evenly from their ranges (``kr/sensitivity/claims.csv``). What the scenario
    sets itself is held.

    Parameters
    ----------
    setting
        The scenario with its parameters.
    draw
        Number of the draw, from 1.

    Returns
    -------
    dict
        New values by path.
    """
    scenario, parameters = setting.loaded.scenario, setting.parameters
    held = {key.partition("@")[0] for key in scenario.changes}
    fitted = moved(parameters, scenario.seed, draw)
    drawn = {path: each for path, each in fitted.items() if not path.startswith(OFFSETS)}
    spans = load_spans(None, parameters)
    luck = Draws(scenario.seed).uniform("uncertainty.range", np.arange(len(spans)), draw=draw)
    for span, each in zip(spans, luck.tolist(), strict=True):
        drawn[span.parameter] = span.low + each * (span.high - span.low)
    return {path: value for path, value in drawn.items() if path not in held}


def _drawn(setting: Setting, draw: int) -> Setting:
    values = drawn_values(setting, draw)
    parameters = with_values(setting.parameters, values, f"parameter draw {draw}")
    loaded = setting.loaded
    texts = zip(setting.policies, loaded.scenario.policies, strict=True)
    policies = {name: load_policy(text, parameters, loaded.folder) for name, text in texts}
    return replace(setting, parameters=parameters, policies=policies)


def write_draws(store: RunStore, setting: Setting) -> None:
    """Write which values the drawn parameters have in each world, if any are drawn."""
    draws_n = setting.loaded.scenario.uncertainty.parameters
    if draws_n == 0:
        return
    rows = [
        (world, path, value, setting.parameters.number(path))
        for world in range(1, draws_n + 1)
        for path, value in drawn_values(setting, world).items()
    ]
    write_parquet(pl.DataFrame(rows, schema=_SCHEMA, orient="row"), store.folder / NAME)
