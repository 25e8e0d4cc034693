"""What the value of a parameter may be: its kind, its range, and what its unit allows."""

from collections.abc import Iterator, Mapping
from math import inf, isfinite
from typing import Any

from simlib.errors import UserError

Range = tuple[float, float]
_NEVER_NEGATIVE = frozenset(
    ("cases", "days", "documents", "hours", "KRW", "months", "persons", "trips", "years")
)
"""First words of units in which nothing is below zero."""


def unit_range(unit: str) -> Range | None:
    """Give what a unit allows where no range is told: shares 0 to 1, won 0 and more, say.

    A ``share of`` something else may be above 1, as an income of 120 % of the median is.
    """
    if unit == "share" or unit.startswith("probability"):
        return (0.0, 1.0)
    first = unit.replace("/", " ").split()[:1]
    return (0.0, inf) if _NEVER_NEGATIVE.intersection(first) else None


def read_range(path: str, given: Any, where: str) -> Range | None:
    """Read ``range: [low, high]``; None when there is none.

    Raises
    ------
    UserError
        If it is not two numbers in order.
    """
    if given is None:
        return None
    plain = isinstance(given, list) and len(given) == 2 and all(map(_is_number, given))
    if not plain or not given[0] <= given[1]:
        raise UserError(
            f"the range of '{path}' is {given}",
            where,
            "a range says the smallest and the largest plausible value",
            "write it like [0, 1], the smaller number first",
        )
    return float(given[0]), float(given[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def check_range(path: str, value: Any, allowed: Range | None, unit: str, where: str) -> None:
    """Refuse a value, or one in a table of values, outside a range, or that no unit of its has.

    Parameters
    ----------
    path
        Path of the parameter.
    value
        Number, list or table; anything else passes.
    allowed
        The parameter's own range; None where it has none, and its unit decides.
    unit
        Its unit.
    where
        Where the value is given.

    Raises
    ------
    UserError
        For the first number that cannot be.
    """
    low, high = allowed or unit_range(unit) or (-inf, inf)
    for number in _numbers(value):
        if not isfinite(number):
            raise UserError(
                f"'{path}' is {number}, which is no finite number",
                where,
                "nothing can be reckoned with it",
                "write a number; where there is no limit, one that is never reached",
            )
        if not low <= number <= high:
            told = f"its range {low} to {high}" if allowed else _of_unit(unit, high)
            raise UserError(
                f"'{path}' is {number}, outside {told}",
                where,
                "beyond this range the model has no meaning",
                "choose a value within the range" + ("" if allowed else _or_told(high)),
            )


def _of_unit(unit: str, high: float) -> str:
    return f"what a value in '{unit}' can be: 0 " + ("or more" if high == inf else "to 1")


def _or_told(high: float) -> str:
    return "" if high == inf else ", or tell another with 'range: [low, high]'"


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _numbers(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _numbers(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def check_kind(path: str, new: Any, old: Any, where: str) -> None:
    """Refuse a new value of another kind than the present one: text for a number, say.

    Raises
    ------
    UserError
        With the present value as an example.
    """
    if kind_of(new) != kind_of(old):
        raise UserError(
            f"'{path}' must be {kind_of(old)}, not {kind_of(new)} ({new!r})",
            where,
            "the model cannot use it",
            f"write it plainly, like its present value {old!r}",
        )


def kind_of(value: Any) -> str:
    """Name the kind of a value in words of YAML."""
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping"
