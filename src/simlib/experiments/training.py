"""Train the scorers of a scenario in a history of their own, once for all its runs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.experiments import worlds
from simlib.experiments.loading import LoadedScenario
from simlib.experiments.people import reads_of
from simlib.experiments.scorer_files import given_name, given_scorer
from simlib.experiments.setting import Setting
from simlib.experiments.store import RunStore
from simlib.experiments.worlds import Ground
from simlib.files import write_json, write_parquet, write_text
from simlib.provenance import code_version, file_hash

if TYPE_CHECKING:
    from simlib.risk.rounds import RoundRecord
    from simlib.risk.scorers import Scorer

PART = "scorer"
"""Name of the record and the folder of a run's scorers."""

HISTORY_REPLICATE = 1_000_000
"""Replicate of the world that scorers learn from: no run shares its luck."""

HISTORY_POLICY = "officer_calls"
"""What was done in that past: officers called, in the order of the rule of thumb."""

DETECTION = "detection"
RULE_OF_THUMB = "rule_of_thumb"


def uses_detection(policy: Any) -> bool:
    """Say whether a policy makes detection lists."""
    return any(each.id == DETECTION for each in policy.instruments)


def ranks_by_scorer(policy: Any) -> bool:
    """Say whether a policy ranks its detection lists by the trained scorer."""
    return any(each.id == DETECTION and each.rank_by == "scorer" for each in policy.instruments)


def scorer_file(folder: Path, setting: Setting, policy: str) -> Path | None:
    """Give the file of the scorer that a policy ranks by, None when it needs none."""
    if not ranks_by_scorer(setting.policies[policy]):
        return None
    return folder / PART / "model.skops"


def training_needed(store: RunStore, setting: Setting) -> bool:
    """Say whether a policy of the scenario makes lists and the scorers are not there yet."""
    if not any(uses_detection(policy) for policy in setting.policies.values()):
        return False
    return not store.is_finished(PART)


def train_for(ground: Ground, store: RunStore) -> dict[str, "Scorer"]:
    """Train and evaluate all scorers and keep them in the folder ``scorer/`` of the run.

    They learn from the rounds up to the scenario's ``train_until`` of a world that no run
    shares, in which officers called in the order of the rule of thumb, and are tested on its
    later rounds. So is a scorer that the scenario names by its file, which is copied.
    ``model.skops`` is the scorer that the scenario chose; every one lies beside it under its name
    with a card, ``<name>.card.md`` and ``.card.json``. ``evaluation.parquet``
    compares them, and ``surprising.json`` names those that are too good to be believed.

    Returns
    -------
    dict
        Scorer by name.

    Raises
    ------
    UserError
        If there are too few labels to train the chosen scorer.
    """
    from simlib.risk.evaluation import surprising_scorers

    store.forget(PART)
    setting = ground.setting
    records = history(ground)
    scorers, evaluation = fit_scorers(setting, records)
    folder = store.folder / PART
    _keep(scorers, setting.loaded, folder)
    write_parquet(evaluation, folder / "evaluation.parquet")
    surprising = surprising_scorers(evaluation, setting.parameters)
    write_json(folder / "surprising.json", {"surprising": surprising})
    for scorer in scorers.values():
        _write_card(folder, setting, scorer, records, evaluation, surprising)
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    store.record(PART, paths, reads_of(setting.parameters))
    return scorers


def _keep(scorers: dict[str, "Scorer"], loaded: LoadedScenario, folder: Path) -> None:
    """Write every scorer under its name, or copy its file, and once more the one that ranks."""
    from simlib.risk.storage import copy_scorer, save_scorer

    given = loaded.scorer_path()
    for name, scorer in scorers.items():
        if given is not None and name == given.stem:
            copy_scorer(given, folder / f"{name}.skops")
        else:
            save_scorer(scorer, folder / f"{name}.skops")
    chosen = given_name(loaded) or loaded.scenario.scorer.model
    if chosen in scorers:
        copy_scorer(folder / f"{chosen}.skops", folder / "model.skops")


def _write_card(
    folder: Path,
    setting: Setting,
    scorer: "Scorer",
    records: Sequence["RoundRecord"],
    evaluation: pl.DataFrame,
    surprising: Sequence[str],
) -> None:
    """Write the card of a scorer beside its file, as Markdown and as plain data."""
    from simlib.risk.card import make_card
    from simlib.risk.rounds import training_households
    from simlib.risk.scorers import TrainedScorer
    from simlib.risk.storage import sklearn_version
    from simlib.risk.training import training_rows

    scenario, parameters = setting.loaded.scenario, setting.parameters
    until, draws, learned = scenario.train_until_month, Draws(scenario.seed), None
    from_file = scorer.name == given_name(setting.loaded)
    if isinstance(scorer, TrainedScorer) and not from_file:
        learned = training_rows(records, until, draws, parameters, scorer.label)
    judged = [
        each.take(~training_households(each.rows, draws, parameters))
        for each in records
        if each.month > until
    ]
    provenance = {
        "run": folder.parent.name,
        "code": code_version(),
        "scikit-learn": sklearn_version(),
        "seed": str(scenario.seed),
        "sha256": file_hash(folder / f"{scorer.name}.skops"),
    }
    if from_file:
        provenance["file"] = f"{scorer.name}.skops"
    card = make_card(scorer, learned, judged, evaluation, surprising, provenance)
    write_json(folder / f"{scorer.name}.card.json", card.plain())
    write_text(folder / f"{scorer.name}.card.md", card.markdown())


def history(ground: Ground, replicate: int = HISTORY_REPLICATE) -> Sequence["RoundRecord"]:
    """Let the past happen twice, with calls and without any outreach, and give its rounds.

    Parameters
    ----------
    ground
        People and rules.
    replicate
        Whose luck the past has.
    """
    from simlib.outreach.policy import load_policy

    past = load_policy(HISTORY_POLICY, ground.setting.parameters)
    past = replace(past, name="history", instruments=tuple(map(_by_rule, past.instruments)))
    return worlds.paired_rounds(ground, worlds.world_of(ground, replicate), past)


def fit_scorers(
    setting: Setting, records: Sequence["RoundRecord"]
) -> tuple[dict[str, "Scorer"], pl.DataFrame]:
    """Train on the rounds whose labels were known, and evaluate on the rounds after them.

    Returns
    -------
    dict, DataFrame
        Scorer by name, a file's last, and :func:`simlib.risk.evaluation.evaluate`'s table.
        Scorers for which there are too few labels are left out unless a policy ranks by them.
    """
    from simlib.risk.evaluation import evaluate
    from simlib.risk.models import MODELS
    from simlib.risk.scorers import RuleOfThumb
    from simlib.risk.training import train_scorers

    scenario, parameters = setting.loaded.scenario, setting.parameters
    until, draws = scenario.train_until_month, Draws(scenario.seed)
    given = given_scorer(setting.loaded)
    try:
        label = scenario.scorer.label
        scorers = train_scorers(records, until, draws, parameters, MODELS, label)
    except UserError:
        ranked = any(map(ranks_by_scorer, setting.policies.values()))
        if ranked and given is None and scenario.scorer.model != RULE_OF_THUMB:
            raise
        scorers = {RULE_OF_THUMB: RuleOfThumb()}
    if given is not None:
        scorers[given.name] = given
    later = [record for record in records if record.month > until]
    return scorers, evaluate(scorers, later, None, draws, parameters)


def _by_rule(instrument: Any) -> Any:
    if instrument.id != DETECTION:
        return instrument
    return instrument.model_copy(update={"rank_by": RULE_OF_THUMB})
