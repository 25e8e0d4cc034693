"""Payments that an error holds back until it is resolved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk

LATE = "late_payments"
"""Where late payments lie in the desk's memory."""


@dataclass
class LatePayments:
    """Hold whose payments are held back, and what each is owed.

    Attributes
    ----------
    held
        Whether an error holds a household's payments back, (households,).
    owed_krw
        What was held back so far, won, (households,).
    """

    held: NDArray[np.bool_]
    owed_krw: NDArray[np.float32]

    def settle(self, paid_krw_m: NDArray[np.float32]) -> None:
        """Hold this month's payments back, and pay what is owed where the error is resolved."""
        self.owed_krw[self.held] += paid_krw_m[self.held]
        paid_krw_m[self.held] = 0
        free = ~self.held
        paid_krw_m[free] += self.owed_krw[free]
        self.owed_krw[free] = 0


def late_payments(desk: Desk) -> LatePayments:
    """Give the late payments of a world, none at first."""
    if LATE not in desk.memory:
        n = desk.households_n
        desk.memory[LATE] = LatePayments(np.zeros(n, np.bool_), np.zeros(n, np.float32))
    late: LatePayments = desk.memory[LATE]
    return late
