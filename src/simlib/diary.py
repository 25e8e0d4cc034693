"""Diaries: what happens to a few households, month by month, as exactly as the model knows it."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

MONTHS = {
    "household_id": pl.UInt32,
    "month": pl.Int32,
    "income_krw_m": pl.Float64,
    "need_krw_m": pl.Float64,
    "size": pl.Int64,
    "children_n": pl.Int64,
    "jobless": pl.Boolean,
    "ill": pl.Boolean,
    "buffer_months": pl.Float64,
    "arrears_months": pl.Int64,
    "crisis_months": pl.Int64,
    "paid_krw_m": pl.Float64,
    "paid_back_krw_m": pl.Float64,
    "opted_out": pl.Boolean,
    "eased": pl.Boolean,
    "held": pl.Boolean,
    "queue_n": pl.Int64,
}
"""A row a household and month; the first is the state before the first month. What is paid back is
not taken off what is paid."""
AROUND = ("eased", "held", "queue_n")
"""Columns of what is around a household: whether claims are eased for it, whether an error holds
its payments back, and its office's queue."""
CELLS = {
    "household_id": pl.UInt32,
    "month": pl.Int32,
    "programme": pl.String,
    "entitled": pl.Boolean,
    "amount_krw_m": pl.Float64,
    "state": pl.String,
}
LIFE = {"household_id": pl.UInt32, "month": pl.Int32, "event": pl.String}
EVENTS = (
    "births",
    "pregnancies",
    "deaths",
    "divorces",
    "moves",
    "ended",
    "jobs_lost",
    "jobs_found",
    "illnesses",
    "recoveries",
)
"""Life events that a diary tells, names of :class:`~simlib.life.events.Happenings`."""
CONTACTS = {
    "household_id": pl.UInt32,
    "month": pl.Int32,
    "instrument": pl.String,
    "stage": pl.String,
}
DECISIONS = {
    "household_id": pl.UInt32,
    "month": pl.Int32,
    "programme": pl.String,
    "wait_days": pl.Float64,
    "entitled": pl.Boolean,
    "awarded": pl.Boolean,
}
CASES = {
    "household_id": pl.UInt32,
    "month": pl.Int32,
    "event": pl.String,
    "programme": pl.String,
    "krw": pl.Float64,
}
CASE_EVENTS = (
    *("death_unknown", "death_known", "move_unknown", "move_known"),
    *("appeal_filed", "appeal_won", "appeal_lost"),
    *("wrong_found", "owes", "paid_back"),
    *("payment_waits", "first_paid"),
)
"""Events between a household and the offices; the first four concern no programme."""
SCHEMAS: dict[str, dict[str, Any]] = {
    "months": MONTHS,
    "cells": CELLS,
    "life": LIFE,
    "contacts": CONTACTS,
    "decisions": DECISIONS,
    "cases": CASES,
}
"""Tables of a diary with their columns."""


@dataclass(frozen=True)
class Diary:
    """Hold the diaries of some households in one world.

    Attributes
    ----------
    months
        Circumstances, money and crisis, columns of :data:`MONTHS`.
    cells
        Where the household stands at the end of each month in every programme that it is
        entitled to, has a claim in or knows of, columns of :data:`CELLS`.
    life
        Events of :data:`EVENTS`.
    contacts
        What instruments did, by stage (see :mod:`simlib.outreach.ledger`).
    decisions
        Decisions on claims, with the days waited, and whether the household was entitled.
    cases
        Events of :data:`CASE_EVENTS`: deaths and moves known late, appeals, money paid without a
        right and paid back, first payments that come a month later.
    """

    months: pl.DataFrame = field(repr=False)
    cells: pl.DataFrame = field(repr=False)
    life: pl.DataFrame = field(repr=False)
    contacts: pl.DataFrame = field(repr=False)
    decisions: pl.DataFrame = field(repr=False)
    cases: pl.DataFrame = field(repr=False)

    @property
    def opening(self) -> int:
        """Give the month before the first, whose state the run begins with."""
        return int(self.months["month"].min())  # type: ignore[arg-type]

    def of(self, household_id: int) -> "Diary":
        """Give the diary of one household."""
        mine = pl.col("household_id") == household_id
        return Diary(*(frame.filter(mine) for frame in vars(self).values()))
