"""A simple diffusion of benefits, the same in simlib and in other libraries: its numbers.

Every household is entitled to ten programmes and looks at eight others, which live near. In a
month, in this order: a capped list tells households of what they do not know yet, starting where
last month's stopped; who is unaware hears of a programme alone or from the contacts that received
it last month; who is aware applies; who applied receives after a delay; who receives may drop out
and forget. Plain Python: the interpreters of the peers read it too.
"""

import time
from typing import Any

UNAWARE, AWARE, WAITING, RECEIVING = 0, 1, 2, 3
STATES_N = 4
PROGRAMMES = 10
CONTACTS = 8
SPAN = 500
"""Contacts live at most so many rows away."""
ALONE_PROB_M = 0.02
PEERS_PROB_M = 0.10
APPLY_PROB_M = 0.15
DELAY_MONTHS = 2
DROP_PROB_M = 0.01
LIST_SHARE_M = 0.01
"""Share of the households that the list reaches in a month."""


def contact(row: Any, number: Any, households_n: int) -> Any:
    """Give a household's contact of a number from 0 to 7: a row, or an array of rows."""
    step = (row * 7919 + number * 104_729) % (2 * SPAN) - SPAN
    return (row + step + (step >= 0)) % households_n


Found = dict[str, Any]
"""What a run gives: ``seconds``, ``cpu_seconds`` and the final ``shares``."""


class Watch:
    """Stop the time of the months alone, by the clock and of all processors."""

    def __init__(self) -> None:
        self.began, self.cpu_began = time.perf_counter(), time.process_time()

    def read(self) -> Found:
        """Give the seconds since this watch was made."""
        return {
            "seconds": time.perf_counter() - self.began,
            "cpu_seconds": time.process_time() - self.cpu_began,
        }
