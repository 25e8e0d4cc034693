"""Online applications for programmes that were claimed at the office (온라인 신청 확대)."""

from typing import ClassVar

import numpy as np

from simlib.outreach.service import Service
from simlib.uptake.programmes import Burdens, Programmes


class OnlineApplication(Service):
    """Save the way to the office, for those who claim online.

    Attributes
    ----------
    trips_to
        Trips that remain.
    """

    id: ClassVar[str] = "online_application"
    trips_to: float

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:
        """Save trips for programmes that so far are claimed at a welfare office only."""
        opened = programmes.at_office & ~programmes.online
        trips = np.minimum(burdens.trips, self.trips_to)
        return burdens._replace(trips=np.where(opened, trips, burdens.trips))
