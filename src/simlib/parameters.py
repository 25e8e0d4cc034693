"""Dated parameters: every number a model uses, with unit, source and evidence grade."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from simlib.errors import UserError, did_you_mean
from simlib.files import Document, package_data, read_yaml
from simlib.months import Month, format_month, parse_month
from simlib.parameter_checks import check_kind, check_range, kind_of, read_range
from simlib.provenance import EVIDENCE_GRADES, Evidence, check_citation

ALWAYS: Month = 0
"""The month from which an undated value holds."""

_ENTRY_KEYS = {"value", "values", "unit", "range", "source", "evidence", "note"}
_VALUE_KEYS = {"value", "source", "evidence", "note"}
_EXAMPLE = ("unit", "value", "source", "evidence")


@dataclass(frozen=True)
class Value:
    """Hold one dated value: a number, or numbers by position or by key (household size, say)."""

    value: Any
    source: str
    evidence: Evidence
    note: str = ""
    origin: str = "default"


def in_words(value: object) -> str:
    """Write a value without the brackets of code: ``1: 2228445, 2: 3682609``."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_inner(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_inner(each) for each in value)
    return str(value)


def _inner(value: object) -> str:
    words = in_words(value)
    return f"({words})" if isinstance(value, Mapping | list | tuple) else words


@dataclass(frozen=True)
class Parameter:
    """Hold a parameter: its path, unit, plausible range and values from month to month.

    ``where`` is the file and line that gives it.
    """

    path: str
    unit: str
    values: tuple[tuple[Month, Value], ...]
    range: tuple[float, float] | None = None
    where: str = ""

    def at(self, month: Month | None) -> tuple[Month, Value]:
        """Give the value in force at a month, and the month since when it holds.

        Raises
        ------
        UserError
            If the month lies before the first value.
        """
        if month is None:
            return self.values[-1]
        found = None
        for since, value in self.values:
            if since <= month:
                found = (since, value)
        if found is None:
            first = format_month(self.values[0][0])
            raise UserError(
                f"'{self.path}' has no value for {format_month(month)}",
                self.where or self.path,
                f"its first value holds from {first}",
                f"choose a date from {first} on, or add an earlier value with its source",
            )
        return found


@dataclass
class Parameters:
    """Give parameters by path and remember which ones were read.

    Paths read as words from the large to the small: ``uptake.awareness.base_logit``.
    """

    table: dict[str, Parameter]
    _read: dict[tuple[str, Month], Value] = field(default_factory=dict, repr=False)
    _groups: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def __contains__(self, path: object) -> bool:
        return path in self.table

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def add(self, path: str, parameter: Parameter) -> None:
        """Register a further parameter, a programme's, say.

        Raises
        ------
        UserError
            If the path is taken.
        """
        if path in self.table:
            raise UserError(f"parameter '{path}' is given twice", path, mend="rename one")
        self.table[path] = parameter
        self._groups.clear()

    def parameter(self, path: str) -> Parameter:
        """Give a parameter with all its dated values; an unknown path is an error."""
        if path not in self.table:
            raise UserError(
                f"unknown parameter '{path}'",
                path,
                "a parameter that is not known would have no effect",
                did_you_mean(path, self.table),
            )
        return self.table[path]

    def value(self, path: str, month: Month | None = None) -> Any:
        """Give the value of a parameter at a month (the latest when no month is given)."""
        parameter = self.parameter(path)
        since, value = parameter.at(month)
        self._read[(path, since)] = value
        return value.value

    def number(self, path: str, month: Month | None = None) -> float:
        """Give the value of a parameter that is a single number."""
        value = self.value(path, month)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UserError(f"'{path}' is not a single number", path, mend="use value() for it")
        return float(value)

    def group(self, prefix: str, month: Month | None = None) -> dict[str, float]:
        """Give all single-number parameters below a prefix, keyed by the rest of their path."""
        start = prefix + "."
        if prefix not in self._groups:
            self._groups[prefix] = [path for path in self.table if path.startswith(start)]
        names = self._groups[prefix]
        if not names:
            self.parameter(prefix)
        return {path[len(start) :]: self.number(path, month) for path in names}

    def override(self, changes: Mapping[str, Any], origin: str) -> "Parameters":
        """Give a copy in which some values are replaced from the first month on.

        Parameters
        ----------
        changes
            New values by path, or by ``path@2025-01`` to change from a month on.
        origin
            Where the change was made (``scenario.yaml:12``); it stands in the appendix.

        Raises
        ------
        UserError
            If a path is unknown, or a value is of another kind or out of range.
        """
        table = dict(self.table)
        copy = Parameters(table)
        for key, new in changes.items():
            path, _, since_text = key.partition("@")
            parameter = copy._changeable(path, origin)
            since = parse_month(since_text, key) if since_text else None
            table[path] = _changed(parameter, new, since, origin)
        return copy

    def _changeable(self, path: str, origin: str) -> Parameter:
        """Give a parameter that somebody changes; the message of an unknown one says who does."""
        try:
            return self.parameter(path)
        except UserError as error:
            raise UserError(error.what, f"{origin}: {path}", error.why, error.mend) from None

    def unread(self) -> "Parameters":
        """Give the same parameters with nothing read yet."""
        return Parameters(self.table)

    def reads(self) -> tuple[tuple[str, Month], ...]:
        """List what was read: path, and the month since when its value holds."""
        return tuple(self._read)

    def read_log(self) -> pl.DataFrame:
        """List every value that was read, worst evidence first.

        Returns
        -------
        DataFrame
            Columns path, since, value, unit, source, evidence, origin, note.
        """
        rows = [
            {
                "path": path,
                "since": "" if since == ALWAYS else format_month(since),
                "value": str(value.value),
                "unit": self.table[path].unit,
                "source": value.source,
                "evidence": value.evidence,
                "origin": value.origin,
                "note": value.note,
            }
            for (path, since), value in self._read.items()
        ]
        columns = ["path", "since", "value", "unit", "source", "evidence", "origin", "note"]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
        rank = {grade: -i for i, grade in enumerate(EVIDENCE_GRADES)}
        order = pl.col("evidence").replace_strict(rank, return_dtype=pl.Int32)
        return frame.sort(order, pl.col("path"), pl.col("since"))


def _changed(parameter: Parameter, new: Any, since: Month | None, origin: str) -> Parameter:
    old = parameter.values[-1][1]
    check_kind(parameter.path, new, old.value, origin)
    check_range(parameter.path, new, parameter.range, parameter.unit, origin)
    made = Value(new, old.source, "assumption", f"changed from {old.value}", origin)
    if since is None:
        return replace(parameter, values=((parameter.values[0][0], made),))
    kept = tuple(each for each in parameter.values if each[0] < since)
    return replace(parameter, values=(*kept, (since, made)))


def load_parameters(folder: Path | None = None) -> Parameters:
    """Read every parameter file of a folder (the package's own by default).

    Each file's name is the first part of its parameters' paths.

    Raises
    ------
    UserError
        If a value lacks its unit, source or evidence grade, names an unknown source, claims
        better evidence than its source can carry, or lies outside its own range.
    """
    folder = folder or package_data("kr", "parameters")
    table: dict[str, Parameter] = {}
    for path in sorted(folder.glob("*.yaml")):
        document = read_yaml(path)
        for name, entry in (document.data or {}).items():
            full = f"{path.stem}.{name}"
            table[full] = parse_parameter(full, entry, document, (name,))
    return Parameters(table)


def parse_parameter(
    path: str, entry: Any, document: Document, at: tuple[str | int, ...]
) -> Parameter:
    """Read one parameter from a YAML entry.

    Parameters
    ----------
    path
        Full path of the parameter.
    entry
        Mapping with ``unit`` and either ``value`` or dated ``values``.
    document, at
        The file and the place in it, for messages.
    """
    _check_keys(entry, _ENTRY_KEYS, path, document, at)
    unit = _unit(path, entry, document, at)
    allowed = read_range(path, entry.get("range"), document.where((*at, "range")))
    if "values" in entry:
        values = _dated(path, entry, document, at)
    else:
        bare = {key: entry[key] for key in _VALUE_KEYS if key in entry}
        values = ((ALWAYS, _value(path, bare, document, at)),)
    for month, each in values:
        written = () if month == ALWAYS else ("values", format_month(month))
        check_range(path, each.value, allowed, unit, document.where((*at, *written, "value")))
    return Parameter(path, unit, values, allowed, document.where(at))


def _unit(
    path: str, entry: Mapping[str, Any], document: Document, at: tuple[str | int, ...]
) -> str:
    unit = _needed(entry, "unit", path, document, at)
    if not isinstance(unit, str):
        raise UserError(
            f"the unit of '{path}' is {unit!r}, which is no text",
            document.where((*at, "unit")),
            "the unit says what the number counts",
            "write it like KRW/month, share or years",
        )
    return unit


def _dated(
    path: str, entry: Mapping[str, Any], document: Document, at: tuple[str | int, ...]
) -> tuple[tuple[Month, Value], ...]:
    """Read values by the month from which they hold."""
    given, where = entry["values"], document.where((*at, "values"))
    both = sorted(_VALUE_KEYS & set(entry))
    if both:
        raise UserError(
            f"'{path}' has 'values' and beside them '{both[0]}'",
            document.where((*at, both[0])),
            "only the dated values would be used",
            "write either 'value' or 'values', with the source of each value beside it",
        )
    if not isinstance(given, Mapping) or not given:
        raise UserError(
            f"the values of '{path}' are {'empty' if not given else kind_of(given)}",
            where,
            "each value holds from a month on",
            "write them like '2025-01: {value: ..., source: ..., evidence: ...}'",
        )
    values = tuple(
        (
            parse_month(key, document.where((*at, "values", key))),
            _value(path, each, document, (*at, "values", key)),
        )
        for key, each in given.items()
    )
    if list(values) != sorted(values, key=lambda each: each[0]):
        raise UserError(
            f"the values of '{path}' are not in order of time",
            where,
            "each value holds until the next one",
            "write the earliest month first",
        )
    return values


def _value(path: str, entry: Any, document: Document, at: tuple[str | int, ...]) -> Value:
    _check_keys(entry, _VALUE_KEYS, path, document, at)
    value = _needed(entry, "value", path, document, at)
    source = _needed(entry, "source", path, document, at)
    if not isinstance(source, str):
        raise UserError(
            f"the source of '{path}' is {kind_of(source)}",
            document.where((*at, "source")),
            "sources are named by their ids",
            "write one id, or several as one text: BP2023;BP2026",
        )
    evidence = _needed(entry, "evidence", path, document, at)
    check_citation(f"'{path}'", source, str(evidence), document.where((*at, "source")))
    return Value(value, source, evidence, str(entry.get("note", "")))


def _needed(
    entry: Mapping[str, Any], key: str, path: str, document: Document, at: tuple[str | int, ...]
) -> Any:
    if entry.get(key) is None:
        raise UserError(
            f"'{path}' has no {key}",
            document.where(at),
            "a number counts only with its unit, source and evidence grade",
            f"add '{key}:'",
        )
    return entry[key]


def _check_keys(
    entry: Any, known: set[str], path: str, document: Document, at: tuple[str | int, ...]
) -> None:
    if not isinstance(entry, Mapping):
        raise UserError(
            f"'{path}' is {'empty' if entry is None else kind_of(entry)}, not keys with values",
            document.where(at),
            "a number counts only with its unit, source and evidence grade",
            f"write it like {{{', '.join(f'{key}: ...' for key in _EXAMPLE if key in known)}}}",
        )
    for key in entry:
        if key not in known:
            raise UserError(
                f"unknown key '{key}' in '{path}'",
                document.where((*at, key)),
                "it would have no effect",
                did_you_mean(str(key), known),
            )
