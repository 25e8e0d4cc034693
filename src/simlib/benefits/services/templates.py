"""Services generated from templates with declared assumptions, where no download is at hand."""

import csv
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.places import all_municipalities
from simlib.benefits.services.catalogue import Services, make_services, rule_columns
from simlib.benefits.services.conditions import of_kind
from simlib.benefits.services.owner import LEVELS
from simlib.benefits.services.rules import rule_of
from simlib.draws import Draws
from simlib.errors import SimlibError
from simlib.files import package_data
from simlib.parameters import Parameters

_BAR = "|"
_EVERYONE = "any"
_COPIED = ("level", "unit", "needs", "events", "channels", "evidence")
_DECISIONS = (
    "services.offered",
    "services.ages",
    "services.codes",
    "services.uncoded",
    "services.amount",
    "services.agency",
)
Luck = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """Hold values with their cumulated shares."""

    values: tuple[str, ...]
    until: tuple[float, ...]

    def at(self, u: float) -> str:
        """Give the value at a uniform number."""
        return self.values[min(int(np.searchsorted(self.until, u)), len(self.values) - 1)]


@dataclass(frozen=True)
class Template:
    """Hold one kind of service at one level.

    Parameters
    ----------
    row
        The row of ``kr/service_templates.csv``.
    ages, codes
        Age limits (``65-127``) and condition codes (joined by a plus, ``any`` for everyone)
        with their shares.
    number
        A number made of the kind's name and level, so that new kinds leave the others alone.
    """

    row: dict[str, str]
    ages: Choice
    codes: Choice
    number: int

    @property
    def level(self) -> str:
        """Give the level: national, region or municipality."""
        return self.row["level"]


@cache
def templates() -> tuple[Template, ...]:
    """Read the templates of ``kr/service_templates.csv``."""
    with package_data("kr", "service_templates.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Template(
                row,
                _choice(row["ages"]),
                _choice(row["codes"]),
                zlib.crc32(f"{row['template']}.{row['level']}".encode()),
            )
            for row in csv.DictReader(file)
        )


def _choice(text: str) -> Choice:
    pairs = [each.rsplit(":", 1) for each in text.split(_BAR)]
    until = np.cumsum([float(share) for _, share in pairs])
    if not math.isclose(until[-1], 1.0):
        raise SimlibError(f"kr/service_templates.csv: shares of '{text}' add up to {until[-1]:g}")
    return Choice(tuple(value for value, _ in pairs), tuple(float(each) for each in until))


def template_services(parameters: Parameters, seed: int = 1) -> Services:
    """Generate 305 national and about 6,000 local services.

    Which place offers which kind, with which ages, conditions and amounts, are named draws; the
    shares stand in ``kr/service_templates.csv``. The services are an assumption about how many
    there are and whom they meet, not a list of existing ones.

    Parameters
    ----------
    parameters
        Dated parameters (``services.*``).
    seed
        Seed of the draws.
    """
    draws = Draws(seed)
    rows: list[dict[str, Any]] = []
    for level in LEVELS:
        known = [each for each in templates() if each.level == level]
        places = _places(level, known)
        ids = np.array([int(place["id"]) for place in places])
        numbers = np.array([[each.number] for each in known])
        luck = {name: draws.uniform(name, ids, draw=numbers) for name in _DECISIONS}
        for i, template in enumerate(known):
            own = {name: values[i] for name, values in luck.items()}
            rows += _made(template, places, own, parameters)
    return make_services(rows, "templates")


def _places(level: str, known: list[Template]) -> list[dict[str, str]]:
    """List the places of a level with an id each; national services are numbered instead."""
    if level == "national":
        most = max(int(each.row["copies_n"]) for each in known)
        return [{"id": str(number)} for number in range(1, most + 1)]
    if level == "municipality":
        return [{**each, "id": each["code"]} for each in all_municipalities()]
    regions = {each["code"][:2]: each for each in all_municipalities()}
    return [{**each, "id": code} for code, each in regions.items()]


def _made(
    template: Template, places: list[dict[str, str]], luck: dict[str, Luck], parameters: Parameters
) -> Iterator[dict[str, Any]]:
    row = template.row
    national = template.level == "national"
    amounts = _amounts(row, luck["services.amount"], parameters)
    uncoded = luck["services.uncoded"] < parameters.number("services.uncoded_share")
    for i, place in enumerate(places):
        if national and i >= int(row["copies_n"]):
            return
        if luck["services.offered"][i] >= float(row["offered_share"]):
            continue
        ages = template.ages.at(luck["services.ages"][i])
        codes = template.codes.at(luck["services.codes"][i])
        yield {
            **{name: row[name] for name in _COPIED},
            **(
                _ministry(row, place, luck["services.agency"][i])
                if national
                else _place(row, place)
            ),
            "amount_krw_m": float(amounts[i]),
            **rule_columns(rule_of({} if uncoded[i] else _codes(ages, codes))),
        }


def _ministry(row: dict[str, str], place: dict[str, str], u: float) -> dict[str, Any]:
    agencies = row["agencies"].split(_BAR)
    return {
        "service_id": f"T-{row['template']}-{int(place['id']):02d}",
        "name_ko": f"{row['name_ko']} {place['id']}",
        "name_en": f"{row['name_en']} {place['id']}",
        "agency": agencies[int(u * len(agencies))],
        "municipality": 0,
    }


def _place(row: dict[str, str], place: dict[str, str]) -> dict[str, Any]:
    at_region = row["level"] == "region"
    name = place["short_ko"] if at_region else place["name_ko"]
    return {
        "service_id": f"T-{row['template']}-{place['id']}",
        "name_ko": f"{name} {row['name_ko']}",
        "name_en": f"{row['name_en']} ({name})",
        "agency": place["long_ko"] if at_region else f"{place['long_ko']} {name}",
        "region": place["region"],
        "municipality": 0 if at_region else int(place["id"]),
    }


def _codes(ages: str, codes: str) -> dict[str, int | bool]:
    [low], [high] = of_kind("age_min"), of_kind("age_max")
    lowest, highest = ages.split("-")
    limits: dict[str, int | bool] = {low.code: int(lowest), high.code: int(highest)}
    if codes == _EVERYONE:
        return limits | {each.code: True for each in of_kind("person_any", "household_any")}
    return limits | dict.fromkeys(codes.split("+"), True)


def _amounts(row: dict[str, str], luck: Luck, parameters: Parameters) -> Luck:
    """Draw amounts evenly on a logarithmic scale, won a month."""
    low, high = float(row["amount_low_krw"]), float(row["amount_high_krw"])
    step = parameters.number("services.amount_step_krw")
    paid = np.maximum(step, np.rint(low * (high / low) ** luck / step) * step)
    spread = {
        "month": 1.0,
        "year": 12.0,
        "once": parameters.number("services.once_spread_months"),
    }[row["paid"]]
    return np.asarray(np.round(paid / spread), dtype=np.float64)
