"""What is said of a ranking on one layer of labels: of its lists, of its order, of its groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.months import format_month
from simlib.risk.layers import Layer
from simlib.risk.metrics import Membership, hit_bounds, list_membership, ranking_metrics, ratio
from simlib.risk.rounds import RoundRecord
from simlib.risk.sampling import (
    NONE,
    Households,
    Interval,
    auc_interval,
    gap_interval,
    ratio_interval,
    share_interval,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = Floats | Bools

ALL, ROUND = "all", "round"
"""Group of all households, and the stratum whose groups are the rounds."""


class Measure(NamedTuple):
    """Hold one number: its group, its name, its bounds, and the interval of sampling."""

    group: str
    metric: str
    value: float | None
    bounds: Interval = NONE
    sample: Interval = NONE


@dataclass(frozen=True)
class Lists:
    """Hold a scorer's lists round by round, and all rows together: share listed and scores."""

    members: list[Membership]
    share: Floats
    scores: Floats

    @classmethod
    def of(cls, scores: Sequence[Floats], sizes: Sequence[int]) -> "Lists":
        """Make the list of every round."""
        members = [list_membership(*pair) for pair in zip(scores, sizes, strict=True)]
        return cls(members, np.concatenate([m.share for m in members]), np.concatenate(scores))


class Group(NamedTuple):
    """Hold a group: ``stratum=name``, its (rows,) members, its households, groups beside it."""

    place: str
    here: Bools
    households_n: int
    groups_n: int


@dataclass(frozen=True)
class Pool:
    """Hold the rows of all rounds: whose they are, and the groups they belong to."""

    rounds: Sequence[RoundRecord]
    households: Households
    groups: Sequence[Group]

    @classmethod
    def of(cls, rounds: Sequence[RoundRecord]) -> "Pool":
        """Put rounds together; each round is a group too."""
        strata = {
            name: np.concatenate([np.asarray(each.groups[name]).astype(str) for each in rounds])
            for name in sorted({stratum for each in rounds for stratum in each.groups})
        }
        lengths = [len(each.rows) for each in rounds]
        strata[ROUND] = np.repeat([format_month(each.month) for each in rounds], lengths)
        households = Households.of_ids(np.concatenate([each.rows for each in rounds]))
        groups = []
        for stratum, member_of in strata.items():
            names, codes = np.unique(member_of, return_inverse=True)
            for code, name in enumerate(names):
                here = codes == code
                size = households.count(here)
                groups.append(Group(f"{stratum}={name}", here, size, len(names)))
        return cls(rounds, households, groups)


@dataclass(frozen=True)
class Judged:
    """Hold what one layer of labels says of a pool's rows.

    ``label``, ``known`` and ``learnable`` are (rows,), see
    :class:`~simlib.risk.rounds.RoundRecord`. ``smallest`` is the number of different households
    below which a cell is suppressed, and ``enough`` says whether as many have the outcome.
    """

    pool: Pool
    layer: Layer
    label: Bools
    known: Bools
    learnable: Bools
    smallest: int
    enough: bool

    @classmethod
    def of(cls, pool: Pool, layer: Layer, smallest: int) -> "Judged":
        """Read the labels of a layer."""
        label = np.concatenate([each.label(layer) for each in pool.rounds])
        return cls(
            pool,
            layer,
            label,
            np.concatenate([each.known(layer) for each in pool.rounds]),
            np.concatenate([each.learnable(layer) for each in pool.rounds]),
            smallest,
            pool.households.count(label) >= smallest,
        )

    @property
    def households(self) -> Households:
        """Give whose rows they are."""
        return self.pool.households

    def among(self, rows: NDArray[Any]) -> Households:
        """Give the households of some rows."""
        return Households(self.households.of[rows], self.households.n)


def list_measures(judged: Judged, lists: Lists) -> Iterator[Measure]:
    """Measure the lists: their length, what they find, precision, recall, lift, last score."""
    hits, optimistic = np.zeros(3), 0.0
    for record, member in zip(judged.pool.rounds, lists.members, strict=True):
        label, known = record.label(judged.layer), record.known(judged.layer)
        hits += hit_bounds(member, label)
        optimistic += hit_bounds(member, label | ~known)[2]
    found, worst, best = (float(each) for each in hits)
    listed, known_listed = float(lists.share.sum()), float(lists.share @ judged.known)
    positives = int(judged.label.sum())
    base = ratio(positives, int(judged.known.sum()))
    precision = ratio(found, known_listed), ratio(worst, listed), ratio(optimistic, listed)
    yield Measure(ALL, "listed_n", listed)
    yield Measure(ALL, "base_rate", base, sample=_share(judged, judged.label, judged.known))
    yield Measure(ALL, "found_n", found, Interval(worst, best))
    part = lists.share * judged.label
    sample = _share(judged, part, lists.share * judged.known)
    yield Measure(ALL, "precision", precision[0], Interval(*precision[1:]), sample)
    recall = [ratio(each, positives) for each in (found, worst, best)]
    sample = _share(judged, part, judged.label)
    yield Measure(ALL, "recall", recall[0], Interval(*recall[1:]), sample)
    lift = [None if each is None or not base else each / base for each in precision]
    yield Measure(ALL, "lift", lift[0], Interval(*lift[1:]))
    last = [each.threshold for each in lists.members if each.threshold is not None]
    if last:
        yield Measure(ALL, "threshold", float(np.mean(last)), Interval(min(last), max(last)))


def lead_measures(judged: Judged, lists: Lists, rule: Lists, oracle: Lists) -> Iterator[Measure]:
    """Measure the lead over the rule of thumb, in recall and as a share of the oracle's lead.

    There are no intervals where too few different households are in need to tell how they differ.
    """
    yield _over_rule(judged, lists, rule, np.ones_like(judged.label), ALL)
    part = (lists.share - rule.share) * judged.label
    whole = (oracle.share - rule.share) * judged.label
    value = ratio(float(part.sum()), float(whole.sum())) if whole.sum() > 0 else None
    sample = ratio_interval(part, whole, judged.households) if judged.enough else NONE
    yield Measure(ALL, "share_of_oracle_lead", value, sample=sample)


def order_measures(judged: Judged, lists: Lists) -> Iterator[Measure]:
    """Measure the order of all rows whose outcome is known, whatever the list's length."""
    rows = judged.known
    label, scores = judged.label[rows], lists.scores[rows]
    for metric, value in ranking_metrics(scores, label).items():
        shown = metric == "auc" and judged.enough
        sample = auc_interval(scores, label, judged.among(rows)) if shown else NONE
        yield Measure(ALL, metric, value, sample=sample)


def probability_measures(judged: Judged, lists: Lists, bins_n: int) -> Iterator[Measure]:
    """Compare predicted chances with what came, among those whose outcome could be learned.

    Bins are of equal size; the observed share of each has an interval.
    """
    rows = np.flatnonzero(judged.learnable)
    if not rows.size:
        return
    error = (lists.scores[rows] - judged.label[rows]) ** 2
    sample = ratio_interval(error, np.ones(rows.size), judged.among(rows))
    yield Measure(ALL, "brier", float(error.mean()), sample=sample)
    order = rows[np.argsort(lists.scores[rows], kind="stable")]
    for number, part in enumerate(np.array_split(order, bins_n), start=1):
        if not part.size:
            continue
        label = judged.label[part].astype(np.float64)
        sample = share_interval(label, np.ones(part.size), judged.among(part))
        predicted = float(lists.scores[part].mean())
        yield Measure(ALL, f"calibration_predicted_{number:02d}", predicted)
        observed = float(label.mean())
        yield Measure(ALL, f"calibration_observed_{number:02d}", observed, sample=sample)


def group_measures(judged: Judged, lists: Lists, rule: Lists) -> Iterator[Measure]:
    """Measure every group and every round: need, who is listed, precision and recall.

    ``recall_gap`` is the recall of a group less that of all others of its stratum; the intervals
    of a stratum hold together. A number on fewer than the smallest number of
    different households is suppressed.
    """
    smallest = judged.smallest
    found, listed = lists.share * judged.label, lists.share * judged.known
    for group in judged.pool.groups:
        here, enough = group.here, group.households_n >= smallest
        several = judged.households.count((listed > 0.0) & here) >= smallest
        yield _of_group(judged, "base_rate", group, judged.label, judged.known, shown=enough)
        yield _of_group(judged, "listed_share", group, lists.share, here, shown=enough)
        yield _of_group(judged, "precision", group, found, listed, shown=several)
        needy = judged.households.count(judged.label & here) >= smallest
        yield _of_group(judged, "recall", group, found, judged.label, shown=needy)
        if not needy:
            yield from (Measure(group.place, each, None) for each in _FOUND)
            continue
        yield _over_rule(judged, lists, rule, here, group.place)
        gap, sample = gap_interval(
            found, _floats(judged.label), here, judged.households, group.groups_n
        )
        yield Measure(group.place, "recall_gap", gap, sample=sample)


_FOUND = ("recall_over_rule", "recall_gap")


def _of_group(
    judged: Judged, metric: str, group: Group, part: Rows, whole: Rows, *, shown: bool
) -> Measure:
    """Give the share that part is of the whole within a group, null where it is suppressed."""
    inside = group.here.astype(np.float64)
    part, whole = part * inside, whole * inside
    value = ratio(float(part.sum()), float(whole.sum())) if shown else None
    sample = NONE if value is None else share_interval(part, whole, judged.households)
    return Measure(group.place, metric, value, sample=sample)


def _over_rule(judged: Judged, lists: Lists, rule: Lists, here: Bools, place: str) -> Measure:
    """Give the recall of a ranking less that of the rule, of the same households."""
    needy = (judged.label & here).astype(np.float64)
    part = (lists.share - rule.share) * needy
    value = ratio(float(part.sum()), float(needy.sum()))
    sample = ratio_interval(part, needy, judged.households) if judged.enough else NONE
    return Measure(place, "recall_over_rule", value, sample=sample)


def _share(judged: Judged, part: Rows, whole: Rows) -> Interval:
    return share_interval(_floats(part), _floats(whole), judged.households)


def _floats(rows: Rows) -> Floats:
    return np.asarray(rows, dtype=np.float64)
