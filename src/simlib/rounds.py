"""What came of each detection round: who was listed, reached, supported, and in crisis."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instruments.detection import ROUND
from simlib.outreach.support import SUPPORTED_PRIVATELY
from simlib.uptake.decisions import Decisions
from simlib.uptake.programmes import Programmes

Flags = NDArray[np.bool_]
Steps = NDArray[np.int16]


@dataclass
class RoundNotes:
    """Hold one round as it was seen, and what was recorded of its list.

    Attributes
    ----------
    month, step
        When the round was held.
    rows, features, bits
        The pool: rows of its households, their features (pool, k) and indicators.
    municipality_rate
        Share of their municipality that receives basic livelihood, (pool,).
    listed
        Whether each was listed, (pool,).
    reached, private
        Households that talked with a caseworker or machine, and that got private support,
        until the next round or, if that is earlier, until labels are complete, (households,).
    """

    month: int
    step: int
    rows: NDArray[np.int64]
    features: NDArray[np.float32]
    bits: NDArray[np.uint64]
    municipality_rate: NDArray[np.float64]
    listed: Flags
    reached: Flags
    private: Flags


@dataclass
class RoundLog:
    """Collect the rounds of one run, and month by month who was in crisis and who got benefits.

    Attributes
    ----------
    rounds
        Rounds in order.
    crisis
        Who was in crisis in each month, (months, households) once stacked.
    awarded, awarded_livelihood
        For each month the step in which those claimed, at the latest, who were awarded some
        benefit that a welfare office decides, so that its record shows it, or a benefit of basic
        livelihood; ``NEVER`` for all others, (months, households) once stacked.
    """

    rounds: list[RoundNotes] = field(default_factory=list)
    crisis: list[Flags] = field(default_factory=list)
    awarded: list[Steps] = field(default_factory=list)
    awarded_livelihood: list[Steps] = field(default_factory=list)

    def note(
        self,
        step: int,
        desk: Desk | None,
        crisis: Flags,
        decided: Decisions,
        programmes: Programmes,
    ) -> None:
        """Note a month that has just ended.

        Parameters
        ----------
        step
            Number of the month.
        desk
            The month's desk, None when no policy is in force.
        crisis
            Who is in crisis, (households,).
        decided
            The month's decisions; only awards count as support, not returns after a lapse.
        programmes
            The catalogue: what welfare offices decide, and what is basic livelihood.
        """
        self.crisis.append(crisis)
        self.awarded.append(decided.claimed(programmes.decision_hours > 0, step, crisis.size))
        self.awarded_livelihood.append(decided.claimed(programmes.basic, step, crisis.size))
        if desk is None:
            return
        if desk.memory.get(ROUND) is not None:
            self._open(desk)
        latest = self.rounds[-1] if self.rounds else None
        delay = int(desk.parameters.number("risk.labels.delay_months"))
        if latest is not None and step - latest.step < max(delay, 1):
            latest.reached[desk.ledger.rows("accepted")] = True
            latest.private[desk.memory.get(SUPPORTED_PRIVATELY, np.empty(0, np.int64))] = True

    def _open(self, desk: Desk) -> None:
        view, pool, candidates = desk.memory[ROUND]
        nobody = np.zeros(desk.households_n, np.bool_)
        self.rounds.append(
            RoundNotes(
                desk.month,
                desk.step,
                pool,
                view.features_of(pool),
                view.bits[pool],
                view.municipality_rate()[pool],
                np.isin(pool, candidates),
                nobody.copy(),
                nobody.copy(),
            )
        )
