"""``simlib check`` for a family whose parents or children live apart."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.check import CheckResult, check_household
from simlib.benefits.check_table import tables
from simlib.errors import UserError
from simlib.files import parse_yaml
from simlib.parameters import Parameters

MOTHER: dict[str, Any] = {
    "municipality": "청양군",
    "tenure": "own",
    "assets": {"housing_krw": 60_000_000, "financial_krw": 8_000_000},
    "persons": [{"age": 72, "sex": "female", "pension_krw_m": 200_000}],
}
DAUGHTER: dict[str, Any] = {
    "date": "2025-03",
    "municipality": "수원시",
    "tenure": "monthly_rent",
    "rent_krw_m": 450_000,
    "persons": [{"age": 41, "sex": "female", "earnings_krw_m": 9_000_000}],
    "family_apart": [{"relation": "parents", "name": "어머니", "household": MOTHER}],
}


def check(
    household: dict[str, Any], parameters: Parameters, catalogue: Catalogue, source: str = "h.yaml"
) -> CheckResult:
    document = parse_yaml(yaml.safe_dump(household, allow_unicode=True, sort_keys=False), source)
    return check_household(document, parameters, catalogue, "ko")


def ids(result: CheckResult) -> set[str]:
    return {row["programme"] for row in result.entitled}


def test_the_parents_benefits_stand_beside_the_households(
    parameters: Parameters, catalogue: Catalogue
) -> None:
    result = check(DAUGHTER, parameters, catalogue)
    (mother,) = result.family
    assert "basic_pension" in ids(mother) and "basic_pension" not in ids(result)
    assert mother.title.startswith("어머니: ") and mother.month == "2025-03"
    (apart,) = result.as_dict()["family"]
    assert apart["relation"] == "parents" and apart["entitled"]
    assert len(tables(result)) > len(tables(mother))


def test_a_rich_child_living_apart_is_asked_for_support(
    parameters: Parameters, catalogue: Catalogue
) -> None:
    mother = {**MOTHER, "date": "2025-03"}
    poor, rich = (
        {
            "municipality": "수원시",
            "tenure": "own",
            "persons": [{"age": 45, "sex": "male", "earnings_krw_m": earned}],
        }
        for earned in (2_000_000, 12_000_000)
    )
    alone = check(mother, parameters, catalogue)
    both = {**mother, "family_apart": [{"relation": "children", "household": poor}]}
    assert ids(check(both, parameters, catalogue)) == ids(alone)
    assert "medical_aid" in ids(alone)
    both["family_apart"].append({"relation": "children", "household": rich})
    assert "medical_aid" not in ids(check(both, parameters, catalogue))
    both["obligor"] = {"income_krw_y": 0}
    assert "medical_aid" in ids(check(both, parameters, catalogue))


def test_a_household_apart_may_stand_in_its_own_file(
    parameters: Parameters, catalogue: Catalogue, tmp_path: Path
) -> None:
    (tmp_path / "mother.yaml").write_text(yaml.safe_dump(MOTHER, allow_unicode=True), "utf-8")
    family = {**DAUGHTER, "family_apart": [{"relation": "parents", "file": "mother.yaml"}]}
    result = check(family, parameters, catalogue, str(tmp_path / "household.yaml"))
    assert "basic_pension" in ids(result.family[0])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "neither": ({"relation": "parents"}, "either 'household' or 'file'"),
    "both": ({"relation": "parents", "household": MOTHER, "file": "x.yaml"}, "either"),
    "no file": ({"relation": "parents", "file": "nowhere.yaml"}, "no file 'nowhere.yaml'"),
    "unknown relation": ({"relation": "cousin", "household": MOTHER}, "relation"),
    "nested": (
        {"relation": "parents", "household": {**MOTHER, "family_apart": [{"relation": "other"}]}},
        "family of its own",
    ),
    "wrong inside": (
        {"relation": "parents", "household": {**MOTHER, "tenure": "castle"}},
        "tenure",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_household_apart_is_refused_with_its_line(
    name: str, parameters: Parameters, catalogue: Catalogue
) -> None:
    entry, message = WRONG[name]
    with pytest.raises(UserError, match=message) as caught:
        check({**DAUGHTER, "family_apart": [entry]}, parameters, catalogue)
    line = int(str(caught.value).split("h.yaml:")[1].split(":")[0].split(" ")[0])
    assert line > 8
