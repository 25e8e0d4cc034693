"""One world and one model run: the seam between experiments and the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from simlib.draws import Draws
from simlib.experiments.setting import Setting

if TYPE_CHECKING:
    from simlib.life.world import World
    from simlib.model import Opening, WelfareModel
    from simlib.outreach.policy import Policy
    from simlib.population.population import Population
    from simlib.risk.rounds import RoundRecord
    from simlib.risk.scorers import Scorer
    from simlib.uptake.anchoring import Anchors


@dataclass(frozen=True)
class Ground:
    """Hold what all worlds of a scenario stand on: setting, population and solved offsets."""

    setting: Setting
    population: "Population"
    anchors: "Anchors"


@dataclass(frozen=True)
class Replicate:
    """Hold a replicate's world and the state after the burn-in, in which every policy begins."""

    world: "World"
    opening: "Opening"


@dataclass(frozen=True)
class Outcome:
    """Hold what one simulation gave: tidy results and the summary by household."""

    results: pl.DataFrame
    households: pl.DataFrame


def world_of(ground: Ground, replicate: int) -> Replicate:
    """Prepare what happens to everybody in a replicate, whatever the policy."""
    from simlib.anchors import NOBODY
    from simlib.life.world import prepare_world
    from simlib.model import WelfareModel

    setting, scenario = ground.setting, ground.setting.loaded.scenario
    world = prepare_world(
        ground.population,
        setting.catalogue,
        setting.parameters,
        scenario.start_month,
        scenario.months,
        Draws(scenario.seed, replicate),
    )
    burnt_in = WelfareModel(world, NOBODY, setting.parameters, ground.anchors, record=False)
    return Replicate(world, burnt_in.opening())


def model_of(
    ground: Ground, replicate: Replicate, policy: "Policy", **options: Any
) -> "WelfareModel":
    """Make the model of one policy in a prepared replicate, ready to run.

    A trained scorer ranks lists from the month after it could be trained.

    Parameters
    ----------
    ground, replicate, policy
        What all runs share, the world, and the instruments.
    options
        Further keywords of the model: scorer, engine, record, record_rounds.
    """
    from simlib.model import WelfareModel

    return WelfareModel(
        replicate.world,
        policy,
        ground.setting.parameters,
        ground.anchors,
        opening=replicate.opening,
        scorer_from=ground.setting.loaded.scenario.train_until_month + 1,
        **options,
    )


def simulate(
    ground: Ground, replicate: Replicate, policy: str, scorer_file: Path | None
) -> Outcome:
    """Run one policy in a prepared replicate.

    Parameters
    ----------
    ground
        What all runs share.
    replicate
        From :func:`world_of`; it is not changed.
    policy
        Name of the policy.
    scorer_file
        The trained scorer, None when the policy does not rank by one.
    """
    scorer: Scorer | None = None
    if scorer_file is not None:
        from simlib.risk.storage import load_scorer

        scorer = load_scorer(scorer_file)
    model = model_of(ground, replicate, ground.setting.policies[policy], scorer=scorer)
    model.run()
    return Outcome(model.results(), model.household_summary())


def paired_rounds(
    ground: Ground, replicate: Replicate, policy: "Policy"
) -> Sequence["RoundRecord"]:
    """Run a policy that makes lists, and no outreach beside it, and give its rounds."""
    from simlib.anchors import NOBODY
    from simlib.experiments.history import round_records

    treated, untreated = (
        model_of(ground, replicate, each, record=False, record_rounds=True).run().rounds
        for each in (policy, NOBODY)
    )
    assert treated is not None and untreated is not None
    households, draws = ground.population.households, replicate.world.draws
    return round_records(treated, untreated, households, draws, ground.setting.parameters)
