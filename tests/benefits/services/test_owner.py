import pytest

from simlib.benefits.places import all_municipalities
from simlib.benefits.services.owner import Owner, owner_of
from simlib.errors import UserError


def test_every_municipality_and_region_is_found_by_its_full_name():
    for row in all_municipalities():
        found = owner_of(f"{row['long_ko']} {row['name_ko']}")
        if row["name_ko"] == row["short_ko"] + "시" and row["region"] == "Sejong":
            assert found.region == "Sejong"
        assert found == Owner("municipality", row["region"], int(row["code"]))
        assert owner_of(row["long_ko"]) == Owner("region", row["region"])


@pytest.mark.parametrize(
    ("agency", "region", "code"),
    [
        ("전라남도 해남군", "Jeonnam", 46820),
        ("서울특별시 강남구", "Seoul", 11680),
        ("서울특별시 중구", "Seoul", 11140),
        ("경기도 수원시 장안구", "Gyeonggi", 41110),
        ("강원도 춘천시", "Gangwon", 51110),
        ("전라북도 전주시 완산구", "Jeonbuk", 52110),
        ("부산광역시 해운대구 보건소", "Busan", 26350),
        ("서울특별시관악구시설관리공단", "Seoul", 11620),
        ("용산구시설관리공단", "Seoul", 11170),
        ("(재)수원시여성가족재단", "Gyeonggi", 41110),
        ("경기도 광주시", "Gyeonggi", 41610),
        ("전남광주통합특별시 광양시", "Jeonnam", 46230),
        ("경상북도 군위군", "Daegu", 27720),
        ("  해남군   농업기술센터", "Jeonnam", 46820),
    ],
)
def test_a_municipality_is_found_with_old_names_offices_and_without_spaces(agency, region, code):
    assert owner_of(agency) == Owner("municipality", region, code)


@pytest.mark.parametrize(
    ("agency", "region"),
    [
        ("서울특별시교육청", "Seoul"),
        ("경기도 소방재난본부", "Gyeonggi"),
        ("경기신용보증재단", "Gyeonggi"),
        ("세종특별자치시", "Sejong"),
        ("서울시", "Seoul"),
        ("전남광주통합특별시", "Gwangju|Jeonnam"),
    ],
)
def test_a_region_is_found_with_its_offices(agency, region):
    assert owner_of(agency) == Owner("region", region)


@pytest.mark.parametrize(
    ("agency", "known"),
    [
        ("보건복지부", True),
        ("보건복지부 국립재활원", True),
        ("한국전력공사", False),
        ("서울올림픽기념국민체육진흥공단", False),
        ("광주신용보증재단", False),
    ],
)
def test_everything_else_is_national_and_ministries_are_known(agency, known):
    assert owner_of(agency) == Owner("national", known=known)


@pytest.mark.parametrize("agency", ["중구", "동구청", "강서구시설관리공단", "고성군"])
def test_a_name_of_several_places_needs_its_region(agency):
    with pytest.raises(UserError, match="could be in") as refused:
        owner_of(agency)
    assert "write the region before the name" in refused.value.mend


@pytest.mark.parametrize("agency", ["인천광역시 남구", "서울특별시 없는구"])
def test_a_municipality_that_is_not_in_the_region_is_refused(agency):
    with pytest.raises(UserError, match="there is no municipality"):
        owner_of(agency)
