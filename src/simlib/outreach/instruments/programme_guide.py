"""The programme guide and its search (복지알림이): all programmes in one place."""

from typing import ClassVar

from simlib.outreach.service import Service
from simlib.uptake.programmes import Burdens, Programmes


class ProgrammeGuide(Service):
    """Make it easier to find out what there is; who does not look up learns nothing.

    Attributes
    ----------
    learning_logit
        By how much the learning burden falls, logit.
    """

    id: ClassVar[str] = "programme_guide"
    learning_logit: float

    def lower_burdens(self, burdens: Burdens, programmes: Programmes) -> Burdens:  # noqa: ARG002
        """Lower the learning burden of every programme."""
        return burdens._replace(learning=burdens.learning - self.learning_logit)
