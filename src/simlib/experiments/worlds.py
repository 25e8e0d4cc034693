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
    """Hold a replicate's world and the state in which every policy begins."""

    world: "World"
    opening: "Opening"


@dataclass(frozen=True)
class Outcome:
    """Hold what one simulation gave: tidy results and the summary by household."""

    results: pl.DataFrame
    households: pl.DataFrame


def solve(setting: Setting, population: "Population") -> "Anchors":
    """Solve what is fixed on the baseline population for all policies and replicates."""
    from simlib.anchors import solve_anchors

    return solve_anchors(_world(setting, population, 0, months=0), setting.parameters)


def world_of(ground: Ground, replicate: int) -> Replicate:
    """Prepare what happens to everybody in a replicate, whatever the policy."""
    from simlib.model import WelfareModel

    setting = ground.setting
    world = _world(setting, ground.population, replicate, setting.loaded.scenario.months)
    nothing = _no_outreach(setting)
    before = WelfareModel(world, nothing, setting.parameters, ground.anchors, record=False)
    return Replicate(world, before.opening())


def model_of(
    ground: Ground, replicate: Replicate, policy: "Policy", scorer: "Scorer | None" = None
) -> "WelfareModel":
    """Make the model of one policy in a prepared replicate, ready to run."""
    from simlib.model import WelfareModel

    return WelfareModel(
        replicate.world,
        policy,
        ground.setting.parameters,
        ground.anchors,
        opening=replicate.opening,
        scorer=scorer,
        scorer_from=ground.setting.loaded.scenario.train_until_month + 1,
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
    scorer = None
    if scorer_file is not None:
        from simlib.risk.storage import load_scorer

        scorer = load_scorer(scorer_file)
    model = model_of(ground, replicate, ground.setting.policies[policy], scorer)
    model.run()
    return Outcome(model.results(), model.household_summary())


def paired_rounds(
    ground: Ground, replicate: Replicate, policy: "Policy"
) -> Sequence["RoundRecord"]:
    """Run a policy that makes lists, and no outreach beside it, and give its rounds."""
    from simlib.experiments.history import round_records
    from simlib.model import WelfareModel

    setting = ground.setting
    logs: list[Any] = []
    for each in (policy, _no_outreach(setting)):
        model = WelfareModel(
            replicate.world,
            each,
            setting.parameters,
            ground.anchors,
            opening=replicate.opening,
            record=False,
            record_rounds=True,
        )
        logs.append(model.run().rounds)
    draws = replicate.world.draws
    return round_records(*logs, ground.population.households, draws, setting.parameters)


def _no_outreach(setting: Setting) -> "Policy":
    from simlib.outreach.policy import load_policy

    return load_policy("none", setting.parameters)


def _world(setting: Setting, population: "Population", replicate: int, months: int) -> "World":
    from simlib.life.world import prepare_world

    scenario = setting.loaded.scenario
    return prepare_world(
        population,
        setting.catalogue,
        setting.parameters,
        scenario.start_month,
        months,
        Draws(scenario.seed, replicate),
    )
