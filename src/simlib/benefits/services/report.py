"""What came in with an import, what did not, and why: the report table."""

from collections import Counter
from typing import Any

import polars as pl

from simlib.benefits.services.catalogue import Services
from simlib.benefits.services.conditions import conditions
from simlib.benefits.services.pages import LISTS, Pages

BUSINESS = "for businesses only"
"""Why a service of businesses stays out."""

_WHY = {
    "no_codes": "no condition code is given, so every resident must be checked",
    "unknown_code": "a code that simlib does not know, so every resident must be checked",
    "ages_reversed": "the oldest age lies below the youngest",
    "none_of_these_beside_others": "'none of these' is ticked beside others: taken as no condition",
    "no record in supportConditions": "its codes are missing from the download",
    "public body": "neither a ministry nor a place is named: taken as national",
}
_SCHEMA = {"group": pl.String, "item": pl.String, "services_n": pl.Int64, "why": pl.String}


def summarise(services: Services, pages: Pages, noted: list[tuple[str, str]]) -> pl.DataFrame:
    """Count what was read, what came in by kind, what was left out, and what must be checked.

    Parameters
    ----------
    services
        The services that came in.
    pages
        What was read, with its problems.
    noted
        Remarks on single services: what, service id.

    Returns
    -------
    DataFrame
        Columns group, item, services_n, why.
    """
    rows = [*_read(pages), *_left_out(services, pages), *_came_in(services), *_to_check(services)]
    odd = Counter(what for what, _ in noted)
    for what, n in sorted(odd.items()):
        why = _WHY.get("unknown_code" if what.startswith("unknown code") else what, "")
        rows.append(("oddities", what, n, why))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _read(pages: Pages) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [("read", name, pages.read_n[name], "records") for name in LISTS]
    missing = pages.total_n - pages.read_n["serviceList"]
    if missing > 0:
        why = f"pages announce {pages.total_n:,} services; download the missing pages"
        rows.append(("read", "missing from serviceList", missing, why))
    return rows


def _left_out(services: Services, pages: Pages) -> list[tuple[Any, ...]]:
    """Count what became of the records; those of serviceList add up to what was read."""
    faults = [each for each in pages.problems if each.problem != BUSINESS]
    business = len(pages.problems) - len(faults)
    counts = Counter((each.effect, each.list) for each in faults)
    rows: list[tuple[Any, ...]] = [
        ("result", "imported", len(services), ""),
        ("result", BUSINESS, business, "households cannot receive them"),
    ]
    rows += [
        ("result", f"left out of {name}", counts["record left out", name], "see rejected.csv")
        for name in LISTS
    ]
    ignored = sum(n for (effect, _), n in counts.items() if effect == "value ignored")
    rows.append(("result", "values ignored", ignored, "the service came in; see rejected.csv"))
    rows.append(("result", "files left out", counts["file left out", ""], "see rejected.csv"))
    return rows


def _came_in(services: Services) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for column in ("level", "unit", "decided"):
        counts = services.frame.group_by(column).len().sort(column)
        rows += [(column, str(item), n, "") for item, n in counts.iter_rows()]
    fields = services.frame["field"].str.split("||").explode().replace("", "-")
    counts = fields.value_counts().sort(pl.nth(1), pl.nth(0), descending=[True, False])
    rows += [("field", str(item), n, "") for item, n in counts.iter_rows()]
    places = services.frame.filter(pl.col("municipality") > 0)["municipality"].n_unique()
    rows.append(("places", "municipalities with services", places, ""))
    return rows


def _to_check(services: Services) -> list[tuple[Any, ...]]:
    reasons = Counter(
        reason for text in services.frame["to_check"] for reason in text.split("|") if reason
    )
    rows: list[tuple[Any, ...]] = []
    for reason, n in sorted(reasons.items(), key=lambda each: (-each[1], each[0])):
        known = conditions().get(reason)
        item = f"{reason} {known.meaning['en']}" if known else reason
        rows.append(("needs checking", item, n, known.note if known else _WHY[reason]))
    return rows
