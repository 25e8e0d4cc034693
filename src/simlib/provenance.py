"""Where numbers come from and how results are recognised: sources and hashes."""

import csv
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import polars as pl

from simlib import __version__
from simlib.errors import SimlibError
from simlib.files import package_data

Evidence = Literal["law", "official-statistic", "study", "expert", "assumption"]
EVIDENCE_GRADES: tuple[Evidence, ...] = (
    "law",
    "official-statistic",
    "study",
    "expert",
    "assumption",
)
"""Evidence grades, best first."""


@dataclass(frozen=True)
class Source:
    """Name a source: its id, its grade (S or A best, R recalled, D derived) and where it is."""

    source_id: str
    grade: str
    description: str
    locator: str


@cache
def sources() -> dict[str, Source]:
    """Read the list of sources that every value points to."""
    with package_data("kr", "sources.csv").open(encoding="utf-8", newline="") as file:
        rows = [Source(**row) for row in csv.DictReader(file)]
    table = {row.source_id: row for row in rows}
    if len(table) != len(rows):
        raise SimlibError("kr/sources.csv names a source twice")
    return table


def canonical_json(value: Any) -> str:
    """Write a value as JSON that is the same for equal values: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def hash_of(value: Any) -> str:
    """Hash a plain value (SHA-256, hexadecimal)."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def file_hash(path: Path) -> str:
    """Hash a file's bytes (SHA-256, hexadecimal)."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def content_hash(frame: pl.DataFrame) -> str:
    """Hash what a frame holds, whatever file format or library version stored it.

    Names, types and values of all columns count, in order; of an enumeration also its categories.
    """
    digest = hashlib.sha256()
    for column in frame.iter_columns():
        digest.update(f"{column.name}|{column.dtype.base_type()}|{column.len()}\n".encode())
        if column.null_count():
            digest.update(column.is_null().to_numpy().tobytes())
        for chunk in column.get_chunks():
            digest.update(_bytes_of(chunk))
        if isinstance(column.dtype, pl.Enum):
            digest.update("\x1f".join(column.dtype.categories).encode())
    return digest.hexdigest()


def _bytes_of(column: pl.Series) -> Any:
    """Give the values of a column as bytes, without a copy where that is possible."""
    if isinstance(column.dtype, pl.Enum):
        column = column.to_physical()
    if column.dtype == pl.Boolean:
        return column.fill_null(value=False).cast(pl.UInt8).to_numpy()
    if column.dtype.is_numeric():
        return column.fill_null(0).to_numpy()
    text = column.cast(pl.String).fill_null("")
    return "".join(f"{each}\x1f" for each in text).encode()


@cache
def code_version() -> str:
    """Name the code: the version and a hash of every file of the package."""
    root = package_data()
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".csv", ".yaml", ".j2", ".css"}:
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
