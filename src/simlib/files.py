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

from simlib.errors import UserError, did_you_mean, nearest
from simlib.mistakes import YamlPath as YamlPath
from simlib.mistakes import first_problem, required
from simlib.yaml_mistakes import check_key, check_scalar, no_entries, not_yaml

ModelT = TypeVar("ModelT", bound=BaseModel)
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


def _construct(
    node: yaml.Node, path: YamlPath, doc: Document, around: tuple[yaml.Node, ...] = ()
) -> Any:
    doc.lines.setdefault(path, node.start_mark.line + 1)
    where = _place(node, doc)
    _check_plain(node, where, around)
    inside = (*around, node)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = check_key(key_node, _place(key_node, doc))
            if key in mapping:
                raise UserError(
                    f"'{key}' is given twice",
                    _place(key_node, doc),
                    "only one of the two could be used",
                    "remove one of them",
                )
            doc.lines[(*path, key)] = key_node.start_mark.line + 1
            mapping[key] = _construct(value_node, (*path, key), doc, inside)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*path, i), doc, inside) for i, item in enumerate(node.value)]
    check_scalar(node, where)
    return _scalar(node)


def _place(node: yaml.Node, doc: Document) -> str:
    return f"{doc.source}:{node.start_mark.line + 1}"


def _check_plain(node: yaml.Node, where: str, around: tuple[yaml.Node, ...]) -> None:
    """Refuse what is more than data: a tag that builds something, an entry that holds itself."""
    if node.tag.removeprefix(_STANDARD_TAG) not in _PLAIN_TAGS:
        raise UserError(
            f"this is not valid YAML: the tag '{node.tag}' is not plain data",
            where,
            "a file may hold data only, nothing that would be executed",
            "remove the tag",
        )
    if any(each is node for each in around):
        raise UserError(
            "an entry holds itself, by an anchor (&) and an alias (*)",
            where,
            "it would never end",
            "write the entries out",
        )


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
        raise not_yaml(error, text, source) from None
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


def no_such_file(kind: str, name: str, where: str, folder: Path) -> UserError:
    """Say of a file that another one names where it was looked for, and what is there."""
    ending = "*.y*ml" if name.endswith((".yaml", ".yml")) else f"*{Path(name).suffix}"
    there = sorted(path.name for path in folder.glob(ending))
    return UserError(
        f"there is no {kind} file '{name}'",
        where,
        f"it is looked for in the folder {folder.resolve().name}/ beside this file, "
        "then from where the command was started",
        did_you_mean(name, there) if nearest(name, there) else "check the path",
    )


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
            no_entries(document.data),
            document.where(),
            "keys with values are expected, like 'key: value'",
            f"write at least: {', '.join(required(model)) or 'one key'}",
        )
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise first_problem(model, document, error) from None


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


def check_writable(folder: Path) -> None:
    """Make a folder and see that files can be written to it, before long work for it begins.

    Raises
    ------
    UserError
        If it cannot be made or written to.
    """
    with _clear_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()


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
    with _clear_parquet_errors(path):
        return pl.read_parquet(path)


def parquet_columns(path: Path) -> list[str]:
    """Name the columns of a Parquet file without reading its rows; errors as above."""
    with _clear_parquet_errors(path):
        return list(pl.read_parquet_schema(path))


@contextmanager
def _clear_parquet_errors(path: Path) -> Iterator[None]:
    if not path.is_file():
        raise UserError("there is no such file", str(path), "it is needed here", "check the path")
    try:
        yield
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
