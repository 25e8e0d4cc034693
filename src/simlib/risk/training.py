"""Train scorers on what an agency knew at the time."""

from collections.abc import Sequence

import numpy as np

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.months import Month, format_month
from simlib.parameters import Parameters
from simlib.risk.evaluation import evaluate
from simlib.risk.models import MODELS, fit_model, model_columns
from simlib.risk.rounds import (
    Layer,
    RoundRecord,
    check_layer,
    mature_rounds,
    split_luck,
    training_households,
)
from simlib.risk.scorers import RuleOfThumb, Scorer, TrainedScorer
from simlib.risk.storage import load_scorer, save_scorer
from simlib.risk.view import feature_names

__all__ = ["RoundRecord", "evaluate", "load_scorer", "save_scorer", "train_scorers"]


def train_scorers(
    records: Sequence[RoundRecord],
    train_until: Month,
    draws: Draws,
    parameters: Parameters,
    models: Sequence[str] = MODELS,
    label: str = "recorded_public",
) -> dict[str, Scorer]:
    """Train scorers on the rounds whose labels were complete at a month.

    Recorded labels are known for reached households only, so those are the rows; a household
    that was not reached says nothing about support.

    Parameters
    ----------
    records
        Rounds of the past, in any order; later ones are left out.
    train_until
        Last month that is known.
    draws
        Draws of the scenario's seed; they decide which households are kept for evaluation.
    parameters
        Model parameters (``risk.training.*``, ``risk.labels.*``).
    models
        Which of four_variable_logistic, logistic and hist_gradient_boosting to train.
    label
        What to predict: recorded_any, recorded_public, recorded_livelihood, or, which no agency
        could, untreated or truth.

    Returns
    -------
    dict
        Scorer by name, the rule of thumb first.

    Raises
    ------
    UserError
        If a model or label is unknown, or too few labels were complete.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    layer = check_layer(label)
    columns = {model: model_columns(model) for model in models}
    rows = [
        each.take(each.learnable(layer) & training_households(each.rows, draws, parameters))
        for each in mature_rounds(records, train_until, layer, parameters)
    ]
    y = np.concatenate([np.zeros(0, dtype=np.bool_), *(row.label(layer) for row in rows)])
    _enough(int(y.sum()), len(y), train_until, layer, parameters)
    features = np.concatenate([row.features for row in rows])
    ids = np.concatenate([row.rows for row in rows])
    share = parameters.number("risk.training.train_share")
    aside = split_luck(ids, draws) >= share * (
        1 - parameters.number("risk.training.calibration_share")
    )
    scorers: dict[str, Scorer] = {"rule_of_thumb": RuleOfThumb()}
    names = feature_names()
    for model in models:
        chosen = features[:, [names.index(name) for name in columns[model]]].astype(np.float64)
        with threadpool_limits(limits=1):
            estimator = fit_model(model, chosen, y, aside, parameters)
        scorers[model] = TrainedScorer(model, estimator, columns[model], train_until, layer)
    return scorers


def _enough(
    positives: int, n: int, train_until: Month, layer: Layer, parameters: Parameters
) -> None:
    least = int(parameters.number("risk.training.least_positives"))
    if min(positives, n - positives) < least:
        raise UserError(
            f"there are only {positives} positive labels of {n} ({layer}) "
            f"known by {format_month(train_until)}",
            "scorer.train_until",
            f"a scorer needs at least {least} with and {least} without the outcome",
            "choose a later month, more households or replicates, or rank_by: rule_of_thumb",
        )
