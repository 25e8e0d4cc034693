"""A plausible, deterministic sample of latent states and rounds, for tests only."""

import numpy as np
import pytest

from simlib.draws import Draws
from simlib.parameters import Parameters, load_parameters
from simlib.risk.fitting import driver_means, fit_scale
from simlib.risk.indicators import Latents, indicator_list, observe
from simlib.risk.rounds import RoundRecord
from simlib.risk.scorers import RuleOfThumb
from simlib.risk.view import REGISTER_FEATURES, AgencyView

START = 2024 * 12
HOUSEHOLDS = 20_000


def plausible_latents(n: int, draws: Draws, month: int = 0) -> Latents:
    """Make households whose arrears, work, health and crises share a common cause."""
    ids = np.arange(n, dtype=np.uint32)

    def normal(draw: int):
        return draws.normal("risk.split", ids, draw=1000 + draw)

    def uniform(draw: int):
        return draws.uniform("risk.split", ids, month, draw=2000 + draw)

    need = normal(0)
    buffer = 6.0 * np.exp(0.9 * normal(1) - 0.7 * need) - 2.0 * (uniform(0) < 0.12)
    jobless = np.where(uniform(1) < 0.03 * np.exp(0.6 * need), 1 + uniform(2) * 12, 0)
    ill = np.where(uniform(3) < 0.04 * np.exp(0.5 * need), 1 + uniform(4) * 10, 0)
    strained = buffer < 1.0
    arrears = np.where(uniform(5) < np.where(strained, 0.3, 0.01), 1 + uniform(6) * 9, 0)
    crisis = np.where((arrears > 3) & (uniform(7) < 0.15), 1 + uniform(8) * 5, 0)
    age = np.clip(20 + 75 * uniform(9) ** 0.8, 20, 95)
    size = 1 + np.searchsorted([0.355, 0.645, 0.835, 0.965], uniform(10))
    children = np.where((size > 2) & (age < 60), np.minimum(size - 2, 3), 0)
    tenure = np.searchsorted([0.57, 0.72, 0.90, 0.95], uniform(11))
    return Latents(
        household_id=ids,
        buffer_months=buffer.astype(np.float32),
        arrears_months=arrears.astype(np.uint8),
        jobless_months=jobless.astype(np.uint8),
        ill_months=ill.astype(np.uint8),
        crisis_months=crisis.astype(np.uint8),
        isolation=(0.9 * normal(2) + 0.4 * (size == 1)).astype(np.float32),
        head_age=age.astype(np.uint8),
        size=size.astype(np.uint8),
        children_n=children.astype(np.uint8),
        tenure=tenure.astype(np.uint8),
        lives_alone=size == 1,
        single_parent=(children > 0) & (uniform(12) < 0.1),
        severe_disability=uniform(13) < 0.03,
        receives_livelihood=uniform(14) < 0.05 * np.exp(0.5 * need),
        address_mismatch=uniform(15) < 0.108,
    )


def onset_prob(latents: Latents):
    """Give the chance of a crisis within half a year; only part of it can be seen."""
    index = (
        -4.0
        + 1.6 * (latents.buffer_months < 1)
        + 0.25 * np.minimum(latents.arrears_months, 6)
        + 0.6 * (latents.jobless_months > 0)
        + 0.5 * latents.isolation
    )
    return 1 / (1 + np.exp(-index))


def register_of(latents: Latents):
    """Give the register columns that become features."""
    return {name: getattr(latents, name) for name in REGISTER_FEATURES}


def make_rounds(draws: Draws, parameters: Parameters, rounds_n: int) -> list[RoundRecord]:
    """Make rounds with a rule-of-thumb list, contacts, support and true crises."""
    n = HOUSEHOLDS
    previous, flagged = np.zeros(n, dtype=np.uint64), np.zeros(n, dtype=bool)
    out = []
    for number in range(rounds_n):
        month = START + 2 * number
        latents = plausible_latents(n, draws, month)
        bits = observe(latents, month, indicator_list(45), draws, parameters)
        view = AgencyView(
            month, bits, previous, register_of(latents), latents.receives_livelihood, flagged,
            indicator_list(45),
        )  # fmt: skip
        pool = np.flatnonzero(view.pool())
        ids = latents.household_id
        order = np.argsort(-RuleOfThumb().score(view), kind="stable")[:400]
        flagged = np.zeros(n, dtype=bool)
        flagged[order] = True
        luck = draws.uniform("risk.split", ids, month, draw=3000)
        truth = (draws.uniform("risk.split", ids, month, draw=3001) < onset_prob(latents)) | (
            latents.crisis_months > 0
        )
        reached = flagged & (luck < 0.85)
        prob = np.clip(0.2 + 0.5 * (latents.buffer_months < 1) + 0.2 * truth, 0, 1)
        public_open = draws.uniform("risk.split", ids, month, draw=3002) < prob
        public = reached & public_open & (draws.uniform("risk.split", ids, month, draw=3003) < 0.3)
        given = reached & (draws.uniform("risk.split", ids, month, draw=3004) < 0.5)
        ages = np.array(["under_40", "40_64", "65_74", "75_plus"])
        group = ages[np.searchsorted([40, 65, 75], latents.head_age[pool], side="right")]
        out.append(
            RoundRecord(
                month, ids[pool], view.features_of(pool), bits[pool], flagged[pool],
                reached[pool], (given | public)[pool], public[pool],
                (public & (luck < 0.25))[pool], truth[pool], truth[pool],
                (ids % 7 / 20)[pool], {"age_group": group},
            )
        )  # fmt: skip
        previous = bits
    return out


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    """Give the shipped parameters, with the indicators fitted to this sample."""
    shipped, draws = load_parameters(), Draws(7)
    latents = plausible_latents(HOUSEHOLDS, draws)
    means = driver_means(latents, shipped)
    fitted = shipped.override({f"risk.driver_mean.{k}": v for k, v in means.items()}, "test")
    scale = fit_scale(latents, START, indicator_list(45), draws, fitted)
    return fitted.override({"risk.scale": scale}, "test")


@pytest.fixture(scope="session")
def draws() -> Draws:
    return Draws(7)


@pytest.fixture(scope="session")
def latents(draws: Draws) -> Latents:
    return plausible_latents(HOUSEHOLDS, draws)


@pytest.fixture(scope="session")
def rounds(draws: Draws, parameters: Parameters) -> list[RoundRecord]:
    return make_rounds(draws, parameters, 12)
