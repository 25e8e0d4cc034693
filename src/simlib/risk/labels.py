"""Labels that outreach leaves behind: what a contacted household gets, and what is written down.

The label of the real system is "got support after being listed". It depends on who is reached,
on the stock of private goods and on eligibility rules, not only on crisis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.months import Month
from simlib.parameters import Parameters

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Support:
    """Hold what the system records about contacted households, each (households,).

    ``livelihood_recorded`` implies ``public_recorded``, which implies ``any_recorded``.
    """

    any_recorded: Bools
    public_recorded: Bools
    livelihood_recorded: Bools


def support_given_contact(
    household_id: NDArray[np.uint32],
    round_month: Month,
    in_need: Bools,
    public_open: Bools,
    livelihood_open: Bools,
    draws: Draws,
    parameters: Parameters,
) -> Support:
    """Draw the support that contacted households get and that the system records.

    Use it where the model's own funnel does not decide; where it does, pass what the funnel
    granted to :func:`recorded_support`.

    Parameters
    ----------
    household_id
        (households,) ids of households that were reached.
    round_month
        Month of the round.
    in_need
        (households,) in crisis or hardship; private goods go to them more often, not only.
    public_open, livelihood_open
        (households,) entitled to a public benefit, or to livelihood benefit, not yet received.
    draws, parameters
        Draws of the replicate and model parameters (``risk.support.*``).

    Returns
    -------
    Support
        Recorded support in three readings.
    """
    prob = parameters.group("risk.support", round_month)
    livelihood = livelihood_open & (
        draws.uniform("risk.livelihood_support", household_id, round_month)
        < prob["livelihood_open_prob"]
    )
    public = livelihood | (
        draws.uniform("risk.public_support", household_id, round_month)
        < np.where(public_open, prob["public_open_prob"], prob["public_closed_prob"])
    )
    return recorded_support(
        household_id, round_month, in_need, public, livelihood, draws, parameters
    )


def recorded_support(
    household_id: NDArray[np.uint32],
    round_month: Month,
    in_need: Bools,
    public: Bools,
    livelihood: Bools,
    draws: Draws,
    parameters: Parameters,
) -> Support:
    """Add private goods to the public benefits granted, and record both.

    Parameters
    ----------
    household_id, round_month, in_need
        As for :func:`support_given_contact`.
    public, livelihood
        (households,) whether a public benefit, and livelihood benefit, was granted.
    draws, parameters
        Draws of the replicate and model parameters (``risk.support.*``).

    Returns
    -------
    Support
        Recorded support; some never reaches the right file.
    """
    prob = parameters.group("risk.support", round_month)
    private = draws.uniform("risk.private_support", household_id, round_month) < np.where(
        in_need, prob["private_in_need_prob"], prob["private_otherwise_prob"]
    )
    kept = draws.uniform("risk.recorded", household_id, round_month) < prob["recorded_prob"]
    granted = public | livelihood
    return Support(kept & (private | granted), kept & granted, kept & livelihood)
