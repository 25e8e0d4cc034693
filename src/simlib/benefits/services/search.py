"""``simlib programmes search``: find benefits by word, life event, age, need and place."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from simlib.benefits.places import find_municipality
from simlib.benefits.services.catalogue import Services
from simlib.benefits.services.entries import (
    Entry,
    is_korean,
    pattern_of,
    programme_entries,
    service_entries,
)
from simlib.benefits.services.possible import OLDEST
from simlib.benefits.services.topics import Topic, events, needs
from simlib.errors import UserError, did_you_mean
from simlib.parameters import Parameters

WEIGHTS = {
    "id": 8.0,
    "name": 10.0,
    "word": 7.0,
    "need": 5.0,
    "event": 5.0,
    "where": 3.0,
    "documents": 2.0,
    "note": 2.0,
}
"""How much a word found in a field counts; the best field in full, each further one by half."""
PROGRAMME_BONUS = 1.0
"""A programme with a full rule stands before a service of the same score."""
FIRST_AGE_BONUS, FIT_BONUS = 4.0, 2.0
"""Points of a rule that begins at the age asked for; of one that names ages, or whose first need
or event is the one asked for (later events get less)."""
_SHORTEST = 2
_ENDINGS = ("s", "es", "ing")
_NAMING = ("name", "word", "need", "event")
_BETWEEN_WORDS = re.compile(r"[\s()·,/]+")


@dataclass(frozen=True)
class Query:
    """Hold what is searched for; each part narrows the answer.

    Parameters
    ----------
    text
        Words, Korean or English.
    age
        Completed years of a person.
    event, need
        A life event and a need, by key or by any of their words.
    municipality
        Where the person lives.
    """

    text: str = ""
    age: int | None = None
    event: str = ""
    need: str = ""
    municipality: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Give the words in lower case."""
        return tuple(self.text.lower().split())


@dataclass(frozen=True)
class Hit:
    """Hold an entry that was found, its score and the fields it was found in."""

    entry: Entry
    score: float
    found_in: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """Hold the answer of a search.

    Parameters
    ----------
    query
        What was asked, with event and need as their keys.
    hits
        Best first.
    searched
        The words that were searched for, when they differ from the query's.
    all_words
        Whether every hit has every word.
    nearest
        Words like those asked for, when nothing was found.
    """

    query: Query
    hits: list[Hit]
    searched: tuple[str, ...] = ()
    all_words: bool = True
    nearest: list[str] = field(default_factory=list)

    def as_dict(self, lang: str = "ko", limit: int | None = None) -> dict[str, Any]:
        """Give the answer as plain data for JSON."""
        return {
            "query": {key: value for key, value in vars(self.query).items() if value},
            "found": len(self.hits),
            "hits": [_hit_dict(hit, lang) for hit in self.hits[:limit]],
            "nearest": self.nearest,
        }


def _hit_dict(hit: Hit, lang: str) -> dict[str, Any]:
    entry = hit.entry
    return {
        "id": entry.id,
        "kind": entry.kind,
        "name": entry.name[lang],
        "agency": entry.agency,
        "score": round(hit.score, 2),
        "found_in": list(hit.found_in),
        "needs": list(entry.needs),
        "events": list(entry.events),
        "conditions": entry.conditions(lang),
        "needs_checking": entry.needs_checking,
    }


def search(
    query: Query, services: Services | None = None, parameters: Parameters | None = None
) -> Found:
    """Search the programmes and, when given, services.

    Parameters
    ----------
    query
        What to search for; at least one part of it.
    services
        Imported or generated services to search too.
    parameters
        Dated parameters; the package's own by default.

    Returns
    -------
    Found
        Ranked hits with the fields they were found in, or the nearest words.

    Raises
    ------
    UserError
        If nothing is asked for, or the event, need, age or municipality is not known.
    """
    query, place = _resolved(query)
    entries = programme_entries(parameters, place)
    of_services = [] if services is None else service_entries(services, place, query.words)
    chosen = [each for each in entries + of_services if _fits(each, query)]
    words, every = query.words, True
    hits = _ranked(chosen, words, query, all_words=True)
    if not hits and words:
        entries += [] if services is None else service_entries(services, place)
        chosen = [each for each in entries if _fits(each, query)]
        words = tuple(_shortened(word, chosen) for word in words)
        hits = _ranked(chosen, words, query, all_words=True)
    if not hits and len(words) > 1:
        hits = _ranked(chosen, words, query, all_words=False)
        every = not hits
    searched = words if words != query.words else ()
    return Found(query, hits, searched, every, [] if hits else _nearest(query.words, entries))


def _resolved(query: Query) -> tuple[Query, dict[str, str] | None]:
    if not any(vars(query).values()) and query.age is None:
        raise UserError(
            "nothing to search for",
            "programmes search",
            "",
            "give a word, or one of --age, --event, --need, --municipality",
        )
    if query.age is not None and not 0 <= query.age <= OLDEST:
        raise UserError(f"an age of {query.age} is not possible", "--age", mend="0 to 110")
    place = find_municipality(query.municipality, "--municipality") if query.municipality else None
    event = _topic(query.event, events(), "--event", "life event") if query.event else ""
    need = _topic(query.need, needs(), "--need", "need") if query.need else ""
    return replace(query, event=event, need=need), place


def _topic(text: str, known: dict[str, Topic], where: str, what: str) -> str:
    wanted = text.strip().lower()
    for topic in known.values():
        names = (topic.id, topic.name["ko"], topic.name["en"])
        if wanted in (each.lower() for each in (*names, topic.id.replace("_", " "))):
            return topic.id
    for topic in known.values():
        if wanted in (word.lower() for word in topic.all_words):
            return topic.id
    keys = [key for topic in known.values() for key in (topic.id, topic.name["ko"])]
    raise UserError(f"'{text}' is not a known {what}", where, mend=did_you_mean(text, keys))


def _fits(entry: Entry, query: Query) -> bool:
    if query.age is not None and not entry.ages[query.age]:
        return False
    if query.event and query.event not in entry.events:
        return False
    return not query.need or query.need in entry.needs


def _ranked(
    entries: Iterable[Entry], words: Sequence[str], query: Query, all_words: bool
) -> list[Hit]:
    hits = []
    patterns = [re.compile(pattern_of(word)) for word in words]
    for entry in entries:
        scores = [_score(entry, pattern) for pattern in patterns]
        met = [each for each in scores if each[0] > 0]
        if words and (not met or (all_words and len(met) < len(words))):
            continue
        points = sum(score for score, _ in met)
        fields = [name for _, names in met for name in names]
        more, further = _filter_points(entry, query)
        points += more + (PROGRAMME_BONUS if entry.kind == "programme" else 0.0)
        hits.append(Hit(entry, points, tuple(dict.fromkeys([*fields, *further]))))
    return sorted(
        hits, key=lambda hit: (-hit.score, hit.entry.kind, -hit.entry.reach, hit.entry.id)
    )


def _score(entry: Entry, pattern: re.Pattern[str]) -> tuple[float, list[str]]:
    found = [name for name, text in entry.texts.items() if _matches(pattern, text)]
    if not found:
        return 0.0, []
    points = sorted((WEIGHTS[name] for name in found), reverse=True)
    ordered = sorted(found, key=lambda name: -WEIGHTS[name])
    return points[0] + 0.5 * sum(points[1:]), ordered


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None


def _filter_points(entry: Entry, query: Query) -> tuple[float, list[str]]:
    points, fields = 0.0, []
    if query.age is not None and entry.by_age:
        begins = query.age > 0 and not entry.ages[query.age - 1]
        points += FIRST_AGE_BONUS if begins else FIT_BONUS
        fields.append("age")
    if query.event:
        points += FIT_BONUS / (1 + entry.events.index(query.event))
        fields.append("event")
    if query.need:
        points += FIT_BONUS if entry.needs[0] == query.need else 0.0
        fields.append("need")
    return points, fields


def _shortened(word: str, entries: Sequence[Entry]) -> str:
    """Drop the end of a word until some entry has it: a particle, an English plural or -ing."""
    if is_korean(word):
        stems = [word[:length] for length in range(len(word), _SHORTEST - 1, -1)]
    else:
        ends = [end for end in ("", *_ENDINGS) if word.endswith(end)]
        stems = [word[: len(word) - len(end)] for end in ends]
    for stem in stems:
        pattern = re.compile(pattern_of(stem))
        if len(stem) >= _SHORTEST and any(
            _matches(pattern, text) for entry in entries for text in entry.texts.values()
        ):
            return stem
    return word


def _nearest(words: Sequence[str], entries: Sequence[Entry]) -> list[str]:
    """Find words of the catalogue like those asked for, letter by letter of the syllables.

    Words that begin with the same letter are compared, so that a large catalogue is quick.
    """
    vocabulary: dict[str, dict[str, str]] = {}
    texts = {entry.texts.get(name, "") for entry in entries for name in _NAMING}
    for word in {each for text in texts for each in _BETWEEN_WORDS.split(text)}:
        if len(word) >= _SHORTEST:
            plain = unicodedata.normalize("NFD", word)
            vocabulary.setdefault(plain[0], {})[plain] = word
    found: list[str] = []
    for word in words:
        plain = unicodedata.normalize("NFD", word)
        known = vocabulary.get(plain[:1], {})
        found += [known[each] for each in get_close_matches(plain, sorted(known), 4, 0.6)]
    return list(dict.fromkeys(found))
