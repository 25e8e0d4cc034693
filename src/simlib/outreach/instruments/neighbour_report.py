"""The report app (복지위기 알림): people in need, or their neighbours, report themselves."""

from typing import ClassVar

import numpy as np

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.instruments.detection import on_present_list
from simlib.outreach.triage import refer


class NeighbourReport(Instrument):
    """Counsel households in need that report themselves or are reported by neighbours.

    Attributes
    ----------
    self_prob_m
        Chance a month that a household in need and of mean digital skill reports itself.
    self_skill_logit
        What a standard deviation of digital skill adds to that, logit.
    neighbour_prob_m
        Chance a month that a neighbour reports a household in need.
    counselled_prob
        Chance that a reported household is found and talks.
    talk_hours
        Caseworker hours of a report.
    """

    id: ClassVar[str] = "neighbour_report"
    self_prob_m: float
    self_skill_logit: float
    neighbour_prob_m: float
    counselled_prob: float
    talk_hours: float

    def contact(self, desk: Desk) -> None:
        """Take up the month's reports while the hours for outreach last."""
        needy = desk.all_in_need()
        own = desk.by_skill(needy, self.self_prob_m, self.self_skill_logit)
        reports = needy[
            (desk.uniform("outreach.reports_itself", needy, self.code) < own)
            | (desk.uniform("outreach.is_reported", needy, self.code) < self.neighbour_prob_m)
        ]
        taken = desk.work(self.id, reports, self.talk_hours)
        talks = taken[desk.uniform("outreach.accept", taken, self.code) < self.counselled_prob]
        desk.count_contact(talks)
        desk.ledger.note(self.id, "selected", reports)
        desk.ledger.note(self.id, "listed", reports[on_present_list(desk, reports)])
        desk.ledger.note(self.id, "attempted", taken)
        for stage in ("reached", "accepted", "helped"):
            desk.ledger.note(self.id, stage, talks)
        desk.help(np.sort(talks))
        refer(desk, self.id, talks)
