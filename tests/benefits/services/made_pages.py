"""Pages of open data of our own making: invented names, places that exist, every kind of code."""

import json
from pathlib import Path
from typing import Any

ID, NAME, AGENCY, USERS, FIELD = "서비스ID", "서비스명", "소관기관명", "사용자구분", "서비스분야"
CHANGED, TARGET = "수정일시", "지원대상"


def service(service_id: str, name: str = "은하수 지원", agency: str = "보건복지부", **more: Any):
    """Make a record of serviceList."""
    made = {ID: service_id, NAME: name, AGENCY: agency, USERS: "개인", FIELD: "생활안정"}
    return {**made, TARGET: "별을 헤는 주민", **more}


def codes(service_id: str, *ticked: str, **ages: Any) -> dict[str, Any]:
    """Make a record of supportConditions: every code there, Y or null as in a download."""
    empty = dict.fromkeys(["JA0101", "JA0102", "JA0201", "JA0313", "JA0322", "JA0328", "JA0410"])
    return {ID: service_id, NAME: "은하수 지원", **empty, **dict.fromkeys(ticked, "Y"), **ages}


def detail(service_id: str, documents: str = "신청서") -> dict[str, Any]:
    """Make a record of serviceDetail."""
    return {
        ID: service_id,
        "구비서류": documents,
        "서비스목적": "별빛을 나눕니다",
        "문의처": "별빛과",
    }


def page(records: list[Any], number: int = 1, total: int | None = None) -> dict[str, Any]:
    """Make a page as it is downloaded."""
    return {
        "page": number,
        "perPage": 100,
        "totalCount": len(records) if total is None else total,
        "currentCount": len(records),
        "data": records,
    }


def write_pages(folder: Path, **files: Any) -> Path:
    """Write files by name: a list becomes a page, text is written as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / f"{name}.json"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            made = page(content) if isinstance(content, list) else content
            path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    return folder


def whole_download(folder: Path) -> Path:
    """Write a download with every kind of service, over several pages and both kinds of names."""
    first = [
        service("S01", "별빛 청년 월세 지원", "전라남도 해남군", **{FIELD: "주거·자립"}),
        service("S02", "무지개 농업인 수당", "농림축산식품부", **{USERS: "개인||가구"}),
        service("S03", "구름 가게 지원", "서울특별시", **{USERS: "소상공인"}),
        service("S04", "들꽃 어르신 지원", "대구광역시 중구"),
        service("S05", "솔방울 한부모 지원", "경기도 수원시 권선구", **{USERS: "가구"}),
    ]
    second = [
        service("S06", "이슬 모두의 지원", "부산광역시"),
        service("S07", "안개 지원", "강원도 춘천시 보건소"),
        service("S08", "노을 시설 지원", "보건복지부", **{USERS: "법인/시설/단체||소상공인"}),
        service("S09", "파도 장애인 농민 지원", "한빛공단"),
        service("S10", "바람 돌봄", "중구"),
    ]
    conditions = [
        codes("S01", "JA0412", "JA0201", "JA0202", "JA0322", JA0110=19, JA0111=34),
        codes("S02", "JA0313", "JA0410"),
        codes("S03", "JA1102", "JA1201"),
        codes("S04", "JA0101", "JA0102", JA0110=65, JA0111=None),
        codes("S05", "JA0403", "JA0401"),
        codes("S06", "JA0322", "JA0410"),
        codes("S07"),
        codes("S09", "JA0328", "JA0313"),
        codes("S10", "JA0328"),
    ]
    return write_pages(
        folder,
        serviceList_1=page(first, 1, 10),
        serviceList_2=page(second, 2, 10),
        a_file_of_details=[detail("S01"), detail("S04", "신분증, 통장 사본")],
        conditions=conditions,
    )
