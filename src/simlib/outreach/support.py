"""Private goods and services that a caseworker links a household with (희망이음)."""

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.ledger import Rows

SUPPORTED_PRIVATELY = "supported_privately"
"""Where this month's households with private support lie in the desk's memory."""


def support_privately(desk: Desk, code: int, rows: Rows, prob: float) -> Rows:
    """Give some of the households that were met private goods, which last a while.

    Parameters
    ----------
    desk
        The month's desk.
    code
        Keeps the luck of one instrument apart from the others'.
    rows
        Rows of the households that were met.
    prob
        Chance of each to be given something.

    Returns
    -------
    ndarray
        Rows of those who were given something.
    """
    given = rows[desk.uniform("outreach.private_support", rows, code) < prob]
    worth_krw = desk.parameters.number("outreach.private_support.worth_krw")
    now = desk.circumstances
    now.buffer_months[given] += worth_krw / now.need_krw_m[given]
    before = desk.memory.get(SUPPORTED_PRIVATELY, np.empty(0, np.int64))
    desk.memory[SUPPORTED_PRIVATELY] = np.concatenate([before, given])
    return given
