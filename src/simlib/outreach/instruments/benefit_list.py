"""The one-screen benefit list (보조금24): whoever opens it sees what the household could have."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.ledger import Rows
from simlib.outreach.screening import Masks


class BenefitList(Instrument):
    """Let people look up their own benefits; pull, so only those who come are told.

    Attributes
    ----------
    visits_per_1000_persons_m
        Visits per 1,000 persons and month; a household's chance grows with its digital skill.
    launch_factor, launch_months
        How many times as many visits there are in the first months after the list opens.
    scope
        ``central`` lists national programmes, ``all`` local ones too.
    family_visits_per_1000_persons_m
        Visits per 1,000 persons of households of low digital skill by relatives who live apart
        and look for them. Who has such relatives is not known; all are taken to have them alike.
    counter_visits_per_1000_persons_m
        Visits to the office's counter, where a caseworker opens the list and helps to claim;
        they do not depend on digital skill.
    counter_hours
        Caseworker hours of such a visit.
    services
        Which public services stand on the list beside the programmes: ``none``, ``national``
        or ``all``.
    attention_items
        Entries that a visitor goes through; who has a longer list finds the own benefits on it
        with the chance that this makes of its length.
    """

    id: ClassVar[str] = "benefit_list"
    visits_per_1000_persons_m: float
    launch_factor: float
    launch_months: float
    scope: Literal["central", "all"]
    family_visits_per_1000_persons_m: float
    counter_visits_per_1000_persons_m: float
    counter_hours: float
    services: Literal["none", "national", "all"]
    attention_items: float

    def contact(self, desk: Desk) -> None:
        """Show visitors what they could have and do not receive."""
        self._show(desk, self._visitors(desk))
        self._at_counter(desk)

    def _visitors(self, desk: Desk) -> Rows:
        """Give who opens the list this month, or for whom a relative does."""
        opened = desk.memory.setdefault(self.id, desk.step)
        is_new = desk.step - opened < self.launch_months
        visits = self.visits_per_1000_persons_m * (self.launch_factor if is_new else 1.0)
        size, skill = desk.circumstances.size, desk.traits.digital_skill
        most = self._visit_prob(desk, visits, size.max(), skill.max(), True)
        rows, luck = desk.lucky("outreach.list_visit", float(most), self.code)
        low = skill[rows] < desk.parameters.number("uptake.traits.skill_low_below")
        prob = self._visit_prob(desk, visits, size[rows], skill[rows], low)
        return np.asarray(rows[luck < prob])

    def _visit_prob(self, desk: Desk, visits: float, size: Any, skill: Any, low: Any) -> Any:
        centre = desk.parameters.number("uptake.traits.skill_centre")
        relatives = self.family_visits_per_1000_persons_m / 1000 * size * low
        return visits / 1000 * size * skill / centre + relatives

    def _show(self, desk: Desk, visitors: Rows) -> None:
        listed = desk.programmes.mask(national_only=self.scope == "central")
        shown = desk.unclaimed_of(visitors) & listed
        told = (shown != 0).any(axis=1) & self._found(desk, visitors, shown)
        desk.ledger.note(self.id, "reached", visitors)
        desk.ledger.note(self.id, "read", visitors[told])
        desk.tell(visitors[told], shown[told])

    def _found(self, desk: Desk, visitors: Rows, shown: Masks) -> NDArray[np.bool_]:
        """Tell who reads far enough to find the own benefits among all that is listed."""
        if self.services == "none":
            return np.ones(visitors.size, np.bool_)
        items = desk.services_listed(self.services == "national")[visitors]
        items = items + np.bitwise_count(shown).sum(axis=1)
        prob = self.attention_items / np.maximum(items, 1)
        return np.asarray(desk.uniform("outreach.list_attention", visitors, self.code) < prob)

    def _at_counter(self, desk: Desk) -> None:
        """Serve those who come to the counter while the hours for outreach last."""
        prob, size = self.counter_visits_per_1000_persons_m / 1000, desk.circumstances.size
        rows, luck = desk.lucky("outreach.counter_visit", float(prob * size.max()), self.code)
        come = rows[luck < prob * size[rows]]
        served = desk.work(self.id, come, self.counter_hours)
        desk.ledger.note(self.id, "attempted", come)
        desk.ledger.note(self.id, "accepted", served)
        desk.ledger.note(self.id, "helped", served)
        desk.help(served)
