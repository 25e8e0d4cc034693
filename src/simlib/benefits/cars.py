"""How a car counts in basic livelihood: in full every month, like other property, or not at all."""

from typing import Any, NamedTuple

import numpy as np

from simlib.months import Month
from simlib.parameters import Parameters

COUNTED_FOR = {
    "livelihood": ("livelihood_benefit", "medical_aid"),
    "housing": ("housing_benefit", "education_benefit"),
}
"""Programmes whose tests of cars had limits of their own until 2025, by the name of the test."""


class CarCounted(NamedTuple):
    """Hold the value of each household's car by how it counts, won, ``(households,)``.

    Attributes
    ----------
    general
        What converts at the rate of other property.
    full
        What counts as income in full every month.
    """

    general: Any
    full: Any


def count_car(
    house: dict[str, Any],
    members: dict[str, Any],
    test: str,
    parameters: Parameters,
    month: Month,
) -> CarCounted:
    """Tell how a household's car counts by value, age and engine.

    A car with a small engine that is old or cheap converts like other property; families of
    many persons or children may have a larger engine. A disabled member's small car converts
    like other property, and does not count where the disability is severe. Every other car
    counts in full. Whether a disabled member uses the car is not known and taken for granted;
    vans and cars to work with are not told apart.

    Parameters
    ----------
    house
        ``vehicle_krw``, ``vehicle_years``, ``vehicle_cc`` and ``size``, ``(households,)``.
    members
        ``children_n``, ``disabled_n`` and ``severe_n``, ``(households,)``.
    test
        A name of :data:`COUNTED_FOR`.
    parameters, month
        Limits in force at the month.

    Returns
    -------
    CarCounted
        The value by how it counts.
    """

    def number(name: str) -> float:
        return parameters.number(f"national.vehicle.{name}", month)

    value, engine = house["vehicle_krw"], house["vehicle_cc"]
    old = house["vehicle_years"] >= number("years_min")

    def spared(whom: str) -> Any:
        cheap = value < number(f"{whom}_below_krw")
        return (engine < number(f"{whom}_below_cc")) & (old | cheap)

    many = (house["size"] >= number("family_persons_min")) | (
        members["children_n"] >= number("family_children_min")
    )
    small = engine < number("disabled_below_cc")
    general = spared(test) | (many & spared("family")) | (small & (members["disabled_n"] > 0))
    free = small & (members["severe_n"] > 0)
    return CarCounted(
        np.where(general & np.logical_not(free), value, 0.0), np.where(general | free, 0.0, value)
    )
