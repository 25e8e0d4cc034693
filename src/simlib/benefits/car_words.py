"""How the household's car counts in basic livelihood, in words."""

from typing import Any

from simlib.benefits.cars import COUNTED_FOR, CarCounted, count_car
from simlib.benefits.catalogue import Catalogue
from simlib.benefits.facts import household_facts
from simlib.benefits.household_entry import CAR
from simlib.benefits.household_file import HouseholdCase
from simlib.benefits.words import label, say, show
from simlib.parameters import Parameters


def explain_car(
    case: HouseholdCase, parameters: Parameters, catalogue: Catalogue, lang: str
) -> list[dict[str, Any]]:
    """Say how the household's car counts, by which rule, and what was taken for granted.

    Parameters
    ----------
    case
        The household as its file tells it.
    parameters, catalogue
        The rules.
    lang
        Language of the words, ko or en.

    Returns
    -------
    list
        A row of ``text`` and ``sources``; none without a car.
    """
    if not case.households["vehicle_krw"][0]:
        return []
    made = household_facts(case.households, case.persons, case.month, parameters)
    row = made.households.row(0, named=True)
    words = [_said("car", row, lang)]
    words += [_said(f"{name}_untold", row, lang) for name in CAR if name not in case.supplied]
    rules: dict[tuple[str, float, float], list[str]] = {}
    for test, programmes in COUNTED_FOR.items():
        how = _how(count_car(row, row, test, parameters, case.month))
        cc, krw = (_limit(f"{test}_below_{unit}", case, parameters) for unit in ("cc", "krw"))
        named = [label(f"entitled_{each}", catalogue, lang) for each in programmes]
        rules.setdefault((how, cc, krw), []).extend(named)
    years = _limit("years_min", case, parameters)
    for (how, cc, krw), names in rules.items():
        listed = ", ".join(names)
        limits = {"cc": f"{cc:,.0f}", "krw": show(krw, "KRW", lang), "years": f"{years:g}"}
        words.append(say(how, lang, names=listed, rule=say("car_rule", lang, **limits)))
    return [{"text": " ".join(words), "sources": _sources(case, parameters)}]


def _said(key: str, row: dict[str, Any], lang: str) -> str:
    value = show(row["vehicle_krw"], "KRW", lang)
    return say(key, lang, value=value, years=row["vehicle_years"], cc=f"{row['vehicle_cc']:,}")


def _how(car: CarCounted) -> str:
    if car.full > 0:
        return "car_full"
    return "car_general" if car.general > 0 else "car_free"


def _limit(name: str, case: HouseholdCase, parameters: Parameters) -> float:
    return parameters.number(f"national.vehicle.{name}", case.month)


def _sources(case: HouseholdCase, parameters: Parameters) -> list[str]:
    """Name the sources of the limits, each once."""
    names = [f"{test}_below_{unit}" for test in COUNTED_FOR for unit in ("cc", "krw")]
    found: list[str] = []
    for name in ("years_min", *names):
        entry = parameters.parameter(f"national.vehicle.{name}").at(case.month)[1]
        found += [each.strip() for each in entry.source.split(";")]
    return list(dict.fromkeys(found))
