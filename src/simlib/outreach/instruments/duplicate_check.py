"""Checks of the shared record for duplicates and changed circumstances, with false matches."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.enrolment import bar, end, receiving_cells, stop
from simlib.outreach.instrument import Instrument
from simlib.uptake.states import ENDED_UNKNOWN, IN_ERROR


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
        rows, cells = receiving_cells(desk)
        inside = desk.inside[rows]
        rows, cells = rows[inside], cells[inside]
        programmes = desk.funnel.cells.programme[cells]
        excluding = desk.programmes.yields_to[programmes] & desk.funnel.receiving[rows]
        duplicate = (excluding != 0).any(axis=1)
        unfounded = (0, ENDED_UNKNOWN, IN_ERROR)
        ended = ~duplicate & np.isin(desk.funnel.cells.right[cells], unfounded)

        def luck(decision: str) -> NDArray[np.float64]:
            code = desk.programmes.code[programmes]
            return desk.draws.uniform(decision, desk.traits.ids[rows], desk.month, code)

        check_prob = self.checks_per_year / 12
        found = luck("outreach.wrong_found") < check_prob * self.found_prob
        false = luck("outreach.false_match") < check_prob * self.false_match_prob
        false &= ~duplicate & ~ended
        matched = false | (found & (duplicate | ended))
        desk.work(self.id, rows[matched], self.match_hours)
        desk.ledger.note(self.id, "selected", rows[matched])
        for stage, chosen, act in (
            ("duplicates", found & duplicate, bar),
            ("ended", found & ended, end),
            ("stopped", false & (luck("outreach.match_stops") < self.stopped_share), stop),
        ):
            desk.ledger.note(self.id, stage, rows[chosen])
            act(desk, cells[chosen])
