"""A service's rule as SQL over the facts of a person and the household, for readers and tests."""

from collections.abc import Mapping
from typing import Any

from simlib.benefits.services.conditions import AGE_MAX, ANYONE, MASKS, codes_in, conditions


def rule_sql(service: Mapping[str, Any]) -> str:
    """Write who meets a service for certain as one SQL condition on a person.

    Parameters
    ----------
    service
        A row of the table of services.

    Returns
    -------
    str
        SQL over the facts of :mod:`simlib.benefits.services.population_words`; a household
        meets the service when one of its members does.
    """
    parts = [_ages(int(service["age_min"]), int(service["age_max"]))]
    for kind in MASKS:
        value = int(service[f"{kind}_mask"])
        if value == 0:
            return "FALSE"
        if value != ANYONE:
            codes = codes_in(value, kind)
            either = " OR ".join(f"({conditions()[code].expression})" for code in codes)
            parts.append(f"({either})")
    return " AND ".join(part for part in parts if part) or "TRUE"


def _ages(low: int, high: int) -> str:
    parts = [f"age >= {low}"] if low > 0 else []
    if high < AGE_MAX:
        parts.append(f"age <= {high}")
    return " AND ".join(parts)
