"""Whose service it is: a national body, a region, or one of the municipalities."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from simlib.benefits.places import all_municipalities
from simlib.errors import UserError
from simlib.files import package_data

Level = Literal["national", "region", "municipality"]
LEVELS: tuple[Level, ...] = ("national", "region", "municipality")


@dataclass(frozen=True)
class Owner:
    """Hold the place of an agency.

    Parameters
    ----------
    level
        national, region or municipality.
    region
        Region key, empty for national bodies; two, joined by a bar, for a merged region.
    municipality
        Code, 0 for the others.
    known
        Whether a national body stands in the list of ministries; public bodies do not.
    """

    level: Level
    region: str = ""
    municipality: int = 0
    known: bool = True


@dataclass(frozen=True)
class _Words:
    regions: dict[str, tuple[str, ...]]
    short: dict[str, str]
    ministries: dict[str, str]
    local_bodies: tuple[str, ...]
    suffixes: tuple[str, ...]
    legal_forms: tuple[str, ...]


@cache
def _words() -> _Words:
    regions: dict[str, tuple[str, ...]] = {}
    short: dict[str, str] = {}
    for row in all_municipalities():
        regions[row["long_ko"]] = (row["region"],)
        short[row["short_ko"]] = row["region"]
    ministries: dict[str, str] = {}
    others: dict[str, list[str]] = {"local_body": [], "municipal_suffix": [], "legal_form": []}
    with package_data("kr", "agency_words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "region":
                regions[row["ko"]] = tuple(row["meaning"].split("|"))
            elif row["kind"] == "ministry":
                ministries[row["ko"]] = row["meaning"]
            else:
                others[row["kind"]].append(row["ko"])
    longest_first = dict(sorted(regions.items(), key=lambda each: -len(each[0])))
    return _Words(longest_first, short, ministries, *(tuple(each) for each in others.values()))


@cache
def _municipalities() -> dict[str, list[tuple[str, int]]]:
    """List regions and codes by the municipality's name, longest names first."""
    table: dict[str, list[tuple[str, int]]] = {}
    for row in all_municipalities():
        table.setdefault(row["name_ko"], []).append((row["region"], int(row["code"])))
    return dict(sorted(table.items(), key=lambda each: -len(each[0])))


def owner_of(agency: str) -> Owner:
    """Find the place of an agency by its name.

    A region's name first (also an older or shorter one) and then a municipality's, with or
    without a space, decide; what follows (a district of a city, a health centre, a corporation)
    does not matter. A municipality's name alone decides when only one municipality bears it.
    Everything else is national.

    Raises
    ------
    UserError
        If several municipalities bear the name.
    """
    text = _plain(agency)
    for name, regions in _words().regions.items():
        if text.startswith(name):
            return _within(regions, text.removeprefix(name).strip(), agency)
    if text.split(" ")[0] in _words().ministries:
        return Owner("national")
    found = _starting(text)
    if len(found) > 1:
        raise _ambiguous(agency, found)
    if found:
        return Owner("municipality", *found[0])
    return _by_short_name(text)


def _plain(agency: str) -> str:
    """Drop a legal form, in brackets or written out, and spaces that are too many."""
    text = re.sub(r"^\s*\([^)]*\)", "", agency).strip()
    for form in _words().legal_forms:
        text = text.removeprefix(form)
    return " ".join(text.split())


def _starting(text: str, regions: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    for name, places in _municipalities().items():
        if text.startswith(name):
            return [place for place in places if not regions or place[0] in regions]
    return []


def _within(regions: tuple[str, ...], rest: str, agency: str) -> Owner:
    found = _starting(rest, regions)
    first = rest.split(" ")[0]
    if not found and first.endswith(_words().suffixes):
        found = _starting(first)  # it may have changed its region since
        if len(found) != 1:
            raise UserError(
                f"there is no municipality '{first}' in the region of '{agency}'",
                "",
                "a local service may only meet residents of its place",
                "write the municipality's present name",
            )
    if len(found) > 1:
        raise _ambiguous(agency, found)
    if found:
        return Owner("municipality", *found[0])
    return Owner("region", "|".join(regions))


def _by_short_name(text: str) -> Owner:
    """Place a region's corporation (its short name, then a kind of local body), else national."""
    for name, region in _words().short.items():
        rest = text.removeprefix(name).strip()
        shared = any(each.startswith(name) for each in _municipalities())
        if rest != text and not shared and any(body in rest for body in _words().local_bodies):
            return Owner("region", region)
    return Owner("national", known=False)


def _ambiguous(agency: str, found: list[tuple[str, int]]) -> UserError:
    by_key = {row["region"]: row["long_ko"] for row in all_municipalities()}
    names = ", ".join(by_key[region] for region, _ in found)
    return UserError(
        f"the agency '{agency}' could be in {len(found)} places ({names})",
        "",
        "a local service may only meet residents of its place",
        f"write the region before the name, like '{by_key[found[0][0]]} {agency}'",
    )
