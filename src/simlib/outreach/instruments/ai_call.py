"""The AI first call (AI 초기상담): a machine calls every candidate and passes on who needs help."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.instruments.detection import CANDIDATES
from simlib.outreach.ledger import Rows
from simlib.outreach.triage import refer


class AiCall(Instrument):
    """Call all candidates at once without caseworker hours; the transcript is a second triage.

    Attributes
    ----------
    complete_prob
        Chance that a household of mean friction and trust completes the call.
    complete_friction, complete_trust
        How friction and trust change that, logits per standard deviation.
    call_krw
        Cost of a call, won.
    """

    id: ClassVar[str] = "ai_call"
    works_after: ClassVar[tuple[str, ...]] = ("detection",)
    complete_prob: float
    complete_friction: float
    complete_trust: float
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
        refer(desk, reached)

    def _complete_prob(self, desk: Desk, rows: Rows) -> NDArray[np.float64]:
        if self.complete_prob in (0.0, 1.0):
            return np.full(rows.size, self.complete_prob)
        logit = (
            np.log(self.complete_prob / (1 - self.complete_prob))
            - self.complete_friction * desk.traits.friction[rows]
            + self.complete_trust * desk.traits.trust[rows]
        )
        return np.asarray(1 / (1 + np.exp(-logit)))
