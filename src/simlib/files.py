"""Read and write files so that nothing is lost and every mistake has a line number."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import yaml
from pydantic import BaseModel, ValidationError

from simlib.errors import UserError, did_you_mean

ModelT = TypeVar("ModelT", bound=BaseModel)
YamlPath = tuple[str | int, ...]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_STANDARD_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {"map", "seq", "str", "int", "float", "bool", "null", "timestamp"}


@dataclass(frozen=True)
class Document:
    """Hold a YAML file's data together with the line of every entry."""

    data: Any
    source: str
    lines: dict[YamlPath, int] = field(default_factory=dict, repr=False)

    def line_of(self, path: YamlPath) -> int:
        """Give the line (from 1) of an entry, or of its nearest enclosing entry."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, path: YamlPath = ()) -> str:
        """Name the place of an entry as ``file:line``."""
        return f"{self.source}:{self.line_of(path)}"

    def part(self, path: YamlPath) -> "Document":
        """Give an entry as a document of its own, with its lines."""
        data = self.data
        for key in path:
            data = data[key]
        depth = len(path)
        lines = {at[depth:]: line for at, line in self.lines.items() if at[:depth] == path}
        return Document(data, self.source, lines)


def package_data(*parts: str) -> Path:
    """Give the path of a data file that ships inside the simlib package."""
    return Path(str(resource_files("simlib"))).joinpath(*parts)


def _construct(node: yaml.Node, path: YamlPath, doc: Document) -> Any:
    doc.lines.setdefault(path, node.start_mark.line + 1)
    if node.tag.removeprefix(_STANDARD_TAG) not in _PLAIN_TAGS:
        raise UserError(
            f"this is not valid YAML: the tag '{node.tag}' is not plain data",
            f"{doc.source}:{node.start_mark.line + 1}",
            "a file may hold data only, nothing that would be executed",
            "remove the tag",
        )
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else key_node.value
            if not isinstance(key, str | int):
                key = str(key_node.value)
            if key in mapping:
                raise UserError(
                    f"'{key}' is given twice",
                    f"{doc.source}:{key_node.start_mark.line + 1}",
                    "only one of the two could be used",
                    "remove one of them",
                )
            doc.lines[(*path, key)] = key_node.start_mark.line + 1
            mapping[key] = _construct(value_node, (*path, key), doc)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*path, i), doc) for i, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    if node.tag in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:str"}:
        return node.value
    return yaml.constructor.SafeConstructor().construct_object(node, deep=True)


def read_yaml(path: Path | str) -> Document:
    """Read a YAML file as plain data that remembers its lines.

    Dates stay text, keys given twice are refused, and tags that would build
    Python objects are errors.

    Raises
    ------
    UserError
        If the file is missing, unreadable or not YAML.
    """
    path = Path(path)
    text = read_text(path)
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str = "<text>") -> Document:
    """Read YAML text as :func:`read_yaml` does."""
    doc = Document(None, source, {})
    try:
        node = yaml.compose(text, Loader=_Loader)
        data = None if node is None else _construct(node, (), doc)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = getattr(error, "problem", None) or str(error)
        raise UserError(
            f"this is not valid YAML: {problem}",
            f"{source}:{line}",
            "the file cannot be read",
            "check indentation, quotes and colons on this line and the one before",
        ) from None
    return Document(data, source, doc.lines)


def read_text(path: Path) -> str:
    """Read a UTF-8 text file, with a clear error when that is not possible."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        folder = path.parent
        names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
        raise UserError(
            "there is no such file",
            str(path),
            "it is needed here",
            did_you_mean(path.name, names) if names else "check the path",
        ) from None
    except IsADirectoryError:
        raise UserError("this is a folder, not a file", str(path), mend="name a file") from None
    except UnicodeDecodeError:
        raise UserError(
            "this file is not UTF-8 text", str(path), "it cannot be read", "save it as UTF-8"
        ) from None
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", str(path)) from None


def validate(model: type[ModelT], document: Document) -> ModelT:
    """Check a document against a pydantic model.

    Raises
    ------
    UserError
        For the first wrong entry, with its line, and the nearest valid name when a
        key or choice is unknown.
    """
    if not isinstance(document.data, dict):
        raise UserError(
            "the file holds no entries",
            document.where(),
            "a mapping of keys to values is expected",
            f"write at least: {', '.join(_required(model)) or 'one key'}",
        )
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise first_problem(model, document, error) from None


def _required(model: type[BaseModel]) -> list[str]:
    return [name for name, info in model.model_fields.items() if info.is_required()]


def first_problem(
    model: type[BaseModel],
    document: Document,
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
    problems = error.errors(include_url=False)
    # a mistyped key explains a missing one, so it comes first
    problems.sort(
        key=lambda each: (each["type"] != "extra_forbidden", document.line_of((*at, *each["loc"])))
    )
    first = problems[0]
    path = tuple(first["loc"])
    where = document.where((*at, *path))
    dotted = prefix + ".".join(str(part) for part in path)
    more = f" ({len(problems) - 1} more after this one)" if len(problems) > 1 else ""
    kind = first["type"]
    if kind == "extra_forbidden":
        names = _names_at(model, path[:-1])
        return UserError(
            f"unknown key '{dotted}'{more}",
            where,
            "a key that is not known would be ignored silently",
            did_you_mean(str(path[-1]), names),
        )
    if kind == "missing":
        return UserError(
            f"'{dotted}' is missing{more}", where, "it has no default", f"add '{path[-1]}:'"
        )
    if kind == "too_short" and isinstance(first.get("input"), list | dict):
        optional = path[-1] not in _required(model)
        empty = "an empty list" if isinstance(first["input"], list) else "empty"
        return UserError(
            f"'{dotted}' is {empty}{more}",
            where,
            "it names nothing, so there would be nothing to do",
            f"write at least one entry{', or leave the key out' if optional else ''}",
        )
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    message, mend = _KINDS.get(kind, (message, ""))
    given = first.get("input")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
    expected = first.get("ctx", {}).get("expected", "")
    if kind in {"literal_error", "enum"} and isinstance(given, str):
        names = [each.strip("' ") for each in expected.replace(" or ", ",").split(",")]
        mend = did_you_mean(given, names)
    about = f"'{dotted}': " if dotted else ""
    return UserError(f"{about}{message}{shown}{more}", where, mend=mend or "correct the value")


_KINDS = {
    "tuple_type": ("should be a list", "write it like [first, second]"),
    "list_type": ("should be a list", "write it like [first, second]"),
    "model_type": ("should hold keys with values", "write it like {key: value}"),
    "dict_type": ("should hold keys with values", "write it like {key: value}"),
    "string_type": ("should be text", "write it in quotes"),
    "string_pattern_mismatch": ("is no short name", "use small letters, digits and underscores"),
}
"""What pydantic's kinds of mistakes are in words of YAML, and how to write it instead."""


def _names_at(model: type[BaseModel], path: YamlPath) -> list[str]:
    """List the valid keys at a place of a nested model, as far as it can be followed."""
    current: Any = model
    for part in path:
        info = getattr(current, "model_fields", {}).get(part)
        if info is None:  # a position in a list, or a name that the user chose
            continue
        current = _model_in(info.annotation) or current
    names: list[str] = []
    for name, info in getattr(current, "model_fields", {}).items():
        names.append(info.alias or name)
    return names


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


@contextmanager
def _clear_write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"cannot be written ({reason})",
            str(path),
            "the result would be lost; earlier files are untouched",
            "free space, or choose a folder that you may write to",
        ) from None


def write_atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its final place and move it there only when complete.

    Parameters
    ----------
    path
        Final place; its folder is made when missing.
    write
        Called with the temporary path; writes the whole content.

    Raises
    ------
    UserError
        If the folder is read-only or full; an earlier file stays as it was.
    """
    with _clear_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            write(temporary)
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, keys in the given order, Korean readable."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet atomically."""
    write_atomic(path, lambda temporary: frame.write_parquet(temporary, compression="zstd"))


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as CSV atomically."""
    write_atomic(path, lambda temporary: frame.write_csv(temporary))


def read_parquet(path: Path) -> pl.DataFrame:
    """Read a Parquet file, with a clear error when it is missing or damaged."""
    if not path.is_file():
        raise UserError("there is no such file", str(path), "it is needed here", "check the path")
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0][:120]
        raise UserError(
            f"this is not a complete Parquet file ({reason})",
            str(path),
            "it may be truncated or of another kind",
            "make it again, or restore it from a copy",
        ) from None


def read_json(path: Path) -> Any:
    """Read a JSON file, with a clear error when it is missing or damaged."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise UserError(
            f"this is not complete JSON ({error.msg})",
            f"{path}:{error.lineno}",
            "the file may be truncated",
            "make it again, or restore it from a copy",
        ) from None
