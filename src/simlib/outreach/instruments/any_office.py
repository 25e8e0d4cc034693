"""Applications at any office (전국 신청): not only where one is registered."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.uptake.programmes import Burdens, Programmes


class AnyOffice(Instrument):
    """Shorten the way for those who live elsewhere than registered, or work near another office.

    Attributes
    ----------
    elsewhere_share
        Share of the other households for whom another office is nearer.
    trips_share
        Share of the trips that remains.
    """

    id: ClassVar[str] = "any_office"
    elsewhere_share: float
    trips_share: float

    def served(self, desk: Desk) -> NDArray[np.bool_] | None:
        """Tell who has another office nearer than the own one."""
        nearer = desk.users(self.code, self.elsewhere_share, 0.0)
        return np.asarray(desk.circumstances.address_mismatch | nearer)

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:
        """Cut trips for programmes that are claimed at a welfare office."""
        trips = burdens.trips * self.trips_share
        return burdens._replace(trips=np.where(programmes.at_office, trips, burdens.trips))
