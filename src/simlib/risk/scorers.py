"""Scorers: rank the households of a round by whom to call first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from simlib.errors import UserError, did_you_mean
from simlib.risk.view import AgencyView, feature_names

Floats = NDArray[np.float64]

NEVER = -np.inf
"""Score of a household outside the pool: it is never called."""


@runtime_checkable
class Scorer(Protocol):
    """Rank households from what an agency sees; higher means call first.

    Any object with these three will do, also one of your own.
    """

    @property
    def name(self) -> str:
        """Name the scorer."""
        ...

    @property
    def is_probability(self) -> bool:
        """Say whether scores are probabilities, so that they can be calibrated."""
        ...

    def score_features(self, features: NDArray[np.float32]) -> Floats:
        """Give (n,) scores of rows of features, in the order of ``feature_names()``."""
        ...


def chosen_features(features: NDArray[np.float32], names: Sequence[str]) -> Floats:
    """Give some columns of (n, k) features by name, (n, names).

    Raises
    ------
    UserError
        If there is no such feature.
    """
    every = feature_names()
    for name in names:
        if name not in every:
            raise UserError(
                f"there is no feature '{name}'", "scorer", mend=did_you_mean(name, every)
            )
    return features[:, [every.index(name) for name in names]].astype(np.float64)


def checked_scores(scorer: Scorer, features: NDArray[np.float32]) -> Floats:
    """Give (n,) scores of rows of features, or say what is wrong with them.

    Every list is made of these, so that a scorer of one's own that fails to score somebody is
    noticed: a score that is not a number would stand before all others.

    Raises
    ------
    UserError
        If a score is missing, is no number or is infinite.
    """
    scores = np.asarray(scorer.score_features(features), dtype=np.float64)
    if scores.shape != (len(features),):
        raise _bad_scores(scorer, f"gave scores of shape {scores.shape} for {len(features)} rows")
    wrong = int((~np.isfinite(scores)).sum())
    if wrong:
        raise _bad_scores(scorer, f"gave {wrong} of {len(scores)} households no finite score")
    return scores


def _bad_scores(scorer: Scorer, what: str) -> UserError:
    return UserError(
        f"the scorer {what}",
        f"scorer '{scorer.name}'",
        "who is listed would be an accident",
        "return one finite number for each row of features",
    )


def score_pool(scorer: Scorer, view: AgencyView) -> Floats:
    """Score the pool of a round and leave everybody else out.

    Returns
    -------
    ndarray
        (households,) scores, minus infinity outside the pool.
    """
    out = np.full(len(view), NEVER)
    rows = np.flatnonzero(view.pool())
    if len(rows):
        out[rows] = checked_scores(scorer, view.features_of(rows))
    return out


@dataclass(frozen=True)
class RuleOfThumb:
    """Call first whoever has most indicators: the rule that any scorer must beat."""

    name: str = "rule_of_thumb"
    is_probability: bool = False

    def score(self, view: AgencyView) -> Floats:
        """Give (households,) numbers of indicators; minus infinity outside the pool."""
        return np.where(view.pool(), np.bitwise_count(view.bits).astype(np.float64), NEVER)

    def score_features(self, features: NDArray[np.float32]) -> Floats:
        """Give (n,) numbers of indicators."""
        return features[:, feature_names().index("indicators_n")].astype(np.float64)


@dataclass(frozen=True)
class FirstCome:
    """Call first whoever has been in the files longest."""

    name: str = "first_come"
    is_probability: bool = False

    def score(self, view: AgencyView) -> Floats:
        """Give (households,) 1 when there was an indicator in the last round, else 0."""
        return score_pool(self, view)

    def score_features(self, features: NDArray[np.float32]) -> Floats:
        """Give (n,) 1 when there was an indicator in the last round, else 0."""
        previous = features[:, feature_names().index("previous_indicators_n")]
        return (previous > 0).astype(np.float64)


@dataclass(frozen=True)
class TrainedScorer:
    """Rank by the probability that a trained estimator gives.

    Parameters
    ----------
    name
        Name of the model.
    estimator
        A fitted scikit-learn classifier over ``columns``.
    columns
        Features it reads, by name.
    trained_until
        Last month known when it was trained.
    label
        What it was trained to predict.
    """

    name: str
    estimator: Any
    columns: tuple[str, ...]
    trained_until: int = 0
    label: str = ""
    is_probability: bool = True

    def score(self, view: AgencyView) -> Floats:
        """Give (households,) probabilities; minus infinity outside the pool."""
        return score_pool(self, view)

    def score_features(self, features: NDArray[np.float32]) -> Floats:
        """Give (n,) probabilities of the label, on one thread so that bytes are the same."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        chosen = chosen_features(features, self.columns)
        with threadpool_limits(limits=1):
            return np.asarray(self.estimator.predict_proba(chosen)[:, 1], dtype=np.float64)
