"""Turn what a model noted of its detection rounds into records with all layers of labels."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.groups import make_groups
from simlib.parameters import Parameters
from simlib.risk.rounds import RoundRecord

if TYPE_CHECKING:
    from simlib.rounds import RoundLog, RoundNotes, Steps

STRATA = ("age_group", "household_type", "digital_skill")
"""Groups by which scorers are judged."""

Flags = NDArray[np.bool_]


def round_records(
    log: "RoundLog",
    untreated: "RoundLog",
    households: pl.DataFrame,
    draws: Draws,
    parameters: Parameters,
) -> list[RoundRecord]:
    """Give the rounds whose outcome can be told within the simulated months.

    Parameters
    ----------
    log
        Notes of a run with detection.
    untreated
        Notes of the same world without outreach.
    households
        The population's households, for ids and groups.
    draws, parameters
        Luck of the replicate, and model parameters (``risk.labels.*``).

    Returns
    -------
    list of RoundRecord
        In order of time.
    """
    horizon = int(parameters.number("risk.labels.horizon_months"))
    ids = households["household_id"].to_numpy().astype(np.uint32)
    made = make_groups(households, parameters)
    groups = {stratum: made.labels(stratum) for stratum in STRATA}
    complete = [each for each in log.rounds if each.step + horizon <= len(log.crisis)]
    return [_record(each, log, untreated, ids, groups, draws, parameters) for each in complete]


def _record(
    notes: "RoundNotes",
    log: "RoundLog",
    untreated: "RoundLog",
    ids: NDArray[np.uint32],
    groups: Mapping[str, NDArray[Any]],
    draws: Draws,
    parameters: Parameters,
) -> RoundRecord:
    rows = notes.rows
    horizon = int(parameters.number("risk.labels.horizon_months"))
    delay = int(parameters.number("risk.labels.delay_months"))
    luck = draws.uniform("risk.recorded", ids[rows], notes.month)
    kept = luck < parameters.number("risk.labels.recorded_prob")
    kept &= notes.listed & notes.reached[rows]
    public = _claimed_since(log.awarded, notes.step, delay, rows)
    livelihood = _claimed_since(log.awarded_livelihood, notes.step, delay, rows)
    return RoundRecord(
        month=notes.month,
        rows=ids[rows],
        features=notes.features,
        bits=notes.bits,
        listed=notes.listed,
        reached=notes.listed & notes.reached[rows],
        supported_any=kept & (public | notes.private[rows]),
        supported_public=kept & public,
        supported_livelihood=kept & livelihood,
        truth=_any(log.crisis, notes.step, horizon, rows),
        untreated=_any(untreated.crisis, notes.step, horizon, rows),
        municipality_rate=notes.municipality_rate,
        groups={stratum: labels[rows] for stratum, labels in groups.items()},
    )


def _claimed_since(months: "list[Steps]", step: int, span: int, rows: NDArray[np.int64]) -> Flags:
    """Tell who claimed from a step on and was awarded in one of ``span`` months from it."""
    seen = np.zeros(rows.size, np.bool_)
    for claimed in months[step : step + span]:
        seen |= claimed[rows] >= step
    return seen


def _any(months: list[Flags], step: int, span: int, rows: NDArray[np.int64]) -> Flags:
    """Tell for whom something was so in one of ``span`` months from a step on."""
    seen = np.zeros(rows.size, np.bool_)
    for flags in months[step : step + span]:
        seen |= flags[rows]
    return seen
