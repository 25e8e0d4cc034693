"""Needs and life events: their words, and how programmes and services come by them."""

import csv
import re
from dataclasses import dataclass
from functools import cache

from simlib.benefits.services.conditions import AGE_MAX
from simlib.files import package_data

_TURNS = re.compile(r"^turns_(\d+)$")


@dataclass(frozen=True)
class Topic:
    """Hold a need or a life event with its words.

    Parameters
    ----------
    id
        Key, like ``energy`` or ``turns_65``.
    name
        Korean and English name.
    words
        Further words, Korean and English.
    fields
        Fields of the open data that mean this need.
    codes
        Condition codes that mean this event.
    """

    id: str
    name: dict[str, str]
    words: dict[str, tuple[str, ...]]
    fields: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def all_words(self) -> tuple[str, ...]:
        """Give the key, both names and every further word."""
        return (self.id, self.name["ko"], self.name["en"], *self.words["ko"], *self.words["en"])


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(each for each in (text or "").split("|") if each)


@cache
def _table(name: str) -> dict[str, Topic]:
    with package_data("kr", name).open(encoding="utf-8", newline="") as file:
        topics = [_topic(row) for row in csv.DictReader(file)]
    return {topic.id: topic for topic in topics}


def _topic(row: dict[str, str]) -> Topic:
    return Topic(
        next(iter(row.values())),
        {"ko": row["name_ko"], "en": row["name_en"]},
        {lang: _split(row[f"words_{lang}"]) for lang in ("ko", "en")},
        _split(row.get("fields")),
        _split(row.get("codes")),
    )


def needs() -> dict[str, Topic]:
    """Read the needs (themes), by key."""
    return _table("need_words.csv")


def events() -> dict[str, Topic]:
    """Read the life events, by key."""
    return _table("life_events.csv")


@dataclass(frozen=True)
class ProgrammeWords:
    """Hold the needs a programme meets and further words people use for it."""

    needs: tuple[str, ...]
    words: dict[str, tuple[str, ...]]


@cache
def programme_words() -> dict[str, ProgrammeWords]:
    """Read needs and words of the programmes of the catalogue, by programme id."""
    with package_data("kr", "needs.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["programme"]: ProgrammeWords(
                _split(row["needs"]), {lang: _split(row[f"words_{lang}"]) for lang in ("ko", "en")}
            )
            for row in csv.DictReader(file)
        }


def _speaks_of(name: str, topic: Topic) -> bool:
    return any(len(word) > 1 and word in name for word in topic.words["ko"])


def needs_of(name: str, fields: tuple[str, ...]) -> list[str]:
    """Find the needs of a service by its field and by words in its name."""
    return [
        need.id
        for need in needs().values()
        if set(need.fields) & set(fields) or _speaks_of(name, need)
    ]


def events_of(name: str, codes: set[str], age_min: int, age_max: int) -> list[str]:
    """Find the life events after which a service is asked for, by codes, age and name.

    An event named ``turns_65`` goes with a service that begins at that age and has no end.
    """
    found = []
    for event in events().values():
        turns = _TURNS.match(event.id)
        starts = turns is not None and int(turns[1]) == age_min and age_max == AGE_MAX
        by_name = turns is None and _speaks_of(name, event)
        if starts or by_name or codes & set(event.codes):
            found.append(event.id)
    return found
