"""Local models: what a municipality's own rounds say about each indicator, and its own weights."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.risk.indicators import all_indicators
from simlib.risk.view import DOMAINS

Floats = NDArray[np.float64]
Bits = NDArray[np.uint64]
Offices = NDArray[np.int64]


def weight_names() -> tuple[str, ...]:
    """Name what a municipality can weigh: every indicator, and every domain of them."""
    return (*DOMAINS, *(each.indicator_id for each in all_indicators()))


def indicator_weights(given: Mapping[str, float]) -> Floats:
    """Give the weight of each indicator, (indicators,).

    Parameters
    ----------
    given
        Weights by indicator or by domain; the indicator's own goes before its domain's, and
        what is not named weighs 1, as in the rule of thumb.
    """
    return np.array(
        [given.get(each.indicator_id, given.get(each.domain, 1.0)) for each in all_indicators()]
    )


@dataclass
class OwnRounds:
    """Count what came of the cases of each municipality by indicator.

    Attributes
    ----------
    cases_n, hits_n
        Cases with each indicator, and those of them with the outcome, (municipalities,
        indicators); the last column counts all cases.
    """

    cases_n: Floats
    hits_n: Floats

    @classmethod
    def none(cls, municipalities_n: int) -> "OwnRounds":
        """Begin without any case."""
        shape = (municipalities_n, len(all_indicators()) + 1)
        return cls(np.zeros(shape), np.zeros(shape))

    def learn(self, municipality: Offices, bits: Bits, outcome: NDArray[np.bool_]) -> None:
        """Add cases: municipality, indicators and outcome of each, (cases,)."""
        n = self.cases_n.shape[0]
        for column in range(self.cases_n.shape[1]):
            last = column == self.cases_n.shape[1] - 1
            has = np.ones(bits.shape, np.bool_) if last else _has(bits, column)
            self.cases_n[:, column] += np.bincount(municipality[has], minlength=n)
            self.hits_n[:, column] += np.bincount(municipality[has & outcome], minlength=n)

    def lifts(self, prior_cases: float) -> Floats:
        """Give how much likelier the outcome is with each indicator than in all own cases.

        Parameters
        ----------
        prior_cases
            Cases for which the rate above counts: that of the country for a municipality, that
            of the municipality for an indicator. Without cases every lift is 1.

        Returns
        -------
        ndarray
            (municipalities, indicators)
        """
        cases, hits = self.cases_n[:, -1:], self.hits_n[:, -1:]
        country = hits.sum() / cases.sum() if cases.sum() > 0 else 0.0
        if country <= 0.0:
            return np.ones((cases.shape[0], self.cases_n.shape[1] - 1))
        own = (hits + prior_cases * country) / (cases + prior_cases)
        by_indicator = (self.hits_n[:, :-1] + prior_cases * own) / (
            self.cases_n[:, :-1] + prior_cases
        )
        return np.asarray(by_indicator / own)


def local_scores(municipality: Offices, bits: Bits, weights: Floats) -> Floats:
    """Add up the weights of each household's indicators in its municipality, (households,).

    Parameters
    ----------
    municipality, bits
        Where each household lives, and its indicators, (households,).
    weights
        (municipalities, indicators)
    """
    scores = np.zeros(bits.size)
    _add_weights(municipality, bits, weights, scores)
    return scores


@njit(cache=True, parallel=True)
def _add_weights(municipality, bits, weights, scores):  # type: ignore[no-untyped-def]
    for i in prange(bits.size):
        for column in range(weights.shape[1]):
            if (bits[i] >> np.uint64(column)) & np.uint64(1) != np.uint64(0):
                scores[i] += weights[municipality[i], column]


def _has(bits: Bits, column: int) -> NDArray[np.bool_]:
    return np.asarray((bits >> np.uint64(column)) & np.uint64(1) != 0)
