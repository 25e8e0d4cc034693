"""Caseworkers call the candidates of the detection list, as far as their hours go."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.instruments.detection import CANDIDATES
from simlib.outreach.support import support_privately
from simlib.outreach.triage import pass_on, refer
from simlib.uptake.claims import DAYS_IN_MONTH


class OfficerCall(Instrument):
    """Call, talk, and help by phone with all the household could have.

    Attributes
    ----------
    attempts
        Calls to a household before it is given up.
    answer_prob
        Chance that one call is answered.
    call_hours, talk_hours
        Hours of one attempt, and of a talk.
    accept_logit, accept_trust
        Chance that a reached household of mean trust talks, logit, and what a standard
        deviation of trust adds.
    private_support_prob
        Chance that a household that talked is given private goods or services.
    unanswered
        Whether a household that answered no call is passed on for a visit, or given up.
    """

    id: ClassVar[str] = "officer_call"
    works_after: ClassVar[tuple[str, ...]] = ("detection",)
    attempts: int
    answer_prob: float
    call_hours: float
    talk_hours: float
    accept_logit: float
    accept_trust: float
    private_support_prob: float
    unanswered: Literal["visited", "dropped"]

    def contact(self, desk: Desk) -> None:
        """Work down each office's part of the list while its hours for outreach last."""
        candidates = desk.memory.get(CANDIDATES)
        if candidates is None or candidates.size == 0:
            return
        luck = desk.luck_of_list("outreach.answer", candidates, self.code)
        calls = _first_answer(luck, self.answer_prob)
        answers = calls <= self.attempts
        trust = self.accept_logit + self.accept_trust * desk.traits.trust[candidates]
        talks = desk.luck_of_list("outreach.accept", candidates, self.code)
        accepts = answers & (talks < 1 / (1 + np.exp(-trust)))
        hours = np.minimum(calls, self.attempts) * self.call_hours + accepts * self.talk_hours
        done, month_share = desk.work_through(self.id, candidates, hours)
        desk.memory[CANDIDATES] = candidates[~done]
        talked = candidates[done & accepts]
        desk.count_contact(candidates[done & answers])
        desk.ledger.note(self.id, "attempted", candidates[done])
        days = desk.days_since_list() + DAYS_IN_MONTH * month_share[done]
        desk.ledger.note_days(self.id, days)
        desk.ledger.note(self.id, "reached", candidates[done & answers])
        desk.ledger.note(self.id, "accepted", talked)
        desk.ledger.note(self.id, "helped", talked)
        desk.help(talked)
        support_privately(desk, self.code, talked, self.private_support_prob)
        refer(desk, self.id, talked)
        if self.unanswered == "visited":
            pass_on(desk, self.id, candidates[done & ~answers])


def _first_answer(luck: NDArray[np.float64], prob: float) -> NDArray[np.int64]:
    """Give the number of the first answered call, by inverting the geometric distribution."""
    if prob <= 0.0:
        return np.full(luck.shape, np.iinfo(np.int32).max, np.int64)
    if prob >= 1.0:
        return np.ones(luck.shape, np.int64)
    return np.asarray(np.ceil(np.log1p(-luck) / np.log1p(-prob)), np.int64)
