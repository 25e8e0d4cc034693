"""Train scorers on what an agency knew at the time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
from simlib.risk.scorers import RuleOfThumb, Scorer, TrainedScorer, chosen_features
from simlib.risk.storage import load_scorer, save_scorer

__all__ = [
    "RoundRecord",
    "TrainingRows",
    "evaluate",
    "load_scorer",
    "save_scorer",
    "train_scorers",
    "training_rows",
]


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

    columns = {model: model_columns(model) for model in models}
    rows = training_rows(records, train_until, draws, parameters, label)
    share = parameters.number("risk.training.train_share")
    aside = split_luck(rows.household_id, draws) >= share * (
        1 - parameters.number("risk.training.calibration_share")
    )
    scorers: dict[str, Scorer] = {"rule_of_thumb": RuleOfThumb()}
    for model in models:
        chosen = rows.columns(columns[model])
        with threadpool_limits(limits=1):
            estimator = fit_model(model, chosen, rows.label, aside, parameters)
        scorers[model] = TrainedScorer(model, estimator, columns[model], train_until, label)
    return scorers


@dataclass(frozen=True)
class TrainingRows:
    """Hold what a scorer may learn from, one row for each household and round.

    ``features`` is (rows, k) in the order of ``feature_names()``, ``label`` (rows,) the outcome,
    ``household_id`` and ``month`` (rows,) whose row it is and when the round was held.
    """

    features: NDArray[np.float32]
    label: NDArray[np.bool_]
    household_id: NDArray[np.uint32]
    month: NDArray[np.int64]

    def columns(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Give some features by name, (rows, names)."""
        return chosen_features(self.features, names)


def training_rows(
    records: Sequence[RoundRecord],
    train_until: Month,
    draws: Draws,
    parameters: Parameters,
    label: str = "recorded_public",
) -> TrainingRows:
    """Give the rows that may be learned from: known by then, of households kept for training.

    Parameters
    ----------
    records, train_until, draws, parameters, label
        As for :func:`train_scorers`.

    Raises
    ------
    UserError
        If the label is unknown, or too few labels were complete.
    """
    layer = check_layer(label)
    rows = [
        each.take(each.learnable(layer) & training_households(each.rows, draws, parameters))
        for each in mature_rounds(records, train_until, layer, parameters)
    ]
    y = np.concatenate([np.zeros(0, dtype=np.bool_), *(row.label(layer) for row in rows)])
    _enough(int(y.sum()), len(y), train_until, layer, parameters)
    return TrainingRows(
        np.concatenate([row.features for row in rows]),
        y,
        np.concatenate([row.rows for row in rows]),
        np.repeat([row.month for row in rows], [len(row.rows) for row in rows]),
    )


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
