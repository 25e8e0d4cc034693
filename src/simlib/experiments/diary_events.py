"""What a diary tells of each month: one event after the other, to be put into words."""

from itertools import pairwise
from typing import Any, NamedTuple

import polars as pl

from simlib.diary import Diary

UNAWARE = "unaware"


class Event(NamedTuple):
    """Hold one event of a month.

    Attributes
    ----------
    kind
        ``life``, ``begins`` and ``ends`` (of a right), ``moves`` (from state to state),
        ``decided``, ``contact``, ``eased`` and ``uneased``, ``held`` and ``paid_up``,
        ``opted_out``, ``arrears`` and ``no_arrears``, ``crisis`` and ``no_crisis``.
    subject
        Programme, instrument or life event.
    before, after
        States or outcome, where the kind has them.
    number
        Won a month, days, or None.
    """

    kind: str
    subject: str = ""
    before: str = ""
    after: str = ""
    number: float | None = None


_TURNS = (
    ("arrears_months", "arrears", "no_arrears"),
    ("crisis_months", "crisis", "no_crisis"),
    ("eased", "eased", "uneased"),
    ("held", "held", "paid_up"),
    ("opted_out", "opted_out", ""),
)
"""Columns that begin or end to hold, and the events that this is."""


def events_by_month(diary: Diary) -> dict[int, list[Event]]:
    """Tell what happens in each month after the opening, in the order of the month.

    Parameters
    ----------
    diary
        The diary of one household.
    """
    months = sorted(diary.months.to_dicts(), key=lambda row: int(row["month"]))
    cells: dict[int, dict[str, dict[str, Any]]] = {row["month"]: {} for row in months}
    for cell in diary.cells.iter_rows(named=True):
        cells[cell["month"]][cell["programme"]] = cell
    found = {}
    for before, now in pairwise(months):
        month = int(now["month"])
        decided = _decisions(diary, month, cells[before["month"]])
        found[month] = [
            *_life(diary, month),
            *_rights(cells[before["month"]], cells[month]),
            *_contacts(diary, month),
            *decided,
            *_moves(cells[before["month"]], cells[month], {each.subject for each in decided}),
            *_turns(before, now),
        ]
    return found


def _at(frame: pl.DataFrame, month: int) -> list[dict[str, Any]]:
    return frame.filter(pl.col("month") == month).to_dicts()


def _life(diary: Diary, month: int) -> list[Event]:
    return [Event("life", row["event"]) for row in _at(diary.life, month)]


def _rights(before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> list[Event]:
    events = []
    for programme in sorted(before.keys() | now.keys()):
        had = programme in before and before[programme]["entitled"]
        has = programme in now and now[programme]["entitled"]
        if has and not had:
            events.append(Event("begins", programme, number=now[programme]["amount_krw_m"]))
        elif had and not has:
            events.append(Event("ends", programme))
    return events


def _contacts(diary: Diary, month: int) -> list[Event]:
    """Give each instrument's stages as one event, the stages in their order."""
    stages: dict[str, list[str]] = {}
    for row in _at(diary.contacts, month):
        known = stages.setdefault(row["instrument"], [])
        if row["stage"] not in known:
            known.append(row["stage"])
    return [Event("contact", name, after=" ".join(each)) for name, each in stages.items()]


def _decisions(diary: Diary, month: int, before: dict[str, dict[str, Any]]) -> list[Event]:
    """Give the month's decisions; before is what stood there, a claim or not yet one."""
    return [
        Event(
            "decided",
            row["programme"],
            before=before[row["programme"]]["state"] if row["programme"] in before else UNAWARE,
            after="awarded" if row["awarded"] else "refused",
            number=row["wait_days"],
        )
        for row in _at(diary.decisions, month)
    ]


def _moves(
    before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]], decided: set[str]
) -> list[Event]:
    """Give the moves of the funnel; those that a decision explains are told by it."""
    events = []
    for programme in sorted(before.keys() | now.keys()):
        old = before[programme]["state"] if programme in before else UNAWARE
        new = now[programme]["state"] if programme in now else UNAWARE
        if old != new and programme not in decided:
            events.append(Event("moves", programme, old, new))
    return events


def _turns(before: dict[str, Any], now: dict[str, Any]) -> list[Event]:
    events = []
    for column, begins, ends in _TURNS:
        was, is_so = bool(before[column]), bool(now[column])
        if is_so and not was:
            events.append(Event(begins))
        elif was and not is_so and ends:
            events.append(Event(ends))
    return events
