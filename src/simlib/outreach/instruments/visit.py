"""Home visits to those who said they need help, with help to claim and private support."""

from typing import ClassVar

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.ledger import Rows
from simlib.outreach.support import support_privately
from simlib.outreach.triage import REFERRED, REFERRED_STEP
from simlib.uptake.claims import DAYS_IN_MONTH


class Visit(Instrument):
    """Visit referred households while hours last; help them claim; link private resources.

    Attributes
    ----------
    hours
        Caseworker hours of a visit with its travel.
    found_prob, found_mismatch_prob
        Chance that a household is found, at its registered address or living elsewhere.
    private_support_prob
        Chance that a visited household is given private goods or services.
    """

    id: ClassVar[str] = "visit"
    works_after: ClassVar[tuple[str, ...]] = ("officer_call", "ai_call", "neighbour_report")
    hours: float
    found_prob: float
    found_mismatch_prob: float
    private_support_prob: float

    def contact(self, desk: Desk) -> None:
        """Visit each office's referred households in the order in which they were referred."""
        waiting: Rows = desk.memory.get(REFERRED, np.empty(0, np.int64))
        turn = desk.in_office_order(waiting)
        done, month_share = desk.work_through(self.id, turn, np.full(turn.size, self.hours))
        rows = turn[done]
        since = desk.memory[REFERRED_STEP][rows] if rows.size else np.empty(0)
        days = DAYS_IN_MONTH * (desk.step - since) + DAYS_IN_MONTH * month_share[done]
        desk.ledger.note_days(self.id, days)
        desk.memory[REFERRED] = waiting[~np.isin(waiting, rows)]
        elsewhere = desk.circumstances.address_mismatch[rows]
        prob = np.where(elsewhere, self.found_mismatch_prob, self.found_prob)
        found = rows[desk.uniform("outreach.found_at_home", rows, self.code) < prob]
        desk.count_contact(found)
        desk.ledger.note(self.id, "attempted", rows)
        desk.ledger.note(self.id, "reached", found)
        desk.ledger.note(self.id, "accepted", found)
        desk.ledger.note(self.id, "helped", found)
        desk.help(found)
        support_privately(desk, self.code, found, self.private_support_prob)
