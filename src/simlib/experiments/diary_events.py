"""What a diary tells of each month: one event after the other, to be put into words."""

from itertools import pairwise
from typing import Any, NamedTuple

import polars as pl

from simlib.diary import Diary

UNAWARE = "unaware"
CLOSED = "closed"
"""State after a move that leads nowhere: the household has ended."""
EXPLAINED = ("appeal_filed", "appeal_won", "appeal_lost", "wrong_found")
"""Cases that tell of a move themselves."""


class Event(NamedTuple):
    """Hold one event of a month.

    Attributes
    ----------
    kind
        ``life``, ``begins`` and ``ends`` (of a right), ``moves`` (from state to state),
        ``mistaken`` (a claim without a right), ``decided``, one of
        :data:`~simlib.diary.CASE_EVENTS`, ``contact``, ``eased`` and ``uneased``, ``held`` and
        ``paid_up``, ``opted_out``, ``arrears`` and ``no_arrears``, ``crisis`` and ``no_crisis``.
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
        old, new = cells[before["month"]], cells[month]
        decided, (learned, cases) = _decisions(diary, month, old), _cases(diary, month)
        told = {each.subject for each in decided}
        told |= {each.subject for each in cases if each.kind in EXPLAINED}
        moves = _moves(old, new, told)
        found[month] = [
            *_life(diary, month),
            *learned,
            *_rights(old, new),
            *_contacts(diary, month),
            *decided,
            *cases,
            *(moves if now["size"] else _closed(moves)),
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
            after=_outcome(row["awarded"], row["entitled"]),
            number=row["wait_days"],
        )
        for row in _at(diary.decisions, month)
    ]


def _outcome(awarded: bool, entitled: bool) -> str:
    """Name a decision, and the error in it: awards without a right, refusals of a right."""
    outcome = "awarded" if awarded else "refused"
    return outcome if awarded == entitled else f"{outcome}_in_error"


def _cases(diary: Diary, month: int) -> tuple[list[Event], list[Event]]:
    """Give what the state misses and learns of the household, and what is open between them."""
    events = [
        Event(row["event"], row["programme"], number=row["krw"]) for row in _at(diary.cases, month)
    ]
    return [each for each in events if not each.subject], [each for each in events if each.subject]


def _moves(
    before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]], told: set[str]
) -> list[Event]:
    """Give the moves of the funnel but those of programmes of which another event tells."""
    events = []
    for programme in sorted(before.keys() | now.keys()):
        old = before[programme]["state"] if programme in before else UNAWARE
        new = now[programme]["state"] if programme in now else UNAWARE
        if old == new or programme in told:
            continue
        mistaken = new == "pending" and not now[programme]["entitled"]
        events.append(Event("mistaken" if mistaken else "moves", programme, old, new))
    return events


def _closed(moves: list[Event]) -> list[Event]:
    """Give the moves of a household that has ended: what it had under way or received."""
    idle = (UNAWARE, "aware")
    return [each._replace(after=CLOSED) for each in moves if each.before not in idle]


def _turns(before: dict[str, Any], now: dict[str, Any]) -> list[Event]:
    events = []
    for column, begins, ends in _TURNS:
        was, is_so = bool(before[column]), bool(now[column])
        if is_so and not was:
            events.append(Event(begins))
        elif was and not is_so and ends:
            events.append(Event(ends))
    return events
