"""Evaluate scorers on later rounds and other households, on every layer of labels."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.parameters import Parameters
from simlib.risk.baselines import BASELINES, SIMPLE, baseline_lists, scores_of
from simlib.risk.layers import LAYERS, Layer
from simlib.risk.measures import (
    ROUND,
    Judged,
    Lists,
    Measure,
    Pool,
    group_measures,
    lead_measures,
    list_measures,
    order_measures,
    probability_measures,
)
from simlib.risk.rounds import RoundRecord, training_households
from simlib.risk.scorers import Scorer

SCHEMA = {
    "scorer": pl.String,
    "layer": pl.String,
    "group": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "sample_low": pl.Float64,
    "sample_high": pl.Float64,
}

Floats = NDArray[np.float64]


def evaluate(
    scorers: Mapping[str, Scorer],
    records_after: Sequence[RoundRecord],
    capacity: int | Sequence[int] | None,
    draws: Draws,
    parameters: Parameters,
    layers: Sequence[Layer] = LAYERS,
) -> pl.DataFrame:
    """Measure what lists of the real length find, for scorers and baselines alike.

    Only households kept from training count; the list's length is cut in proportion.

    Parameters
    ----------
    scorers
        Scorer by name; those of :data:`simlib.risk.baselines.BASELINES` are added.
    records_after
        Rounds after the training.
    capacity
        Households called per round, one number or one for each record; None for the number
        that was listed.
    draws, parameters
        As for training.
    layers
        Layers of labels to judge by.

    Returns
    -------
    DataFrame
        Columns of :data:`SCHEMA`. ``group`` is ``all`` or ``stratum=group``; rounds are a stratum
        too (``round=2025-01``). ``low`` and ``high`` are bounds: for precision, recall, lift and
        found_n the worst and best outcome of ties, for the precision of recorded layers also of
        unlabelled households on the list, while ``value`` counts labelled ones; for threshold,
        the last score on the list, the rounds' lowest and highest. ``sample_low`` and
        ``sample_high`` are 95 per cent intervals over households, see
        :mod:`simlib.risk.sampling`. A suppressed cell has no value.

    Raises
    ------
    UserError
        If there is no round, or no household to evaluate on, or a scorer has a baseline's name.
    """
    _check_names(scorers)
    held_out = list(_held_out(records_after, capacity, draws, parameters))
    rounds = [record for record, _ in held_out]
    if not sum(len(each.rows) for each in rounds):
        raise UserError(
            "there is no household to evaluate scorers on",
            "scorer.train_until",
            "no round after training has a pool, or all households were used for training",
            "choose an earlier month, or more households",
        )
    rows: list[tuple[object, ...]] = []
    sizes = [size for _, size in held_out]
    lists = baseline_lists(rounds, sizes, draws, parameters)
    lists |= {name: Lists.of(scores_of(each, rounds), sizes) for name, each in scorers.items()}
    pool = Pool.of(rounds)
    smallest = int(parameters.number("risk.evaluation.smallest_cell_n"))
    for layer in layers:
        judged = Judged.of(pool, layer, smallest)
        foresight = [each.label(layer).astype(np.float64) for each in rounds]
        every = {**lists, "oracle": Lists.of(foresight, sizes)}
        for name in every:
            chance = name in scorers and scorers[name].is_probability
            for each in _measures(judged, every, name, parameters, chance=chance):
                group, metric, value, bounds, sample = each
                rows.append((name, layer, group, metric, value, *bounds, *sample))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def surprising_scorers(evaluation: pl.DataFrame, parameters: Parameters) -> list[str]:
    """Name scorers whose AUC on the truth is above what the field has seen.

    A report must explain them before it draws a conclusion on policy.
    """
    limit = parameters.number("risk.evaluation.surprising_auc")
    found = evaluation.filter(
        pl.col("metric") == "auc",
        pl.col("layer") == "truth",
        pl.col("value") > limit,
        pl.col("scorer") != "oracle",
    )
    return found["scorer"].to_list()


def uneven_groups(evaluation: pl.DataFrame, layer: str = "truth") -> pl.DataFrame:
    """Name the groups whose need a list finds more or less often than that of all others.

    A scorer that is calibrated in every group can still leave one of them out, because it knows
    less about it; recall among those in need shows that.

    Parameters
    ----------
    evaluation
        Result of :func:`evaluate`.
    layer
        What counts as need.

    Returns
    -------
    DataFrame
        Columns scorer, group, recall_gap, sample_low, sample_high, the largest shortfall first;
        only gaps whose interval leaves out zero. The intervals of a stratum hold together.
    """
    ends = pl.col("sample_low"), pl.col("sample_high")
    found = evaluation.filter(
        pl.col("metric") == "recall_gap",
        pl.col("layer") == layer,
        ~pl.col("group").str.starts_with(f"{ROUND}="),
        (ends[0] > 0.0) | (ends[1] < 0.0),
    )
    return found.select("scorer", "group", pl.col("value").alias("recall_gap"), *ends).sort(
        "recall_gap"
    )


def _check_names(scorers: Mapping[str, Scorer]) -> None:
    """Keep the baselines: a scorer of one's own must not stand in for one of them."""
    for name in scorers:
        if name in BASELINES and name != SIMPLE:
            raise UserError(
                f"'{name}' is the name of a baseline",
                "scorer",
                "the ranking of that name would be missing beside it",
                "give the scorer another name",
            )


def _held_out(
    records: Sequence[RoundRecord],
    capacity: int | Sequence[int] | None,
    draws: Draws,
    parameters: Parameters,
) -> Iterator[tuple[RoundRecord, int]]:
    """Give the evaluated households of each round, and the places on the list they share."""
    if isinstance(capacity, int | np.integer):
        sizes: Sequence[int] = [int(capacity)] * len(records)
    elif capacity is None:
        sizes = [int(record.listed.sum()) for record in records]
    else:
        sizes = capacity
    for record, size in zip(records, sizes, strict=True):
        kept = ~training_households(record.rows, draws, parameters)
        share = kept.mean() if len(kept) else 0.0
        yield record.take(kept), round(size * float(share))


def _measures(
    judged: Judged, lists: Mapping[str, Lists], name: str, parameters: Parameters, *, chance: bool
) -> Iterator[Measure]:
    """Say all of one ranking on one layer."""
    mine, rule, oracle = lists[name], lists[SIMPLE], lists["oracle"]
    yield from list_measures(judged, mine)
    yield from lead_measures(judged, mine, rule, oracle)
    if name != "nobody":
        yield from order_measures(judged, mine)
    if chance:
        bins = int(parameters.number("risk.evaluation.calibration_bins_n"))
        yield from probability_measures(judged, mine, bins)
    if name in ("nobody", "random", "oracle"):  # of these, groups say nothing new
        return
    yield from group_measures(judged, mine, rule)
