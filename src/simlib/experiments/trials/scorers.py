"""Run a trial of scorers: train them in one past after another, and read what their lists find."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from simlib.benefits.catalogue import load_catalogue
from simlib.draws import Draws
from simlib.experiments.anchoring import solve
from simlib.experiments.loading import LoadedScenario
from simlib.experiments.scenario import Scenario
from simlib.experiments.setting import Setting
from simlib.experiments.training import HISTORY_REPLICATE, history
from simlib.experiments.trials.estimates import Band, Estimate
from simlib.experiments.trials.korean import population_of_trial
from simlib.experiments.trials.schema import PoolPopulation
from simlib.experiments.trials.scorer_schema import ScorerList, ScorerPublished, ScorerTrial
from simlib.experiments.trials.validate import TrialResult
from simlib.experiments.worlds import Ground
from simlib.files import Document
from simlib.parameters import Parameters
from simlib.risk.evaluation import evaluate
from simlib.risk.models import MODELS
from simlib.risk.rounds import RoundRecord
from simlib.risk.scorers import Scorer
from simlib.risk.training import train_scorers

PAST = "outreach.detection.national_share"
"""How many were listed in the past that scorers learn from."""


def run_scorer_trial(
    trial: ScorerTrial,
    document: Document,
    parameters: Parameters,
    replicates: int,
    *,
    progress: Callable[[], None] | None = None,
) -> TrialResult:
    """Run a trial of scorers with the luck of several replicates.

    Parameters
    ----------
    trial, document
        The trial and its lines.
    parameters
        Every number.
    replicates
        How many pasts; each has luck of its own, and scorers trained in it.
    progress
        Called after each replicate.

    Raises
    ------
    UserError
        If there are too few labels to train a scorer, or no round to test it on.
    """
    ground = _ground(trial, document, parameters)
    until = ground.setting.loaded.scenario.train_until_month
    values: dict[tuple[str, str], list[float]] = {}
    published: list[list[float]] = [[] for _ in trial.published]
    sizes = []
    for replicate in range(replicates):
        records = history(ground, HISTORY_REPLICATE + replicate)
        luck = Draws(ground.setting.loaded.scenario.seed, HISTORY_REPLICATE + replicate)
        found = _measured(trial, records, until, ground, luck)
        for key, value in found.items():
            values.setdefault(key, []).append(value)
        for row, each in enumerate(trial.published):
            published[row].append(_value_of(each, found))
        sizes += [each.rows.size for each in records if each.month > until]
        if progress is not None:
            progress()
    return TrialResult(
        trial,
        float(np.mean(sizes)),
        [
            (arm, name, Estimate.of(np.array(values[arm, name])))
            for arm in trial.arms
            for name in trial.outcomes
        ],
        [
            Band(name, trial.id, each, Estimate.of(np.array(found)))
            for name, each, found in zip(trial.band_ids(), trial.published, published, strict=True)
        ],
    )


def _ground(trial: ScorerTrial, document: Document, parameters: Parameters) -> Ground:
    """Make the people and rules of a trial, and solve the programmes' offsets on them."""
    catalogue = load_catalogue(parameters)
    share = trial.past_share or parameters.number("trials.scorer.past_share")
    parameters = parameters.override({PAST: share}, document.where(()))
    beside = Path(document.source).parent
    scenario = Scenario.model_validate(
        {
            "title": {"ko": trial.title, "en": trial.title},
            "population": {"from": "-"},
            "start": trial.start or str(parameters.value("trials.start")),
            "months": trial.months,
            "seed": int(parameters.number("trials.seed")),
            "policies": ["none"],
        }
    )
    setting = Setting(LoadedScenario(scenario, trial.id, beside, {}), parameters, catalogue, {})
    population = population_of_trial(_people(trial, parameters), parameters, beside)
    return Ground(setting, population, solve(setting, population))


def _people(trial: ScorerTrial, parameters: Parameters) -> PoolPopulation:
    """Give the file's choice of households; lists are short, so the default is a larger number."""
    choice = trial.pool.population or PoolPopulation()
    if choice.folder is not None or choice.households is not None:
        return choice
    households = int(parameters.number("trials.scorer.households"))
    return choice.model_copy(update={"households": households})


def _measured(
    trial: ScorerTrial, records: Sequence[RoundRecord], until: int, ground: Ground, draws: Draws
) -> dict[tuple[str, str], float]:
    """Measure every arm's outcomes in one past, of those asked for or published."""
    parameters = ground.setting.parameters
    later = [record for record in records if record.month > until]
    asked = {*trial.outcomes, *(each.outcome for each in trial.published)}
    trained: dict[str, dict[str, Scorer]] = {}
    found: dict[tuple[str, str], float] = {}
    for arm, ((part),) in trial.arms.items():
        wanted = part.scorer
        if wanted.trained_on not in trained and wanted.model in MODELS:
            models = {p.scorer.model for (p,) in trial.arms.values()} & set(MODELS)
            trained[wanted.trained_on] = train_scorers(
                records, until, draws, parameters, sorted(models), wanted.trained_on
            )
        scorers = trained.get(wanted.trained_on, {})
        sizes = _sizes(wanted, later)
        table = evaluate(scorers, later, sizes, draws, parameters, [wanted.label])
        chosen = table.filter(
            pl.col("scorer") == wanted.model,
            pl.col("layer") == wanted.label,
            pl.col("group") == "all",
        )
        measured = dict(zip(chosen["metric"], chosen["value"], strict=True))
        for name in asked:
            value = measured.get(name)
            found[arm, name] = float("nan") if value is None else float(value)
    return found


def _sizes(wanted: ScorerList, records: Sequence[RoundRecord]) -> list[int]:
    """Give the length of the list in each round, in households."""
    if wanted.list_n is not None:
        return [wanted.list_n] * len(records)
    assert wanted.list_share is not None, "the schema asks for one of the two"
    return [round(wanted.list_share * record.rows.size) for record in records]


def _value_of(published: ScorerPublished, found: dict[tuple[str, str], float]) -> float:
    value = found[published.arm, published.outcome]
    if published.minus is not None:
        return value - found[published.minus, published.outcome]
    if published.relative_to is not None:
        other = found[published.relative_to, published.outcome]
        return value / other - 1.0 if other != 0.0 else float("nan")
    return value
