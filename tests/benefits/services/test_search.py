import time

import numpy as np
import pytest

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.services.catalogue import Services
from simlib.benefits.services.possible import possible_ages
from simlib.benefits.services.printing import found_text
from simlib.benefits.services.search import Found, Query, search
from simlib.benefits.services.templates import template_services
from simlib.errors import UserError
from simlib.parameters import Parameters, load_parameters


@pytest.fixture(scope="module")
def services() -> Services:
    return template_services(load_parameters(), 1)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    made = load_parameters()
    load_catalogue(made)
    return made


@pytest.fixture(scope="module")
def catalogue(parameters: Parameters) -> Catalogue:
    return load_catalogue(parameters)


def ids(found: Found) -> list[str]:
    return [hit.entry.id for hit in found.hits]


@pytest.mark.parametrize(
    ("text", "first", "field"),
    [
        ("에너지", "energy_voucher", "name"),
        ("energy", "energy_voucher", "name"),
        ("Energy Voucher", "energy_voucher", "name"),
        ("기초연금", "basic_pension", "name"),
        ("구직급여", "job_seeking_benefit", "name"),
        ("실업급여", "job_seeking_benefit", "word"),
        ("babysitter", "childcare_home_service", "word"),
        ("basic_pension", "basic_pension", "id"),
    ],
)
def test_a_word_finds_the_programme_and_says_where(text, first, field):
    found = search(Query(text))
    assert found.hits[0].entry.id == first
    assert field in found.hits[0].found_in


def test_a_need_is_found_in_both_languages_and_by_its_words():
    by_word = set(ids(search(Query("에너지"))))
    assert by_word == set(ids(search(Query("energy"))))
    assert by_word >= {"electricity_discount", "gas_discount", "winter_heating_local"}
    assert set(ids(search(Query(need="energy")))) == by_word
    assert set(ids(search(Query(need="난방")))) == by_word


def test_the_story_of_arrears_and_work_finds_both():
    both = search(Query("체납 일자리", municipality="해남군"))
    assert not both.all_words
    assert {"emergency_livelihood", "senior_jobs_public", "self_sufficiency_work"} <= set(ids(both))
    assert "일부만 맞는" in found_text(both, "ko", 3)


def test_a_particle_behind_a_korean_word_does_not_hide_it():
    found = search(Query("전기요금이"))
    assert found.searched == ("전기요금",)
    assert "electricity_discount" in ids(found)


def test_an_english_ending_does_not_hide_a_word():
    for text, stem in (("farmers", "farmer"), ("dementias", "dementia")):
        found = search(Query(text))
        assert found.searched == (stem,)
        assert found.hits


def test_of_equal_hits_the_one_of_the_first_event_and_of_more_people_stands_first():
    found = search(Query(event="income_fall"))
    scores = [(hit.score, hit.entry.reach) for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    first = found.hits[0].entry
    assert first.events[0] == "income_fall"


def test_an_age_keeps_what_is_possible_and_puts_first_what_begins_then():
    at_65, at_64 = search(Query(age=65)), search(Query(age=64))
    assert "basic_pension" in ids(at_65)[:6]
    assert "basic_pension" not in ids(at_64)
    assert "youth_rent_support" not in ids(at_65)
    assert "child_allowance" not in ids(at_65)
    assert "livelihood_benefit" in ids(at_65)


def test_ages_come_from_the_rules_and_follow_a_reform(catalogue, parameters):
    pension = catalogue["basic_pension"]
    ages = possible_ages(pension, catalogue, parameters)
    assert ages.nonzero()[0].min() == 65
    reform = parameters.override({"programmes.basic_pension.age_min": 70}, "test")
    later = possible_ages(pension, catalogue, reform)
    assert later.nonzero()[0].min() == 70
    household = possible_ages(catalogue["livelihood_benefit"], catalogue, parameters)
    assert np.all(household)
    following = possible_ages(catalogue["telecom_discount_bp"], catalogue, parameters)
    assert following.nonzero()[0].min() == 65


def test_an_event_is_found_by_key_name_or_word():
    births = ids(search(Query(event="birth")))
    assert "first_encounter_voucher" in births
    for word in ("출산", "newborn", "Birth"):
        assert ids(search(Query(event=word))) == births
    assert set(ids(search(Query(event="turns_65")))) == set(ids(search(Query(event="65세"))))


def test_a_place_leaves_out_what_cannot_be_had_there(services):
    assert "gyeonggi_emergency" not in ids(search(Query(municipality="해남군")))
    assert "gyeonggi_emergency" in ids(search(Query(municipality="수원시")))
    assert "rural_basic_income" in ids(search(Query(municipality="청양군")))
    assert "rural_basic_income" not in ids(search(Query(municipality="해남군")))
    assert "basic_pension" in ids(search(Query(municipality="해남군")))
    there = search(Query("출산축하금", municipality="해남군"), services)
    assert any(hit.entry.name["ko"].startswith("해남군") for hit in there.hits)
    assert not any(hit.entry.name["ko"].startswith("강진군") for hit in there.hits)


def test_services_stand_beside_programmes_with_their_conditions(services):
    found = search(Query("heating"), services)
    assert found.hits[0].entry.kind == "programme"
    of_services = [hit.entry for hit in found.hits if hit.entry.kind == "service"]
    assert len(of_services) > 50
    assert any("0-50 %" in " ".join(each.conditions("en")) for each in of_services)
    assert any(each.needs_checking for each in of_services)


def test_parts_of_a_query_narrow_each_other():
    broad, narrow = search(Query("지원")), search(Query("지원", age=65, need="health"))
    assert 0 < len(narrow.hits) < len(broad.hits)
    assert set(ids(narrow)) <= set(ids(broad))


@pytest.mark.parametrize(
    ("text", "near"), [("enrgy", "energy"), ("penshun", "pension"), ("휴데폰", "휴대폰")]
)
def test_when_nothing_is_found_the_nearest_words_and_all_needs_are_given(text, near):
    found = search(Query(text))
    assert not found.hits
    assert near in found.nearest
    shown = found_text(found, "en", 10)
    assert f"Nothing found for '{text}'." in shown
    assert near in shown
    assert "debt and arrears (debt)" in shown


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (Query(), "nothing to search for"),
        (Query(age=200), "an age of 200"),
        (Query(event="brith"), "did you mean 'birth'"),
        (Query(need="enrgy"), "did you mean 'energy'"),
        (Query(municipality="해냄군"), "there is no municipality"),
        (Query(municipality="중구"), "6 municipalities named"),
    ],
)
def test_what_is_not_known_is_refused_with_a_suggestion(query, says):
    with pytest.raises(UserError, match=says):
        search(query)


def test_the_answer_as_text_and_as_data_in_both_languages(services):
    found = search(Query("에너지", municipality="해남군"), services)
    korean, english = found_text(found, "ko", 3), found_text(found, "en", 3)
    assert "찾은 곳: 이름" in korean
    assert "found in: name" in english
    assert "energy and heating" in english
    data = found.as_dict("en", 2)
    assert data["found"] == len(found.hits)
    assert len(data["hits"]) == 2
    assert data["hits"][0]["id"] == "energy_voucher"
    assert {"name", "agency", "found_in", "needs", "events"} <= set(data["hits"][0])


def test_a_search_takes_less_than_a_second(services):
    taken = []
    for _ in range(3):
        start = time.process_time()
        search(Query("지원", age=65), services)
        taken.append(time.process_time() - start)
    assert min(taken) < 1.0
