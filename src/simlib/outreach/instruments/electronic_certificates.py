"""Electronic certificates (전자증명서): documents of online claims need no paper."""

from typing import ClassVar

import numpy as np

from simlib.outreach.service import Service
from simlib.uptake.programmes import Burdens, Programmes


class ElectronicCertificates(Service):
    """Take documents off claims that are made online, for those who claim online.

    Attributes
    ----------
    documents_share
        Share of documents that still has to be handed in.
    """

    id: ClassVar[str] = "electronic_certificates"
    documents_share: float

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:
        """Cut the documents of programmes that can be claimed online."""
        fewer = burdens.documents * self.documents_share
        return burdens._replace(documents=np.where(programmes.online, fewer, burdens.documents))
