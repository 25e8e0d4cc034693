"""The home itself: public rental, city gas and district heating."""

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.money.income import Income
from simlib.population.people.status import Status
from simlib.population.published.cells import TENURES
from simlib.population.published.tables import Floats, by_region, municipalities, place_of

_HIGHEST = 0.9
"""Highest chance of living in public rental housing."""
_ROUNDS = 4


def city_gas(people: Skeleton, draws: Draws) -> NDArray[np.bool_]:
    """Say which homes are served by city gas, shape ``(households,)``."""
    shares = by_region("city_gas")[people.region]
    return draws.uniform("population.city_gas", people.household_ids) < shares


def district_heating(people: Skeleton, draws: Draws) -> NDArray[np.bool_]:
    """Say which homes are served by district heating; none in counties."""
    rural = (municipalities()["area_class"] == "rural").to_numpy()
    shares = np.where(
        rural[place_of(people.municipality)], 0.0, by_region("district_heating")[people.region]
    )
    return draws.uniform("population.district_heating", people.household_ids) < shares


def public_rental(
    people: Skeleton,
    status: Status,
    income: Income,
    single_parent: NDArray[np.bool_],
    parameters: Parameters,
    draws: Draws,
) -> NDArray[np.bool_]:
    """Say which tenants live in public rental housing, shape ``(households,)``.

    The chance falls with income and is higher with a disabled member; its mean over the
    households of a region is that of the parameters.
    """
    value = parameters.group("attributes.public_rental")
    tenant = ~np.isin(people.tenure, [TENURES.index("own"), TENURES.index("rent_free")])
    weight = np.where(tenant, np.exp(value["income_slope"] * income.score), 0.0)
    disabled = people.max_by_household(status.disability) > 0
    weight = np.where(disabled, value["disabled_factor"], 1.0) * weight
    prob = np.zeros(people.households_n)
    for chosen, share in (
        (single_parent, value["single_parent_share"]),
        (~single_parent, value["share"]),
    ):
        prob[chosen] = _chances(weight[chosen], share * chosen.sum())
    return draws.uniform("population.public_rental", people.household_ids) < prob


def _chances(weight: Floats, wanted: float) -> Floats:
    """Give chances in proportion to weights, below a cap, that add up to the number wanted."""
    chances = weight
    for _ in range(_ROUNDS):
        chances = np.minimum(chances * (wanted / max(chances.sum(), 1.0)), _HIGHEST)
    return chances
