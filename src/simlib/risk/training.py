"""Train scorers on what an agency knew at the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.months import Month, format_month
from simlib.parameters import Parameters
from simlib.risk.evaluation import evaluate
from simlib.risk.layers import Layer, check_layer
from simlib.risk.models import MODELS, fit_model, model_columns
from simlib.risk.rounds import (
    RoundRecord,
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
    ``household_id`` and ``month`` (rows,) whose row it is and when the round was held. ``layer``
    says what the outcome is, and ``known_until`` the last month that is known.
    """

    features: NDArray[np.float32]
    label: NDArray[np.bool_]
    household_id: NDArray[np.uint32]
    month: NDArray[np.int64]
    layer: Layer
    known_until: Month

    def columns(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Give some features by name, (rows, names)."""
        return chosen_features(self.features, names)

    def fit(self, name: str, estimator: Any, names: Sequence[str]) -> TrainedScorer:
        """Fit a classifier to some features; the scorer says what it learned and until when.

        Parameters
        ----------
        name
            Name of the scorer.
        estimator
            A classifier of scikit-learn that gives probabilities; it is fitted in place, on one
            thread so that bytes are the same.
        names
            Features that it reads.
        """
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            estimator.fit(self.columns(names), self.label)
        return TrainedScorer(name, estimator, tuple(names), self.known_until, self.layer)


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
        layer,
        train_until,
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
            "choose a later month, another label, more households, or rank_by: rule_of_thumb",
        )
