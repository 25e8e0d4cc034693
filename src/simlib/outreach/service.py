"""Services that some households use and others do not."""

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument


class Service(Instrument):
    """Ease the claims of those who use a service, more often the digitally skilled.

    Attributes
    ----------
    use_share
        Chance that a household of mean digital skill uses the service.
    use_skill_logit
        What a standard deviation of digital skill adds to that, logit.
    """

    use_share: float
    use_skill_logit: float

    def served(self, desk: Desk) -> NDArray[np.bool_] | None:
        """Tell who uses the service: the same households every month."""
        return desk.users(self.code, self.use_share, self.use_skill_logit)
