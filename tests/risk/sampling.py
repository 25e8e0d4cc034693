"""A plausible, deterministic sample of latent states, for tests only."""

import numpy as np

from simlib.draws import Draws
from simlib.risk.indicators import Latents


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
