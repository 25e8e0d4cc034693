"""A scorer's card: what it is for, what it learned from, how it did, and where it must not go.

Every number is taken from the run; none is typed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from simlib.months import format_month
from simlib.risk.baselines import MORE_STAFF, SIMPLE
from simlib.risk.evaluation import uneven_groups
from simlib.risk.layers import OF_ALL
from simlib.risk.rounds import RoundRecord
from simlib.risk.scorers import Scorer, TrainedScorer
from simlib.risk.training import TrainingRows

USE = "Ranks households for an offer of help. A caseworker or a call decides what follows."
NOT_FOR = (
    "Not for sanctions, suspicion, fraud scores, or closing a case; no household may be refused "
    "anything for its score. Neither nationality nor anything close to it is read."
)
EVIDENCE = (
    "Synthetic evidence only: trained and judged on simulated households. Accuracy is accuracy on "
    "the model's own idea of crisis, and differences between groups reflect what was planted."
)
SHOWN = ("precision", "recall", "recall_over_rule", "share_of_oracle_lead", "auc", "brier")
"""Measures on the card, beside the base rate."""
BESIDE = ("random", "postcode", "caseworkers", SIMPLE, MORE_STAFF, "oracle")
"""Rankings that the card shows beside the scorer."""


@dataclass(frozen=True)
class Figure:
    """Hold one measure with its 95 per cent interval over households."""

    scorer: str
    layer: str
    metric: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ScorerCard:
    """Describe one scorer of one run.

    Attributes
    ----------
    scorer, label, trained_until, features
        The model, what it was trained to predict, the last month it knew, and what it reads.
    learned_rows_n, learned_positives_n, learned_households_n
        What it learned from; 0 for a rule and for a scorer that was trained elsewhere.
    judged_rounds, judged_households_n, listed_n
        Rounds and households it was judged on, and places on its lists there.
    threshold, threshold_low, threshold_high
        Last score on the list, mean and extremes over rounds.
    figures
        Measures by layer, of the scorer and of the rankings beside it.
    uneven_groups
        Groups whose need it certainly finds more or less often than that of others.
    surprising
        Whether its AUC on the truth is beyond what the field has seen.
    provenance
        Run, code, versions, seed and hash of the file.
    """

    scorer: str
    label: str
    trained_until: str
    features: tuple[str, ...]
    learned_rows_n: int
    learned_positives_n: int
    learned_households_n: int
    judged_rounds: tuple[str, ...]
    judged_households_n: int
    listed_n: float
    threshold: float | None
    threshold_low: float | None
    threshold_high: float | None
    figures: tuple[Figure, ...]
    uneven_groups: tuple[dict[str, Any], ...]
    surprising: bool
    provenance: dict[str, str]

    def plain(self) -> dict[str, Any]:
        """Give the card as plain data."""
        return {"use": USE, "not_for": NOT_FOR, "evidence": EVIDENCE} | asdict(self)

    def markdown(self) -> str:
        """Write the card as Markdown."""
        return "\n".join(_lines(self)) + "\n"


def make_card(
    scorer: Scorer,
    learned: TrainingRows | None,
    judged: Sequence[RoundRecord],
    evaluation: pl.DataFrame,
    surprising: Sequence[str],
    provenance: dict[str, str],
) -> ScorerCard:
    """Fill a scorer's card.

    Parameters
    ----------
    scorer
        The scorer.
    learned
        What it learned from, None for a rule and for a scorer that was trained elsewhere.
    judged
        The held-out rows of the rounds that it was judged on.
    evaluation
        Result of :func:`simlib.risk.evaluation.evaluate`.
    surprising
        Names of scorers too good to be believed.
    provenance
        Run, code, versions, seed and hash, as words.
    """
    mine = evaluation.filter(
        pl.col("scorer") == scorer.name, pl.col("group") == "all", pl.col("layer") == "truth"
    )
    measured = {row["metric"]: row for row in mine.iter_rows(named=True)}
    last = measured.get("threshold", {})
    trained = scorer if isinstance(scorer, TrainedScorer) else None
    gaps = uneven_groups(evaluation).filter(pl.col("scorer") == scorer.name).drop("scorer")
    return ScorerCard(
        scorer=scorer.name,
        label=trained.label if trained else "",
        trained_until=format_month(trained.trained_until) if trained else "",
        features=trained.columns if trained else (),
        learned_rows_n=len(learned.label) if learned else 0,
        learned_positives_n=int(learned.label.sum()) if learned else 0,
        learned_households_n=len(set(learned.household_id.tolist())) if learned else 0,
        judged_rounds=tuple(format_month(each.month) for each in judged),
        judged_households_n=len({row for each in judged for row in each.rows.tolist()}),
        listed_n=float(measured["listed_n"]["value"]),
        threshold=last.get("value"),
        threshold_low=last.get("low"),
        threshold_high=last.get("high"),
        figures=tuple(_figures(evaluation, scorer.name)),
        uneven_groups=tuple(gaps.to_dicts()),
        surprising=scorer.name in surprising,
        provenance=provenance,
    )


def _figures(evaluation: pl.DataFrame, name: str) -> Iterator[Figure]:
    rows = evaluation.filter(
        pl.col("group") == "all",
        pl.col("scorer").is_in([name, *BESIDE]),
        pl.col("metric").is_in(SHOWN),
        pl.col("layer").is_in(OF_ALL) | pl.col("metric").is_in(["precision", "auc", "brier"]),
        pl.col("value").is_not_null(),
    )
    names = ("scorer", "layer", "metric", "value", "sample_low", "sample_high")
    for row in rows.select(names).iter_rows():
        yield Figure(*row)


def _lines(card: ScorerCard) -> Iterator[str]:
    yield from (f"# Scorer card: {card.scorer}", "", f"**{EVIDENCE}**", "")
    yield from ("## Use", "", USE, "", NOT_FOR, "")
    yield from ("## Data and labels", "", *_data(card), "")
    yield from ("## Performance", "", *_table(card), "")
    yield from ("## Groups", "", *_groups(card), "")
    yield from ("## Threshold and decision", "", *_threshold(card), "")
    yield from ("## Limits", "", *_limits(card), "")
    yield from ("## Provenance", "", *(f"- {k}: {v}" for k, v in card.provenance.items()))


def _data(card: ScorerCard) -> Iterator[str]:
    if card.label:
        rows = (
            f"{card.learned_rows_n:,} rows of {card.learned_households_n:,} households "
            f"({card.learned_positives_n:,} positive)"
        )
        yield (
            f"Learned `{card.label}` from {'data outside this run' if _foreign(card) else rows}, "
            f"as known at the end of {card.trained_until}. Reads {len(card.features)} features: "
            + ", ".join(f"`{each}`" for each in card.features)
            + "."
        )
    else:
        yield "A rule that learns nothing."
    yield (
        f"Judged on {card.judged_households_n:,} other households in the {len(card.judged_rounds)} "
        f"rounds from {card.judged_rounds[0]} to {card.judged_rounds[-1]}."
    )


def _foreign(card: ScorerCard) -> bool:
    """Say whether a scorer learned elsewhere: it learned, and from nothing in this run."""
    return bool(card.label) and not card.learned_rows_n


def _table(card: ScorerCard) -> Iterator[str]:
    yield "| ranking | labels | measure | value | 95 % interval over households |"
    yield "|---|---|---|---:|---:|"
    for each in card.figures:
        ends = "" if each.low is None or each.high is None else f"{each.low:.3f} to {each.high:.3f}"
        value = f"{each.value:.3f}"
        yield f"| {each.scorer} | {each.layer} | {each.metric} | {value} | {ends} |"


def _groups(card: ScorerCard) -> Iterator[str]:
    if not card.uneven_groups:
        yield "No difference in recall between groups is beyond chance."
    for each in card.uneven_groups:
        ends = f"{each['sample_low']:+.3f} to {each['sample_high']:+.3f}"
        yield f"- {each['group']}: recall {each['recall_gap']:+.3f} to that of others ({ends})"


def _threshold(card: ScorerCard) -> Iterator[str]:
    yield (
        f"The list has a length, not a threshold: {card.listed_n:,.0f} places in these rounds. The "
        "last score on it follows."
    )
    if card.threshold is not None:
        ends = f"{card.threshold_low:.4g} to {card.threshold_high:.4g}"
        yield f"It was {card.threshold:.4g} on average ({ends})."


def _limits(card: ScorerCard) -> Iterator[str]:
    if card.surprising:
        yield "- **Its AUC is beyond what studies have reached: explain it before using it.**"
    if _foreign(card):
        yield "- That it learned from none of the households it is judged on cannot be told here."
    yield "- Recorded labels exist only where earlier lists went, and for households reached."
    yield "- Intervals hold the training and the luck of one past fixed."
    yield "- Shares of the indicators' drivers, lags and losses are assumed."
