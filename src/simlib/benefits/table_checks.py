"""Refuse values and tables of a programme that cannot be used, when its file is read."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from simlib.benefits.fact_names import Fact, known_facts
from simlib.benefits.limits import MUNICIPALITY, code_hint, municipality_codes, never
from simlib.errors import UserError, did_you_mean
from simlib.files import Document, YamlPath

if TYPE_CHECKING:
    from simlib.benefits.programme_file import ProgrammeFile

_DEFAULT = "default"
_BY = "a table says which fact its keys are values of"


def check_tables(file: "ProgrammeFile", document: Document) -> None:
    """Refuse text for numbers, tables by what is no fact, and keys that a fact never is.

    Parameters
    ----------
    file
        The programme as written.
    document
        Its file, for places.

    Raises
    ------
    UserError
        With the line of the value.
    """
    for name, entry in file.parameters.items():
        at: YamlPath = ("parameters", name)
        keys = _keys(name, entry, document.where((*at, "by")))
        for place, value in _values(entry, at):
            _check_value(name, value, keys, document.where(place))


def _keys(name: str, entry: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Give the facts that a table goes by; none for a parameter that is no table."""
    if "by" not in entry:
        return ()
    given = entry["by"]
    keys = [given] if isinstance(given, str) else given
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        mend = "write 'by: size', or 'by: [region, size]' for a table in a table"
        raise UserError(f"the table '{name}' goes by {given!r}, which is no fact", where, _BY, mend)
    for key in keys:
        fact = known_facts().get(key)
        if fact is None:
            raise UserError(
                f"the table '{name}' goes by '{key}', which is no fact",
                where,
                _BY,
                did_you_mean(key, known_facts()),
            )
        if isinstance(fact.dtype, pl.Boolean):
            raise UserError(
                f"the table '{name}' goes by '{key}', which is yes or no",
                where,
                "a table goes by numbers or words",
                f"write two parameters, and in the rule CASE WHEN {key} THEN ... ELSE ... END",
            )
    return tuple(keys)


def _values(entry: Any, at: YamlPath) -> Iterable[tuple[YamlPath, Any]]:
    """Give the values of a parameter with their places."""
    if not isinstance(entry, Mapping):
        return
    dated = entry.get("values")
    if isinstance(dated, Mapping):
        for month, each in dated.items():
            yield from _values(each, (*at, "values", month))
    elif entry.get("value") is not None:
        yield (*at, "value"), entry["value"]


def _check_value(name: str, value: Any, keys: tuple[str, ...], where: str) -> None:
    if keys:
        _check_table(name, value, known_facts()[keys[0]], where)
        for each in value.values():
            _check_value(name, each, keys[1:], where)
    elif isinstance(value, Mapping):
        raise UserError(
            f"'{name}' is a table, and nothing says by what",
            where,
            "a rule cannot use a whole table",
            "add 'by: size', or another fact that its keys are values of",
        )
    elif isinstance(value, str | list) or value is None:
        raise UserError(
            f"'{name}' is '{value}', which is no number",
            where,
            "rules reckon with it",
            "write digits only, without units or commas, like 80 or 50000",
        )


def _check_table(name: str, table: Any, fact: Fact, where: str) -> None:
    if not isinstance(table, Mapping) or not table:
        raise UserError(
            f"'{name}' goes by '{fact.name}' but is no table",
            where,
            "each value of the fact needs a number",
            "write it like {1: 40000, 2: 65000}, or take 'by' out",
        )
    for key in table:
        _check_key(name, key, fact, where)
    if fact.name == MUNICIPALITY and _DEFAULT not in table:
        raise UserError(
            f"the table '{name}' goes by municipality and has no default",
            where,
            "a municipality that is not listed would take the value of another one",
            "add 'default:', 0 where there is nothing",
        )


def _check_key(name: str, key: Any, fact: Fact, where: str) -> None:
    """Refuse a key of a table that is no value of its fact."""
    if key == _DEFAULT:
        return
    if isinstance(fact.dtype, pl.Enum):
        values: Iterable[str] = fact.dtype.categories
        right, mend = key in values, did_you_mean(str(key), values)
    elif fact.name == MUNICIPALITY:
        right, mend = key in municipality_codes(), code_hint(key)
    else:
        right = isinstance(key, int) and not never(fact, key)
        mend = "write whole numbers that it can be, or 'default'"
    if not right:
        raise UserError(
            f"the table '{name}' has the key '{key}', which '{fact.name}' never is",
            where,
            "its value would never be used",
            mend,
        )
