"""Twin diaries: the same household with and without a policy, and where they part."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from simlib.diary import AROUND, Diary
from simlib.months import format_month

PARTED = ("contact", "eased", "queue", "neighbours")
"""What parts a household from its twin: a contact or check of its own records, claims eased for
it, its office's queue, or what its neighbours receive."""


LEARNED, MISSED = ("death_known", "move_known"), ("death_unknown", "move_unknown")
"""What the state learns from a check of its records, or in time without one; what it misses."""
UNNOTICED = ("selected", "listed", "attempted", "joined", "referred")
"""Stages that a household itself does not notice."""


@dataclass(frozen=True)
class Twin:
    """Hold one household in two worlds.

    Parameters
    ----------
    household_id, replicate
        Which household, and in which luck.
    policy, baseline
        Names of the policies.
    with_policy, without
        Its diaries.
    rule
        Why this household is shown, when somebody else chose it.
    """

    household_id: int
    replicate: int
    policy: str
    baseline: str
    with_policy: Diary = field(repr=False)
    without: Diary = field(repr=False)
    rule: str = ""

    @property
    def is_alone(self) -> bool:
        """Tell whether both worlds are one: the policy is the baseline."""
        return self.policy == self.baseline

    @cached_property
    def first_contact(self) -> int | None:
        """Give the month in which an instrument first contacted it or acted on its records."""
        contacts, months = self.with_policy.contacts, self.with_policy.months
        noticed = contacts.filter(~pl.col("stage").is_in(UNNOTICED))["month"]
        held = months.filter("held")["month"]
        return _first(pl.concat([noticed, held, self._known_sooner()]))

    def _known_sooner(self) -> pl.Series:
        """Give the months in which the state learned, or knew, more than in the other world."""
        ours, theirs = (
            each.cases.select("month", "event") for each in (self.with_policy, self.without)
        )
        learned = ours.filter(pl.col("event").is_in(LEARNED))
        missed = theirs.filter(pl.col("event").is_in(MISSED))
        both = ["month", "event"]
        more = learned.join(theirs, on=both, how="anti"), missed.join(ours, on=both, how="anti")
        return pl.concat(more)["month"]

    @cached_property
    def first_eased(self) -> int | None:
        """Give the month in which claims were first eased for it."""
        ours, theirs = self.with_policy.months, self.without.months
        return _first(ours.filter(ours["eased"] & ~theirs["eased"])["month"])

    @cached_property
    def first_touched(self) -> int | None:
        """Give the month in which the policy first touched it, by a contact or eased claims."""
        months = [each for each in (self.first_contact, self.first_eased) if each is not None]
        return min(months, default=None)

    @cached_property
    def first_difference(self) -> int | None:
        """Give the first month in which anything differs between its two diaries."""
        ours, theirs = _signature(self.with_policy), _signature(self.without)
        months = sorted(ours.keys() | theirs.keys())
        return next((each for each in months if ours.get(each) != theirs.get(each)), None)

    @cached_property
    def parted_by(self) -> str | None:
        """Name what parts the twins, one of :data:`PARTED`; None when nothing does."""
        first = self.first_difference
        if first is None:
            return None
        if self.first_contact is not None and self.first_contact <= first:
            return "contact"
        if self.first_eased is not None and self.first_eased <= first:
            return "eased"
        now = pl.col("month") == first
        ours, theirs = (each.decisions.filter(now) for each in (self.with_policy, self.without))
        return "neighbours" if ours.equals(theirs) else "queue"

    def as_dict(self) -> dict[str, Any]:
        """Give both diaries as plain data."""
        return {
            "household_id": self.household_id,
            "replicate": self.replicate,
            "policy": self.policy,
            "baseline": self.baseline,
            "rule": self.rule,
            "first_touched": _month(self.first_touched),
            "first_difference": _month(self.first_difference),
            "parted_by": self.parted_by,
            "with_policy": _plain(self.with_policy),
            "without": _plain(self.without),
        }


def _first(months: pl.Series) -> int | None:
    return None if months.is_empty() else int(months.min())  # type: ignore[arg-type]


def _month(month: int | None) -> str | None:
    return None if month is None else format_month(month)


def _plain(diary: Diary) -> dict[str, Any]:
    return {
        name: [
            {**row, "month": format_month(row["month"])}
            for row in frame.drop("household_id").to_dicts()
        ]
        for name, frame in vars(diary).items()
    }


def _signature(diary: Diary) -> dict[int, list[tuple[Any, ...]]]:
    """Gather by month all that happens to the household itself."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    own = diary.months.drop("household_id", *AROUND)
    events = (each.drop("household_id") for each in (diary.cells, diary.decisions, diary.cases))
    for frame in (own, *events):
        for row in frame.iter_rows(named=True):
            month = row.pop("month")
            found.setdefault(month, []).append(tuple(row.values()))
    return found
