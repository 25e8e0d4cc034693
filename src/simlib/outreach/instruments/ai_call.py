"""The AI first call (AI 초기상담): a machine calls every candidate and passes on who needs help."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.instruments.detection import CANDIDATES
from simlib.outreach.ledger import Rows
from simlib.outreach.triage import pass_on, refer


class AiCall(Instrument):
    """Call all candidates at once without caseworker hours; the transcript is a second triage.

    Attributes
    ----------
    notice
        Whether a text message announces the call.
    numbers_tried
        Registered numbers that are tried in turn.
    complete_prob
        Chance that a household of mean friction and trust completes an announced call when
        ``usual_numbers`` are tried; who hangs up or takes it for a fraud does not.
    usual_numbers
        Numbers for which that chance holds.
    unannounced_logit
        How much less likely an unannounced call is completed, logit.
    complete_friction, complete_trust
        How friction and trust change the chance, logits per standard deviation.
    triage
        ``transcript`` passes on who states need, ``all`` everybody who completes the call.
    days
        Days from the list to the call.
    call_krw
        Cost of a call with its notice, won.
    """

    id: ClassVar[str] = "ai_call"
    works_after: ClassVar[tuple[str, ...]] = ("detection",)
    notice: Literal["sms", "none"]
    numbers_tried: int
    complete_prob: float
    usual_numbers: int
    unannounced_logit: float
    complete_friction: float
    complete_trust: float
    triage: Literal["transcript", "all"]
    days: float
    call_krw: float

    def contact(self, desk: Desk) -> None:
        """Call the whole list and refer those who say that they need help."""
        candidates = desk.memory.get(CANDIDATES)
        if candidates is None or candidates.size == 0:
            return
        prob = self._complete_prob(desk, candidates)
        completes = desk.uniform("outreach.ai_complete", candidates, self.code) < prob
        reached = candidates[completes]
        desk.memory[CANDIDATES] = np.empty(0, np.int64)
        desk.count_contact(reached)
        desk.ledger.messages_krw += candidates.size * self.call_krw
        desk.ledger.note(self.id, "attempted", candidates)
        desk.ledger.note(self.id, "reached", reached)
        desk.ledger.note(self.id, "accepted", reached)
        desk.ledger.note_days(self.id, desk.days_since_list() + np.full(candidates.size, self.days))
        if self.triage == "all":
            pass_on(desk, reached)
        else:
            refer(desk, reached)

    def _complete_prob(self, desk: Desk, rows: Rows) -> NDArray[np.float64]:
        complete = self._by_numbers()
        if complete in (0.0, 1.0):
            return np.full(rows.size, complete)
        announced = 0.0 if self.notice == "sms" else self.unannounced_logit
        logit = (
            np.log(complete / (1 - complete))
            - announced
            - self.complete_friction * desk.traits.friction[rows]
            + self.complete_trust * desk.traits.trust[rows]
        )
        return np.asarray(1 / (1 + np.exp(-logit)))

    def _by_numbers(self) -> float:
        """Give the chance of an announced call; each number adds the same chance again."""
        if self.numbers_tried == self.usual_numbers:
            return self.complete_prob
        missed = (1 - self.complete_prob) ** (self.numbers_tried / self.usual_numbers)
        return float(1 - missed)
