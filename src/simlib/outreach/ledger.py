"""What outreach did this month: households by instrument and stage, and what it cost."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

STAGES: Final = (
    "selected",
    "listed",
    "attempted",
    "reached",
    "accepted",
    "helped",
    "referred",
    "notices",
    "entry_notices",
    "means_test_notices",
    "change_notices",
    "vain",
    "read",
    "opted_out",
    "joined",
    "enrolled",
    "stopped",
    "duplicates",
    "ended",
    "resolved",
)
"""Stages of a contact, and what else an instrument does to households."""

Rows = NDArray[np.int64]


@dataclass
class Ledger:
    """Collect what each instrument did in one month.

    Attributes
    ----------
    entries
        Instrument, stage, and rows of the households that it brought there.
    days
        Days from being listed, or referred, to the attempt, summed by instrument.
    messages_krw
        Cost of messages and machine calls, won.
    """

    entries: list[tuple[str, str, Rows]] = field(default_factory=list)
    days: dict[str, float] = field(default_factory=dict)
    messages_krw: float = 0.0

    def note(self, instrument: str, stage: str, rows: Rows) -> None:
        """Note the households that an instrument brought to a stage."""
        if stage not in STAGES:
            raise ValueError(f"unknown stage of outreach '{stage}'")
        if rows.size:
            self.entries.append((instrument, stage, rows))

    def note_days(self, instrument: str, days: NDArray[np.float64]) -> None:
        """Note the days that those attempted had waited for it, (attempted,)."""
        self.days[instrument] = self.days.get(instrument, 0.0) + float(days.sum())

    def rows(self, stage: str) -> Rows:
        """Give all rows noted at a stage, once for each time."""
        found = [rows for _, each, rows in self.entries if each == stage]
        return np.concatenate(found) if found else np.empty(0, np.int64)
