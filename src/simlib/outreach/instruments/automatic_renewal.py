"""Renewal without application: the office renews by its own records."""

from typing import ClassVar, Literal

import numpy as np

from simlib.outreach.instrument import Instrument
from simlib.uptake.programmes import Burdens, Programmes


class AutomaticRenewal(Instrument):
    """Renew receipt as long as the entitlement lasts, without the household's doing.

    Attributes
    ----------
    scope
        ``office`` covers programmes that a welfare office decides, ``all`` every programme.
    """

    id: ClassVar[str] = "automatic_renewal"
    scope: Literal["office", "all", "none"]

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:
        """Do away with renewals."""
        covered = np.full(programmes.programmes_n, self.scope == "all")
        if self.scope == "office":
            covered = programmes.decision_hours > 0
        return burdens._replace(renewal_months=np.where(covered, 0.0, burdens.renewal_months))
