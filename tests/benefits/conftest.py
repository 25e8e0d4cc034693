"""Parameters, catalogue and small households shared by the tests of benefits."""

from typing import Any

import polars as pl
import pytest
import yaml

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.household_file import HouseholdCase, read_household
from simlib.files import parse_yaml
from simlib.parameters import Parameters, load_parameters


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    made = load_parameters()
    load_catalogue(made)
    return made


@pytest.fixture(scope="session")
def catalogue(parameters: Parameters) -> Catalogue:
    return load_catalogue(parameters)


def case_of(household: dict[str, Any], date: str, parameters: Parameters) -> HouseholdCase:
    document = parse_yaml(yaml.safe_dump(household, allow_unicode=True), "household.yaml")
    return read_household(document, parameters, date)


def together(cases: list[HouseholdCase]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put households of one row each together, numbered from 0."""
    households, persons = [], []
    for i, case in enumerate(cases):
        households.append(case.households.with_columns(household_id=pl.lit(i)))
        persons.append(case.persons.with_columns(household_id=pl.lit(i)))
    return (
        pl.concat(households, how="diagonal"),
        pl.concat(persons, how="diagonal"),
    )
