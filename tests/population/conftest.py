import pytest

from simlib.parameters import Parameters, load_parameters
from simlib.population import Population, fit_table, synthesize
from simlib.population.fitted import FittedTable


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return load_parameters()


@pytest.fixture(scope="session")
def table(parameters: Parameters) -> FittedTable:
    return fit_table(parameters)


@pytest.fixture(scope="session")
def korea(parameters: Parameters, table: FittedTable) -> Population:
    """100,000 households."""
    return synthesize(100_000, 2025, 1, parameters, table)


@pytest.fixture(scope="session")
def small(parameters: Parameters, table: FittedTable) -> Population:
    """1,000 households."""
    return synthesize(1_000, 2025, 3, parameters, table)
