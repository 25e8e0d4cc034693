"""Deaths and moves matched from the registers into the shared record of receipt."""

from typing import ClassVar

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument


class StatusCheck(Instrument):
    """Learn of deaths and moves that the offices that pay do not know of yet.

    Nobody is contacted and no hours are spent: registers are matched with the record.

    Attributes
    ----------
    death_found_prob
        Chance a month that an unknown death is found.
    move_found_prob
        Chance a month that an unknown move to another municipality is found.
    """

    id: ClassVar[str] = "status_check"
    death_found_prob: float
    move_found_prob: float

    def contact(self, desk: Desk) -> None:
        """Match the registers with the record."""
        found = []
        for draw, rows, prob in (
            (0, desk.late.deaths, self.death_found_prob),
            (1, desk.late.moves, self.move_found_prob),
        ):
            covered = rows[desk.covered[rows]]
            luck = desk.uniform("outreach.status_found", covered, draw)
            found.append(covered[luck < prob])
        desk.learn(*found)
        desk.ledger.note(self.id, "selected", np.concatenate(found))
