"""The AI first call (AI 초기상담): a machine calls every candidate and passes on who needs help."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import LISTED_STEP, Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.instruments.detection import CANDIDATES
from simlib.outreach.ledger import Rows
from simlib.outreach.triage import pass_on, refer


class AiCall(Instrument):
    """Call all candidates at once without caseworker hours; the transcript is a second triage.

    Who does not complete the call stays on the list for officers who call after it.

    Attributes
    ----------
    notice
        Whether a text message announces the call.
    numbers_tried
        Registered numbers that are tried in turn.
    complete_prob
        Chance that a household of mean friction and trust completes an announced call when
        ``usual_numbers`` are tried; who does not answer, or hangs up, does not.
    usual_numbers
        Numbers for which that chance holds.
    unannounced_logit
        How much less likely an unannounced call is completed, logit.
    complete_friction, complete_trust
        How friction and trust change the chance, logits per standard deviation.
    hang_up_share
        Share of the answered calls that somebody of mean trust hangs up on, taking them for a
        fraud, say; more is hung up where trust is less.
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
    hang_up_share: float
    triage: Literal["transcript", "all"]
    days: float
    call_krw: float

    def contact(self, desk: Desk) -> None:
        """Call the whole list once and refer those who say that they need help."""
        candidates = desk.memory.get(CANDIDATES)
        if candidates is None or candidates.size == 0 or desk.memory[LISTED_STEP] != desk.step:
            return
        prob = self._complete_prob(desk, candidates)
        luck = desk.uniform("outreach.ai_complete", candidates, self.code)
        completes = luck < prob
        reached = candidates[luck < self._answer_prob(desk, candidates, prob)]
        talked = candidates[completes]
        desk.memory[CANDIDATES] = candidates[~completes]
        desk.count_contact(reached)
        desk.ledger.messages_krw += candidates.size * self.call_krw
        desk.ledger.note(self.id, "attempted", candidates)
        desk.ledger.note(self.id, "reached", reached)
        desk.ledger.note(self.id, "accepted", talked)
        desk.ledger.note_days(self.id, desk.days_since_list() + np.full(candidates.size, self.days))
        if self.triage == "all":
            pass_on(desk, self.id, talked)
        else:
            refer(desk, self.id, talked)

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

    def _answer_prob(self, desk: Desk, rows: Rows, prob: NDArray[np.float64]) -> Any:
        """Give the chance that somebody answers, when ``prob`` is that of a completed call."""
        if self.hang_up_share == 0.0:
            return prob
        odds = self.hang_up_share / (1 - self.hang_up_share)
        # answered calls are hung up or completed: the odds rise as trust falls
        hung_up_odds = odds * np.exp(-self.complete_trust * desk.traits.trust[rows])
        return np.minimum(prob * (1 + hung_up_odds), 1.0)

    def _by_numbers(self) -> float:
        """Give the chance of an announced call; each number adds the same chance again."""
        if self.numbers_tried == self.usual_numbers:
            return self.complete_prob
        missed = (1 - self.complete_prob) ** (self.numbers_tried / self.usual_numbers)
        return float(1 - missed)
