"""The life-event bundle (생애주기 원스톱): one application for all that an event leads to."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from simlib.occasions import OCCASIONS, simulated
from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Easing, Instrument
from simlib.uptake.programmes import Burdens, Programmes, mask_of


class LifeEventBundle(Instrument):
    """Tell of all programmes when an event is registered, and take one claim for them.

    Attributes
    ----------
    events
        Events with a bundle.
    told_prob
        Chance that the household is shown the bundle when it registers the event.
    months
        Months for which the bundle stands open.
    documents_share, trips_share
        Shares of documents and trips of each claim that remain, since one set serves for all.
    """

    id: ClassVar[str] = "life_event_bundle"
    events: list[str]
    told_prob: float
    months: float
    documents_share: float
    trips_share: float

    @field_validator("events")
    @classmethod
    def _are_simulated(cls, events: list[str]) -> list[str]:
        return simulated(events)

    def contact(self, desk: Desk) -> None:
        """Show the bundle to those who registered an event this month."""
        since = self._since(desk)
        for event in self.events:
            rows = desk.occasions.rows(event)
            rows = rows[desk.inside[rows]]
            luck = desk.uniform("outreach.shown_bundle", rows, self._code(event))
            shown = rows[luck < self.told_prob]
            since[event][shown] = desk.step
            about = mask_of(desk.programmes.triggered_by(event))
            desk.tell(shown, np.broadcast_to(about, (shown.size, about.size)))
            desk.ledger.note(self.id, "selected", rows)
            desk.ledger.note(self.id, "reached", shown)

    def easings(self, desk: Desk) -> list[Easing]:
        """Ease each event's claims for the households whose bundle is open."""
        since = self._since(desk)
        return [
            Easing(desk.step - since[event] < self.months, self._one_claim(event))
            for event in self.events
        ]

    def _code(self, event: str) -> int:
        return self.code ^ list(OCCASIONS).index(event)

    def _one_claim(self, event: str) -> Any:
        def change(burdens: Burdens, programmes: Programmes) -> Burdens:
            bundled = programmes.triggered_by(event)
            return burdens._replace(
                documents=burdens.documents * np.where(bundled, self.documents_share, 1.0),
                trips=burdens.trips * np.where(bundled, self.trips_share, 1.0),
            )

        return change

    def _since(self, desk: Desk) -> dict[str, NDArray[np.int32]]:
        """Give the step in which each household's bundle was opened, by event."""
        if self.id not in desk.memory:
            never = np.full(desk.households_n, np.iinfo(np.int32).min // 2, np.int32)
            desk.memory[self.id] = {event: never.copy() for event in self.events}
        since: dict[str, NDArray[np.int32]] = desk.memory[self.id]
        return since
