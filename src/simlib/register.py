"""What an agency holds about households, and the true state that indicators are made of."""

from functools import cached_property
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.life.hardship import Circumstances
from simlib.life.people import NOT
from simlib.population.population import Population
from simlib.risk.indicators import Latents

TENURES = ("own", "jeonse", "deposit_rent", "monthly_rent", "rent_free")


class Register:
    """Hold the register's columns of a population.

    Parameters
    ----------
    population
        The households and persons that are registered.
    """

    def __init__(self, population: Population) -> None:
        self.population = population

    @cached_property
    def fixed(self) -> dict[str, NDArray[Any]]:
        """Give the columns that never change, read when an instrument first asks."""
        households, persons = self.population.households, self.population.persons
        ids, tenure = households["household_id"].to_numpy(), households["tenure"]
        names = tenure.dtype.categories  # type: ignore[attr-defined]
        codes = np.array([TENURES.index(name) for name in names], np.uint8)
        severe = np.zeros(ids.size, np.bool_)
        of = persons["household_id"].to_numpy()[(persons["disability"] == "severe").to_numpy()]
        severe[np.searchsorted(ids, of)] = True
        return {
            "household_id": ids,
            "tenure": codes[tenure.to_physical().to_numpy()],
            "severe_disability": severe,
        }

    def columns(self, now: Circumstances, registered: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
        """Give the register as it stands this month, each column (households,).

        Parameters
        ----------
        now
            Circumstances of the households.
        registered
            Code of the municipality in which each is registered, (households,).
        """
        return self.fixed | {
            "size": now.size,
            "children_n": now.children_n,
            "head_age": now.head_age,
            "lives_alone": now.size == 1,
            "single_parent": now.single_parent,
            "municipality": registered,
        }

    def latents(
        self, now: Circumstances, step: int, receives_livelihood: NDArray[np.bool_]
    ) -> Latents:
        """Give the true state of every household this month."""
        return Latents(
            household_id=self.fixed["household_id"].astype(np.uint32),
            buffer_months=now.buffer_months,
            arrears_months=now.arrears_months,
            jobless_months=_months(now.jobless_since, step),
            ill_months=_months(now.ill_since, step),
            crisis_months=now.crisis_months,
            isolation=now.isolation,
            head_age=now.head_age,
            size=now.size,
            children_n=now.children_n,
            tenure=self.fixed["tenure"],
            lives_alone=now.size == 1,
            single_parent=now.single_parent,
            severe_disability=self.fixed["severe_disability"],
            receives_livelihood=receives_livelihood,
            address_mismatch=now.address_mismatch,
        )


def _months(since: NDArray[np.int32], step: int) -> NDArray[np.uint8]:
    """Give months since an event, 1 in its own month and 0 without one."""
    months = np.empty(since.size, np.uint8)
    _count_months(since, step, months)
    return months


@njit(cache=True, parallel=True)
def _count_months(since, step, months):  # type: ignore[no-untyped-def]
    for i in prange(since.size):
        months[i] = 0 if since[i] == NOT else min(max(step - since[i] + 1, 0), 255)
