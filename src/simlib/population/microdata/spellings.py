"""Names and codes of regions and municipalities, as people write them."""

from functools import cache

import polars as pl

from simlib.files import package_data
from simlib.population.published.tables import municipalities, region_of


@cache
def region_spellings() -> dict[str, str]:
    """Give the region for each way to write it: English, Korean short and long."""
    rows = pl.read_csv(package_data("kr", "regions.csv"), schema_overrides={"region": pl.String})
    found: dict[str, str] = {}
    for region, short, long in rows.select("region", "short_ko", "long_ko").iter_rows():
        found |= {region: region, region.lower(): region, short: region, long: region}
    return found


@cache
def municipality_spellings() -> dict[str, list[int]]:
    """Give the codes of the municipalities for each way to write one.

    A name that several share stands for all of them; with the region before it, for one.
    """
    found: dict[str, list[int]] = {}
    for code, region, name in municipalities().select("code", "region", "name_ko").iter_rows():
        prefixes = [each for each, of in region_spellings().items() if of == region]
        for spelling in (str(code), name, *(f"{each} {name}" for each in prefixes)):
            found.setdefault(spelling, []).append(code)
    return found


def find_municipality(text: str, region: str | None = None) -> tuple[int | None, str]:
    """Find a municipality by code, name, or region and name.

    Parameters
    ----------
    text
        As written. The code of a district within a city counts as the city.
    region
        Region it must lie in, when known.

    Returns
    -------
    tuple
        The code, or None with the reason.
    """
    spelled = " ".join(text.split())
    codes = municipality_spellings().get(spelled, [])
    if not codes and spelled.isdigit():
        codes = municipality_spellings().get(spelled[:-1] + "0", [])
    if not codes:
        return None, "there is no municipality with this code or name"
    if region is not None:
        inside = [code for code in codes if region_of(code) == region]
        if not inside:
            return None, f"this municipality does not lie in {region}"
        codes = inside
    if len(codes) > 1:
        return None, f"{len(codes)} municipalities have this name: write region and name"
    return codes[0], ""
