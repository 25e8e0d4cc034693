"""Referral to private resources (희망이음): what law does not give, charities may."""

from typing import ClassVar

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.support import SUPPORTED_PRIVATELY, support_privately


class PrivateReferral(Instrument):
    """Refer households that were helped this month and got no private goods yet.

    Attributes
    ----------
    found_prob
        Chance that the system finds somebody who gives something.
    refer_hours
        Caseworker hours of a referral.
    """

    id: ClassVar[str] = "private_referral"
    works_after: ClassVar[tuple[str, ...]] = ("officer_call", "visit", "neighbour_report")
    found_prob: float
    refer_hours: float

    def contact(self, desk: Desk) -> None:
        """Refer those helped while the hours for outreach last."""
        had = desk.memory.get(SUPPORTED_PRIVATELY, np.empty(0, np.int64))
        helped = np.setdiff1d(desk.ledger.rows("helped"), had)
        referred = desk.work(self.id, helped, self.refer_hours)
        desk.ledger.note(self.id, "attempted", referred)
        supported = support_privately(desk, self.code, referred, self.found_prob)
        desk.ledger.note(self.id, "helped", supported)
