"""``simlib check``: what one household is entitled to, and what is missing for the rest."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simlib.benefits.car_words import explain_car
from simlib.benefits.catalogue import Catalogue, load_catalogue
from simlib.benefits.explain import Condition, Explanation, explain
from simlib.benefits.fact_names import known_facts
from simlib.benefits.family import read_family
from simlib.benefits.household_file import HouseholdCase
from simlib.benefits.words import channel_name, check_language, label, say, show
from simlib.files import Document, read_yaml
from simlib.months import format_month
from simlib.parameters import Parameters, load_parameters
from simlib.right_kinds import FOLLOWING

NEAR_GAP_SHARE = 0.25
"""A sum of money missed by at most this share of its limit counts as near."""
NEAR_GAP = {"years": 1, "months": 6}
"""An age still to be reached counts as near within this time."""


@dataclass(frozen=True)
class CheckResult:
    """Hold the answer for one household; each list holds plain rows.

    Attributes
    ----------
    title
        Place, size and month in words.
    entitled
        programme, name, amount_krw_m, paid, right, following, persons, channels, where,
        documents, processing_days, sources.
    near
        programme, name, condition, value, limit, change, sources.
    needs_checking
        programme, name, facts, reason.
    not_entitled
        programme, name, failed (list of condition, value, limit, sources).
    remarks
        text, sources: how the household's car counts.
    family
        The answers for households of the family that live apart.
    relation
        How such a household is related to the first; empty for the first.
    """

    title: str
    month: str
    lang: str
    entitled: list[dict[str, Any]]
    near: list[dict[str, Any]]
    needs_checking: list[dict[str, Any]]
    not_entitled: list[dict[str, Any]]
    remarks: list[dict[str, Any]] = field(default_factory=list)
    family: list["CheckResult"] = field(default_factory=list)
    relation: str = ""

    @property
    def total_krw_m(self) -> float:
        """Give the sum of the amounts that only need a claim, won a month.

        Jobs, places and loans that run out, and aid at an official's discretion, are left out.
        """
        sure = [row["amount_krw_m"] for row in self.entitled if row["granted"] == "right"]
        return float(sum(sure))

    def as_dict(self) -> dict[str, Any]:
        """Give the answer as plain data for JSON."""
        apart = [{"relation": each.relation, **each.as_dict()} for each in self.family]
        return {
            "title": self.title,
            "month": self.month,
            "total_krw_m": self.total_krw_m,
            "entitled": self.entitled,
            "near": self.near,
            "needs_checking": self.needs_checking,
            "not_entitled": self.not_entitled,
            "remarks": self.remarks,
            **({"family": apart} if apart else {}),
        }

    def __repr__(self) -> str:
        return f"CheckResult({self.title}: {len(self.entitled)} entitled, {len(self.near)} near)"


def check_file(path: Path | str, date: str | None = None, lang: str = "ko") -> CheckResult:
    """Check the household of a YAML file with the package's own catalogue.

    Raises
    ------
    UserError
        If the file is wrong, with its line.
    """
    check_language(lang)
    document = read_yaml(path)
    parameters = load_parameters()
    return check_household(document, parameters, load_catalogue(parameters), lang, date)


def check_household(
    document: Document,
    parameters: Parameters,
    catalogue: Catalogue,
    lang: str = "ko",
    date: str | None = None,
) -> CheckResult:
    """Check the household of a document.

    Parameters
    ----------
    document
        Household file as read.
    parameters, catalogue
        The rules to check against.
    lang
        Language of the answer, ko or en.
    date
        Month to use instead of the file's, like ``2025-03``.
    """
    check_language(lang)
    case, apart = read_family(document, parameters, date)
    result = _answer(case, parameters, catalogue, lang)
    for each in apart:
        own = _answer(each.case, parameters, catalogue, lang)
        title = ": ".join(part for part in (each.name or say(each.relation, lang), own.title))
        result.family.append(replace(own, title=title, relation=each.relation))
    return result


def _answer(
    case: HouseholdCase, parameters: Parameters, catalogue: Catalogue, lang: str
) -> CheckResult:
    explained = explain(catalogue, case.households, case.persons, case.month, parameters, lang=lang)
    month = format_month(case.month)
    size = case.persons.height
    result = CheckResult(
        say("title", lang, place=case.place, size=size, month=month), month, lang, [], [], [], []
    )
    result.remarks.extend(explain_car(case, parameters, catalogue, lang))
    for each in explained:
        _sort_in(result, each, case, catalogue, lang)
    result.entitled.sort(key=lambda row: -row["amount_krw_m"])
    return result


def _sort_in(
    result: CheckResult, each: Explanation, case: HouseholdCase, catalogue: Catalogue, lang: str
) -> None:
    missing = _not_given(each.conditions, case, catalogue, lang)
    names = {"programme": each.programme, "name": catalogue[each.programme].name[lang]}
    if each.right:
        result.entitled.append(_entitled(each, names, catalogue, lang))
        if missing:
            reason = say("assumed", lang, facts=", ".join(missing))
            result.needs_checking.append({**names, "facts": missing, "reason": reason})
        return
    failed = each.failed
    open_facts = _not_given(failed, case, catalogue, lang)
    decided = [c for c in failed if not _not_given((c,), case, catalogue, lang)]
    if open_facts and not decided:
        reason = say("unknown", lang, facts=", ".join(open_facts))
        result.needs_checking.append({**names, "facts": open_facts, "reason": reason})
    elif len(failed) == 1 and _is_near(failed[0]):
        row = _worded(failed[0], lang)
        change = _change(failed[0], catalogue, lang)
        result.near.append({**names, **row, "change": change})
    else:
        result.not_entitled.append({**names, "failed": [_worded(c, lang) for c in failed]})


def _not_given(
    conditions: tuple[Condition, ...], case: HouseholdCase, catalogue: Catalogue, lang: str
) -> list[str]:
    """List the facts that the conditions need and the file does not state."""
    names = {
        name
        for condition in conditions
        for name in condition.facts
        if name in known_facts() and known_facts()[name].kind == "supplied"
    }
    asked = sorted(name for name in names - case.supplied if not name.startswith("receiving_"))
    return [label(name, catalogue, lang) for name in asked]


def _is_near(condition: Condition) -> bool:
    if not condition.numeric:
        return False
    gap = _gap(condition)
    if condition.unit.startswith("KRW"):
        return bool(gap <= NEAR_GAP_SHARE * abs(condition.limit))
    return condition.sign in {">", ">="} and bool(gap <= NEAR_GAP.get(condition.unit, 0))


def _gap(condition: Condition) -> float:
    """Give how far the value must move for the condition to hold; one more when it is strict."""
    return float(abs(condition.value - condition.limit)) + (condition.sign in {"<", ">"})


def _worded(condition: Condition, lang: str) -> dict[str, Any]:
    """Give a condition as a row: in words, with both sides as numbers where it has them."""
    shown = None if condition.value is None else show(condition.value, condition.unit, lang)
    return {
        "condition": condition.text,
        "value": condition.value,
        "limit": condition.limit,
        "shown": shown,
        "sources": list(condition.sources),
    }


def _change(condition: Condition, catalogue: Catalogue, lang: str) -> str:
    gap = _gap(condition)
    down = condition.sign in {"<=", "<"}
    fact = label(condition.facts[0], catalogue, lang) if condition.facts else condition.text
    by = show(gap, condition.unit, lang)
    return say("less" if down else "more", lang, fact=fact, by=by)


def _entitled(
    each: Explanation, names: dict[str, str], catalogue: Catalogue, lang: str
) -> dict[str, Any]:
    programme = catalogue[each.programme]
    papers = programme.file.papers
    followed = [catalogue[other].name[lang] for other in programme.follows]
    return {
        **names,
        "amount_krw_m": round(each.amount_krw_m),
        "paid": programme.file.paid,
        "right": "following" if each.right == FOLLOWING else "own",
        "following": followed if each.right == FOLLOWING else [],
        "granted": programme.granted,
        "persons": each.persons_n,
        "channels": list(programme.channels),
        "where": [channel_name(channel, lang) for channel in programme.channels],
        "documents": (papers.ko if lang == "ko" else papers.en) if papers else [],
        "processing_days": programme.processing_days.typical,
        "sources": list(programme.sources),
    }


def print_result(result: CheckResult, *, full: bool = False) -> None:
    """Print the answer as tables on the terminal, in full with all that does not apply."""
    from simlib.benefits.check_table import tables
    from simlib.terminal import console

    shown = console()
    for table in tables(result, full=full):
        shown.print(table)
