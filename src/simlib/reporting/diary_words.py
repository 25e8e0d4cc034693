"""Twin diaries in words: a line for every month in which something happens."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from simlib.diary import Diary
from simlib.experiments.diary_events import Event, events_by_month
from simlib.experiments.twins import UNNOTICED, Twin
from simlib.reporting.context import Report
from simlib.reporting.pages.rates import has_fixed_rates

TOUCHED, PARTED = "\N{BLACK RIGHT-POINTING TRIANGLE}", "\N{NOT EQUAL TO}"
_SPECIAL_MOVES = {
    ("receiving", "suspended"): "stopped",
    ("receiving", "aware"): "ended",
    ("receiving", "unaware"): "broken",
    ("receiving", "denied"): "barred",
    ("receiving", "applying"): "begun_anew",
    ("lapsed", "receiving"): "receiving",
    ("pending", "receiving"): "receiving",
    ("pending", "aware"): "withdrawn",
    ("applying", "aware"): "dropped",
    ("suspended", "aware"): "may_try",
    ("denied", "aware"): "may_try",
    ("lapsed", "aware"): "may_try",
}


@dataclass(frozen=True)
class Line:
    """Hold a month of twin diaries.

    Attributes
    ----------
    month
        The month.
    mark
        :data:`TOUCHED` in the month of the first touch, :data:`PARTED` in that of the first
        difference, both or nothing.
    both, without, with_policy
        What happens in both worlds, and in one of them only.
    paid_without_krw, paid_with_krw
        What is paid in the month, won.
    """

    month: int
    mark: str
    both: tuple[str, ...]
    without: tuple[str, ...]
    with_policy: tuple[str, ...]
    paid_without_krw: float
    paid_with_krw: float


def lines(report: Report, twin: Twin) -> list[Line]:
    """Give a line for each month with an event in one of the worlds."""
    ours, theirs = events_by_month(twin.with_policy), events_by_month(twin.without)
    paid = [
        dict(each.months.select("month", "paid_krw_m").iter_rows())
        for each in (twin.without, twin.with_policy)
    ]
    found = []
    for month, events in ours.items():
        others = theirs[month]
        mark = TOUCHED * (month == twin.first_touched) + PARTED * (month == twin.first_difference)
        if not (events or others or mark):
            continue
        both = [each for each in events if each in others]
        found.append(
            Line(
                month,
                mark,
                _words(report, both),
                _words(report, [each for each in others if each not in both]),
                _words(report, [each for each in events if each not in both]),
                paid[0][month],
                paid[1][month],
            )
        )
    return found


def opening(report: Report, twin: Twin) -> str:
    """Say how the household stands before the first month, in both worlds alike."""
    text, diary = report.text, twin.without
    at_first = diary.months.row(by_predicate=pl.col("month") == diary.opening, named=True)
    cells = diary.cells.filter(pl.col("month") == diary.opening, pl.col("state") == "receiving")
    names = [report.programme(each) for each in cells["programme"]]
    return text(
        "diary.opening",
        members=text.number(at_first["size"], "count"),
        children=text.number(at_first["children_n"], "count"),
        income=text.number(at_first["income_krw_m"], "krw"),
        benefits=text.join(names) or text("diary.no_benefits"),
    )


def marks(report: Report, twin: Twin) -> list[str]:
    """Say when the policy first touched the household and when its diaries part."""
    text = report.text
    first, parted = twin.first_touched, twin.first_difference
    touched = (
        text("diary.untouched") if first is None else text("diary.touched", month=text.month(first))
    )
    if parted is None:
        return [touched, text("diary.identical")]
    cause = text(f"diary.parted_by.{twin.parted_by}")
    return [touched, text("diary.parted", month=text.month(parted), cause=cause)]


def totals(report: Report, twin: Twin) -> list[str]:
    """Say what is paid over the whole period in each world, and what is paid back."""
    names = {"baseline": report.policy(twin.baseline), "policy": report.policy(twin.policy)}
    worlds = {"without": twin.without, "with": twin.with_policy}
    paid = {name: total(report, each) for name, each in worlds.items()}
    said = [report.text("diary.total", **names, **paid)]
    if any(each.months["paid_back_krw_m"].sum() for each in worlds.values()):
        back = {name: total(report, each, "paid_back_krw_m") for name, each in worlds.items()}
        said.append(report.text("diary.total_back", **names, **back))
    return said


def total(report: Report, diary: Diary, column: str = "paid_krw_m") -> str:
    """Write the money of all months after the opening."""
    during = diary.months.filter(pl.col("month") > diary.opening)
    return str(report.text.number(float(during[column].sum()), "krw"))


def _words(report: Report, events: Sequence[Event]) -> tuple[str, ...]:
    return tuple(in_words(report, each) for each in events)


def in_words(report: Report, event: Event) -> str:
    """Put an event into words."""
    text, kind = report.text, event.kind
    if kind == "life":
        return text(f"diary.life.{event.subject}")
    if kind == "contact":
        every = event.after.split()
        noticed = [stage for stage in every if stage not in (*UNNOTICED, "notices")]
        shown = noticed if noticed else every[-1:]
        stages = [report.word("diary.stage", stage) for stage in shown]
        name = report.word("instrument", event.subject)
        return text("diary.contact", instrument=name, stages=", ".join(stages))
    if not event.subject:
        return text(f"diary.{kind}")
    programme = report.programme(event.subject)
    if kind == "moves":
        move = _drawn(event) if has_fixed_rates(report) else _move(event)
        return text(f"diary.moves.{move}", programme=programme)
    if kind == "decided":
        begun = "decided" if event.before == "pending" else "applied"
        days = text.number(round(event.number or 0), "count")
        return text(f"diary.{begun}.{event.after}", programme=programme, days=days)
    amount = text.number(event.number or 0, "krw")
    return text(f"diary.{kind}", programme=programme, amount=amount)


def _move(event: Event) -> str:
    """Name a move: by where it leads, unless where it comes from says more."""
    if event.after == "receiving" and event.before not in ("lapsed", "pending"):
        return "enrolled"
    return _SPECIAL_MOVES.get((event.before, event.after), event.after)


def _drawn(event: Event) -> str:
    """Name a move where receipt is a kept draw: nobody claims or forgets."""
    return {"receiving": "drawn", "unaware": "undrawn"}.get(event.after, event.after)
