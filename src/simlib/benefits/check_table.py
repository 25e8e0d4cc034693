"""The answer of ``simlib check`` as tables for a terminal."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from simlib.benefits.check import CheckResult
from simlib.benefits.words import say, show
from simlib.terminal import Sheet


def tables(result: CheckResult, *, full: bool = False) -> list[RenderableType]:
    """Make the tables: entitled, near, needs checking, and in full also not entitled."""
    lang = result.lang
    parts: list[RenderableType] = [Text(result.title, style="bold"), _entitled(result)]
    if result.near:
        parts.append(_near(result))
    if result.needs_checking:
        table = Sheet(say("needs_checking", lang), [say("programme", lang), say("reason", lang)])
        for row in result.needs_checking:
            table.add(row["name"], row["reason"])
        parts.append(table)
    if result.not_entitled and full:
        parts.append(_not_entitled(result))
    elif result.not_entitled:
        parts.append(Text(say("others_n", lang, n=len(result.not_entitled)), style="dim"))
    parts += [Text(f"{row['text']} ({', '.join(row['sources'])})") for row in result.remarks]
    for each in result.family:
        parts += [Text(""), *tables(each, full=full)]
    if not result.relation:
        parts += _family_total(result)
        parts.append(Text(say("tax_note", lang), style="dim"))
    return parts


def _family_total(result: CheckResult) -> list[RenderableType]:
    """Add up the whole family, when somebody of it lives apart."""
    if not result.family:
        return []
    total = round(result.total_krw_m + sum(each.total_krw_m for each in result.family))
    lang = result.lang
    return [Text(f"{say('family_total', lang)}: {show(total, '', lang)}", style="bold")]


def _entitled(result: CheckResult) -> Sheet:
    lang = result.lang
    keys = ("programme", "amount", "where", "papers", "days", "sources")
    heads = [say(key, lang) for key in keys]
    table = Sheet(say("entitled", lang), heads, heads[1:2])
    for row in result.entitled:
        table.add(
            _name(row, lang),
            show(row["amount_krw_m"], "", lang),
            ", ".join(row["where"]),
            ", ".join(row["documents"]) or say("none", lang),
            say("days_n", lang, n=f"{row['processing_days']:g}"),
            ", ".join(row["sources"]),
        )
    table.add(say("total", lang), show(round(result.total_krw_m), "", lang), *[""] * 4)
    return table


def _name(row: dict[str, Any], lang: str) -> str:
    notes = [say(f"paid_{row['paid']}", lang), say(f"granted_{row['granted']}", lang)]
    if row["following"]:
        notes.append(say("following", lang, names=", ".join(row["following"])))
    shown = "; ".join(note for note in notes if note)
    return f"{row['name']} ({shown})" if shown else str(row["name"])


def _near(result: CheckResult) -> Sheet:
    lang = result.lang
    keys = ("programme", "condition", "value", "change", "sources")
    table = Sheet(say("near", lang), [say(key, lang) for key in keys])
    for row in result.near:
        sources = ", ".join(row["sources"])
        table.add(row["name"], row["condition"], row["shown"], row["change"], sources)
    return table


def _not_entitled(result: CheckResult) -> Sheet:
    lang = result.lang
    keys = ("programme", "condition", "value", "sources")
    table = Sheet(say("not_entitled", lang), [say(key, lang) for key in keys])
    for row in result.not_entitled:
        for i, failed in enumerate(row["failed"]):
            name = row["name"] if i == 0 else ""
            sources = ", ".join(failed["sources"])
            table.add(name, failed["condition"], failed["shown"] or "", sources)
    return table
