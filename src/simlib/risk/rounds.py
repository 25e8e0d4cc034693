"""Records of detection rounds: what was seen, what was done, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.errors import SimlibError
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.risk.layers import OF_ALL, Layer


@dataclass(frozen=True)
class RoundRecord:
    """Hold the pool of one round; every array has one entry per household of the pool.

    Parameters
    ----------
    month
        Month of the round.
    rows
        Household ids.
    features, bits
        What the agency saw: (n, k) features and the indicators.
    listed, reached
        Whether the household was listed for a contact, and was reached.
    supported_any, supported_public, supported_livelihood
        Support recorded after the round, in the system's three readings; False where unlisted.
    truth
        Whether a crisis began within the horizon, or was there, in the world with outreach.
    untreated
        The same in the paired world without outreach.
    municipality_rate
        Share of the households of its municipality that received basic livelihood at the time.
    groups
        Group labels by stratum (age_group, household_type, digital_skill), each (n,).

    Raises
    ------
    SimlibError
        If the arrays differ in length.
    """

    month: Month
    rows: NDArray[np.uint32]
    features: NDArray[np.float32]
    bits: NDArray[np.uint64]
    listed: NDArray[np.bool_]
    reached: NDArray[np.bool_]
    supported_any: NDArray[np.bool_]
    supported_public: NDArray[np.bool_]
    supported_livelihood: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    untreated: NDArray[np.bool_]
    municipality_rate: NDArray[np.float64]
    groups: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        arrays = {f.name: getattr(self, f.name) for f in fields(self)[1:-1]} | dict(self.groups)
        lengths = {name: len(array) for name, array in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise SimlibError(f"arrays of the round differ in length: {lengths}")

    def __repr__(self) -> str:
        return f"RoundRecord(month={self.month}, {len(self.rows)} households)"

    def label(self, layer: Layer) -> NDArray[np.bool_]:
        """Give (n,) outcomes of a layer; of recorded layers False where not listed."""
        if layer == "truth":
            return self.truth
        if layer == "untreated":
            return self.untreated
        recorded: NDArray[np.bool_] = getattr(self, layer.replace("recorded", "supported"))
        return recorded & self.listed

    def known(self, layer: Layer) -> NDArray[np.bool_]:
        """Say for which households a layer has an outcome: the listed ones, or all."""
        if layer in OF_ALL:
            return np.ones(len(self.rows), dtype=np.bool_)
        return self.listed

    def learnable(self, layer: Layer) -> NDArray[np.bool_]:
        """Say whose outcome tells what comes of a visit: those reached, or all of the truth.

        A household that nobody reached says nothing about support, so scorers are trained on
        these alone, and their probabilities are judged on these alone.
        """
        if layer in OF_ALL:
            return np.ones(len(self.rows), dtype=np.bool_)
        return self.listed & self.reached

    def take(self, chosen: NDArray[np.bool_]) -> "RoundRecord":
        """Give the record of some of its households."""
        parts = {f.name: getattr(self, f.name)[chosen] for f in fields(self)[1:-1]}
        groups = {name: np.asarray(values)[chosen] for name, values in self.groups.items()}
        return RoundRecord(self.month, **parts, groups=groups)


def mature_rounds(
    records: Sequence[RoundRecord], known_until: Month, layer: Layer, parameters: Parameters
) -> list[RoundRecord]:
    """Give the rounds whose outcome was complete by a month.

    Recorded labels take a round and a decision (``risk.labels.delay_months``); truth takes the
    whole horizon (``risk.labels.horizon_months``).
    """
    path = "horizon_months" if layer in OF_ALL else "delay_months"
    wait = int(parameters.number(f"risk.labels.{path}"))
    return [record for record in records if record.month + wait <= known_until]


def training_households(
    household_id: NDArray[np.uint32], draws: Draws, parameters: Parameters
) -> NDArray[np.bool_]:
    """Say which households scorers may be trained on; the others are kept for evaluation.

    The split is by household, so no household is on both sides in any round or replicate.

    Returns
    -------
    ndarray
        (households,)
    """
    share = parameters.number("risk.training.train_share")
    return split_luck(household_id, draws) < share


def split_luck(household_id: NDArray[np.uint32], draws: Draws) -> NDArray[np.float64]:
    """Give the (households,) uniform numbers by which households are split."""
    return Draws(draws.seed).uniform("risk.split", household_id)
