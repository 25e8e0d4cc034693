"""The condition codes of the open data on public services, as rules over a population.

Each code is one bit of a word of 32 bits: persons have a word (sex and personal conditions),
households another (income band and household conditions). The bit :data:`ANYONE` is set in
every word, so that a service without a condition is met by everyone.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from simlib.errors import SimlibError
from simlib.files import package_data

ANYONE = 1 << 31
"""The bit that every person and household has."""

Kind = Literal[
    "sex",
    "age_min",
    "age_max",
    "income",
    "person",
    "person_any",
    "household",
    "household_any",
    "business",
]
MASKS: tuple[Kind, ...] = ("sex", "person", "income", "household")
"""Groups of conditions; the codes of a group are alternatives, the groups hold together."""
AGE_MAX = 127


@dataclass(frozen=True)
class Condition:
    """Hold one condition code.

    Parameters
    ----------
    code
        Code of the open data, like ``JA0328``.
    kind
        Group of the code.
    meaning
        Korean and English meaning.
    decided
        exact, proxy (the population stands in for it) or no (it cannot decide it).
    expression
        SQL over the facts of :mod:`simlib.benefits.services.population_words`; empty when not
        decided or when the code has a value (ages).
    note
        What the proxy leaves out.
    """

    code: str
    kind: Kind
    meaning: dict[str, str]
    decided: Literal["exact", "proxy", "no"]
    expression: str
    note: str


@cache
def conditions() -> dict[str, Condition]:
    """Read the condition codes, by code."""
    table: dict[str, Condition] = {}
    with package_data("kr", "gov24_conditions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            meaning = {"ko": row["meaning_ko"], "en": row["meaning_en"]}
            table[row["code"]] = Condition(
                row["code"],
                row["kind"],  # type: ignore[arg-type]
                meaning,
                row["decided"],  # type: ignore[arg-type]
                row["expression"],
                row["note"],
            )
    return table


@cache
def of_kind(*kinds: str) -> tuple[Condition, ...]:
    """List the codes of some groups, in the order of the file."""
    return tuple(each for each in conditions().values() if each.kind in kinds)


@cache
def bits() -> dict[str, int]:
    """Give the bit of each code that a word holds, ``1 << n``, by code.

    Raises
    ------
    SimlibError
        If more codes are listed than a word has bits.
    """
    table: dict[str, int] = {}
    for kinds in (("sex", "person"), ("income", "household")):
        for number, each in enumerate(of_kind(*kinds)):
            if 1 << number >= ANYONE:
                raise SimlibError("kr/gov24_conditions.csv lists more codes than a word has bits")
            table[each.code] = 1 << number
    return table


def mask(codes: Iterable[str]) -> int:
    """Put codes of one group together as a mask of alternatives; no code gives 0."""
    together = 0
    for code in codes:
        together |= bits()[code]
    return together


def codes_in(value: int, kind: Kind) -> list[str]:
    """List the codes of a group that a mask holds."""
    return [each.code for each in of_kind(kind) if bits()[each.code] & value]
