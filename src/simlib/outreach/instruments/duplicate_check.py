"""Checks of the shared record for duplicates and changed circumstances, with false matches."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.enrolment import Places, bar, end, matched_receipts, stop
from simlib.outreach.instrument import Instrument
from simlib.outreach.ledger import Rows
from simlib.outreach.records import DUPLICATE, RIGHTFUL, UNFOUNDED


class DuplicateCheck(Instrument):
    """Match receipt with records: end what must not be, and sometimes stop what may.

    Receipt beside a benefit that excludes it (``kr/exclusions.csv``) is a duplicate. Receipt whose
    entitlement has ended is there to find only when ends are noticed late
    (``uptake.renewal.end_noticed_prob_m`` below 1).

    Attributes
    ----------
    checks_per_year
        Times a year that each receipt is matched.
    found_prob
        Chance that a check finds a duplicate, or a receipt whose entitlement has ended.
    false_match_prob
        Chance that the match of a right receipt is false.
    stopped_share
        Share of false matches after which receipt is stopped until it is claimed anew; the
        others are cleared in time.
    match_hours
        Caseworker hours to look into a match.
    """

    id: ClassVar[str] = "duplicate_check"
    checks_per_year: float
    found_prob: float
    false_match_prob: float
    stopped_share: float
    match_hours: float

    def contact(self, desk: Desk) -> None:
        """Match receipt, look into matches while hours last, end or stop what is not cleared."""
        check_prob = self.checks_per_year / 12
        rows, places, kind = matched_receipts(
            desk, check_prob * self.found_prob, check_prob * self.false_match_prob
        )
        desk.work(self.id, rows, self.match_hours)
        desk.ledger.note(self.id, "selected", rows)
        stops = self._stops(desk, rows, places)
        for stage, chosen, act in (
            ("duplicates", kind == DUPLICATE, bar),
            ("ended", kind == UNFOUNDED, end),
            ("stopped", (kind == RIGHTFUL) & stops, stop),
        ):
            desk.ledger.note(self.id, stage, rows[chosen])
            act(desk, places[chosen])

    def _stops(self, desk: Desk, rows: Rows, places: Places) -> NDArray[np.bool_]:
        """Tell which false matches stop receipt, (matched,)."""
        code = desk.programmes.code[desk.funnel.cells.programme[places]]
        luck = desk.draws.uniform("outreach.match_stops", desk.traits.ids[rows], desk.month, code)
        return np.asarray(luck < self.stopped_share)
