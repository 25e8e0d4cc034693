"""What a notebook cell shows: pieces of a page that carry their numbers with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import polars as pl

EXPORT_MIME = "application/vnd.simlib.report+json"
"""Kind of the data that travels beside a cell's HTML: its CSV files and findings."""

_SIGNIFICANT = 10


@dataclass(frozen=True)
class Finding:
    """Hold one sentence of the summary with the numbers it states.

    ``rank`` orders the summary, ``numbers`` are the rounded numbers as shown, in base
    units to the nearest ``step``; ``csv`` names the exported table that has them.
    """

    finding_id: str
    rank: int
    sentence: str
    confidence: str
    anchor: str
    csv: str
    numbers: tuple[float, ...]
    step: float

    def as_dict(self) -> dict[str, Any]:
        """Give the finding as plain data."""
        return {**self.__dict__, "numbers": list(self.numbers)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Finding":
        """Read a finding from plain data."""
        return cls(**{**data, "numbers": tuple(data["numbers"])})


@dataclass(frozen=True)
class Block:
    """Hold a piece of a page: HTML, the tables behind it and the findings it states."""

    html: str
    tables: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, **_kinds: object) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/html": self.html, "text/plain": repr(self)}
        if self.tables or self.findings:
            bundle[EXPORT_MIME] = {
                "tables": {name: csv_text(table) for name, table in self.tables.items()},
                "findings": [each.as_dict() for each in self.findings],
            }
        return bundle

    def __repr__(self) -> str:
        return f"Block({', '.join(self.tables) or 'text'})"

    def __add__(self, other: "Block") -> "Block":
        return join([self, other])


def join(blocks: Iterable[Block]) -> Block:
    """Put blocks one after the other as a single block."""
    parts = list(blocks)
    tables: dict[str, pl.DataFrame] = {}
    for part in parts:
        tables.update(part.tables)
    findings = tuple(each for part in parts for each in part.findings)
    return Block("\n".join(part.html for part in parts), tables, findings)


def csv_text(table: pl.DataFrame) -> str:
    """Write a table as CSV; floats keep ten significant digits so that files stay equal."""
    columns = [
        pl.Series(each.name, [_short(value) for value in each], dtype=pl.Float64)
        if each.dtype.is_float()
        else each
        for each in table.iter_columns()
    ]
    return pl.DataFrame(columns).write_csv()


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_SIGNIFICANT}g}")


def heading(words: str, anchor: str, level: int = 2) -> Block:
    """Make a heading that links can point to."""
    return Block(f'<h{level} id="{anchor}">{escape(words)}</h{level}>')


def paragraph(words: str, kind: str = "") -> Block:
    """Make a paragraph of plain words."""
    style = f' class="{kind}"' if kind else ""
    return Block(f"<p{style}>{escape(words)}</p>")


def bullets(sentences: Sequence[str]) -> Block:
    """Make a list of sentences."""
    return Block("<ul>" + "".join(f"<li>{escape(each)}</li>" for each in sentences) + "</ul>")


def definition_list(pairs: Sequence[tuple[str, str]]) -> Block:
    """Make a list of terms and what they mean."""
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{escape(words)}</dd>" for term, words in pairs)
    return Block(f"<dl>{rows}</dl>")
