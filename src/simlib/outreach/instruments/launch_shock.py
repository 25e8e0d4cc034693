"""The launch shock of a new back office: slow decisions, late payments, a queue of errors."""

from typing import ClassVar

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Easing, Instrument
from simlib.outreach.late import late_payments
from simlib.uptake.programmes import Burdens, Programmes


class LaunchShock(Instrument):
    """Make decisions slower and some payments late for some months after the policy begins.

    Attributes
    ----------
    months
        Months that the shock lasts.
    days_more
        Days of investigation that are added meanwhile.
    hours_share
        Hours of a decision meanwhile, as a share of the usual.
    late_prob
        Chance a month, meanwhile, that a receiving household's payments run into an error.
    resolved_prob_m
        Chance a month that an error is resolved; then all that is owed is paid.
    """

    id: ClassVar[str] = "launch_shock"
    months: float
    days_more: float
    hours_share: float
    late_prob: float
    resolved_prob_m: float

    def contact(self, desk: Desk) -> None:
        """Resolve some errors of earlier months, and make new ones."""
        late = late_payments(desk)
        held = np.flatnonzero(late.held)
        luck = desk.uniform("outreach.error_resolved", held, self.code)
        solved = held[luck < self.resolved_prob_m]
        late.held[solved] = False
        desk.ledger.note(self.id, "resolved", solved)
        if self._lasts(desk):
            struck, _ = desk.lucky("outreach.payment_late", self.late_prob, self.code)
            late.held[struck[desk.receive_anything(struck)]] = True
        desk.ledger.note(self.id, "selected", np.flatnonzero(late.held))

    def easings(self, desk: Desk) -> list[Easing]:
        """Slow down all claims while the shock lasts."""
        return super().easings(desk) if self._lasts(desk) else []

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:
        """Add days to claims that welfare offices decide."""
        more = np.where(programmes.decision_hours > 0, self.days_more, 0.0)
        return burdens._replace(processing_days=burdens.processing_days + more)

    def decision_hours_share(self) -> float:
        """Give the hours of a decision as a share of the usual."""
        return self.hours_share

    def _lasts(self, desk: Desk) -> bool:
        began = desk.memory.setdefault(self.id, desk.step)
        return bool(desk.step - began < self.months)
