"""Checks of the shared record for duplicates and changed circumstances, with false matches."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.enrolment import Cells, end, receiving_cells, stop
from simlib.outreach.instrument import Instrument
from simlib.uptake.states import ENDED_UNKNOWN


class DuplicateCheck(Instrument):
    """Match receipt with records: end what has no right any more, and sometimes what has.

    Wrong receipt is there to find only when ends of entitlements are noticed late
    (``uptake.renewal.end_noticed_prob_m`` below 1); by default all that shows is what false
    matches cost the entitled.

    Attributes
    ----------
    checks_per_year
        Times a year that each receipt is matched.
    found_prob
        Chance that a check finds a receipt whose entitlement has ended.
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
        rows, cells = receiving_cells(desk)
        inside = desk.inside[rows]
        rows, cells = rows[inside], cells[inside]
        kind = desk.funnel.cells.right[cells]
        right = (kind > 0) & (kind != ENDED_UNKNOWN)

        def luck(decision: str) -> NDArray[np.float64]:
            code = desk.programmes.code[desk.funnel.cells.programme[cells]]
            return desk.draws.uniform(decision, desk.traits.ids[rows], desk.month, code)

        check_prob = self.checks_per_year / 12
        found = ~right & (luck("outreach.wrong_found") < check_prob * self.found_prob)
        matched = right & (luck("outreach.false_match") < check_prob * self.false_match_prob)
        stopped = matched & (luck("outreach.match_stops") < self.stopped_share)
        desk.work(self.id, rows[found | matched], self.match_hours)
        self._act(desk, cells, found, stopped)
        desk.ledger.note(self.id, "selected", rows[found | matched])
        desk.ledger.note(self.id, "stopped", rows[stopped])
        desk.ledger.note(self.id, "ended", rows[found])

    @staticmethod
    def _act(
        desk: Desk, cells: Cells, found: NDArray[np.bool_], stopped: NDArray[np.bool_]
    ) -> None:
        end(desk, cells[found])
        stop(desk, cells[stopped])
