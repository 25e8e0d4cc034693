"""From histories to numbers: one value a replicate, then mean and intervals over replicates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.errors import UserError, did_you_mean
from simlib.experiments.trials.history import Bools, History
from simlib.experiments.trials.outcomes import OUTCOMES
from simlib.experiments.trials.schema import Published
from simlib.files import Document

HALVES = ("upper", "lower")
INTERVALS = {"50": (0.25, 0.75), "90": (0.05, 0.95)}
"""Intervals over draws: name, lower and upper quantile."""

Histories = Mapping[str, History]


def value_of(published: Published, histories: Histories, document: Document, row: int) -> float:
    """Give what a published result is in one replicate.

    Parameters
    ----------
    published
        The result.
    histories
        Arms of the replicate.
    document, row
        The file and the result's place in it, for messages.
    """
    place = histories, document, row
    value = _contrast(published, published.outcome, published.among, *place)
    if published.minus_among is not None:
        value -= _contrast(published, published.outcome, published.minus_among, *place)
    if published.less is not None:
        value -= _contrast(published, published.less, published.among, *place)
    if published.over is not None:
        below = _contrast(published, published.over, published.among, *place)
        return value / below if below != 0.0 else float("nan")
    return value


def _contrast(
    published: Published,
    outcome: str,
    among: Mapping[str, Any] | None,
    histories: Histories,
    document: Document,
    row: int,
) -> float:
    def measured(arm: str) -> float:
        history = histories[arm].until(published.month)
        if among is not None:
            inside = members_of(among, history.frame, document, ("published", row, "among"))
            history = history.among(inside)
        return OUTCOMES[outcome](history)

    value = measured(published.arm)
    if published.elasticity is not None and published.minus is not None:
        other = measured(published.minus)
        if value <= 0 or other <= 0:
            return float("nan")
        return float(np.log(value / other) / np.log(published.elasticity))
    if published.minus is not None:
        return value - measured(published.minus)
    if published.relative_to is not None:
        other = measured(published.relative_to)
        return value / other - 1.0 if other != 0.0 else float("nan")
    return value


def check_groups(published: Sequence[Published], frame: pl.DataFrame, document: Document) -> None:
    """Refuse groups of households by what is not known of them, before anything is run.

    Parameters
    ----------
    published
        Published results of a trial.
    frame
        Its households.
    document
        For messages.

    Raises
    ------
    UserError
        With the nearest column there is.
    """
    for i, each in enumerate(published):
        for key in ("among", "minus_among"):
            for column in getattr(each, key) or {}:
                _check_column(column, frame, document, ("published", i, key, column))


def _check_column(
    column: str, frame: pl.DataFrame, document: Document, at: tuple[str | int, ...]
) -> None:
    if column not in frame.columns:
        raise UserError(
            f"households of this trial have no '{column}'",
            document.where(at),
            "the group cannot be formed",
            did_you_mean(column, frame.columns),
        )


def members_of(
    among: Mapping[str, Any],
    frame: pl.DataFrame,
    document: Document,
    at: tuple[str | int, ...],
) -> Bools:
    """Tell which households of a pool belong to a group, (pool,).

    Parameters
    ----------
    among
        Column and value, or ``upper`` or ``lower`` for a half of the pool by a number.
    frame
        The pool's households.
    document, at
        For messages.

    Raises
    ------
    UserError
        If there is no such column, or nobody with such a value.
    """
    inside = np.ones(frame.height, np.bool_)
    for column, wanted in among.items():
        _check_column(column, frame, document, (*at, column))
        values = frame[column]
        if wanted in HALVES and values.dtype.is_numeric():
            numbers = values.to_numpy()
            above = numbers > np.median(numbers)
            inside &= above if wanted == "upper" else ~above
        else:
            inside &= _equals(values, wanted)
    if not inside.any():
        raise UserError(
            f"no household of the pool is in the group {dict(among)}",
            document.where(at),
            "its outcome has no value",
            "correct the value, or enlarge the pool",
        )
    return inside


def _equals(values: pl.Series, wanted: Any) -> Bools:
    texts = [str(each).lower() for each in (wanted if isinstance(wanted, list) else [wanted])]
    return values.cast(pl.String).str.to_lowercase().is_in(texts).to_numpy()


@dataclass(frozen=True)
class Estimate:
    """Hold a number over replicates and parameter draws.

    Attributes
    ----------
    mean
        Mean of the draws that have a value.
    low, high
        Bounds of the 90 % interval.
    low_50, high_50
        Bounds of the 50 % interval.
    draws_n
        Draws that have a value.
    positive_share
        Share of them above zero.
    """

    mean: float
    low: float
    high: float
    low_50: float
    high_50: float
    draws_n: int
    positive_share: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Estimate":
        """Summarise the values of all draws, (draws,)."""
        known = values[~np.isnan(values)]
        if known.size == 0:
            nothing = float("nan")
            return cls(nothing, nothing, nothing, nothing, nothing, 0, nothing)
        bounds = {name: np.quantile(known, each) for name, each in INTERVALS.items()}
        return cls(
            float(known.mean()),
            float(bounds["90"][0]),
            float(bounds["90"][1]),
            float(bounds["50"][0]),
            float(bounds["50"][1]),
            int(known.size),
            float((known > 0).mean()),
        )


Verdict = Literal["inside", "outside", "as published", "not as published", "no value"]


@dataclass(frozen=True)
class Band:
    """Hold a published result beside the simulated one.

    Attributes
    ----------
    id
        Its name.
    trial
        The trial that it belongs to.
    published
        What was published.
    simulated
        What was simulated.
    measured
        What was measured where it is no outcome of a trial.
    """

    id: str
    trial: str
    published: Published
    simulated: Estimate
    measured: str = ""

    @property
    def is_sign_test(self) -> bool:
        """Tell whether only a sign was published."""
        return self.published.sign is not None

    @property
    def inside(self) -> bool:
        """Tell whether the 90 % interval meets the band, or the mean has the published sign."""
        if self.simulated.draws_n == 0:
            return False
        if self.published.sign is not None:
            return (self.simulated.mean > 0) == (self.published.sign == "positive") and (
                self.simulated.mean != 0.0
            )
        assert self.published.low is not None and self.published.high is not None
        return self.simulated.low <= self.published.high and (
            self.simulated.high >= self.published.low
        )

    @property
    def verdict(self) -> Verdict:
        """Give the result as words."""
        if self.simulated.draws_n == 0:
            return "no value"
        if self.is_sign_test:
            return "as published" if self.inside else "not as published"
        return "inside" if self.inside else "outside"
