"""The facts that a rule may name: their kind, unit, labels and where they come from."""

import csv
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import polars as pl

from simlib.errors import SimlibError
from simlib.files import package_data

Level = Literal["household", "person"]

_KINDS = {"int": pl.Int64, "number": pl.Float64, "bool": pl.Boolean}


@dataclass(frozen=True)
class Fact:
    """Describe one fact.

    ``kind`` is *given* (a column of the population), *derived* (computed here) or
    *supplied* (a column that the life course or the user adds; it has a default). A number is
    never below ``least`` or above ``most``, where these are told.
    """

    name: str
    level: Level
    kind: Literal["given", "derived", "supplied"]
    dtype: pl.DataType
    default: Any
    unit: str
    label_ko: str
    label_en: str
    least: float | None = None
    most: float | None = None

    def label(self, lang: str) -> str:
        """Give the label in Korean (``ko``) or English."""
        return self.label_ko if lang == "ko" else self.label_en


def _dtype(text: str) -> pl.DataType:
    if text.startswith("text:"):
        return pl.Enum(text.removeprefix("text:").split("|"))
    return _KINDS[text.partition(":")[0]]()


def _limits(text: str) -> tuple[float | None, float | None]:
    """Read the least and the largest value from a type like ``int:0..125`` or ``number:0..``."""
    least, _, most = text.partition(":")[2].partition("..")
    if text.startswith("text:") or not least:
        return None, None
    return float(least), float(most) if most else None


def _default(text: str, kind: str) -> Any:
    if kind != "supplied":
        return None
    return {"true": True, "false": False}.get(text) if text in {"true", "false"} else int(text)


@cache
def known_facts() -> dict[str, Fact]:
    """Read the list of facts, by name."""
    table: dict[str, Fact] = {}
    with package_data("kr", "facts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, level, kind = row["name"], row["level"], row["kind"]
            if name in table:
                raise SimlibError(f"kr/facts.csv names '{name}' twice")
            if level not in {"household", "person"} or kind not in {"given", "derived", "supplied"}:
                raise SimlibError(f"kr/facts.csv: '{name}' has an unknown level or kind")
            table[name] = Fact(
                name,
                level,  # type: ignore[arg-type]
                kind,  # type: ignore[arg-type]
                _dtype(row["type"]),
                _default(row["default"], kind),
                row["unit"],
                row["label_ko"],
                row["label_en"],
                *_limits(row["type"]),
            )
    return table


def facts_of(level: Level) -> dict[str, Fact]:
    """Give the facts of households, or of persons."""
    return {name: fact for name, fact in known_facts().items() if fact.level == level}


RENAMED = {
    "earnings_krw_m": "household_earnings_krw_m",
    "pension_krw_m": "household_pension_krw_m",
}
"""Household columns that carry another name as facts, since persons have them too."""
