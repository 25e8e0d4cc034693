"""Every sentence of tests/cases/*.yaml, and that every programme has some."""

from pathlib import Path
from typing import Any

import pytest

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.entitlement import entitle
from simlib.files import read_yaml
from simlib.parameters import Parameters

from .conftest import case_of

FOLDER = Path(__file__).parents[1] / "cases"


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in read_yaml(path).data
    ]


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any], catalogue: Catalogue, parameters: Parameters) -> None:
    made = case_of(case["household"], str(case["date"]), parameters)
    result = entitle(catalogue, made.households, made.persons, made.month, parameters)
    for programme, expected in case["expect"].items():
        column = catalogue.index(programme)
        right, amount = int(result.right[0, column]), float(result.amount_krw_m[0, column])
        if expected == "none":
            assert (programme, right, amount) == (programme, 0, 0.0)
        else:
            assert right > 0, f"{programme}: no right"
            if expected != "some":
                assert amount == pytest.approx(expected, rel=2e-7, abs=0.01), programme


def test_every_programme_has_a_case_with_and_one_without(catalogue: Catalogue) -> None:
    given: dict[str, set[bool]] = {programme: set() for programme in catalogue.ids}
    for path in FOLDER.glob("*.yaml"):
        for case in read_yaml(path).data:
            for programme, expected in case["expect"].items():
                given[programme].add(expected == "none")
    assert [programme for programme, kinds in given.items() if kinds != {True, False}] == []
