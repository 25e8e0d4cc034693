"""Groups of which a scorer knows less: the exact case of Gaussian need and blurred features."""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl
import pytest

from simlib.draws import Draws
from simlib.risk.evaluation import evaluate, uneven_groups
from simlib.risk.rounds import RoundRecord
from simlib.risk.view import feature_names

N = 100_000
WORST = 0.15
LISTED = 0.10
KNOWN = {"clear": 0.6, "blurred": 0.4}
"""Correlation of what the scorer knows with need."""


@dataclass(frozen=True)
class Posterior:
    """Rank by the mean of need given the features: calibrated in every group."""

    name: str = "posterior"
    is_probability: bool = False

    def score_features(self, features):
        return features[:, 0].astype(float)


def blurred_round(known: dict[str, float]) -> RoundRecord:
    """Make one round of households with equal need; the scorer knows less of three in ten."""
    ids, draws = np.arange(N, dtype=np.uint32), Draws(3)
    need, noise = (draws.normal("risk.split", ids, draw=draw) for draw in (1, 2))
    blurred = draws.uniform("risk.split", ids, draw=3) < 0.3
    rho = np.where(blurred, known["blurred"], known["clear"])
    features = np.zeros((N, len(feature_names())), np.float32)
    features[:, 0] = rho * (rho * need + np.sqrt(1 - rho**2) * noise)
    needy = need > np.quantile(need, 1 - WORST)
    empty = {each.name: np.zeros(N, bool) for each in fields(RoundRecord)[4:-1]}
    labels = empty | {"truth": needy, "untreated": needy}
    groups = {"known": np.where(blurred, "blurred", "clear")}
    bits = np.ones(N, np.uint64)
    return RoundRecord(2025 * 12, ids, features, bits, **labels, groups=groups)


@pytest.fixture(scope="module")
def blurred(parameters):
    most = parameters.override({"risk.training.train_share": 0.1}, "test")
    return evaluate({"p": Posterior()}, [blurred_round(KNOWN)], int(LISTED * N), Draws(7), most)


def test_recall_of_a_blurred_group_is_what_the_exact_case_says(blurred):
    rows = blurred.filter(pl.col("scorer") == "p", pl.col("layer") == "truth")
    for group, metric, exact in (
        ("clear", "recall", 0.3950), ("blurred", "recall", 0.1183),
        ("clear", "listed_share", 0.1248), ("blurred", "listed_share", 0.0421),
    ):  # fmt: skip
        row = rows.filter(pl.col("group") == f"known={group}", pl.col("metric") == metric)
        low, high = row.select("sample_low", "sample_high").row(0)
        assert low <= exact <= high
        assert high - low < 0.03


def test_a_calibrated_scorer_that_knows_less_of_a_group_is_flagged(blurred):
    found = uneven_groups(blurred).filter(pl.col("scorer") == "p")
    assert found["group"].to_list() == ["known=blurred", "known=clear"]
    assert found["recall_gap"][0] == pytest.approx(0.1183 - 0.3950, abs=0.02)


def test_groups_that_are_known_alike_are_not_flagged(parameters):
    alike = [blurred_round({"clear": 0.6, "blurred": 0.6})]
    result = evaluate({"p": Posterior()}, alike, int(LISTED * N), Draws(7), parameters)
    assert uneven_groups(result).filter(pl.col("scorer") == "p").is_empty()
