from dataclasses import fields

import numpy as np
import pytest

from simlib.errors import SimlibError
from simlib.risk.indicators import Latents, indicator_list, observe
from simlib.risk.scorers import FirstCome, RuleOfThumb, Scorer
from simlib.risk.view import (
    LATENT_NAMES,
    REGISTER_FEATURES,
    AgencyView,
    LatentAccessError,
    feature_names,
    monotone_directions,
)

MONTH = 2024 * 12 + 2


@pytest.fixture
def register(latents):
    return {name: getattr(latents, name) for name in REGISTER_FEATURES}


@pytest.fixture
def view(latents, draws, parameters, register):
    now = observe(latents, MONTH, indicator_list(45), draws, parameters)
    before = observe(latents, MONTH - 2, indicator_list(45), draws, parameters)
    flagged = np.arange(len(now)) % 5 == 0
    return AgencyView(
        MONTH, now, before, register, latents.receives_livelihood, flagged, indicator_list(45)
    )


def test_every_latent_state_is_out_of_reach(view):
    assert {"buffer_months", "arrears_months", "isolation", "address_mismatch"} <= LATENT_NAMES
    for name in LATENT_NAMES:
        with pytest.raises(LatentAccessError, match="true state"):
            getattr(view, name)
        with pytest.raises(LatentAccessError):
            view[name]


def test_a_planted_latent_column_is_refused(latents, register, view):
    for name in [field.name for field in fields(Latents) if field.name in LATENT_NAMES] + [
        "true_need", "nationality",
    ]:  # fmt: skip
        with pytest.raises(LatentAccessError):
            AgencyView(
                MONTH, view.bits, view.previous_bits, register | {name: latents.isolation},
                latents.receives_livelihood, view.flagged_before, indicator_list(45),
            )  # fmt: skip


def test_features_do_not_move_with_latent_states(latents, register, view, draws, parameters):
    twin = AgencyView(
        MONTH, view.bits.copy(), view.previous_bits, register, latents.receives_livelihood,
        view.flagged_before, indicator_list(45),
    )  # fmt: skip
    assert (twin.features == view.features).all()
    assert view.features.shape == (len(view), len(feature_names()))
    assert len(set(feature_names())) == len(feature_names())
    assert not set(feature_names()) & LATENT_NAMES


def test_features_of_some_rows_are_rows_of_the_features(view):
    rows = np.array([5, 3, 900])
    assert (view.features_of(rows) == view.features[rows]).all()


def test_counts_agree_with_indicators(view):
    names = view.feature_names
    columns = view.features[:, :47]
    assert (columns.sum(axis=1) == view.features[:, names.index("indicators_n")]).all()
    domains = [i for i, name in enumerate(names) if name.endswith("_indicators_n")]
    parts = [i for i in domains if not names[i].startswith(("new_", "previous_"))]
    assert (view.features[:, parts].sum(axis=1) == columns.sum(axis=1)).all()


def test_the_pool_leaves_out_recipients_and_those_flagged_last_round(view):
    pool = view.pool()
    assert (view.bits[pool] != 0).all()
    assert not view.receives_livelihood[pool].any()
    assert not view.flagged_before[pool].any()
    left_out = ~pool & (view.bits != 0)
    assert (view.receives_livelihood | view.flagged_before)[left_out].all()


def test_a_view_shows_only_the_list_in_force(latents, register, view):
    short = AgencyView(
        MONTH, view.bits, view.previous_bits, register, latents.receives_livelihood,
        view.flagged_before, indicator_list(34),
    )  # fmt: skip
    assert not (short.bits & ~indicator_list(34).mask).any()


def test_a_register_without_a_feature_is_refused(latents, register, view):
    del register["head_age"]
    with pytest.raises(SimlibError, match="head_age"):
        AgencyView(
            MONTH, view.bits, view.previous_bits, register, latents.receives_livelihood,
            view.flagged_before, indicator_list(45),
        )  # fmt: skip


def test_rules_rank_the_pool_and_nobody_else(view):
    for scorer in (RuleOfThumb(), FirstCome()):
        assert isinstance(scorer, Scorer)
        scores = scorer.score(view)
        assert scores.dtype == np.float64
        assert (np.isfinite(scores) == view.pool()).all()
        rows = np.flatnonzero(view.pool())
        assert (scores[rows] == scorer.score_features(view.features[rows])).all()


def test_directions_hold_indicators_only():
    directions = dict(zip(feature_names(), monotone_directions(), strict=True))
    assert directions["gas_arrears"] == 1
    assert directions["ltc_graded"] == 0
    assert directions["head_age"] == 0
