"""The welfare membership (복지멤버십): members are told of benefits they could have."""

from typing import Any, ClassVar, Literal

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.messages import send


class Membership(Instrument):
    """Screen members' records and send notices; push, but mostly to people already inside.

    Attributes
    ----------
    recipient_member_share, outsider_member_share
        Share of member households at the start, among those that receive some benefit and
        among the others.
    join_prob_m
        Chance a month that another household joins.
    remind_months
        Months before the same benefit is named again.
    channel
        How notices travel.
    """

    id: ClassVar[str] = "membership"
    recipient_member_share: float
    outsider_member_share: float
    join_prob_m: float
    remind_months: float
    channel: Literal["sms", "letter"]

    def contact(self, desk: Desk) -> None:
        """Send notices to members about benefits that stood unclaimed for a month."""
        if self.id not in desk.memory:
            desk.memory[self.id] = self._begin(desk)
        memory = desk.memory[self.id]
        everybody = np.arange(desk.households_n)
        joins = desk.uniform("outreach.member_join", everybody) < self.join_prob_m
        desk.ledger.note(self.id, "joined", np.flatnonzero(joins & ~memory["member"] & desk.inside))
        memory["member"] |= joins
        old = memory["told_step"] <= desk.step - self.remind_months
        memory["told"][old] = 0
        unclaimed = desk.unclaimed()
        due = unclaimed & memory["seen"] & ~memory["told"]
        rows = np.flatnonzero((due != 0).any(axis=1) & memory["member"] & desk.inside)
        memory["told"][rows] |= due[rows]
        memory["told_step"][rows] = desk.step
        memory["seen"] = unclaimed.copy()
        send(desk, self.id, self.code, self.channel, rows, due[rows])

    def _begin(self, desk: Desk) -> dict[str, Any]:
        """Enrol the first members; records of a month ago are at hand."""
        inside = desk.receives_anything()
        share = np.where(inside, self.recipient_member_share, self.outsider_member_share)
        ids = desk.traits.ids
        luck = desk.draws.uniform("outreach.member_start", ids)
        masks = desk.funnel.receiving
        desk.ledger.note(self.id, "joined", np.flatnonzero((luck < share) & desk.inside))
        return {
            "member": luck < share,
            "seen": desk.unclaimed().copy(),
            "told": np.zeros_like(masks),
            "told_step": np.full(ids.size, desk.step, np.int64),
        }
