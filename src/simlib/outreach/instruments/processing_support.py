"""Shared receipt records and processing support: fewer documents, faster decisions."""

from typing import ClassVar

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.enrolment import waiting_rows
from simlib.outreach.instrument import Instrument
from simlib.uptake.programmes import Burdens, Programmes


class ProcessingSupport(Instrument):
    """Let offices fetch documents from the shared record instead of asking for them.

    It changes only claims that a welfare office decides, since the record is the office's.

    Attributes
    ----------
    documents_to
        Documents that remain to be handed in.
    days_to
        Days of investigation that remain.
    hours_share
        Share of the caseworker's hours that remain.
    tells_missed_prob
        Chance a month that a household with a claim at the office is told of what else it
        could have, which the record shows.
    """

    id: ClassVar[str] = "processing_support"
    documents_to: float
    days_to: float
    hours_share: float
    tells_missed_prob: float

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:
        """Cut documents and days of the claims that welfare offices decide."""
        by_office = programmes.decision_hours > 0
        documents = np.minimum(burdens.documents, self.documents_to)
        days = np.minimum(burdens.processing_days, self.days_to)
        return burdens._replace(
            documents=np.where(by_office, documents, burdens.documents),
            processing_days=np.where(by_office, days, burdens.processing_days),
        )

    def decision_hours_share(self) -> float:
        """Give the share of caseworker hours that a decision still takes."""
        return self.hours_share

    def contact(self, desk: Desk) -> None:
        """Tell claimants of what they miss."""
        if self.tells_missed_prob <= 0.0:
            return
        rows = waiting_rows(desk)
        seen = rows[desk.uniform("outreach.missed_seen", rows, self.code) < self.tells_missed_prob]
        missed = desk.unclaimed_of(seen)
        told = (missed != 0).any(axis=1)
        desk.ledger.note(self.id, "read", seen[told])
        desk.tell(seen[told], missed[told])
