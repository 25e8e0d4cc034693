"""Municipalities by name, region and name, or code."""

import csv
from functools import cache

from simlib.errors import UserError, nearest
from simlib.files import package_data


@cache
def all_municipalities() -> list[dict[str, str]]:
    """List the municipalities with the names of their regions, in code order."""
    with package_data("kr", "regions.csv").open(encoding="utf-8", newline="") as file:
        regions = {row["region"]: row for row in csv.DictReader(file)}
    with package_data("kr", "municipalities.csv").open(encoding="utf-8", newline="") as file:
        return [{**regions[row["region"]], **row} for row in csv.DictReader(file)]


def find_municipality(
    name: str | int, where: str = "", why: str = "amounts and limits depend on the municipality"
) -> dict[str, str]:
    """Find a municipality by code, name (``청양군``) or region and name (``서울 중구``).

    Parameters
    ----------
    name
        What somebody wrote.
    where, why
        Where it was written, and why it matters: for the message when there is none.

    Raises
    ------
    UserError
        If there is none, or several of that name.
    """
    text = " ".join(str(name).split())
    spellings: dict[str, list[dict[str, str]]] = {}
    for row in all_municipalities():
        full = (f"{region} {row['name_ko']}" for region in _region_names(row))
        for spelling in (row["code"], row["name_ko"], *full):
            found = spellings.setdefault(spelling, [])
            if row not in found:
                found.append(row)
    found = spellings.get(text, [])
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{row['short_ko']} {row['name_ko']}" for row in found)
        raise UserError(
            f"there are {len(found)} municipalities named '{text}'",
            where,
            why,
            f"write one of: {names}",
        )
    rows = [row for row in all_municipalities() if text in _region_names(row)]
    inside = [f"{row['short_ko']} {row['name_ko']}" for row in rows]
    if inside:
        mend = f"it is a region; name municipalities of it: {', '.join(inside)}"
        raise UserError(f"there is no municipality '{text}'", where, why, mend)
    longer = (each for each in spellings if text and each.startswith(text))
    guess = nearest(text, spellings) or next(longer, None)
    hint = f"did you mean '{guess}'?" if guess else "write its Korean name, or its code"
    raise UserError(f"there is no municipality '{text}'", where, why, hint)


def _region_names(row: dict[str, str]) -> tuple[str, ...]:
    return row["short_ko"], row["long_ko"], row["region"]
