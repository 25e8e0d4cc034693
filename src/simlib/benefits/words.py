"""Words of the household check in Korean and English, and numbers with their units."""

import csv
from functools import cache
from typing import Any

from simlib.benefits.catalogue import Catalogue
from simlib.benefits.expressions import Expression
from simlib.benefits.fact_names import known_facts
from simlib.benefits.grammar import Token
from simlib.errors import UserError, did_you_mean
from simlib.files import package_data

LANGUAGES = ("ko", "en")
SIGNS = {"<=": "≤", ">=": "≥", "<>": "≠", "!=": "≠"}
"""Comparisons as they are printed."""
DEFINED_UNITS = {"_krw_m": "KRW/month", "_krw_y": "KRW/year", "_krw": "KRW"}
"""Units of definitions by the ending of their name."""


@cache
def _table(name: str) -> dict[str, dict[str, str]]:
    with package_data("kr", name).open(encoding="utf-8", newline="") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


def check_language(lang: str) -> str:
    """Refuse a language other than ko and en."""
    if lang not in LANGUAGES:
        raise UserError(
            f"'{lang}' is not a language of simlib", "lang", mend=did_you_mean(lang, LANGUAGES)
        )
    return lang


def say(key: str, lang: str, **slots: Any) -> str:
    """Give a phrase of the check with its slots filled."""
    return _table("check.csv")[key][lang].format(**slots)


def channel_name(channel: str, lang: str) -> str:
    """Name a channel of application; an unknown one stands for itself."""
    row = _table("channels.csv").get(channel)
    return row[f"name_{lang}"] if row else channel


def ministry_name(ministry: str, lang: str) -> str:
    """Name who is in charge, parts joined by ``/``; an unknown one stands for itself."""
    table = _table("ministries.csv")
    return " · ".join(table[k][lang] if k in table else k for k in ministry.split("/"))


def value_name(value: str, lang: str) -> str:
    """Name a value of a text fact (``severe``, ``own``); an unknown one stands for itself."""
    row = _table("fact_values.csv").get(value)
    return row[lang] if row else value


def label(name: str, catalogue: Catalogue, lang: str) -> str:
    """Name a fact, a definition, or the entitlement to a programme."""
    fact = known_facts().get(name)
    if fact:
        return fact.label(lang)
    if name in catalogue.definitions:
        return catalogue.definitions[name].label[lang]
    for prefix in ("entitled_", "amount_"):
        other = name.removeprefix(prefix)
        if other != name and other in catalogue.ids:
            return catalogue[other].name[lang]
    return name


def unit_of(expression: Expression, catalogue: Catalogue) -> str:
    """Give the unit of the first fact of an expression that has one, else nothing."""
    for name in expression.names:
        fact = known_facts().get(name)
        if fact and fact.unit:
            return fact.unit
        if name in catalogue.definitions:
            for ending, unit in DEFINED_UNITS.items():
                if name.endswith(ending):
                    return unit
    return ""


def show(value: Any, unit: str, lang: str) -> str:
    """Write a value with thousands separators and its unit."""
    if isinstance(value, bool):
        return say("yes" if value else "no", lang)
    if not isinstance(value, int | float):
        return value_name(str(value), lang)
    number = f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:g}"
    if unit.startswith("KRW"):
        return f"{number}{'' if lang == 'ko' else ' '}{say('won', lang)}"
    if unit in {"years", "months", "persons"}:
        return f"{number}{'' if lang == 'ko' else ' '}{say(unit, lang)}"
    return number


def render(expression: Expression, catalogue: Catalogue, values: dict[str, str], lang: str) -> str:
    """Write a condition in words: facts by their labels, parameters by their values."""
    return " ".join(_word(token, catalogue, values, lang) for token in expression.tokens)


def _word(token: Token, catalogue: Catalogue, values: dict[str, str], lang: str) -> str:
    if token.kind == "name":
        given = values.get(token.text)
        if given in {"TRUE", "FALSE"}:
            return say(f"rule_{given.lower()}", lang)
        if given is not None and "__" not in given:
            return f"{float(given):,g}" if given.replace(".", "", 1).isdigit() else given
        return label(token.text, catalogue, lang)
    if token.kind == "sign":
        return SIGNS.get(token.text, token.text)
    if token.kind == "word" and token.text.lower() in {"and", "or", "not", "in", "between"}:
        return say(token.text.lower(), lang)
    return value_name(token.text.strip("'"), lang) if token.kind == "text" else token.text
