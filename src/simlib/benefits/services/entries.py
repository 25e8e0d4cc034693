"""What can be searched: one entry a programme or service, with its texts by field."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.programme import Programme
from simlib.benefits.services.catalogue import Services, describe
from simlib.benefits.services.possible import OLDEST, Ages, possible_ages
from simlib.benefits.services.topics import events, needs, programme_words
from simlib.benefits.words import channel_name, ministry_name
from simlib.parameters import Parameters, load_parameters

_LANGUAGES = ("ko", "en")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_TEXTS = (
    "service_id", "name_ko", "name_en", "agency", "field", "documents", "purpose", "target",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Hold one programme or service as the search sees it.

    Parameters
    ----------
    id, kind
        Key, and ``programme`` or ``service``.
    name
        Korean and English name.
    texts
        Lower-case text by field (name, word, need, event, where, documents, note, id).
    needs, events
        Keys of its needs and life events.
    ages
        Ages at which it is possible, ``(OLDEST + 1,)``.
    by_age
        Whether its rule names an age.
    agency
        Whose it is.
    reach
        Published number of recipients, which decides between equal scores; 0 when unknown.
    row
        A service's row of the table; None for a programme.
    """

    id: str
    kind: str
    name: dict[str, str]
    texts: dict[str, str]
    needs: tuple[str, ...]
    events: tuple[str, ...]
    ages: Ages
    by_age: bool
    agency: str
    reach: int = 0
    row: dict[str, Any] | None = None

    def conditions(self, lang: str) -> list[str]:
        """Put a service's conditions into words; nothing for a programme."""
        return describe(self.row, lang) if self.row else []

    @property
    def needs_checking(self) -> bool:
        """Tell whether the codes of a service leave something open."""
        return self.row is not None and self.row["decided"] != "yes"


def programme_entries(
    parameters: Parameters | None = None, place: dict[str, str] | None = None
) -> list[Entry]:
    """Make the entries of the catalogue's programmes; with a place, only of those possible there.

    Parameters
    ----------
    parameters
        Dated parameters; the package's own by default.
    place
        A municipality's row.
    """
    parameters = parameters or load_parameters()
    catalogue = load_catalogue(parameters)
    made = [_programme(each, catalogue, parameters, place) for each in catalogue.programmes]
    return [entry for entry in made if entry.ages.any()]


def _programme(
    programme: Programme, catalogue: Catalogue, parameters: Parameters, place: dict[str, str] | None
) -> Entry:
    file = programme.file
    words = programme_words().get(programme.id)
    own_needs = words.needs if words else ()
    further = [*words.words["ko"], *words.words["en"]] if words else []
    papers = [*file.papers.ko, *file.papers.en] if file.papers else []
    where = [file.ministry]
    for lang in _LANGUAGES:
        where += [
            ministry_name(file.ministry, lang),
            *(channel_name(c, lang) for c in file.channels),
        ]
    ages = possible_ages(programme, catalogue, parameters, place)
    texts = {
        "name": f"{file.name.ko} {file.name.en}",
        "word": " ".join(further),
        **_topic_texts(own_needs, programme.triggers),
        "documents": " ".join(papers),
        "where": " ".join(where),
        "note": f"{file.note} {file.category.replace('_', ' ')}",
        "id": programme.id,
    }
    return Entry(
        programme.id,
        "programme",
        {"ko": file.name.ko, "en": file.name.en},
        {name: text.lower() for name, text in texts.items()},
        own_needs,
        programme.triggers,
        ages,
        not bool(ages.all()),
        file.ministry,
        file.caseload.value if file.caseload else 0,
    )


def _topic_texts(own_needs: tuple[str, ...], own_events: tuple[str, ...]) -> dict[str, str]:
    return {
        "need": " ".join(_words_of("need", key) for key in own_needs),
        "event": " ".join(_words_of("event", key) for key in own_events),
    }


@cache
def _words_of(kind: str, key: str) -> str:
    known = needs() if kind == "need" else events()
    return " ".join(known[key].all_words) if key in known else key.replace("_", " ")


def service_entries(
    services: Services, place: dict[str, str] | None = None, words: tuple[str, ...] = ()
) -> list[Entry]:
    """Make the entries of services.

    Parameters
    ----------
    services
        The services.
    place
        A municipality's row: only services that its residents may receive.
    words
        Lower-case words: only services that have one of them somewhere.
    """
    frame = services.frame
    if place is not None:
        own_region = pl.col("region").str.split("|").list.contains(place["region"])
        frame = frame.filter(
            (pl.col("level") == "national")
            | ((pl.col("level") == "region") & own_region)
            | (pl.col("municipality") == int(place["code"]))
        )
    if words:
        frame = frame.filter(pl.any_horizontal(_has(word) for word in words))
    return [_service(row) for row in frame.iter_rows(named=True)]


def is_korean(word: str) -> bool:
    """Tell whether a word has Korean syllables."""
    return _HANGUL.search(word) is not None


def pattern_of(word: str) -> str:
    """Give a pattern that matches a Korean word anywhere, another where a word begins."""
    text = re.escape(word)
    return text if is_korean(word) else rf"(?:^|[^a-z0-9]){text}"


def _has(word: str) -> pl.Expr:
    """Tell which rows of services have a word in their texts, or in a need's or event's."""
    pattern = pattern_of(word)
    found = [pl.col(name).str.to_lowercase().str.contains(pattern) for name in _TEXTS]
    for kind, column in (("need", "needs"), ("event", "events")):
        known = needs() if kind == "need" else events()
        keys = [key for key in known if re.search(pattern, _words_of(kind, key).lower())]
        if keys:
            found.append(pl.col(column).str.contains(rf"(?:^|\|)(?:{'|'.join(keys)})(?:\||$)"))
    return pl.any_horizontal(found)


def _service(row: dict[str, Any]) -> Entry:
    own_needs = tuple(each for each in row["needs"].split("|") if each)
    own_events = tuple(each for each in row["events"].split("|") if each)
    low, high = int(row["age_min"]), int(row["age_max"])
    ages = _between(low, high)
    texts = {
        "name": f"{row['name_ko']} {row['name_en']}",
        **_topic_texts(own_needs, own_events),
        "documents": row["documents"],
        "where": f"{row['agency']} {row['field']}",
        "note": f"{row['purpose']} {row['target']}",
        "id": row["service_id"],
    }
    return Entry(
        row["service_id"],
        "service",
        {"ko": row["name_ko"], "en": row["name_en"] or row["name_ko"]},
        {name: text.lower() for name, text in texts.items()},
        own_needs,
        own_events,
        ages,
        not bool(ages.all()),
        row["agency"],
        row=row,
    )


@cache
def _between(low: int, high: int) -> Ages:
    years = np.arange(OLDEST + 1)
    return (years >= low) & (years <= high)
