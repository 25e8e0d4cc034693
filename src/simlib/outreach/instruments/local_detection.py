"""Local detection beside the national cut-off: each municipality adds cases by its own model."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from simlib.errors import did_you_mean
from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.instruments.detection import CANDIDATES, ROUND, Detection
from simlib.outreach.ledger import Rows
from simlib.outreach.screening import Masks
from simlib.population.published.tables import municipality_codes, place_of
from simlib.risk.local import OwnRounds, indicator_weights, local_scores, weight_names
from simlib.risk.view import AgencyView
from simlib.uptake.programmes import mask_of


@dataclass
class _Memory:
    """Hold what own rounds taught, and the lists whose outcome is still to come."""

    rounds: OwnRounds
    lists: list[tuple[int, Rows, NDArray[np.uint64], Masks]] = field(default_factory=list)


class LocalDetection(Instrument):
    """Let every municipality list more households of its own pool, ranked its own way.

    Attributes
    ----------
    local_share
        Households that municipalities add, as a share of what the national cut-off lists; each
        has places by the persons with an indicator who live there.
    rank_by
        ``indicators`` adds up ``weights``; ``own_rounds`` raises and lowers them by what
        cases with each indicator led to in the municipality's own earlier rounds.
    weights
        Weights by indicator or domain, 1 for what is not named; 0 leaves an indicator out.
    prior_cases
        Own cases that weigh as much as the rate of all cases.
    learn_months
        Months after which the outcome of a list is on record: whether a benefit that the
        welfare office decides is received that was not when the list was made.
    """

    id: ClassVar[str] = "local_detection"
    works_after: ClassVar[tuple[str, ...]] = ("detection",)
    local_share: float
    rank_by: Literal["indicators", "own_rounds"]
    weights: dict[str, float] = Field(default_factory=dict)
    prior_cases: float
    learn_months: int

    @field_validator("weights")
    @classmethod
    def _are_indicators(cls, weights: dict[str, float]) -> dict[str, float]:
        for name, weight in weights.items():
            if name not in weight_names():
                hint = did_you_mean(name, weight_names())
                raise ValueError(f"'{name}' is no indicator and no domain of them; {hint}")
            if weight < 0:
                raise ValueError(f"the weight of '{name}' is below 0")
        return weights

    def contact(self, desk: Desk) -> None:
        """Add to the list that was made this month."""
        made = desk.memory.get(ROUND)
        if made is None:
            return
        view, pool, national = made
        memory = desk.memory.setdefault(self.id, _Memory(OwnRounds.none(municipality_codes().size)))
        self._learn(desk, memory)
        left = pool[~desk.memory[Detection.id]["listed"][pool]]
        weights = np.tile(indicator_weights(self.weights), (municipality_codes().size, 1))
        if self.rank_by == "own_rounds":
            weights *= memory.rounds.lifts(self.prior_cases)
        scores = local_scores(_municipalities(desk, left), view.bits[left], weights)
        places = self._places(desk, view, national.size)
        added = self._best(desk, left[scores > 0], scores[scores > 0], places)
        listed = np.concatenate([national, added])
        memory.lists.append((desk.step, listed, view.bits[listed], desk.funnel.receiving[listed]))
        desk.memory[CANDIDATES] = listed
        desk.memory[ROUND] = (view, pool, listed)
        desk.memory[Detection.id]["listed"][added] = True
        desk.ledger.note(self.id, "selected", added)

    def _learn(self, desk: Desk, memory: _Memory) -> None:
        """Take over what came of the lists that are old enough."""
        by_office = mask_of(desk.programmes.decision_hours > 0)
        while memory.lists and desk.step - memory.lists[0][0] >= self.learn_months:
            _, rows, bits, before = memory.lists.pop(0)
            new = desk.funnel.receiving[rows] & ~before & by_office
            memory.rounds.learn(_municipalities(desk, rows), bits, (new != 0).any(axis=1))

    def _places(self, desk: Desk, view: AgencyView, national_n: int) -> NDArray[np.int64]:
        """Share the places out, (municipalities,); a fraction of a place is drawn."""
        seen = np.flatnonzero((view.bits != 0) & desk.inside)
        codes = municipality_codes()
        persons = np.bincount(_municipalities(desk, seen), view["size"][seen], minlength=codes.size)
        due = self.local_share * national_n * persons / max(persons.sum(), 1.0)
        luck = desk.draws.uniform("outreach.local_places", codes, desk.month, self.code)
        return np.asarray(np.floor(due) + (luck < due % 1.0), np.int64)

    def _best(
        self, desk: Desk, rows: Rows, scores: NDArray[np.float64], places: NDArray[np.int64]
    ) -> Rows:
        """Give the best of each municipality as far as its places go; equals are drawn."""
        luck = desk.uniform("outreach.list_tie", rows, self.code)
        municipality = _municipalities(desk, rows)
        order = np.lexsort((luck, -scores, municipality))
        first = np.searchsorted(municipality[order], np.arange(places.size))
        rank = np.arange(rows.size) - first[municipality[order]]
        return np.asarray(rows[order][rank < places[municipality[order]]])


def _municipalities(desk: Desk, rows: Rows) -> NDArray[np.int64]:
    """Give the number of the municipality in which each household is registered, (rows,)."""
    return place_of(desk.register["municipality"][rows])
