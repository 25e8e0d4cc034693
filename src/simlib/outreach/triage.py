"""Who is passed on to a caseworker's visit after a first talk."""

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.ledger import Rows

REFERRED = "referred"
"""Where households that wait for a visit lie in the desk's memory, first come first."""
REFERRED_STEP = "referred_step"
"""Where the step lies in which each household was last referred, (households,)."""


def refer(desk: Desk, instrument: str, rows: Rows) -> None:
    """Pass on those who say they need help; some in need do not say so, some others do.

    Parameters
    ----------
    desk
        The month's desk.
    instrument
        Whose talk it was, for the ledger.
    rows
        Rows of the households that talked.
    """
    in_need = desk.in_need(rows)
    prob = np.where(
        in_need,
        desk.parameters.number("outreach.triage.sensitivity"),
        desk.parameters.number("outreach.triage.false_alarm"),
    )
    pass_on(desk, instrument, rows[desk.uniform("outreach.states_need", rows) < prob])


def pass_on(desk: Desk, instrument: str, rows: Rows) -> None:
    """Put households on the list for a visit, after those who wait already."""
    desk.ledger.note(instrument, "referred", rows)
    waiting = desk.memory.get(REFERRED, np.empty(0, np.int64))
    new = rows[~np.isin(rows, waiting)]
    desk.memory[REFERRED] = np.concatenate([waiting, new])
    since = desk.memory.setdefault(REFERRED_STEP, np.zeros(desk.households_n, np.int32))
    since[new] = desk.step
