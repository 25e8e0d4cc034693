"""One world and one model run: the seam between experiments and the model."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from simlib.draws import Draws
from simlib.experiments.setting import Setting

if TYPE_CHECKING:
    from simlib.population.population import Population


@dataclass(frozen=True)
class Outcome:
    """Hold what one simulation gave: tidy results and the summary by household."""

    results: pl.DataFrame
    households: pl.DataFrame


def world_of(setting: Setting, population: "Population", replicate: int) -> Any:
    """Prepare what happens to everybody in a replicate, whatever the policy."""
    from simlib.life.world import prepare_world

    scenario = setting.loaded.scenario
    return prepare_world(
        population,
        setting.catalogue,
        setting.parameters,
        scenario.start_month,
        scenario.months,
        Draws(scenario.seed, replicate),
    )


def model_of(setting: Setting, world: Any, policy: Any, scorer: Any = None) -> Any:
    """Make the model of one policy in a prepared world."""
    from simlib.model import WelfareModel
    from simlib.uptake.rates import office_rates

    offices = office_rates(setting.parameters)
    return WelfareModel(world, policy, setting.parameters, offices, scorer=scorer)


def simulate(setting: Setting, world: Any, policy: str, scorer_file: Path | None) -> Outcome:
    """Run one policy in a prepared world.

    Parameters
    ----------
    setting
        What all runs share.
    world
        From :func:`world_of`; it is not changed.
    policy
        Name of the policy.
    scorer_file
        The trained scorer, None when no policy ranks by one.

    Returns
    -------
    Outcome
        Results without the replicate's number, and households.
    """
    scorer = None
    if scorer_file is not None:
        from simlib.risk.storage import load_scorer

        scorer = load_scorer(scorer_file)
    model = model_of(setting, world, setting.policies[policy], scorer)
    model.run()
    return Outcome(model.results(), model.household_summary())
