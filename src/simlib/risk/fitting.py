"""Fit the indicators to the size of the real pool."""

import numpy as np

from simlib.draws import Draws
from simlib.errors import UserError
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.risk.indicators import IndicatorList, Latents, driver_shape, observe
from simlib.risk.reception import DRIVERS, fill_drivers_of

_STEPS = 24


def driver_means(latents: Latents, parameters: Parameters) -> dict[str, float]:
    """Measure the mean of each driver over households.

    Parameters
    ----------
    latents
        True states of all households of a population.
    parameters
        Model parameters (``risk.drivers.*``).

    Returns
    -------
    dict
        Mean by driver, to be entered as ``risk.driver_mean.*``.
    """
    values = fill_drivers_of(
        driver_shape(parameters),
        latents.buffer_months,
        latents.arrears_months,
        latents.jobless_months,
        latents.ill_months,
        latents.severe_disability,
        latents.isolation,
        latents.crisis_months,
    )
    return {name: float(values[:, d].mean()) for d, name in enumerate(DRIVERS) if d}


def pool_share(
    latents: Latents,
    month: Month,
    indicators: IndicatorList,
    draws: Draws,
    parameters: Parameters,
) -> float:
    """Give the share of persons in households with an indicator and no basic livelihood."""
    bits = observe(latents, month, indicators, draws, parameters)
    inside = (bits != 0) & ~latents.receives_livelihood
    return float(latents.size[inside].sum(dtype=np.int64) / latents.size.sum(dtype=np.int64))


def fit_scale(
    latents: Latents,
    month: Month,
    indicators: IndicatorList,
    draws: Draws,
    parameters: Parameters,
) -> float:
    """Find the ``risk.scale`` at which the pool has its published share of persons.

    Solved by bisection on one set of draws: the pool only grows with the scale.

    Returns
    -------
    float
        The scale, to be entered as ``risk.scale``.

    Raises
    ------
    UserError
        If no scale within the parameter's range reaches ``risk.pool_share_target``.
    """
    target = parameters.number("risk.pool_share_target", month)
    low, high = parameters.parameter("risk.scale").range or (0.0, 1.0)

    def share(scale: float) -> float:
        changed = parameters.override({"risk.scale": scale}, "fit_scale")
        return pool_share(latents, month, indicators, draws, changed)

    if not share(low) <= target <= share(high):
        raise UserError(
            f"no scale of the indicators gives a pool of {target:.1%} of persons",
            "risk.scale",
            f"within its range the pool is {share(low):.1%} to {share(high):.1%}",
            "change risk.pool_share_target, or the drivers' means",
        )
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) < target else (low, middle)
    return (low + high) / 2
