"""The notification secretary (국민비서): opt-in notices that come at the right time."""

from typing import Any, ClassVar

import numpy as np
from pydantic import field_validator

from simlib.errors import UserError
from simlib.months import parse_month
from simlib.occasions import simulated
from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.ledger import Rows
from simlib.outreach.messages import send
from simlib.uptake.programmes import mask_of


class NotificationSecretary(Instrument):
    """Tell members of benefits when an event makes them due; coverage is that of opt-in.

    The notice names what the event leads to, whether or not the household could have it.

    Attributes
    ----------
    member_share
        Chance that a household of mean digital skill opts in.
    member_skill_logit
        What a standard deviation of digital skill adds to that, logit.
    app_share
        Chance that such a member reads notices in an app; the others get text messages.
    events
        Events that a notice is about.
    lead_months
        Months before a birthday at which its notice is sent.
    sms_until
        Last month with text messages, ``never`` when they are not withdrawn.
    """

    id: ClassVar[str] = "notification_secretary"
    member_share: float
    member_skill_logit: float
    app_share: float
    events: list[str]
    lead_months: int
    sms_until: str

    @field_validator("events")
    @classmethod
    def _are_simulated(cls, events: list[str]) -> list[str]:
        return simulated(events)

    @field_validator("sms_until")
    @classmethod
    def _is_a_month(cls, month: str) -> str:
        try:
            if month != "never":
                parse_month(month)
        except UserError:
            raise ValueError("write a month as 2026-02, or never") from None
        return month

    def contact(self, desk: Desk) -> None:
        """Send the month's notices, each household one for all of its events."""
        memory = self._members(desk)
        about = np.zeros_like(desk.funnel.read)
        for event in self.events:
            rows = desk.occasions.rows(event, self.lead_months)
            about[rows] |= mask_of(desk.programmes.triggered_by(event))
        due = np.flatnonzero((about != 0).any(axis=1) & memory["member"] & desk.inside)
        in_app = memory["app"][due]
        send(desk, self.id, self.code, "app", due[in_app], about[due[in_app]])
        if self._sends_sms(desk):
            send(desk, self.id, self.code, "sms", due[~in_app], about[due[~in_app]])

    def _sends_sms(self, desk: Desk) -> bool:
        return self.sms_until == "never" or desk.month <= parse_month(self.sms_until)

    def _members(self, desk: Desk) -> dict[str, Any]:
        """Give who opted in and who of them uses an app: the same households every month."""
        if self.id not in desk.memory:
            member = desk.users(self.code, self.member_share, self.member_skill_logit)
            app = desk.users(self.code ^ 1, self.app_share, self.member_skill_logit)
            desk.memory[self.id] = {"member": member, "app": app}
            desk.ledger.note(self.id, "joined", self._inside(desk, member))
        memory: dict[str, Any] = desk.memory[self.id]
        return memory

    @staticmethod
    def _inside(desk: Desk, member: Any) -> Rows:
        return np.flatnonzero(member & desk.inside)
