"""What is wrong in a file that does not fit its schema, in words of the file."""

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from simlib.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from simlib.files import Document

YamlPath = tuple[str | int, ...]


def required(model: type[BaseModel]) -> list[str]:
    """List the keys that a schema asks for, as a file writes them."""
    fields = model.model_fields.items()
    return [info.alias or name for name, info in fields if info.is_required()]


def first_problem(
    model: type[BaseModel],
    document: "Document",
    error: ValidationError,
    at: YamlPath = (),
    prefix: str = "",
) -> UserError:
    """Put the first mistake that pydantic found into a message of one's own.

    Parameters
    ----------
    model, document, error
        The schema, the document that was checked, and what was found.
    at
        Where in the document the checked part stands.
    prefix
        Stands before the names of its keys.
    """
    by_place: dict[YamlPath, Any] = {}
    for each in map(_whole, error.errors(include_url=False)):
        by_place.setdefault(each["loc"], each)
    problems = list(by_place.values())
    # a mistyped key explains a missing one, so it comes first
    problems.sort(
        key=lambda each: (each["type"] not in _STRANGERS, document.line_of((*at, *each["loc"])))
    )
    first = problems[0]
    path = tuple(first["loc"])
    where = document.where((*at, *path))
    dotted = prefix + ".".join(str(part) for part in path)
    more = f" ({len(problems) - 1} more after this one)" if len(problems) > 1 else ""
    kind = first["type"]
    if kind in _STRANGERS:
        names = _names_at(model, path[:-1])
        number = isinstance(path[-1], int)
        return UserError(
            f"unknown key '{dotted}'{more}",
            where,
            "a key that is not known would be ignored silently",
            "write numbers without commas, like 2000" if number
            else did_you_mean(str(path[-1]), names),
        )  # fmt: skip
    if kind == "missing":
        return UserError(
            f"'{dotted}' is missing{more}", where, "it has no default", f"add '{path[-1]}:'"
        )
    if kind == "too_short" and isinstance(first.get("input"), list | dict):
        optional = _optional(model, path)
        empty = "an empty list" if isinstance(first["input"], list) else "empty"
        return UserError(
            f"'{dotted}' is {empty}{more}",
            where,
            "it names nothing, so there would be nothing to do",
            f"write at least one entry{', or leave the key out' if optional else ''}",
        )
    if first.get("input", ...) is None:
        return _without_value(dotted, where, optional=_optional(model, path), more=more)
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    message, mend = _KINDS.get(kind, (message, ""))
    if kind == "value_error":
        message, _, mend = message.partition("; ")
    elif kind in _BOUNDS:
        [bound] = first["ctx"].values()
        mend = _BOUNDS[kind].format(int(bound) if bound == int(bound) else bound)
    given = first.get("input")
    if kind == "model_type" and (keys := _keys_at(model, path)):
        mend = f"write it like {{{', '.join(f'{key}: ...' for key in keys)}}}"
    if kind == "dict_type" and isinstance(path[-1], int) and str(given).isidentifier():
        mend = f"write it like '- {given}: {{}}'"
    plain = isinstance(given, str | int | float | bool) and f"'{given}'" not in message
    shown = f" (given: {given!r})" if plain else ""
    expected = first.get("ctx", {}).get("expected", "")
    if kind in {"literal_error", "enum"} and isinstance(given, str | bool):
        names = [each.strip("' ") for each in expected.replace(" or ", ",").split(",")]
        mend = did_you_mean("" if isinstance(given, bool) else given, names)
    if isinstance(given, bool) and kind in _WORDS:
        mend = "; ".join(filter(None, (mend, _UNQUOTED)))
    about = f"'{dotted}': " if dotted else ""
    return UserError(f"{about}{message}{shown}{more}", where, mend=mend or "correct the value")


_DIGITS = "write digits only, without units, commas or quotes"
_KINDS = {
    "tuple_type": ("should be a list", "write it like [first, second]"),
    "list_type": ("should be a list", "write it like [first, second]"),
    "model_type": ("should hold keys with values", "write it like {key: value}"),
    "dict_type": ("should hold keys with values", "write it like {key: value}"),
    "string_type": ("should be text", "write it in quotes, and a month like 2024-01"),
    "int_parsing": (
        "should be a whole number",
        _DIGITS,
    ),
    "int_type": ("should be a whole number", _DIGITS),
    "int_from_float": (
        "should be a whole number",
        _DIGITS,
    ),
    "float_parsing": ("should be a number", _DIGITS),
    "float_type": ("should be a number", _DIGITS),
    "string_pattern_mismatch": ("is no short name", "use small letters, digits and underscores"),
    "bool_type": ("should be true or false", "write true or false, without quotes"),
    "bool_parsing": ("should be true or false", "write true or false, without quotes"),
    "finite_number": (
        "should be a finite number",
        _DIGITS,
    ),
    "string_too_short": ("is empty text", "write it out"),
}
"""What pydantic's kinds of mistakes are in words of YAML, and how to write it instead."""


_BOUNDS = {
    "greater_than_equal": "write {} or more",
    "greater_than": "write more than {}",
    "less_than_equal": "write {} or less",
    "less_than": "write less than {}",
}
"""What to do about a number outside its bounds."""

_UNQUOTED = "YAML takes yes, no, on and off without quotes as true and false"
_WORDS = ("string_type", "literal_error", "enum")
"""Kinds of mistakes where a word belongs."""


_STRANGERS = ("extra_forbidden", "invalid_key")
"""Kinds of keys that a file should not have."""


def _whole(problem: Any) -> Any:
    """Drop what pydantic adds to a place for each kind that would have been right, and for keys."""
    marks = ("str", "int", "[key]")
    loc = problem["loc"]
    return {**problem, "loc": loc[:-1]} if len(loc) > 1 and loc[-1] in marks else problem


def _without_value(dotted: str, where: str, *, optional: bool, more: str) -> UserError:
    leave = ", or leave the key out" if optional else ""
    return UserError(
        f"'{dotted}' has no value{more}",
        where,
        "a key without a value says nothing",
        f"write one after ':'{leave}",
    )


def _optional(model: type[BaseModel], path: YamlPath) -> bool:
    """Tell whether the key at a place may be left out."""
    found = _model_at(model, path[:-1])
    return path[-1] in _names_at(model, path[:-1]) and path[-1] not in required(found)


def _model_at(model: type[BaseModel], path: YamlPath) -> type[BaseModel]:
    """Find the model at a place of a nested one, as far as it can be followed."""
    for part in path:
        info = model.model_fields.get(str(part))
        if info is not None:  # else a position in a list, or a name that the user chose
            model = _model_in(info.annotation) or model
    return model


def _names_at(model: type[BaseModel], path: YamlPath) -> list[str]:
    """List the valid keys at a place of a nested model."""
    return [info.alias or name for name, info in _model_at(model, path).model_fields.items()]


def _keys_at(model: type[BaseModel], path: YamlPath) -> list[str]:
    """List the keys that a nested model must have, none at the top."""
    found = _model_at(model, path)
    return [] if found is model else required(found)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
