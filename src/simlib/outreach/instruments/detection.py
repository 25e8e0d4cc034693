"""The blind-spot detection system: indicators, a score, and a list of candidates each round."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from simlib.outreach.desk import LISTED_STEP, Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.ledger import Rows
from simlib.risk.indicators import (
    indicator_list,
    indicators_in_force,
    list_sizes,
    observe,
)
from simlib.risk.scorers import FirstCome, RuleOfThumb, Scorer, checked_scores
from simlib.risk.view import AgencyView

CANDIDATES = "candidates"
"""Where the list of the present round lies in the desk's memory, best rank first."""
ROUND = "round"
"""Where the present round's view and list lie, for whoever records rounds."""


class Detection(Instrument):
    """List the households that rank highest by their crisis indicators, nationwide.

    Attributes
    ----------
    indicators
        Length of the indicator list: 34, 39, 44, 45, 46 or 47; 0 takes the list in force in the
        month, which grows with the law.
    rounds_per_year
        Rounds a year: 1, 2, 3, 4, 6 or 12.
    national_share
        Households listed, as a share of the persons in households with an indicator.
    rank_by
        ``scorer`` uses the trained scorer (the rule of thumb until there is one),
        ``rule_of_thumb`` the number of indicators, ``first_come`` whether there was one in the
        last round. Equals stand in an order that is drawn.
    """

    id: ClassVar[str] = "detection"
    indicators: int
    rounds_per_year: int
    national_share: float
    rank_by: Literal["scorer", "rule_of_thumb", "first_come"]

    @field_validator("indicators")
    @classmethod
    def _is_a_known_list(cls, count: int) -> int:
        if count not in (0, *list_sizes()):
            known = ", ".join(str(size) for size in list_sizes())
            raise ValueError(
                f"there was never a list of so many; choose one of {known}, "
                "or 0 for the one in force"
            )
        return count

    @field_validator("rounds_per_year")
    @classmethod
    def _divides_the_year(cls, rounds_n: int) -> int:
        if rounds_n < 1 or 12 % rounds_n != 0:
            raise ValueError("rounds fall every so many whole months; choose 1, 2, 3, 4, 6 or 12")
        return rounds_n

    def contact(self, desk: Desk) -> None:
        """Make a new list when a round begins; the list stands until the next."""
        desk.memory[ROUND] = None
        if desk.month % (12 // self.rounds_per_year) != 0:
            return
        view = self._look(desk)
        pool = np.flatnonzero(view.pool() & desk.inside)
        scores = checked_scores(self._scorer(desk), view.features_of(pool))
        persons = np.dot(view["size"], ((view.bits != 0) & desk.inside).astype(np.int64))
        listed_n = min(pool.size, round(self.national_share * float(persons)))
        candidates = pool[self._best(desk, pool, scores, listed_n)]
        desk.memory[CANDIDATES] = candidates
        desk.memory[LISTED_STEP] = desk.step
        desk.memory[ROUND] = (view, pool, candidates)
        desk.memory[self.id] = self._remember(desk, view, candidates)
        desk.ledger.note(self.id, "selected", candidates)

    def _best(
        self, desk: Desk, pool: Rows, scores: NDArray[np.float64], listed_n: int
    ) -> NDArray[np.int64]:
        """Give the places of the best in the pool, best rank first; equals are drawn."""
        if not listed_n:
            return np.empty(0, np.int64)
        lowest = np.partition(scores, pool.size - listed_n)[pool.size - listed_n]
        near = np.flatnonzero(scores >= lowest)
        # ids follow the municipalities: equal scores in their order would list one corner only
        luck = desk.uniform("outreach.list_tie", pool[near], self.code)
        return np.asarray(near[np.lexsort((luck, -scores[near]))[:listed_n]])

    def _look(self, desk: Desk) -> AgencyView:
        latents = desk.latents()
        indicators = (
            indicator_list(self.indicators) if self.indicators else indicators_in_force(desk.month)
        )
        bits = observe(latents, desk.month, indicators, desk.draws, desk.parameters)
        before = desk.memory.get(self.id)
        n = desk.households_n
        return AgencyView(
            desk.month,
            bits,
            before["bits"] if before else np.zeros(n, np.uint64),
            desk.register,
            latents.receives_livelihood,
            before["listed"] if before else np.zeros(n, np.bool_),
            indicators,
        )

    def _scorer(self, desk: Desk) -> Scorer:
        if self.rank_by == "first_come":
            return FirstCome()
        if self.rank_by == "scorer" and desk.scorer is not None:
            return desk.scorer
        return RuleOfThumb()

    def _remember(self, desk: Desk, view: AgencyView, candidates: Any) -> dict[str, Any]:
        listed = np.zeros(desk.households_n, np.bool_)
        listed[candidates] = True
        return {"bits": view.bits, "listed": listed}


def on_present_list(desk: Desk, rows: Rows) -> NDArray[np.bool_]:
    """Tell which households stand on the present detection list; nobody without detection."""
    memory = desk.memory.get(Detection.id)
    return np.zeros(rows.size, np.bool_) if memory is None else np.asarray(memory["listed"][rows])
