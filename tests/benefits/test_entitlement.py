"""Entitlement of many: rows do not influence each other, exclusions, members, bad frames."""

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.entitlement import Entitlements, entitle
from simlib.benefits.facts import household_facts
from simlib.errors import UserError
from simlib.files import read_yaml
from simlib.months import parse_month
from simlib.parameters import Parameters
from simlib.right_kinds import FOLLOWING, OWN

from .conftest import case_of, together
from .test_cases import FOLDER

MONTH = parse_month("2025-03")
Frames = tuple[pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module")
def frames(parameters: Parameters) -> Frames:
    cases = [
        case_of(case["household"], "2025-03", parameters)
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in read_yaml(path).data
    ]
    return together(cases)


@pytest.fixture(scope="module")
def whole(catalogue: Catalogue, frames: Frames, parameters: Parameters) -> Entitlements:
    return entitle(catalogue, *frames, MONTH, parameters)


def test_the_arrays_have_their_kinds_and_nothing_is_paid_without_a_right(whole: Entitlements):
    assert (whole.right.dtype, whole.amount_krw_m.dtype) == (np.uint8, np.float32)
    assert whole.persons_n.dtype == np.uint8
    assert not whole.amount_krw_m[whole.right == 0].any()
    assert not whole.persons_n[whole.right == 0].any()
    assert (whole.persons_n[whole.right > 0] >= 1).all()
    assert (whole.amount_krw_m >= 0).all()


def test_rows_do_not_influence_each_other(
    catalogue: Catalogue, frames: Frames, whole: Entitlements, parameters: Parameters
):
    households, persons = frames
    chosen = np.arange(households.height)[::-3]
    ids = households["household_id"].gather(chosen)
    part = entitle(
        catalogue,
        households[chosen],
        persons.filter(pl.col("household_id").is_in(ids.implode())).reverse(),
        MONTH,
        parameters,
    )
    assert_array_equal(part.right, whole.right[chosen])
    assert_array_equal(part.amount_krw_m, whole.amount_krw_m[chosen])
    assert_array_equal(part.persons_n, whole.persons_n[chosen])


def test_no_household_at_all_is_fine(catalogue: Catalogue, frames: Frames, parameters: Parameters):
    result = entitle(catalogue, frames[0].head(0), frames[1].head(0), MONTH, parameters)
    assert result.right.shape == (0, len(catalogue.ids))


def test_a_right_that_follows_exists_only_beside_one_it_follows(
    catalogue: Catalogue, whole: Entitlements
):
    for column, programme in enumerate(catalogue.programmes):
        rows = whole.right[:, column] == FOLLOWING
        if not programme.follows:
            assert not rows.any()
            continue
        followed = whole.right[:, [catalogue.index(other) for other in programme.follows]] > 0
        assert followed.any(axis=1)[rows].all(), programme.id


def test_exclusions_hold_in_a_household_of_one(
    catalogue: Catalogue, frames: Frames, whole: Entitlements
):
    alone = frames[0]["size"].to_numpy() == 1
    for programme in catalogue.programmes:
        for exclusion in programme.excludes:
            if exclusion.when == "entitled":
                pair = [catalogue.index(programme.id), catalogue.index(exclusion.programme)]
                assert not (whole.right[alone][:, pair] > 0).all(axis=1).any(), programme.id


def test_members_of_one_household_can_have_both_disability_benefits(
    catalogue: Catalogue, parameters: Parameters
):
    made = case_of(
        {
            "municipality": "청양군",
            "persons": [
                {"age": 50, "sex": "male", "disability": "severe"},
                {"age": 50, "sex": "female", "relation": "spouse", "disability": "mild"},
            ],
        },
        "2025-03",
        parameters,
    )
    result = entitle(catalogue, made.households, made.persons, MONTH, parameters)
    right = result.right[0]
    assert right[catalogue.index("disability_pension")] == OWN
    assert right[catalogue.index("disability_allowance")] == FOLLOWING


def test_facts_have_the_columns_and_types_of_their_list(frames: Frames, parameters: Parameters):
    from simlib.benefits.fact_names import facts_of

    facts = household_facts(*frames, MONTH, parameters)
    for frame, level in ((facts.households, "household"), (facts.persons, "person")):
        expected = {name: fact.dtype for name, fact in facts_of(level).items()}
        assert {name: frame.schema[name] for name in expected} == expected
        assert not any(frame.null_count().row(0))


def test_ages_move_with_the_month(catalogue: Catalogue, parameters: Parameters):
    made = case_of(
        {"municipality": "청양군", "persons": [{"age": 64, "sex": "male"}]}, "2025-03", parameters
    )
    column = catalogue.index("basic_pension")
    rights = [
        int(entitle(catalogue, made.households, made.persons, month, parameters).right[0, column])
        for month in (MONTH + 11, MONTH + 12)
    ]
    assert rights == [0, 1]


def test_a_person_without_household_is_refused(
    catalogue: Catalogue, frames: Frames, parameters: Parameters
):
    households, persons = frames
    with pytest.raises(UserError, match="person in row 0 belongs to household 0"):
        entitle(catalogue, households[1:], persons, MONTH, parameters)


def test_a_household_given_twice_is_refused(
    catalogue: Catalogue, frames: Frames, parameters: Parameters
):
    households, persons = frames
    with pytest.raises(UserError, match="household 0 appears twice"):
        entitle(catalogue, pl.concat([households, households[:1]]), persons, MONTH, parameters)


def test_a_missing_column_is_named(catalogue: Catalogue, frames: Frames, parameters: Parameters):
    households, persons = frames
    with pytest.raises(UserError, match="households lack the columns debt_krw"):
        entitle(catalogue, households.drop("debt_krw"), persons, MONTH, parameters)


def test_a_date_before_the_first_value_is_refused(
    catalogue: Catalogue, frames: Frames, parameters: Parameters
):
    with pytest.raises(UserError, match="has no value for 2018-12"):
        entitle(catalogue, *frames, parse_month("2018-12"), parameters)
