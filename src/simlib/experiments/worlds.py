"""One world and one model run: the seam between experiments and the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
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
    from simlib.rounds import RoundLog, RoundNotes
    from simlib.uptake.anchoring import Anchors


@dataclass(frozen=True)
class Outcome:
    """Hold what one simulation gave: tidy results and the summary by household."""

    results: pl.DataFrame
    households: pl.DataFrame


@dataclass(frozen=True)
class Replicate:
    """Hold what all policies of a replicate share.

    Attributes
    ----------
    world
        What happens to everybody.
    anchors
        What was solved on the baseline population.
    opening
        The state after the burn-in.
    """

    world: "World"
    anchors: "Anchors"
    opening: "Opening"


def prepare_replicate(
    setting: Setting, population: "Population", anchors: "Anchors", replicate: int
) -> Replicate:
    """Prepare a replicate: its world, and the state in which every policy begins."""
    from simlib.anchors import NOBODY
    from simlib.life.world import prepare_world
    from simlib.model import WelfareModel

    scenario = setting.loaded.scenario
    world = prepare_world(
        population,
        setting.catalogue,
        setting.parameters,
        scenario.start_month,
        scenario.months,
        Draws(scenario.seed, replicate),
    )
    burnt_in = WelfareModel(world, NOBODY, setting.parameters, anchors, record=False)
    return Replicate(world, anchors, burnt_in.opening())


def model_of(
    setting: Setting, replicate: Replicate, policy: "Policy", **options: Any
) -> "WelfareModel":
    """Make the model of one policy in a prepared replicate.

    A trained scorer ranks lists from the month after it could be trained.
    """
    from simlib.model import WelfareModel

    return WelfareModel(
        replicate.world,
        policy,
        setting.parameters,
        replicate.anchors,
        opening=replicate.opening,
        scorer_from=setting.loaded.scenario.train_until_month + 1,
        **options,
    )


def simulate(
    setting: Setting, replicate: Replicate, policy: str, scorer_file: Path | None
) -> Outcome:
    """Run one policy in a prepared replicate.

    Parameters
    ----------
    setting
        What all runs share.
    replicate
        From :func:`prepare_replicate`; it is not changed.
    policy
        Name of the policy.
    scorer_file
        The trained scorer, None when no policy ranks by one.

    Returns
    -------
    Outcome
        Results without the replicate's number, and households.
    """
    scorer: Scorer | None = None
    if scorer_file is not None:
        from simlib.risk.storage import load_scorer

        scorer = load_scorer(scorer_file)
    model = model_of(setting, replicate, setting.policies[policy], scorer=scorer).run()
    return Outcome(model.results(), model.household_summary())


def paired_rounds(
    setting: Setting, replicate: Replicate, past: "Policy", nothing: "Policy"
) -> Sequence["RoundRecord"]:
    """Give the detection rounds of a policy, each with what would have happened without it.

    Parameters
    ----------
    setting, replicate
        What all runs share, and the world of the past.
    past, nothing
        The policy that makes lists, and the one that does nothing.
    """
    logs = [
        model_of(setting, replicate, policy, record=False, record_rounds=True).run().rounds
        for policy in (past, nothing)
    ]
    treated, untreated = logs
    assert treated is not None and untreated is not None
    return [_record(setting, replicate, notes, treated, untreated) for notes in treated.rounds]


def _record(
    setting: Setting,
    replicate: Replicate,
    notes: "RoundNotes",
    treated: "RoundLog",
    untreated: "RoundLog",
) -> "RoundRecord":
    from simlib.groups import make_groups
    from simlib.risk.rounds import RoundRecord

    rows = notes.rows
    number = setting.parameters.number
    horizon = int(number("risk.labels.horizon_months"))
    delay = int(number("risk.labels.delay_months"))
    talked = notes.reached[rows] & notes.listed

    def within(months: list[Any], length: int) -> Any:
        return np.any(np.stack(months[notes.step : notes.step + length]), axis=0)[rows]

    public = talked & within(treated.awarded, delay)
    groups = make_groups(replicate.world.population.households, setting.parameters)
    households = replicate.world.population.households
    return RoundRecord(
        month=notes.month,
        rows=households["household_id"].to_numpy()[rows].astype(np.uint32),
        features=notes.features,
        bits=notes.bits,
        listed=notes.listed,
        reached=talked,
        supported_any=public | (talked & notes.private[rows]),
        supported_public=public,
        supported_livelihood=talked & within(treated.awarded_livelihood, delay),
        truth=within(treated.crisis, horizon),
        untreated=within(untreated.crisis, horizon),
        groups={
            name: groups.labels(name)[rows]
            for name in ("age_group", "household_type", "digital_skill")
        },
    )
