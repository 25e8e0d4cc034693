"""Calendar months as whole numbers, so that a month can be added, compared and drawn on."""

import re

from simlib.errors import UserError

Month = int
"""Months since year 0: ``year * 12 + month - 1``."""

_PATTERN = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")


def parse_month(text: str, where: str = "") -> Month:
    """Read a month written as ``2024-01``.

    Raises
    ------
    UserError
        If the text is not a month.
    """
    match = _PATTERN.match(str(text))
    if match is None:
        raise UserError(
            f"'{text}' is not a month",
            where,
            "months are written as year and month",
            "write it like 2024-01",
        )
    return int(match[1]) * 12 + int(match[2]) - 1


def format_month(month: Month) -> str:
    """Write a month as ``2024-01``."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def year_of(month: Month) -> int:
    """Give the calendar year of a month."""
    return month // 12


def month_of_year(month: Month) -> int:
    """Give the month within its year, 1 to 12."""
    return month % 12 + 1
