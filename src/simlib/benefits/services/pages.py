"""Read the pages of the open data on public services; what cannot be used is listed, not lost."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from simlib.errors import UserError
from simlib.files import package_data

ListName = Literal["serviceList", "serviceDetail", "supportConditions"]
LISTS: tuple[ListName, ...] = ("serviceList", "serviceDetail", "supportConditions")
Effect = Literal["file left out", "record left out", "value ignored"]


@dataclass(frozen=True)
class Problem:
    """Say what could not be used, where it stands, what was done, and how to mend it.

    ``record`` counts from 1 within its file; 0 means the whole file. ``list`` is the list it
    belongs to, empty when the file could not be read so far.
    """

    file: str
    list: str
    record: int
    service_id: str
    effect: Effect
    problem: str
    mend: str


@dataclass(frozen=True)
class Record:
    """Hold one record of a list with the place where it stands."""

    service_id: str
    data: dict[str, Any]
    file: str
    which: ListName
    number: int

    def problem(self, effect: Effect, problem: str, mend: str) -> Problem:
        """Say what is wrong with this record."""
        return Problem(self.file, self.which, self.number, self.service_id, effect, problem, mend)


@dataclass
class Pages:
    """Hold the records of the three lists by service id, and every problem met.

    ``read_n`` counts records as they stood in the files; ``total_n`` is the largest number of
    services that a page of ``serviceList`` announced, 0 when none did.
    """

    lists: dict[ListName, dict[str, Record]] = field(
        default_factory=lambda: {name: {} for name in LISTS}
    )
    problems: list[Problem] = field(default_factory=list)
    read_n: dict[ListName, int] = field(default_factory=lambda: dict.fromkeys(LISTS, 0))
    total_n: int = 0
    files: list[Path] = field(default_factory=list)


@cache
def field_names(kind: str) -> dict[str, str]:
    """Give the Korean names of fields by simlib's key, of ``id``, ``list`` or ``detail``."""
    return {row["key"]: row["ko"] for row in _field_rows() if row["kind"] == kind}


@cache
def words_of(kind: str) -> dict[str, str]:
    """Give simlib's key by Korean word, of ``user`` or ``channel``."""
    return {row["ko"]: row["key"] for row in _field_rows() if row["kind"] == kind}


@cache
def _field_rows() -> list[dict[str, str]]:
    with package_data("kr", "gov24_fields.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_pages(folder: Path | str) -> Pages:
    """Read every JSON file of a folder and of the folders in it.

    A page is an object with a list ``data``, or that list alone. Which of the three lists it
    belongs to follows from the file's or folder's name, else from the fields of its records.

    Raises
    ------
    UserError
        If there is no such folder, no JSON file, or no record of ``serviceList`` at all.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UserError(
            "there is no such folder" if not root.exists() else "this is a file, not a folder",
            str(folder),
            "the JSON files are looked for in a folder",
            "name the folder that holds them",
        )
    files = (each for each in root.rglob("*") if each.suffix.lower() == ".json")
    pages = Pages(files=sorted(each for each in files if each.is_file()))
    if not pages.files:
        raise UserError(
            "there is no JSON file in this folder",
            str(folder),
            "the open data is downloaded as JSON pages",
            f"save the pages of {', '.join(LISTS)} here",
        )
    for path in pages.files:
        _read_file(path, str(path.relative_to(root)), pages)
    if not pages.lists["serviceList"]:
        first = pages.problems[0] if pages.problems else None
        raise UserError(
            "no record of serviceList could be read",
            str(folder),
            f"first problem: {first.file}, {first.problem}" if first else "names are in that list",
            "download the pages of serviceList again",
        )
    return pages


def _read_file(path: Path, name: str, pages: Pages) -> None:
    try:
        page = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        _refuse_file(pages, name, "not UTF-8 text", "download the page again, or save it as UTF-8")
        return
    except json.JSONDecodeError as error:
        text = f"not complete JSON (line {error.lineno}: {error.msg})"
        _refuse_file(pages, name, text, "download the page again")
        return
    except RecursionError:
        _refuse_file(pages, name, "nested too deeply for a page", "download the page again")
        return
    except OSError as error:
        _refuse_file(pages, name, f"cannot be read ({error.strerror})", "check the file's rights")
        return
    data = page.get("data") if isinstance(page, dict) else page
    if not isinstance(data, list):
        text = "no list 'data'" + (f" but: {str(page)[:80]}" if isinstance(page, dict) else "")
        _refuse_file(pages, name, text, "download the page again; a refused key gives such a page")
        return
    which = _list_of(path, data)
    if which is None:
        if data:
            _refuse_file(
                pages,
                name,
                "its records belong to none of the three lists",
                f"name the file after its list, like {LISTS[0]}-1.json",
            )
        return
    total = page.get("totalCount") if isinstance(page, dict) else None
    if which == "serviceList" and isinstance(total, int) and not isinstance(total, bool):
        pages.total_n = max(pages.total_n, total)
    for record in _records(data, name, which, pages):
        _keep(record, pages)
    pages.read_n[which] += len(data)


def _refuse_file(pages: Pages, name: str, problem: str, mend: str) -> None:
    pages.problems.append(Problem(name, "", 0, "", "file left out", problem, mend))


def _list_of(path: Path, data: list[Any]) -> ListName | None:
    for text in (path.name.lower(), path.parent.name.lower()):
        for which in LISTS:
            if which.lower() in text:
                return which
    keys = {str(key) for record in data[:20] if isinstance(record, dict) for key in record}
    if any(key.startswith("JA") for key in keys):
        return "supportConditions"
    only_list = set(field_names("list").values()) - set(field_names("detail").values())
    only_detail = set(field_names("detail").values()) - set(field_names("list").values())
    in_list, in_detail = len(keys & only_list), len(keys & only_detail)
    if in_list == in_detail == 0:
        return None
    return "serviceDetail" if in_detail > in_list else "serviceList"


def _records(data: list[Any], name: str, which: ListName, pages: Pages) -> Iterator[Record]:
    id_name = field_names("id")["service_id"]
    for number, entry in enumerate(data, start=1):
        if not isinstance(entry, dict):
            record = Record("", {}, name, which, number)
            text = f"a record must be an object, not {str(entry)[:40]!r}"
            pages.problems.append(record.problem("record left out", text, "download it again"))
            continue
        given = entry.get(id_name)
        if not isinstance(given, str | int) or isinstance(given, bool) or not str(given).strip():
            record = Record("", entry, name, which, number)
            text = f"the record has no {id_name}" if given is None else f"{id_name} is {given!r}"
            mend = "add it; the three lists are joined by it"
            pages.problems.append(record.problem("record left out", text, mend))
            continue
        yield Record(str(given).strip(), entry, name, which, number)


def _keep(record: Record, pages: Pages) -> None:
    records = pages.lists[record.which]
    known = records.get(record.service_id)
    if known is None:
        records[record.service_id] = record
        return
    changed = field_names("list")["changed"]
    newer = str(record.data.get(changed) or "") > str(known.data.get(changed) or "")
    dropped, kept = (known, record) if newer else (record, known)
    records[record.service_id] = kept
    same = "the same" if record.data == known.data else "another"
    text = f"{same} record of this service stands in {kept.file}, record {kept.number}"
    mend = "nothing to do" if same == "the same" else f"the later '{changed}' was taken; check it"
    pages.problems.append(dropped.problem("record left out", text, mend))
