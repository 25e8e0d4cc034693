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
from simlib.errors import SimlibError, UserError, did_you_mean
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
SOURCE_GRADES = "SABCDR"
"""Grades of sources, best first: a document this work starts from, published by who made it,
reported by press or research, copied from a copy, computed or set here, recalled."""


@dataclass(frozen=True)
class Source:
    """Name a source: its id, its grade (see :data:`SOURCE_GRADES`) and where it is."""

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


def split_sources(given: str) -> list[str]:
    """Split a list of sources as tables write it, ``HFS2025;DERIVED``, into ids."""
    return [each.strip() for each in given.split(";") if each.strip()]


def best_grade(given: str) -> str:
    """Give the best grade among the sources that a value names (``HFS2025;DERIVED``)."""
    known = sources()
    return min((known[each].grade for each in split_sources(given)), key=SOURCE_GRADES.index)


def overstates(evidence: str, given: str) -> bool:
    """Tell whether an evidence grade claims more than any of the sources named can carry.

    Law and official statistics need a source of grade S, A or B. A study needs one too, or this
    project's own fit to studies (D). What was copied from a copy is ``expert`` at best.
    """
    enough = {"law": "SAB", "official-statistic": "SAB", "study": "SABD"}
    return evidence in enough and best_grade(given) not in enough[evidence]


def check_citation(what: str, source: str, evidence: str, where: str) -> None:
    """Check that a value names known sources and an evidence grade that they can carry.

    Parameters
    ----------
    what
        The value in words, as the message names it.
    source, evidence
        The sources that it names and its evidence grade.
    where
        File and line, for the message.

    Raises
    ------
    UserError
        If a source or the grade is unknown, or the sources are too weak for the grade.
    """
    for each in source.split(";"):
        if each.strip() not in sources():
            raise UserError(
                f"{what} names the unknown source '{each.strip()}'",
                where,
                "a number without a source cannot be defended",
                did_you_mean(each.strip(), sources()),
            )
    if evidence not in EVIDENCE_GRADES:
        raise UserError(
            f"{what} has the unknown evidence grade '{evidence}'",
            where,
            mend=did_you_mean(evidence, EVIDENCE_GRADES),
        )
    if overstates(evidence, source):
        raise UserError(
            f"{what} is graded '{evidence}' but its source {source} is second-hand",
            where,
            "a copy of a copy shows nothing official",
            "cite the original, or grade it 'expert'",
        )


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
