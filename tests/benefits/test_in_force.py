"""Programmes that began or ended: outside their time nobody is entitled."""

from pathlib import Path

import pytest

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.entitlement import entitle
from simlib.benefits.explain import explain
from simlib.errors import UserError
from simlib.months import parse_month
from simlib.parameters import load_parameters

from .conftest import case_of
from .test_catalogue import OLD, load

LIFE = {"from": "2024-03", "until": "2025-06"}
FROM_2024 = {
    "age_min": {"unit": "years", "value": 80, "source": "HEDGE", "evidence": "assumption"},
    "bonus": {
        "unit": "KRW/month",
        "values": {"2024-03": {"value": 5000, "source": "HEDGE", "evidence": "assumption"}},
    },
}


def amount(catalogue: Catalogue, month: str) -> tuple[int, float]:
    parameters = load_parameters()
    reformed = load_catalogue(parameters, extra=[Path(catalogue["older_bonus"].document.source)])
    made = case_of(OLD, month, parameters)
    result = entitle(reformed, made.households, made.persons, parse_month(month), parameters)
    column = reformed.index("older_bonus")
    return int(result.right[0, column]), float(result.amount_krw_m[0, column])


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("2024-02", (0, 0.0)),
        ("2024-03", (1, 5000.0)),
        ("2025-06", (1, 5000.0)),
        ("2025-07", (0, 0.0)),
    ],
)
def test_a_right_exists_only_from_the_first_to_the_last_month(
    tmp_path: Path, month: str, expected: tuple[int, float]
):
    assert amount(load(tmp_path, in_force=LIFE, parameters=FROM_2024), month) == expected


def test_without_in_force_a_month_before_the_first_value_is_refused_with_file_and_line(
    tmp_path: Path,
):
    catalogue = load(tmp_path, parameters=FROM_2024)
    with pytest.raises(UserError, match="first value holds from 2024-03") as caught:
        amount(catalogue, "2024-02")
    assert "reform.yaml:" in caught.value.where
    assert "add an earlier value" in caught.value.mend


def test_the_check_says_from_when_until_when(tmp_path: Path):
    load(tmp_path, in_force=LIFE)
    parameters = load_parameters()
    catalogue = load_catalogue(parameters, extra=[tmp_path / "reform.yaml"])
    made = case_of(OLD, "2025-07", parameters)
    told = explain(
        catalogue, made.households, made.persons, made.month, parameters, ["older_bonus"]
    )[0]
    assert [each.text for each in told.failed] == ["in force 2024-03 to 2025-06"]


@pytest.mark.parametrize(
    ("life", "message"),
    [
        ({"from": "2025-01", "until": "2024-12"}, "ends in 2024-12 before it begins"),
        ({"from": "2025"}, "not a month"),
        ({"since": "2025-01"}, "unknown key 'in_force.since'"),
    ],
)
def test_an_impossible_life_is_refused(tmp_path: Path, life: dict[str, str], message: str):
    with pytest.raises(UserError, match=message) as caught:
        load(tmp_path, in_force=life)
    assert "reform.yaml:" in caught.value.where
