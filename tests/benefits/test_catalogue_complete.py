"""Every programme of the catalogue is complete: values, papers, sources, sentence cases."""

from collections import Counter
from pathlib import Path

import pytest

from simlib.benefits.binding import bind
from simlib.benefits.catalogue import Catalogue, load_catalogue, register_programmes
from simlib.benefits.entitlement import entitle
from simlib.benefits.words import channel_name
from simlib.errors import UserError
from simlib.files import read_yaml
from simlib.months import parse_month
from simlib.parameters import Parameters, load_parameters
from simlib.provenance import sources

from .conftest import case_of

FOLDER = Path(__file__).parents[1] / "cases"
YEARS = range(2019, 2027)
FAMILY = {
    "municipality": "청양군",
    "persons": [
        {"age": 66, "sex": "female"},
        {"age": 30, "sex": "female", "relation": "child", "pregnant": True},
        {"age": 9, "sex": "male", "relation": "grandchild", "disability": "severe"},
        {"age_months": 5, "sex": "female", "relation": "grandchild"},
    ],
}


def test_it_holds_seventy_five_programmes(catalogue: Catalogue):
    assert len(catalogue.ids) >= 75


@pytest.mark.parametrize("year", YEARS)
def test_every_programme_in_force_has_values_in_each_january(
    catalogue: Catalogue, parameters: Parameters, year: int
):
    made = case_of(FAMILY, f"{year}-01", parameters)
    result = entitle(catalogue, made.households, made.persons, made.month, parameters)
    bound = bind(catalogue, made.month, parameters)
    for i, programme in enumerate(catalogue.programmes):
        assert bound.rule(programme.id).in_force == programme.in_force(made.month)
        if not programme.in_force(made.month):
            assert int(result.right[0, i]) == 0, programme.id


def test_a_month_before_2019_is_refused_with_file_line_and_mend(
    catalogue: Catalogue, parameters: Parameters
):
    made = case_of(FAMILY, "2019-01", parameters)
    with pytest.raises(UserError, match="has no value for 2018-12") as caught:
        entitle(catalogue, made.households, made.persons, parse_month("2018-12"), parameters)
    assert ".yaml:" in caught.value.where
    assert "choose a date from 2019-01 on" in caught.value.mend


def test_every_programme_lists_its_papers_channels_and_days(catalogue: Catalogue):
    for programme in catalogue.programmes:
        file = programme.file
        listed = (file.papers.ko, file.papers.en) if file.papers else ([], [])
        assert [len(each) for each in listed] == [file.documents] * 2, programme.id
        assert file.processing_days.typical <= file.processing_days.limit, programme.id
        for channel in programme.channels:
            assert channel_name(channel, "ko") != channel, channel
        assert set(programme.sources) <= set(sources()), programme.id


def test_every_programme_has_three_sentence_cases_with_and_without_a_right(catalogue: Catalogue):
    given: Counter[str] = Counter()
    kinds: dict[str, set[bool]] = {programme: set() for programme in catalogue.ids}
    for path in FOLDER.glob("*.yaml"):
        for case in read_yaml(path).data:
            for programme, expected in case["expect"].items():
                given[programme] += 1
                kinds[programme].add(expected == "none")
    assert {each: given[each] for each in catalogue.ids if given[each] < 3} == {}
    assert [each for each in catalogue.ids if kinds[each] != {True, False}] == []


def test_a_scenario_may_count_the_disability_pension_as_income():
    parameters = load_parameters()
    register_programmes(parameters)
    path = "definitions.recognized_income_krw_m.disability_pension_counted_share"
    counted = parameters.override({path: 1}, "scenario.yaml:3")
    severe = {
        "municipality": "청양군",
        "persons": [{"age": 40, "sex": "male", "disability": "severe"}],
    }
    amounts = []
    for chosen in (parameters, counted):
        reformed = load_catalogue(chosen)
        made = case_of(severe, "2025-03", chosen)
        result = entitle(reformed, made.households, made.persons, made.month, chosen)
        amounts.append(float(result.amount_krw_m[0, reformed.index("livelihood_benefit")]))
    assert amounts == [765444.0, 765444.0 - 342510.0]
