"""What the commands on services print, in Korean or English."""

import csv
from functools import cache

import polars as pl

from simlib.benefits.services.catalogue import Services, describe
from simlib.benefits.services.gov24 import Import
from simlib.benefits.services.possible import OLDEST
from simlib.benefits.services.search import Found, Hit
from simlib.benefits.services.sql import rule_sql
from simlib.benefits.services.topics import Topic, events, needs
from simlib.benefits.words import ministry_name
from simlib.errors import UserError, did_you_mean
from simlib.files import package_data


@cache
def _phrases() -> dict[str, dict[str, str]]:
    with package_data("kr", "search.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def phrase(key: str, lang: str, **slots: object) -> str:
    """Give a phrase of the search with its slots filled."""
    return _phrases()[key][lang].format(**slots)


def found_text(found: Found, lang: str, limit: int) -> str:
    """Write the answer of a search, one hit a paragraph, or what to try instead."""
    lines = []
    if found.searched:
        lines.append(phrase("shortened", lang, word=" ".join(found.searched)))
    if not found.all_words:
        lines.append(phrase("any_word", lang))
    if not found.hits:
        return "\n".join([*lines, *_nothing(found, lang)])
    shown = found.hits[:limit]
    lines.append(phrase("found_n", lang, n=f"{len(found.hits):,}", shown=len(shown)))
    for number, hit in enumerate(shown, start=1):
        lines += _hit_lines(number, hit, found.searched or found.query.words, lang)
    return "\n".join(lines)


def _nothing(found: Found, lang: str) -> list[str]:
    text = found.query.text
    lines = [phrase("nothing" if text else "nothing_filters", lang, query=text)]
    if found.nearest:
        lines.append(phrase("nearest", lang, words=", ".join(found.nearest)))
    themes = ", ".join(f"{topic.name[lang]} ({topic.id})" for topic in needs().values())
    lines.append(phrase("themes", lang, words=themes))
    return lines


def _hit_lines(number: int, hit: Hit, words: tuple[str, ...], lang: str) -> list[str]:
    entry = hit.entry
    marks = f" [{phrase('needs_checking', lang)}]" if entry.needs_checking else ""
    fields = ", ".join(_field(name, hit, words, lang) for name in hit.found_in)
    lines = [f"{number:2d}. {entry.name[lang]} ({entry.id}){marks}"]
    details = [
        phrase("agency", lang, agency=ministry_name(entry.agency, lang)),
        *entry.conditions(lang),
    ]
    if entry.row is None and entry.by_age:
        details.append(_ages(hit, lang))
    lines.append("    " + " · ".join(details))
    if fields:
        lines.append("    " + phrase("found_in", lang, fields=fields))
    return lines


def _field(name: str, hit: Hit, words: tuple[str, ...], lang: str) -> str:
    """Name a field a hit was found in, with the needs or events it stands for."""
    label = phrase(name, lang)
    if name == "need":
        return f"{label} ({_names(hit.entry.needs, needs(), words, lang)})"
    if name == "event":
        return f"{label} ({_names(hit.entry.events, events(), words, lang)})"
    return label


def _names(
    keys: tuple[str, ...], known: dict[str, Topic], words: tuple[str, ...], lang: str
) -> str:
    """Name the topics that have one of the words; all of them when the words are elsewhere."""
    meant = [key for key in keys if key in known and _has(known[key], words)]
    return ", ".join(known[key].name[lang] if key in known else key for key in meant or keys)


def _has(topic: Topic, words: tuple[str, ...]) -> bool:
    return any(word in each.lower() for word in words for each in topic.all_words)


def _ages(hit: Hit, lang: str) -> str:
    """Write the stretch of ages at which a programme is possible."""
    possible = hit.entry.ages.nonzero()[0]
    low, high = int(possible[0]), int(possible[-1])
    label = phrase("age", lang)
    return f"{label} {low}-{'' if high == OLDEST else high}"


def import_text(made: Import) -> str:
    """Write the report of an import: what came in, what did not, and why."""
    lines = [repr(made.services)]
    for group, part in made.report.group_by("group", maintain_order=True):
        lines.append(f"{group[0]}:")
        for row in part.select(pl.exclude("group")).iter_rows(named=True):
            why = f"  ({row['why']})" if row["why"] else ""
            lines.append(f"  {row['services_n']:>8,}  {row['item']}{why}")
    return "\n".join(lines)


def service_text(services: Services, service_id: str, lang: str) -> str:
    """Write one service in full: whose it is, whom it meets as words and as SQL, what it gives.

    Raises
    ------
    UserError
        If there is no such service, with the nearest id.
    """
    rows = services.frame.filter(pl.col("service_id") == service_id)
    if rows.is_empty():
        known = services.frame["service_id"]
        raise UserError(
            f"there is no service '{service_id}'", "", mend=did_you_mean(service_id, known)
        )
    row = rows.row(0, named=True)
    name = row["name_en"] if lang == "en" and row["name_en"] else row["name_ko"]
    amount = "" if row["amount_krw_m"] is None else f"{row['amount_krw_m']:,.0f} KRW/month"
    lines = {
        "agency": row["agency"],
        "level": " ".join(str(row[key]) for key in ("level", "region", "municipality") if row[key]),
        "unit": row["unit"],
        "conditions": "; ".join(describe(row, lang)),
        "rule": rule_sql(row),
        "decided": row["decided"] + (f" ({row['to_check']})" if row["to_check"] else ""),
        "amount": amount,
        **{key: row[key] for key in ("needs", "events", "channels", "documents", "deadline")},
        **{key: row[key] for key in ("purpose", "target", "evidence")},
    }
    shown = [f"  {key}: {value}" for key, value in lines.items() if value]
    return "\n".join([f"{name} ({service_id})", *shown])
