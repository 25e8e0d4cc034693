"""What makes households differ in taking up help, drawn once and kept in every world."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.population import Population

Floats = NDArray[np.float64]

NEED_LIMIT = 3.0
"""Standard deviations beyond which need counts no more."""


@dataclass(frozen=True)
class Traits:
    """Hold the traits of households, all of shape (households,) unless said otherwise.

    Attributes
    ----------
    ids
        Household ids.
    need, friction, stigma, trust
        About standard normal: low income for the size; difficulty with forms and offices;
        dislike of asking; trust in a message from the state.
    digital_skill
        0 to 1, of the best adult.
    blocks
        First row and one past the last row of the household's municipality, (households, 2).
    """

    ids: NDArray[np.int64]
    need: Floats
    friction: Floats
    stigma: Floats
    trust: Floats
    digital_skill: Floats
    blocks: NDArray[np.int32]


def draw_traits(population: Population, parameters: Parameters, draws: Draws) -> Traits:
    """Draw the traits of a population.

    Need is read from income, not drawn; friction mixes low digital skill, need (with a free
    correlation) and luck. The draws do not depend on the replicate: traits belong to the
    household, not to its luck.
    """
    households = population.households
    ids = population.household_ids
    fixed = Draws(draws.seed, 0)
    rates = parameters.group("uptake.traits")
    skill = households["digital_skill"].to_numpy().astype(np.float64)
    need = _need(households, rates["need_centre_krw_m"], rates["need_spread"])
    digital, with_need = rates["friction_digital"], rates["friction_need"]
    luck = np.sqrt(max(0.0, 1.0 - digital**2 - with_need**2))
    friction = (
        digital * (rates["skill_centre"] - skill) / rates["skill_spread"]
        + with_need * need
        + luck * fixed.normal("uptake.trait_friction", ids)
    )
    return Traits(
        ids=ids,
        need=need,
        friction=friction,
        stigma=fixed.normal("uptake.trait_stigma", ids),
        trust=fixed.normal("uptake.trait_trust", ids),
        digital_skill=skill,
        blocks=municipality_blocks(households),
    )


def _need(households: pl.DataFrame, centre_krw_m: float, spread: float) -> Floats:
    """Scale log income per square root of size to about a standard normal, poorest highest.

    The scale is a fixed one, so that a household's need does not depend on who else is there.
    """
    income = households["income_krw_m"].to_numpy() / np.sqrt(households["size"].to_numpy())
    logs = np.log(np.maximum(income, 1.0) / centre_krw_m)
    return np.asarray(np.clip(-logs / spread, -NEED_LIMIT, NEED_LIMIT), dtype=np.float64)


def municipality_blocks(households: pl.DataFrame) -> NDArray[np.int32]:
    """Give each household the first row and the end of its municipality's block of rows."""
    codes = households["municipality"].to_numpy()
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    ends = np.r_[starts[1:], codes.size]
    edges = np.stack([starts, ends], axis=1).astype(np.int32)
    return np.repeat(edges, ends - starts, axis=0)
