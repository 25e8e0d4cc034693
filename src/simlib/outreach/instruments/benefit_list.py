"""The one-screen benefit list (보조금24): whoever opens it sees what the household could have."""

from typing import ClassVar, Literal

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument


class BenefitList(Instrument):
    """Let people look up their own benefits; pull, so only those who come are told.

    Attributes
    ----------
    visits_per_1000_persons_m
        Visits per 1,000 persons and month; a household's chance grows with its digital skill.
    scope
        ``central`` lists national programmes, ``all`` local ones too.
    """

    id: ClassVar[str] = "benefit_list"
    visits_per_1000_persons_m: float
    scope: Literal["central", "all"]

    def contact(self, desk: Desk) -> None:
        """Show visitors what they could have and do not receive."""
        everybody = np.arange(desk.households_n)
        skill = desk.traits.digital_skill
        centre = desk.parameters.number("uptake.traits.skill_centre")
        prob = self.visits_per_1000_persons_m / 1000 * desk.circumstances.size * skill / centre
        visitors = everybody[desk.uniform("outreach.list_visit", everybody, self.code) < prob]
        listed = desk.programmes.mask(national_only=self.scope == "central")
        shown = desk.unclaimed()[visitors] & listed
        told = (shown != 0).any(axis=1)
        desk.ledger.note(self.id, "reached", visitors)
        desk.ledger.note(self.id, "read", visitors[told])
        desk.tell(visitors[told], shown[told])
