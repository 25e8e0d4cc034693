"""States of a household in a programme."""

from typing import Final

UNAWARE: Final = 0
AWARE: Final = 1
APPLYING: Final = 2
PENDING: Final = 3
RECEIVING: Final = 4
SUSPENDED: Final = 5
DENIED: Final = 6
LAPSED: Final = 7
STATE_NAMES: Final = (
    "unaware",
    "aware",
    "applying",
    "pending",
    "receiving",
    "suspended",
    "denied",
    "lapsed",
)
STATES_N: Final = len(STATE_NAMES)
ENDED_UNKNOWN: Final = 3
"""Kind of a right, beside those of :mod:`simlib.rights`: ended, and the state does not know.

It ended by a death or a move."""
IN_ERROR: Final = 4
"""Kind of a right: awarded in error, treated as entitled until the error is found."""
NEVER: Final = -32_000
"""Step of what has not happened."""
FATIGUE_MONTHS: Final = 6
"""Months for which contacts are counted."""


def words_for(programmes_n: int) -> int:
    """Give the number of 64-bit words that a mask of programmes needs."""
    return (programmes_n + 63) // 64
