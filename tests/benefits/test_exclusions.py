"""Exclusions: the list, what it refuses, and which of two programmes yields."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.entitlement import entitle
from simlib.benefits.exclusions import COLUMNS, read_exclusions, with_exclusions
from simlib.benefits.listing import show_programme
from simlib.benefits.programme_file import read_folder
from simlib.errors import UserError
from simlib.parameters import Parameters, load_parameters

from .conftest import case_of
from .test_catalogue import REFORM

DUPLICATE_TYPES = 31
GOOD = {
    "programme_a": "eitc",
    "programme_b": "ctc",
    "kind": "entitled",
    "yields": "ctc",
    "status": "known",
    "duplicate_type": "",
    "source": "BLOG",
    "evidence": "expert",
    "note_ko": "시험",
    "note_en": "test",
}


def written(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "exclusions.csv"
    lines = [",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_duplicate_types_of_2012_are_all_there_and_two_are_named():
    rows = [row for row in read_exclusions() if row.duplicate_type]
    assert sorted(row.duplicate_type or 0 for row in rows) == list(range(1, DUPLICATE_TYPES + 1))
    named = {(row.programme_a, row.programme_b) for row in rows if row.known}
    assert named == {
        ("education_benefit", "veteran_tuition_support"),
        ("public_forest_tending", "self_sufficiency_work"),
    }
    unknown = [row for row in rows if not row.known]
    assert all(not (row.programme_a or row.programme_b or row.takes_effect) for row in unknown)


def test_a_programme_shows_what_it_excludes_and_which_receipts_are_compared():
    assert "receipts compared: the education benefit" in show_programme("education_benefit")
    assert "self_sufficiency_work (this yields, received)" in show_programme(
        "public_forest_tending"
    )


def test_exclusions_stand_in_one_place_only():
    assert [file.id for file, _ in read_folder() if file.excludes] == []


def test_each_known_row_takes_effect_once_and_with_the_one_that_yields(catalogue: Catalogue):
    rows = [row for row in read_exclusions() if row.takes_effect]
    found = [
        (programme.id, each.programme, each.when)
        for programme in catalogue.programmes
        for each in programme.excludes
    ]
    expected = [
        (row.yields, ({row.programme_a, row.programme_b} - {row.yields}).pop(), row.kind)
        for row in rows
    ]
    assert Counter(found) == Counter(expected)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([GOOD | {"kind": "sometimes"}], "unknown kind 'sometimes'"),
        ([GOOD | {"status": "maybe"}], "unknown status"),
        ([GOOD | {"source": "NOBODY"}], "unknown source 'NOBODY'"),
        ([GOOD | {"evidence": "hearsay"}], "unknown evidence"),
        ([GOOD | {"evidence": "official-statistic"}], "source BLOG is second-hand"),
        ([GOOD | {"programme_a": "eict"}], "no programme 'eict'.*did you mean 'eitc'"),
        ([GOOD | {"yields": "gas_discount"}], "none of the two"),
        ([GOOD | {"yields": ""}], "none of the two"),
        ([GOOD | {"programme_b": "eitc", "yields": "eitc"}], "cannot exclude itself"),
        (
            [GOOD, GOOD | {"programme_a": "ctc", "programme_b": "eitc", "yields": "eitc"}],
            "named twice",
        ),
    ],
)
def test_a_wrong_row_is_refused_with_file_and_line(
    tmp_path: Path, rows: list[dict[str, str]], message: str
):
    path = written(tmp_path, *rows)
    with pytest.raises(UserError, match=message) as caught:
        read_exclusions(path)
    assert caught.value.where == f"{path}:{len(rows) + 1}"


def test_a_row_with_too_few_cells_is_refused(tmp_path: Path):
    path = tmp_path / "exclusions.csv"
    path.write_text(",".join(COLUMNS) + "\neitc,ctc\n", encoding="utf-8")
    with pytest.raises(UserError, match="does not have the columns"):
        read_exclusions(path)


def test_programmes_that_yield_in_a_circle_are_refused(tmp_path: Path, catalogue: Catalogue):
    pairs = (("eitc", "ctc"), ("ctc", "gas_discount"), ("gas_discount", "eitc"))
    rows = [
        GOOD | {"programme_a": a, "programme_b": b, "yields": a, "kind": "entitled"}
        for a, b in pairs
    ]
    circle = read_exclusions(written(tmp_path, *rows))
    bare = [each.beside([]) for each in catalogue.programmes]
    with pytest.raises(UserError, match="in a circle: ") as caught:
        with_exclusions(bare, circle)
    assert ".yaml" in caught.value.where


def _reform(folder: Path, name: str, **changes: object) -> Path:
    path = folder / f"{name}.yaml"
    made = REFORM | {"id": name} | changes
    path.write_text(yaml.safe_dump(made, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def test_two_files_that_contradict_each_other_are_refused(tmp_path: Path):
    files = [
        _reform(tmp_path, "one", excludes=[{"programme": "two", "yields": "other"}]),
        _reform(tmp_path, "two", excludes=[{"programme": "one", "yields": "other"}]),
    ]
    with pytest.raises(UserError, match="named twice") as caught:
        load_catalogue(load_parameters(), extra=files)
    assert "two.yaml" in caught.value.where


@pytest.mark.parametrize(("yields", "loser"), [("this", "one"), ("other", "two")])
def test_a_file_of_the_users_own_says_which_one_yields(tmp_path: Path, yields: str, loser: str):
    files = [
        _reform(tmp_path, "one", excludes=[{"programme": "two", "yields": yields}]),
        _reform(tmp_path, "two"),
    ]
    parameters = load_parameters()
    reformed = load_catalogue(parameters, extra=files)
    assert _rights(reformed, parameters) == {"one": loser != "one", "two": loser != "two"}


def _rights(catalogue: Catalogue, parameters: Parameters) -> dict[str, bool]:
    old = {"municipality": "청양군", "persons": [{"age": 82, "sex": "female"}]}
    made = case_of(old, "2025-03", parameters)
    result = entitle(catalogue, made.households, made.persons, made.month, parameters)
    return {name: bool(result.right[0, catalogue.index(name)]) for name in ("one", "two")}


@pytest.mark.parametrize(
    ("household", "first", "yields"),
    [
        (
            {
                "municipality": "청양군",
                "persons": [{"age": 70, "sex": "male", "care_score": 80}],
            },
            "long_term_care",
            "elderly_custom_care",
        ),
        (
            {
                "municipality": "청양군",
                "persons": [{"age": 40, "sex": "male", "work": "unemployed", "insured": True}],
            },
            "job_seeking_benefit",
            "national_employment_support_1",
        ),
        (
            {"municipality": "청양군", "persons": [{"age": 66, "sex": "male"}]},
            "telecom_discount_poor",
            "telecom_discount_bp",
        ),
    ],
)
def test_the_one_that_yields_is_lost_and_the_other_kept(
    catalogue: Catalogue,
    parameters: Parameters,
    household: dict[str, object],
    first: str,
    yields: str,
):
    made = case_of(household, "2025-03", parameters)
    result = entitle(catalogue, made.households, made.persons, made.month, parameters)
    assert result.right[0, catalogue.index(first)] > 0
    assert result.right[0, catalogue.index(yields)] == 0
