"""Import the government's open data on public services from files that a user downloaded.

Nothing is fetched: the three lists (``serviceList``, ``serviceDetail``, ``supportConditions``)
are read from a folder, joined by the service's id, placed by the agency's name, and their
condition codes become rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from simlib.benefits.services import report as reports
from simlib.benefits.services.catalogue import (
    Services,
    make_services,
    owner_columns,
    rule_columns,
)
from simlib.benefits.services.conditions import conditions
from simlib.benefits.services.owner import owner_of
from simlib.benefits.services.pages import (
    Pages,
    Problem,
    Record,
    field_names,
    read_pages,
    words_of,
)
from simlib.benefits.services.rules import is_business, rule_of
from simlib.benefits.services.topics import events_of, needs_of
from simlib.errors import UserError
from simlib.files import write_csv, write_json
from simlib.provenance import file_hash

_BAR = "||"
_NO = ("", "N", "n")


@dataclass(frozen=True)
class Import:
    """Hold imported services with what was read, left out and why.

    Parameters
    ----------
    services
        The services that came in.
    report
        Columns group, item, services_n, why: how many came in of each kind.
    rejected
        Columns file, list, record, service_id, effect, problem, mend: everything that was not used.
    """

    services: Services
    report: pl.DataFrame
    rejected: pl.DataFrame

    def __repr__(self) -> str:
        return f"Import({self.services!r}, {self.rejected.height:,} problems)"


@dataclass
class _Codes:
    known: dict[str, int | bool]
    unknown: list[str]


def import_gov24(folder: Path | str, out: Path | str | None = None) -> Import:
    """Read downloaded open data on public services and turn its codes into rules.

    Parameters
    ----------
    folder
        Holds the JSON pages of the three lists, any number of files, any names.
    out
        Folder to write ``services.parquet``, ``services.csv``, ``report.csv``,
        ``rejected.csv`` and ``manifest.json`` to; nothing is written without it.

    Returns
    -------
    Import
        Services, report and what was left out.

    Raises
    ------
    UserError
        If the folder holds no readable list of services, or ``out`` lies in it or cannot be
        written to.
    """
    if out is not None and Path(out).resolve().is_relative_to(Path(folder).resolve()):
        raise UserError(
            "the folder to write lies in the folder to read",
            "--out",
            "what is written would be read as open data the next time",
            "choose a folder outside it",
        )
    pages = read_pages(folder)
    rows, left_out = [], []
    noted: list[tuple[str, str]] = []
    for record in pages.lists["serviceList"].values():
        row = _service(record, pages, noted)
        if isinstance(row, Problem):
            left_out.append(row)
        else:
            rows.append(row)
    pages.problems += left_out + _orphans(pages)
    services = make_services(rows, "gov24")
    rejected = pl.DataFrame(
        [vars(each) for each in pages.problems],
        schema={
            "file": pl.String,
            "list": pl.String,
            "record": pl.Int64,
            "service_id": pl.String,
            "effect": pl.String,
            "problem": pl.String,
            "mend": pl.String,
        },
    )
    made = Import(services, reports.summarise(services, pages, noted), rejected)
    if out is not None:
        _write(made, pages, Path(out), Path(folder))
    return made


def _write(made: Import, pages: Pages, out: Path, folder: Path) -> None:
    made.services.save(out)
    write_csv(made.report, out / "report.csv")
    write_csv(made.rejected, out / "rejected.csv")
    hashes = {str(path.relative_to(folder)): file_hash(path) for path in pages.files}
    write_json(out / "files.json", hashes)


def _service(
    record: Record, pages: Pages, noted: list[tuple[str, str]]
) -> dict[str, Any] | Problem:
    names = field_names("list")
    text = {key: _text(record, name, pages) for key, name in names.items()}
    for key in ("name_ko", "agency"):
        if not text[key]:
            return record.problem("record left out", f"'{names[key]}' is missing", "add it")
    condition = pages.lists["supportConditions"].get(record.service_id)
    codes = _codes(condition, pages) if condition else _Codes({}, [])
    users = _keys(text["users"], "user")
    if _for_business_only(users, codes.known):
        return record.problem("record left out", reports.BUSINESS, "nothing to do")
    try:
        owner = owner_of(text["agency"])
    except UserError as error:
        return record.problem("record left out", error.what, error.mend)
    if owner.level == "national" and text["agency_type"] in words_of("agency_type"):
        what = f"'{text['agency']}' is a local agency ({text['agency_type']}) of no known place"
        mend = f"write its region and municipality in '{names['agency']}'"
        return record.problem("record left out", what, mend)
    rule = rule_of(_of_persons(codes.known), len(codes.unknown))
    if condition is None:
        noted.append(("no record in supportConditions", record.service_id))
    noted += [(note, record.service_id) for note in rule.notes]
    noted += [(f"unknown code {code}", record.service_id) for code in codes.unknown]
    if owner.level == "national" and not owner.known:
        noted.append(("public body", record.service_id))
    ticked = {code for code, value in codes.known.items() if value is True}
    fields = tuple(text["field"].split(_BAR))
    detail = pages.lists["serviceDetail"].get(record.service_id)
    return {
        "service_id": record.service_id,
        **{key: text[key] for key in ("name_ko", "agency", "field", "support_type")},
        **owner_columns(owner),
        **rule_columns(rule),
        "unit": "household" if "household" in users and "person" not in users else "person",
        "needs": "|".join(needs_of(text["name_ko"], fields)),
        "events": "|".join(events_of(text["name_ko"], ticked, rule.age_min, rule.age_max)),
        "channels": "|".join(_keys(text["how"], "channel")),
        "documents": _text(detail, field_names("detail")["documents"], pages) if detail else "",
        "deadline": text["deadline"],
        "purpose": text["purpose"],
        "target": text["target"],
        "evidence": "official-statistic",
    }


def _text(record: Record, name: str, pages: Pages) -> str:
    value = record.data.get(name)
    if value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return " ".join(str(value).split())
    pages.problems.append(
        record.problem("value ignored", f"'{name}' is {value!r}, not text", "write it as text")
    )
    return ""


def _keys(text: str, kind: str) -> list[str]:
    """Turn the values of a field into simlib's keys, each once; unknown values are dropped."""
    return list(
        dict.fromkeys(
            key
            for value in text.split(_BAR)
            for word, key in words_of(kind).items()
            if (value.strip() == word if kind == "user" else word in value)
        )
    )


def _codes(record: Record, pages: Pages) -> _Codes:
    table = conditions()
    found = _Codes({}, [])
    for code, value in record.data.items():
        if not code.startswith("JA") or value is None or value in _NO:
            continue
        if code not in table:
            found.unknown.append(code)
        elif table[code].kind in ("age_min", "age_max"):
            years = _years(value)
            if years is None:
                text = f"{code} is {value!r}, not a number of years"
                pages.problems.append(record.problem("value ignored", text, "write it like 65"))
                found.unknown.append(code)
            else:
                found.known[code] = years
        elif value in ("Y", "y"):
            found.known[code] = True
        else:
            text = f"{code} is {value!r}; a code is Y or empty"
            pages.problems.append(record.problem("value ignored", text, "write Y or nothing"))
            found.unknown.append(code)
    return found


def _years(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        years = float(value)
    except ValueError:
        return None
    return int(years) if years.is_integer() and years >= 0 else None


def _of_persons(codes: Mapping[str, int | bool]) -> dict[str, int | bool]:
    table = conditions()
    return {code: value for code, value in codes.items() if table[code].kind != "business"}


def _for_business_only(users: list[str], codes: Mapping[str, int | bool]) -> bool:
    if users:
        return set(users) == {"business"}
    return is_business(codes)


def _orphans(pages: Pages) -> list[Problem]:
    known = pages.lists["serviceList"]
    return [
        record.problem(
            "record left out",
            f"it stands in {which} but not in serviceList",
            "download the missing page of serviceList",
        )
        for which in ("serviceDetail", "supportConditions")
        for service_id, record in pages.lists[which].items()
        if service_id not in known
    ]
