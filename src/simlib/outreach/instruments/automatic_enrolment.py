"""Automatic enrolment: who is entitled by the record receives without a claim; the far end."""

from typing import ClassVar, Literal

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.enrolment import enrol, unclaimed_cells
from simlib.outreach.instrument import Instrument


class AutomaticEnrolment(Instrument):
    """Award what the record shows, as far as the record can decide it.

    Attributes
    ----------
    record_share
        Share of entitlements, by household and programme, that records alone can decide.
    scope
        ``office`` covers programmes that a welfare office decides, ``all`` every programme.
    """

    id: ClassVar[str] = "automatic_enrolment"
    record_share: float
    scope: Literal["office", "all"]

    def contact(self, desk: Desk) -> None:
        """Award all that is unclaimed and that the record can decide."""
        rows, places, decided = unclaimed_cells(desk, self.record_share)
        chosen = np.flatnonzero(decided)
        if self.scope == "office":
            programmes = desk.funnel.cells.programme[places[chosen]]
            chosen = chosen[desk.programmes.decision_hours[programmes] > 0]
        enrol(desk, places[chosen])
        desk.ledger.note(self.id, "selected", rows)
        desk.ledger.note(self.id, "enrolled", rows[chosen])
