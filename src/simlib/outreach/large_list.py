"""How long a household's list of benefits grows when thousands of public services are on it."""

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.services.counts import ServiceCounter
from simlib.benefits.services.templates import template_services
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.population import Population


def services_listed(
    population: Population, month: Month, parameters: Parameters, *, national_only: bool
) -> NDArray[np.int64]:
    """Count the services that stand on each household's list beside the programmes.

    Parameters
    ----------
    population
        The households.
    month
        Month of the count; the list is not counted anew as circumstances change.
    parameters
        Dated parameters; services are generated from templates (``services.*``).
    national_only
        Whether only national services are listed, about 305, or regional and local ones too,
        about 6,000 of which each household meets those of its place.

    Returns
    -------
    ndarray
        Services met and services to ask about, (households,).
    """
    services = template_services(parameters)
    if national_only:
        services = services.only_national()
    counts = ServiceCounter(services, month, parameters).add(
        population.households, population.persons
    )
    return counts.entitled_n.astype(np.int64) + counts.checking_n
