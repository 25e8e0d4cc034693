import json
import socket
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benefits.services.made_pages import (
    CHANGED,
    FIELD,
    ID,
    NAME,
    codes,
    detail,
    page,
    service,
    whole_download,
    write_pages,
)
from simlib.benefits.services.catalogue import COLUMNS, Services
from simlib.benefits.services.conditions import ANYONE, codes_in
from simlib.benefits.services.gov24 import Import, import_gov24
from simlib.errors import UserError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Import:
    return import_gov24(whole_download(tmp_path_factory.mktemp("download")))


def row(made: Import, service_id: str) -> dict[str, Any]:
    return made.services.frame.row(by_predicate=pl.col("service_id") == service_id, named=True)


def reported(made: Import, item: str) -> int:
    return made.report.row(by_predicate=pl.col("item") == item, named=True)["services_n"]


def test_services_come_in_joined_placed_and_with_their_rule(made):
    assert made.services.frame.schema == pl.Schema(COLUMNS)
    young = row(made, "S01")
    assert (young["level"], young["municipality"], young["region"]) == (
        "municipality",
        46820,
        "Jeonnam",
    )
    assert (young["age_min"], young["age_max"]) == (19, 34)
    assert codes_in(young["income_mask"], "income") == ["JA0201", "JA0202"]
    assert codes_in(young["household_mask"], "household") == ["JA0412"]
    assert young["person_mask"] == ANYONE
    assert young["decided"] == "yes"
    assert "housing" in young["needs"].split("|")
    assert young["documents"] == "신청서"
    old = row(made, "S04")
    assert (old["municipality"], old["age_min"], old["age_max"]) == (27110, 65, 127)
    assert old["sex_mask"] == ANYONE
    assert "turns_65" in old["events"].split("|")
    assert row(made, "S05")["municipality"] == 41110
    assert row(made, "S05")["unit"] == "household"
    assert row(made, "S07")["municipality"] == 51110
    assert (row(made, "S06")["level"], row(made, "S06")["region"]) == ("region", "Busan")


def test_what_the_codes_cannot_decide_needs_checking(made):
    assert row(made, "S02")["decided"] == "no"
    assert row(made, "S02")["to_check"] == "JA0313"
    partly = row(made, "S09")
    assert partly["decided"] == "partly"
    assert codes_in(partly["person_mask"], "person") == ["JA0328"]
    assert partly["person_open"]
    assert row(made, "S05")["decided"] == "partly"
    assert row(made, "S05")["household_open"]
    assert row(made, "S07")["to_check"] == "no_codes"
    assert row(made, "S06")["decided"] == "yes"


def test_services_of_businesses_stay_out_with_the_reason(made):
    out = made.rejected.filter(pl.col("problem") == "for businesses only")
    assert sorted(out["service_id"]) == ["S03", "S08"]
    assert reported(made, "for businesses only") == 2


def test_every_record_of_the_list_is_accounted_for(made):
    came = len(made.services)
    assert came == 7
    left = reported(made, "left out of serviceList")
    assert came + reported(made, "for businesses only") + left == reported(made, "serviceList")
    assert left == 1
    [lost] = made.rejected.filter(pl.col("service_id") == "S10").to_dicts()
    assert "6 places" in lost["problem"]
    assert "서울특별시 중구" in lost["mend"]
    assert (lost["file"], lost["record"]) == ("serviceList_2.json", 5)


def test_the_report_counts_kinds_and_reasons(made):
    assert reported(made, "municipality") == 4
    assert reported(made, "region") == 1
    assert reported(made, "national") == 2
    assert reported(made, "public body") == 1
    reasons = made.report.filter(pl.col("group") == "needs checking")
    assert reasons["services_n"].to_list() == [2, 1, 1]
    assert made.report.filter(pl.col("group") == "decided")["services_n"].sum() == 7


def test_a_business_code_beside_persons_does_not_keep_persons_out(tmp_path):
    folder = write_pages(
        tmp_path,
        serviceList=[service("A"), {**service("B"), "사용자구분": None}],
        supportConditions=[codes("A", "JA0328", "JA1102"), codes("B", "JA2101")],
    )
    made = import_gov24(folder)
    assert made.services.frame["service_id"].to_list() == ["A"]
    assert row(made, "A")["decided"] == "yes"


def test_nothing_leaves_the_machine(tmp_path, monkeypatch):
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("the import opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert len(import_gov24(whole_download(tmp_path / "in"), tmp_path / "out").services) == 7


def test_files_are_written_and_read_again(tmp_path, made):
    import_gov24(whole_download(tmp_path / "in"), tmp_path / "out")
    again = Services.load(tmp_path / "out")
    assert again.frame.equals(made.services.frame)
    assert again.origin == "gov24"
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"services.csv", "report.csv", "rejected.csv", "files.json"} <= names
    hashes = json.loads((tmp_path / "out" / "files.json").read_text(encoding="utf-8"))
    assert len(hashes) == 4


def test_pages_may_be_in_folders_named_after_the_list_and_in_any_order(tmp_path, made):
    whole = whole_download(tmp_path / "whole")
    other = tmp_path / "other"
    for old, new in {
        "serviceList_2": "serviceList/1",
        "serviceList_1": "serviceList/2",
        "conditions": "supportConditions/1",
        "a_file_of_details": "serviceDetail/1",
    }.items():
        path = other / f"{new}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (whole / f"{old}.json").read_text(encoding="utf-8")
        path.write_text("\ufeff" + text, encoding="utf-8")
    assert import_gov24(other).services.frame.equals(made.services.frame)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"data": [', "not complete JSON (line 1"),
        ('{"code": -4, "msg": "unknown key"}', "no list 'data' but: {'code': -4"),
        ('{"data": {"a": 1}}', "no list 'data'"),
        ('[{"colour": "red"}]', "belong to none of the three lists"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_file_is_left_out_and_named(tmp_path, content, problem):
    folder = write_pages(tmp_path, serviceList=[service("A")], other=content)
    made = import_gov24(folder)
    assert len(made.services) == 1
    [lost] = made.rejected.to_dicts()
    assert lost["file"] == "other.json"
    assert lost["effect"] == "file left out"
    assert problem in lost["problem"]
    assert lost["mend"]


def test_a_file_that_is_not_utf8_is_left_out(tmp_path):
    folder = write_pages(tmp_path, serviceList=[service("A")])
    (folder / "serviceList_2.json").write_bytes('{"data": []} 가'.encode("cp949"))
    assert "UTF-8" in import_gov24(folder).rejected["problem"][0]


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ("text", "must be an object"),
        ({NAME: "x"}, f"has no {ID}"),
        ({ID: "  "}, f"{ID} is '  '"),
        ({ID: ["A"]}, f"{ID} is ['A']"),
        ({ID: "B", NAME: "", "소관기관명": "보건복지부"}, f"'{NAME}' is missing"),
        ({ID: "B", NAME: "x"}, "'소관기관명' is missing"),
        ({ID: "B", NAME: {"ko": "x"}, "소관기관명": "보건복지부"}, f"'{NAME}' is missing"),
        ({ID: "B", NAME: "x", "소관기관명": "서울특별시 없는구"}, "no municipality '없는구'"),
        (service("B", "x", "달나라", **{"소관기관유형": "시군구"}), "a local agency (시군구)"),
    ],
)
def test_a_wrong_record_is_left_out_and_named(tmp_path, record, problem):
    made = import_gov24(write_pages(tmp_path, serviceList=[service("A"), record]))
    assert made.services.frame["service_id"].to_list() == ["A"]
    lost = made.rejected.filter(pl.col("effect") == "record left out").to_dicts()
    assert [each["record"] for each in lost] == [2]
    assert problem in lost[0]["problem"]
    assert lost[0]["mend"]
    assert reported(made, "left out of serviceList") == 1


def test_of_duplicates_the_later_one_is_kept_and_the_other_listed(tmp_path):
    older = service("A", "옛 이름", **{CHANGED: "20240101"})
    newer = service("A", "새 이름", **{CHANGED: "20250101"})
    folder = write_pages(tmp_path, serviceList_1=[newer], serviceList_2=[older, newer])
    made = import_gov24(folder)
    assert made.services.frame["name_ko"].to_list() == ["새 이름"]
    assert made.rejected.height == 2
    assert set(made.rejected["file"]) == {"serviceList_2.json"}
    assert reported(made, "serviceList") == len(made.services) + 2


@pytest.mark.parametrize(
    ("given", "decided", "ignored"),
    [
        ({"JA0110": "19", "JA0111": 39.0}, "yes", 0),
        ({"JA0110": 40, "JA0111": 20}, "no", 0),
        ({"JA0110": "young"}, "no", 1),
        ({"JA0110": -3}, "no", 1),
        ({"JA0110": True}, "no", 1),
        ({"JA0328": "N"}, "no", 0),
        ({"JA0328": "maybe"}, "no", 1),
        ({"JA0328": ["Y"]}, "no", 1),
        ({"JA0328": "Y", "JA0999": "Y"}, "no", 0),
        ({"JA0328": "y"}, "yes", 0),
    ],
)
def test_values_of_the_wrong_kind_are_ignored_and_make_the_service_need_checking(
    tmp_path, given, decided, ignored
):
    conditions = [{ID: "A", **given}]
    made = import_gov24(
        write_pages(tmp_path, serviceList=[service("A")], supportConditions=conditions)
    )
    assert row(made, "A")["decided"] == decided
    assert reported(made, "values ignored") == ignored
    if ignored:
        assert made.rejected["file"][0] == "supportConditions.json"


def test_records_of_a_missing_page_are_listed(tmp_path):
    folder = write_pages(
        tmp_path,
        serviceList=page([service("A")], 1, 250),
        serviceDetail=[detail("A"), detail("B")],
        supportConditions=[codes("B", "JA0328")],
    )
    made = import_gov24(folder)
    assert reported(made, "missing from serviceList") == 249
    assert reported(made, "left out of serviceDetail") == 1
    assert reported(made, "left out of supportConditions") == 1
    assert reported(made, "no record in supportConditions") == 1
    assert row(made, "A")["to_check"] == "no_codes"


@pytest.mark.parametrize("files", [{}, {"supportConditions": [codes("A")]}, {"serviceList": "{"}])
def test_a_folder_without_services_is_refused(tmp_path, files):
    with pytest.raises(UserError) as refused:
        import_gov24(write_pages(tmp_path, **files))
    assert str(tmp_path) in str(refused.value)
    assert refused.value.mend


def test_a_folder_within_the_download_is_not_written_to(tmp_path):
    folder = write_pages(tmp_path, serviceList=[service("A")])
    with pytest.raises(UserError, match="lies in the folder to read"):
        import_gov24(folder, folder / "out")
    assert not (folder / "out").exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        import_gov24(Path(tmp_path) / "none")


def test_a_service_without_a_field_still_gets_needs_from_its_name(tmp_path):
    folder = write_pages(tmp_path, serviceList=[service("A", "별빛 난방비", **{FIELD: None})])
    assert row(import_gov24(folder), "A")["needs"] == "energy"
