"""Checks of the shared record for duplicates and changed circumstances, with false matches."""

from typing import ClassVar

from simlib.outreach.desk import Desk
from simlib.outreach.enrolment import receiving_cells, stop
from simlib.outreach.instrument import Instrument


class DuplicateCheck(Instrument):
    """Stop receipt that a match calls wrong; some matches are false, and the entitled lose.

    The model ends receipt with the entitlement, so there is no wrong receipt to find: only
    what false matches cost shows, and the check takes caseworkers' hours.

    Attributes
    ----------
    checks_per_year
        Times a year that each receipt is matched.
    false_match_prob
        Chance that the match of a right receipt is false.
    stopped_share
        Share of false matches after which receipt is stopped; the others are cleared in time.
    match_hours
        Caseworker hours to look into a match.
    """

    id: ClassVar[str] = "duplicate_check"
    checks_per_year: float
    false_match_prob: float
    stopped_share: float
    match_hours: float

    def contact(self, desk: Desk) -> None:
        """Match receipt, look into matches while hours last, stop what is not cleared."""
        rows, cells = receiving_cells(desk)
        inside = desk.inside[rows]
        rows, cells = rows[inside], cells[inside]
        code = desk.programmes.code[desk.funnel.cells.programme[cells]]
        ids = desk.traits.ids[rows]
        matched_prob = self.checks_per_year / 12 * self.false_match_prob
        matched = desk.draws.uniform("outreach.false_match", ids, desk.month, code) < matched_prob
        stops = desk.draws.uniform("outreach.match_stops", ids, desk.month, code)
        stopped = matched & (stops < self.stopped_share)
        desk.work(self.id, rows[matched], self.match_hours)
        stop(desk, cells[stopped])
        desk.ledger.note(self.id, "selected", rows[matched])
        desk.ledger.note(self.id, "stopped", rows[stopped])
