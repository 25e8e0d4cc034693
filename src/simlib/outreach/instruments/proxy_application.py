"""Applications by proxy (대리신청): private welfare centres claim for people who cannot."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.uptake.programmes import Burdens, Programmes


class ProxyApplication(Instrument):
    """Let centres hand in claims for people of low digital skill or mobility who come to them.

    Attributes
    ----------
    known_share
        Share of such households that a centre knows.
    frail_age_years
        Age of the head from which a household counts as one of low mobility; severe disability
        counts at any age.
    documents_to, trips_to
        Documents and trips that remain for the household.
    scope
        ``pilot`` covers the programmes of the pilot, ``all`` every claim at a welfare office.
    pilot_programmes
        Ids of the programmes of the pilot; those not in the catalogue are left out.
    """

    id: ClassVar[str] = "proxy_application"
    known_share: float
    frail_age_years: float
    documents_to: float
    trips_to: float
    scope: Literal["pilot", "all"]
    pilot_programmes: list[str]

    def served(self, desk: Desk) -> NDArray[np.bool_] | None:
        """Tell for whom a centre claims: the same households every month."""
        low = desk.parameters.number("uptake.traits.skill_low_below")
        frail = desk.register["head_age"] >= self.frail_age_years
        unable = frail | desk.register["severe_disability"] | (desk.traits.digital_skill < low)
        return np.asarray(unable & desk.users(self.code, self.known_share, 0.0))

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:
        """Take documents and trips off the claims that centres hand in."""
        by_proxy = programmes.at_office
        if self.scope == "pilot":
            by_proxy = np.isin(programmes.ids, self.pilot_programmes)
        documents = np.minimum(burdens.documents, self.documents_to)
        trips = np.minimum(burdens.trips, self.trips_to)
        return burdens._replace(
            documents=np.where(by_proxy, documents, burdens.documents),
            trips=np.where(by_proxy, trips, burdens.trips),
        )
