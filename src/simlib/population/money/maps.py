"""Fit all maps of money on a reference sample: what is national is frozen here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.money.income import IncomeMaps, give_income, latent_income
from simlib.population.money.income_fit import fit_income
from simlib.population.money.wealth import WealthMaps
from simlib.population.money.wealth_fit import fit_wealth
from simlib.population.people.status import Status
from simlib.population.published.targets import money_targets

REFERENCE_N = 200_000
"""Households of the reference sample."""
REFERENCE_SEED = 20_250_101
"""Its seed: the maps do not depend on the population they are used for."""
_POOR_FROM_AGE = 66


@dataclass(frozen=True)
class MoneyMaps:
    """Hold the frozen maps of incomes and wealth.

    Ranks, thresholds and means of the country are solved once, on a reference sample of fixed
    size and seed. With the maps any block of a population gets its money alone.
    """

    income: IncomeMaps
    wealth: WealthMaps


def fit_money(
    people: Skeleton, status: Status, single_parent: NDArray[np.bool_], parameters: Parameters,
    draws: Draws,
) -> MoneyMaps:  # fmt: skip
    """Fit the maps of money.

    Parameters
    ----------
    people, status, single_parent
        The reference sample: all regions, :data:`REFERENCE_N` households.
    parameters
        Dated parameters.
    draws
        Luck of the reference sample.
    """
    targets = money_targets(parameters)
    older = people.sum_by_household((people.age >= _POOR_FROM_AGE).astype(np.float64))
    latent = latent_income(people, status, parameters, draws)
    income = fit_income(people, latent, single_parent, older, targets, parameters)
    standing = give_income(people, status, single_parent, income, parameters, draws).score
    wealth = fit_wealth(people, standing, single_parent, targets, parameters, draws)
    return MoneyMaps(income, wealth)
