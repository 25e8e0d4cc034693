"""Whole sentences in Korean and English from one message catalogue."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from simlib.errors import SimlibError, did_you_mean
from simlib.files import package_data
from simlib.months import format_month, month_of_year, year_of
from simlib.reporting.numbers import LANGUAGES, Lang, Shown, Unit, show

_SLOT = re.compile(r"\{(?P<name>\w+)(?:\|(?P<particle>[^}#]+))?(?:#(?P<forms>[^}]+))?\}")
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3
_RIEUL = 8  # index of the final sound ㄹ
_DIGIT_FINALS = {"0": 21, "1": 8, "2": 0, "3": 16, "4": 0, "5": 0, "6": 1, "7": 8, "8": 8, "9": 0}
_LETTER_FINALS = {"l": 8, "m": 16, "n": 4, "r": 8}
_PARTICLES = {
    "은/는": ("은", "는"),
    "이/가": ("이", "가"),
    "을/를": ("을", "를"),
    "과/와": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)다": ("이다", "다"),
}


@cache
def catalogue() -> dict[str, dict[Lang, str]]:
    """Read the message catalogue: message id -> language -> sentence with named slots."""
    table: dict[str, dict[Lang, str]] = {}
    with package_data("reporting", "messages.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["id"] in table:
                raise SimlibError(f"reporting/messages.csv gives '{row['id']}' twice")
            table[row["id"]] = {"ko": row["ko"], "en": row["en"]}
    return table


def slots(sentence: str) -> set[str]:
    """List the names of the slots in a sentence."""
    return {match["name"] for match in _SLOT.finditer(sentence)}


def final_sound(word: str) -> int:
    """Give the final consonant of a word as read aloud: 0 none, 8 ㄹ, other closed.

    Text in brackets at the end is skipped, as Korean attaches the particle to the word
    before it. Digits are read as numbers, ``%`` as 퍼센트 and ``%p`` as 퍼센트포인트.
    """
    bare = re.sub(r"(\s*[\(\[][^\)\]]*[\)\]])+$", "", word).rstrip(" '\"’”」』.")
    if not bare or bare.endswith(("%", "%p", "pp")):
        return 0
    last = bare[-1]
    if _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        return (ord(last) - _HANGUL_FIRST) % 28
    return _DIGIT_FINALS.get(last, _LETTER_FINALS.get(last.lower(), 0))


def particle(word: str, kind: str) -> str:
    """Choose the form of a particle such as ``은/는`` or ``(으)로`` that follows a word."""
    if kind not in _PARTICLES:
        raise SimlibError(f"unknown particle '{kind}': {did_you_mean(kind, _PARTICLES)}")
    closed, opened = _PARTICLES[kind]
    final = final_sound(word)
    if kind == "(으)로":
        return opened if final in (0, _RIEUL) else closed
    return closed if final else opened


@dataclass(frozen=True)
class Text:
    """Speak one language: sentences, names and numbers.

    Sentences stand in ``reporting/messages.csv``. A slot is ``{name}``; Korean slots may
    carry a particle, ``{name|은/는}``; English ones a choice by number,
    ``{name#household|households}``.
    """

    lang: Lang

    def __post_init__(self) -> None:
        if self.lang not in LANGUAGES:
            raise SimlibError(
                f"unknown language '{self.lang}': {did_you_mean(self.lang, LANGUAGES)}"
            )

    def __call__(self, message: str, /, **values: Any) -> str:
        """Write a sentence with its slots filled.

        Raises
        ------
        SimlibError
            If the message is unknown or a slot has no value.
        """
        table = catalogue()
        if message not in table:
            raise SimlibError(f"unknown message '{message}': {did_you_mean(message, table)}")

        def fill(match: re.Match[str]) -> str:
            name = match["name"]
            if name not in values:
                raise SimlibError(f"message '{message}' needs a value for '{name}'")
            value = values[name]
            if match["forms"]:
                one, many = match["forms"].split("|")
                return one if _number(value) == 1 else many
            shown = str(value)
            return shown + particle(shown, match["particle"]) if match["particle"] else shown

        return _SLOT.sub(fill, table[message][self.lang])

    def knows(self, message: str) -> bool:
        """Tell whether the catalogue has a message."""
        return message in catalogue()

    def number(
        self, value: float, unit: Unit, error: float | None = None, *, signed: bool = False
    ) -> Shown:
        """Write a number with its unit, rounded by its Monte Carlo error."""
        return show(value, unit, self.lang, error=error, signed=signed)

    def month(self, month: int) -> str:
        """Write a month: 2024년 1월, or January 2024 as 2024-01."""
        if self.lang == "ko":
            return f"{year_of(month)}년 {month_of_year(month)}월"
        return format_month(month)

    def pick(self, words: dict[str, str]) -> str:
        """Choose this language's entry of a ``{ko: ..., en: ...}`` mapping."""
        return words[self.lang]

    def join(self, words: list[str]) -> str:
        """Join words as a list within a sentence."""
        if self.lang == "ko" or len(words) < 2:
            return ", ".join(words)
        return ", ".join(words[:-1]) + " and " + words[-1]


def _number(value: Any) -> float | None:
    if isinstance(value, Shown):
        return value.value
    return float(value) if isinstance(value, int | float) else None
