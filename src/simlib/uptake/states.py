"""States of a household in a programme, and the columns that hold them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
NEVER: Final = -32_000
FATIGUE_MONTHS: Final = 6


@dataclass
class FunnelState:
    """Hold where every household stands in every programme, as columns.

    Attributes
    ----------
    state
        State codes, (households, programmes).
    since
        Step in which the state was entered, (households, programmes).
    read_step
        Step in which a notice about the programme was last read, :data:`NEVER` before.
    helped_step
        Step in which the household was last helped in person, (households,).
    receiving
        Bit mask of the programmes received after the last month, (households, words).
    read
        Bit mask of the programmes that a contact of this month told about.
    contacts
        Contacts in each of the last six months, (6, households), a ring by step.
    opted_out
        Whether the household turned messages off, (households,).
    paid_krw_m
        Money paid this month, won, (households,).
    flows
        Moves of this month, (programmes, from state, to state), cells.
    """

    state: NDArray[np.uint8]
    since: NDArray[np.int16]
    read_step: NDArray[np.int16]
    helped_step: NDArray[np.int16]
    receiving: NDArray[np.uint64]
    read: NDArray[np.uint64]
    contacts: NDArray[np.uint8]
    opted_out: NDArray[np.bool_]
    paid_krw_m: NDArray[np.float32]
    flows: NDArray[np.int64]

    @classmethod
    def empty(cls, households_n: int, programmes_n: int) -> "FunnelState":
        """Start with everybody unaware of everything."""
        cells = (households_n, programmes_n)
        words = words_for(programmes_n)
        return cls(
            state=np.zeros(cells, np.uint8),
            since=np.zeros(cells, np.int16),
            read_step=np.full(cells, NEVER, np.int16),
            helped_step=np.full(households_n, NEVER, np.int16),
            receiving=np.zeros((households_n, words), np.uint64),
            read=np.zeros((households_n, words), np.uint64),
            contacts=np.zeros((FATIGUE_MONTHS, households_n), np.uint8),
            opted_out=np.zeros(households_n, np.bool_),
            paid_krw_m=np.zeros(households_n, np.float32),
            flows=np.zeros((programmes_n, STATES_N, STATES_N), np.int64),
        )

    def copy(self) -> "FunnelState":
        """Copy every column."""
        return FunnelState(**{name: column.copy() for name, column in vars(self).items()})


def words_for(programmes_n: int) -> int:
    """Give the number of 64-bit words that a mask of programmes needs."""
    return (programmes_n + 63) // 64
