"""How households come to receive: the monthly funnel, or a given rate."""

from simlib.errors import UserError, did_you_mean
from simlib.parameters import Parameters

MODE = "uptake.mode"
"""Parameter that chooses the mode."""
PRIORITY = "uptake.office_priority"
"""Parameter that names the rule by which all offices order their claims."""
DYNAMIC = "dynamic"
FIXED_RATE = "fixed_rate"


def is_fixed_rate(parameters: Parameters) -> bool:
    """Tell whether take-up is a given rate instead of the monthly funnel.

    Raises
    ------
    UserError
        If the parameter names neither mode.
    """
    mode = str(parameters.value(MODE))
    if mode not in (DYNAMIC, FIXED_RATE):
        raise UserError(
            f"there is no mode '{mode}'",
            MODE,
            "nobody could say how households come to receive",
            did_you_mean(mode, (DYNAMIC, FIXED_RATE)),
        )
    return mode == FIXED_RATE
