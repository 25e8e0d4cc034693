"""Evaluate scorers on later rounds and other households, on every layer of labels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.parameters import Parameters
from simlib.risk.metrics import (
    Membership,
    calibration_rows,
    hit_bounds,
    list_membership,
    ranking_metrics,
    ratio,
)
from simlib.risk.rounds import LAYERS, Layer, RoundRecord, training_households
from simlib.risk.scorers import FirstCome, RuleOfThumb, Scorer

BASELINES = ("nobody", "random", "first_come", "rule_of_thumb", "oracle")
"""Rankings that stand beside every scorer."""

SCHEMA = {
    "scorer": pl.String,
    "layer": pl.String,
    "group": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Row = tuple[str, str, str, str, float | None, float | None, float | None]


@dataclass(frozen=True)
class _Round:
    """Hold the evaluated households of one round and the places on the list they share."""

    record: RoundRecord
    capacity_n: int


@dataclass(frozen=True)
class _Ranked:
    """Hold one scorer's scores and list in one round."""

    round: _Round
    scores: Floats
    member: Membership


def evaluate(
    scorers: Mapping[str, Scorer],
    records_after: Sequence[RoundRecord],
    capacity: int | Sequence[int] | None,
    draws: Draws,
    parameters: Parameters,
) -> pl.DataFrame:
    """Measure what lists of the real length find, for scorers and baselines alike.

    Only households kept from training count; the list's length is cut in proportion.

    Parameters
    ----------
    scorers
        Scorer by name; the baselines of :data:`BASELINES` are added.
    records_after
        Rounds after the training.
    capacity
        Households called per round, one number or one for each record; None for the number
        that was listed.
    draws, parameters
        As for training.

    Returns
    -------
    DataFrame
        Columns scorer, layer, group (``all`` or ``stratum=group``), metric, value, low, high.
        For precision, recall and lift low and high are the worst and best outcome of ties,
        and for the precision of recorded layers also of unlabelled households on the list,
        while value counts labelled ones; for calibration they are exact 95 per cent intervals;
        null elsewhere. A suppressed cell has no value.

    Raises
    ------
    UserError
        If there is no round, or no household to evaluate on.
    """
    rounds = list(_held_out(records_after, capacity, draws, parameters))
    if not sum(len(each.record.rows) for each in rounds):
        raise UserError(
            "there is no household to evaluate scorers on",
            "scorer.train_until",
            "no round after training has a pool, or all households were used for training",
            "choose an earlier month, or more households",
        )
    rows: list[Row] = []
    scores = _scores(scorers, rounds)
    for layer in LAYERS:
        oracle = [each.record.label(layer).astype(np.float64) for each in rounds]
        for name, values in {**scores, "oracle": oracle}.items():
            ranked = [_rank(name, *pair) for pair in zip(rounds, values, strict=True)]
            rows += _measure(name, layer, ranked, parameters, _is_probability(name, scorers))
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


def _held_out(
    records: Sequence[RoundRecord],
    capacity: int | Sequence[int] | None,
    draws: Draws,
    parameters: Parameters,
) -> Iterator[_Round]:
    if isinstance(capacity, int | np.integer):
        sizes: Sequence[int] = [int(capacity)] * len(records)
    elif capacity is None:
        sizes = [int(record.listed.sum()) for record in records]
    else:
        sizes = capacity
    for record, size in zip(records, sizes, strict=True):
        kept = ~training_households(record.rows, draws, parameters)
        share = kept.mean() if len(kept) else 0.0
        yield _Round(record.take(kept), round(size * float(share)))


def _scores(scorers: Mapping[str, Scorer], rounds: list[_Round]) -> dict[str, list[Floats]]:
    """Score every round once; nobody and random tell nobody apart."""
    every: dict[str, Scorer] = {"first_come": FirstCome(), "rule_of_thumb": RuleOfThumb()}
    every |= scorers
    blank = [np.zeros(len(each.record.rows)) for each in rounds]
    scores = {"nobody": blank, "random": blank}
    for name, scorer in every.items():
        scores[name] = [
            scorer.score_features(each.record.features) if len(each.record.rows) else np.zeros(0)
            for each in rounds
        ]
    return scores


def _rank(name: str, each: _Round, scores: Floats) -> _Ranked:
    capacity = 0 if name == "nobody" else each.capacity_n
    return _Ranked(each, scores, list_membership(scores, capacity))


def _is_probability(name: str, scorers: Mapping[str, Scorer]) -> bool:
    return name in scorers and scorers[name].is_probability


def _measure(
    name: str, layer: Layer, ranked: list[_Ranked], parameters: Parameters, is_probability: bool
) -> Iterator[Row]:
    known = np.concatenate([each.round.record.known(layer) for each in ranked])
    label = np.concatenate([each.round.record.label(layer) for each in ranked])[known]
    scores = np.concatenate([each.scores for each in ranked])[known]
    for metric, value, low, high in _list_metrics(layer, ranked):
        yield name, layer, "all", metric, value, low, high
    if name != "nobody":
        for metric, number in ranking_metrics(scores, label).items():
            yield name, layer, "all", metric, number, None, None
    if is_probability and len(label):
        yield name, layer, "all", "brier", float(np.mean((scores - label) ** 2)), None, None
        bins = int(parameters.number("risk.evaluation.calibration_bins_n"))
        for metric, value, low, high in calibration_rows(scores, label, bins):
            yield name, layer, "all", metric, value, low, high
    smallest = int(parameters.number("risk.evaluation.smallest_cell_n"))
    yield from _group_metrics(name, layer, ranked, smallest)


def _list_metrics(
    layer: Layer, ranked: list[_Ranked]
) -> Iterator[tuple[str, float | None, float | None, float | None]]:
    hits = [0.0, 0.0, 0.0]
    optimistic = known_listed = listed = 0.0
    positives = known_n = 0
    for each in ranked:
        record = each.round.record
        label, known = record.label(layer), record.known(layer)
        hits = [a + b for a, b in zip(hits, hit_bounds(each.member, label), strict=True)]
        optimistic += hit_bounds(each.member, label | ~known)[2]
        known_listed += float(each.member.share @ known)
        listed += float(each.member.share.sum())
        positives += int(label.sum())
        known_n += int(known.sum())
    base = ratio(positives, known_n)
    found, worst, best = hits
    precision = (ratio(found, known_listed), ratio(worst, listed), ratio(optimistic, listed))
    yield "listed_n", listed, None, None
    yield "base_rate", base, None, None
    yield "found_n", found, worst, best
    yield "precision", precision[0], precision[1], precision[2]
    yield "recall", ratio(found, positives), ratio(worst, positives), ratio(best, positives)
    lift = tuple(None if each is None or not base else each / base for each in precision)
    yield "lift", lift[0], lift[1], lift[2]


def _group_metrics(name: str, layer: Layer, ranked: list[_Ranked], smallest: int) -> Iterator[Row]:
    strata = sorted({stratum for each in ranked for stratum in each.round.record.groups})
    label = np.concatenate([each.round.record.label(layer) for each in ranked])
    share = np.concatenate([each.member.share for each in ranked])
    for stratum in strata:
        member_of = np.concatenate(
            [np.asarray(each.round.record.groups[stratum]).astype(str) for each in ranked]
        )
        for group in np.unique(member_of):
            here = member_of == group
            needy = int((here & label).sum())
            place = f"{stratum}={group}"
            recall = ratio(float(share[here] @ label[here]), needy) if needy >= smallest else None
            listed = float(share[here].mean()) if here.sum() >= smallest else None
            yield name, layer, place, "recall", recall, None, None
            yield name, layer, place, "listed_share", listed, None, None
