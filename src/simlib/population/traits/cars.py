"""The household's car: how old it is and how large its engine, by what it is worth."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.published.tables import Ints


def age_and_engine(
    household_ids: NDArray[np.integer], vehicle_krw: Ints, parameters: Parameters, draws: Draws
) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Give age and engine of each household's car.

    The engine is drawn from shares of registered cars, a larger one more likely for a dearer car.
    A car loses the same share of its value every year, so that its age is the years from the
    price of a new one with such an engine to what it is worth, with a spread. All that a
    household drives is taken for one car.

    Parameters
    ----------
    household_ids
        Numbers by which luck is drawn, ``(households,)``.
    vehicle_krw
        Value of vehicles, ``(households,)``.
    parameters
        Dated parameters.
    draws
        Luck of this population.

    Returns
    -------
    tuple of ndarray
        Age in whole years and engine in cubic centimetres, ``(households,)``; both are 0 where
        there is no car.
    """
    value = parameters.group("population.vehicle")
    shares: dict[int, float] = parameters.value("population.vehicle_engine_share")
    new_krw: dict[int, float] = parameters.value("population.vehicle_new_krw")
    worth, link = np.log(np.maximum(vehicle_krw, 1)), value["engine_link"]
    luck = draws.normal("population.vehicle_engine", household_ids)
    dear = (worth - np.log(value["value_krw"])) / value["sigma"]
    ends = ndtri(np.cumsum(list(shares.values()))[:-1])
    engine = np.searchsorted(ends, link * dear + np.sqrt(1.0 - link**2) * luck)
    lost = np.log([new_krw[size] for size in shares])[engine] - worth
    spread = value["years_sigma"] * draws.normal("population.vehicle_age", household_ids)
    years = np.clip(np.floor(lost / value["yearly_loss"] + spread), 0, value["years_most"])
    owned = vehicle_krw > 0
    sizes = np.array(list(shares), dtype=np.uint16)
    return np.where(owned, years, 0).astype(np.uint8), np.where(owned, sizes[engine], 0)
