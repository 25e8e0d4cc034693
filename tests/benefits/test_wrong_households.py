"""A household file with a mistake is refused when it is read, with its line."""

import pytest

from simlib.benefits.family import read_family
from simlib.errors import UserError
from simlib.files import parse_yaml
from simlib.parameters import Parameters

HOUSEHOLD = """\
date: 2025-03
municipality: 청양군
tenure: monthly_rent
rent_krw_m: 250000
assets: {financial_krw: 3000000}
persons:
  - {age: 41, sex: female, relation: head, work: employee, earnings_krw_m: 1500000}
  - {age: 7, sex: male, relation: child, student: elementary}
flags: [single_parent]
"""


def read(text: str, parameters: Parameters) -> None:
    read_family(parse_yaml(text, "home.yaml"), parameters)


def test_the_household_of_the_documentation_is_read(parameters: Parameters):
    read(HOUSEHOLD, parameters)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("date: 2025-03", "date: 1999-01", 1, "no amounts and limits for 1999-01"),
        ("청양군", "99999", 2, "there is no municipality '99999'"),
        ("청양군", "''", 2, "write its Korean name, or its code"),
        ("청양군", "yes", 2, "YAML takes yes, no, on and off"),
        ("청양군", "[청양군]", 2, "'municipality': should be text. "),
        ("tenure: monthly_rent\n", "", 3, "its tenure is not told, which means 'own'"),
        ("tenure: monthly_rent", "tenure: own", 4, "but its tenure is 'own'"),
        ("250000", "'250000'", 4, "without units, commas or quotes"),
        ("250000", "250,000", 4, "should be a whole number (given: '250,000')"),
        ("250000", "yes", 4, "should be a whole number (given: True)"),
        ("250000", "-3", 4, "write 0 or more"),
        ("250000", "999999999999999999", 4, "write 100000000000000 or less"),
        ("rent_krw_m: 250000", "rent_krw_m:", 4, "'rent_krw_m' has no value"),
        ("{financial_krw: 3000000}", "[financial_krw]", 5, "should hold keys with values"),
        ("{financial_krw: 3000000}", "{financial: 1}", 5, "did you mean 'financial_krw'"),
        ("age: 41", "age: '41'", 7, "should be a whole number (given: '41')"),
        ("age: 41", "age: -1", 7, "write 0 or more"),
        ("sex: male", "sex: no", 8, "valid names are: female, male; YAML takes yes, no"),
        ("student: elementary", "dementia: 'no'", 8, "should be true or false (given: 'no')"),
        ("student: elementary", "dementia: 1", 8, "write true or false, without quotes"),
        ("[single_parent]", "single_parent", 9, "should be a list"),
        ("[single_parent]", "", 9, "'flags' has no value"),
        ("flags: [single_parent]", "family_apart: [{relation: other, file: }]", 9, "give one of"),
    ],
)
def test_a_mistake_is_refused_with_its_line(
    parameters: Parameters, old: str, new: str, line: int, says: str
):
    assert old in HOUSEHOLD
    with pytest.raises(UserError) as caught:
        read(HOUSEHOLD.replace(old, new, 1), parameters)
    assert says in str(caught.value)
    assert caught.value.where == f"home.yaml:{line}"
    assert caught.value.mend
