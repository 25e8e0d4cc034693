"""The estimators behind the trained scorers: scikit-learn's own classes, put together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.errors import UserError, did_you_mean
from simlib.parameters import Parameters
from simlib.risk.view import feature_names, monotone_directions

MODELS = ("four_variable_logistic", "logistic", "hist_gradient_boosting")
"""Models that can be trained, from the plainest on."""

FOUR_VARIABLES = ("indicators_n", "utility_indicators_n", "head_age", "lives_alone")
"""What the four-variable baseline reads."""

_LEAST_PER_CLASS = 5
_MAX_ITERATIONS = 2000

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def model_columns(model: str) -> tuple[str, ...]:
    """Give the features that a model reads.

    Raises
    ------
    UserError
        If there is no such model.
    """
    if model not in MODELS:
        raise UserError(
            f"there is no model '{model}'",
            "scorer.model",
            "only these can be trained",
            did_you_mean(model, MODELS),
        )
    return FOUR_VARIABLES if model == MODELS[0] else feature_names()


def fit_model(
    model: str, features: Floats, label: Bools, for_calibration: Bools, parameters: Parameters
) -> Any:
    """Fit a model to labelled rows; the same rows give the same estimator on any machine setting.

    Parameters
    ----------
    model
        One of :data:`MODELS`.
    features
        (n, columns of the model).
    label
        (n,)
    for_calibration
        (n,) rows kept from boosting to calibrate it with; the logistic models use all rows.
    parameters
        Model parameters (``risk.training.*``).

    Returns
    -------
    estimator
        Fitted classifier with ``predict_proba``.
    """
    if model == "hist_gradient_boosting":
        return _boosted(features, label, for_calibration, parameters)
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    penalty = parameters.number("risk.training.logistic_c")
    classifier = LogisticRegression(C=penalty, max_iter=_MAX_ITERATIONS)
    return make_pipeline(StandardScaler(), classifier).fit(features, label)


def _boosted(features: Floats, label: Bools, aside: Bools, parameters: Parameters) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.frozen import FrozenEstimator

    if min(np.bincount(label[aside], minlength=2)) < _LEAST_PER_CLASS:
        aside = np.zeros_like(aside)
    trees = HistGradientBoostingClassifier(
        learning_rate=parameters.number("risk.training.learning_rate"),
        max_iter=int(parameters.number("risk.training.trees_n")),
        max_leaf_nodes=int(parameters.number("risk.training.leaves_n")),
        min_samples_leaf=int(parameters.number("risk.training.leaf_rows_n")),
        l2_regularization=parameters.number("risk.training.shrinkage"),
        monotonic_cst=monotone_directions(),
        early_stopping=False,
        random_state=0,
    ).fit(features[~aside], label[~aside])
    if not aside.any():
        return trees
    calibrated = CalibratedClassifierCV(FrozenEstimator(trees), method="sigmoid", cv=2)
    return calibrated.fit(features[aside], label[aside])
