"""The chatbot of the national secretary: answers questions about national programmes."""

from typing import ClassVar

import numpy as np

from simlib.outreach.service import Service
from simlib.uptake.programmes import Burdens, Programmes


class Chatbot(Service):
    """Answer questions at any hour; helps those who write to machines.

    Attributes
    ----------
    learning_logit
        By how much the learning burden of national programmes falls, logit.
    """

    id: ClassVar[str] = "chatbot"
    learning_logit: float

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:
        """Lower the learning burden of national programmes."""
        learning = burdens.learning - np.where(programmes.national, self.learning_logit, 0.0)
        return burdens._replace(learning=learning)
