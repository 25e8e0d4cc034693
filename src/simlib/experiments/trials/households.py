"""Who is in a trial: Korean households under a programme's rules, or made standard ones."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.experiments.trials.schema import StandardPool, Trial
from simlib.parameters import Parameters
from simlib.uptake.traits import Traits

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OTHER = "other"
"""Stands for whatever else a household receives."""


@dataclass(frozen=True)
class Households:
    """Hold everybody whom a trial simulates; nothing here depends on the luck of a replicate.

    Attributes
    ----------
    traits
        Traits and neighbourhoods.
    right
        Whether a household is entitled when the trial begins, (households,).
    meets
        Whether it is entitled to all else that the pool asks for, (households,).
    amount_krw_m
        To how much a month, (households,).
    mean_krw_m
        The amount to which others are compared.
    known
        Whether it receives some other benefit, (households,).
    frame
        What conditions and groups may name, one row a household.
    members
        Ages by household, for conditions on members; None for made households.
    code
        Code of the programme's luck.
    """

    traits: Traits
    right: Bools
    meets: Bools
    amount_krw_m: Floats
    mean_krw_m: float
    known: Bools
    frame: pl.DataFrame
    members: pl.DataFrame | None
    code: np.uint64


def households_of(trial: Trial, parameters: Parameters, draws: Draws, beside: Path) -> Households:
    """Give the households of a trial.

    Parameters
    ----------
    trial
        The trial.
    parameters
        Every number, those of programmes too.
    draws
        Luck of the first replicate: what belongs to households does not depend on replicates.
    beside
        Folder of the trial file.
    """
    if trial.pool.standard is not None:
        return _made(trial.pool.standard, parameters, draws)
    from simlib.experiments.trials.korean import korean_households

    return korean_households(trial, parameters, draws, beside)


def _made(pool: StandardPool, parameters: Parameters, draws: Draws) -> Households:
    given = {name: value for name, value in pool.model_dump().items() if value is not None}
    number: dict[str, Any] = parameters.group("trials.standard") | given
    with_need = given.get("need_friction", parameters.number("uptake.traits.friction_need"))
    ids = np.arange(int(given["households"]))
    need = draws.normal("trials.need", ids)
    benefit = _mixed(need, draws.normal("trials.benefit", ids), number["need_benefit"])
    friction = _mixed(need, draws.normal("uptake.trait_friction", ids), with_need)
    known = draws.uniform("trials.known", ids) < number["known_share"]
    traits = Traits(
        ids=ids,
        need=need,
        friction=friction,
        stigma=draws.normal("uptake.trait_stigma", ids),
        trust=draws.normal("uptake.trait_trust", ids),
        digital_skill=np.full(ids.size, parameters.number("uptake.traits.skill_centre")),
        blocks=_blocks(ids, together=pool.neighbours),
    )
    log_amount = number["benefit_spread"] * benefit
    frame = described(pl.DataFrame({"household_id": ids}), traits, log_amount, known)
    return Households(
        traits,
        np.ones(ids.size, np.bool_),
        np.ones(ids.size, np.bool_),
        np.exp(log_amount),
        1.0,
        known,
        frame,
        None,
        code_of("standard"),
    )


def _blocks(ids: NDArray[np.int64], *, together: bool) -> NDArray[np.int32]:
    """Let households be each other's neighbours, or have none that is entitled too."""
    if together:
        return np.tile(np.array([0, ids.size], np.int32), (ids.size, 1))
    return np.stack([ids, ids + 1], axis=1).astype(np.int32)


def described(frame: pl.DataFrame, traits: Traits, benefit: Floats, known: Bools) -> pl.DataFrame:
    """Add to a frame of households what only a trial knows of them.

    Parameters
    ----------
    frame
        One row a household.
    traits, benefit, known
        Traits, log of the relative amount, and whether some other benefit is received.
    """
    return frame.with_columns(
        pl.Series("need", traits.need),
        pl.Series("friction", traits.friction),
        pl.Series("stigma", traits.stigma),
        pl.Series("trust", traits.trust),
        pl.Series("benefit", benefit),
        pl.Series("known_to_state", known),
    )


def code_of(programme: str) -> np.uint64:
    """Give the code that keeps a programme's luck apart from that of others."""
    return np.uint64(zlib.crc32(programme.encode()))


def _mixed(shared: Floats, own: Floats, correlation: float) -> Floats:
    """Mix two standard normal columns so that the result correlates so much with the first."""
    return np.asarray(correlation * shared + np.sqrt(1.0 - correlation**2) * own)
