"""What outreach did this month: households by instrument and stage, and what it cost."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

STAGES: Final = (
    "selected",
    "attempted",
    "reached",
    "accepted",
    "helped",
    "notices",
    "read",
    "opted_out",
    "joined",
    "enrolled",
    "stopped",
)
"""Stages of a contact, and what else an instrument does to households."""

Rows = NDArray[np.int64]


@dataclass
class Ledger:
    """Collect the rows that each instrument brought to each stage in one month."""

    entries: list[tuple[str, str, Rows]] = field(default_factory=list)
    messages_krw: float = 0.0

    def note(self, instrument: str, stage: str, rows: Rows) -> None:
        """Note the households that an instrument brought to a stage."""
        if stage not in STAGES:
            raise ValueError(f"unknown stage of outreach '{stage}'")
        if rows.size:
            self.entries.append((instrument, stage, rows))

    def rows(self, stage: str) -> Rows:
        """Give all rows noted at a stage, once for each time."""
        found = [rows for _, each, rows in self.entries if each == stage]
        return np.concatenate(found) if found else np.empty(0, np.int64)
