"""The household file: what a user says of one household, checked and made into frames."""

import csv
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from simlib.benefits.fact_names import facts_of, known_facts
from simlib.errors import UserError, did_you_mean, nearest
from simlib.files import Document, package_data, validate
from simlib.months import Month, parse_month
from simlib.parameters import Parameters

Krw = int
MONEY = ("housing_krw", "general_krw", "financial_krw", "vehicle_krw", "debt_krw")
FLAGS = ("single_parent", "city_gas", "in_crisis", "receiving_livelihood_benefit")
OLDEST_YEARS = 125


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Assets(_Strict):
    """Give the assets of the household by class, won; a lease deposit apart from the rest."""

    housing_krw: Krw = Field(default=0, ge=0)
    general_krw: Krw = Field(default=0, ge=0)
    financial_krw: Krw = Field(default=0, ge=0)
    vehicle_krw: Krw = Field(default=0, ge=0)
    debt_krw: Krw = Field(default=0, ge=0)


class Obligor(_Strict):
    """Give yearly income and assets of the richest child or parent living apart, won."""

    income_krw_y: Krw = Field(default=0, ge=0)
    assets_krw: Krw = Field(default=0, ge=0)


class PersonEntry(_Strict):
    """Describe one person of the household."""

    age: int | None = Field(default=None, ge=0, le=OLDEST_YEARS)
    age_months: int | None = Field(default=None, ge=0, le=12 * OLDEST_YEARS)
    sex: Literal["male", "female"]
    relation: (
        Literal["head", "spouse", "child", "parent", "grandchild", "other_kin", "non_kin"] | None
    ) = None
    disability: Literal["none", "mild", "severe"] = "none"
    chronic_illness: bool = False
    work: (
        Literal[
            "employee",
            "temporary",
            "daily",
            "self_employed",
            "family_worker",
            "unemployed",
            "inactive",
        ]
        | None
    ) = None
    earnings_krw_m: Krw = Field(default=0, ge=0)
    pension_krw_m: Krw = Field(default=0, ge=0)
    income_krw_m: Krw = Field(default=0, ge=0)
    occupational_pension: bool = False
    student: Literal["none", "elementary", "middle", "high", "university"] | None = None
    in_daycare: bool = False
    pregnant: bool = False
    jobless_months: int | None = Field(default=None, ge=0, le=600)


class HouseholdFile(_Strict):
    """Describe one household as a user writes it (YAML)."""

    date: str | None = None
    municipality: str | int
    tenure: Literal["own", "jeonse", "deposit_rent", "monthly_rent", "rent_free"] = "own"
    rent_krw_m: Krw = Field(default=0, ge=0)
    deposit_krw: Krw = Field(default=0, ge=0)
    other_income_krw_m: Krw = Field(default=0, ge=0)
    assets: Assets | None = None
    housing_krw: Krw = Field(default=0, ge=0)
    general_krw: Krw = Field(default=0, ge=0)
    financial_krw: Krw = Field(default=0, ge=0)
    vehicle_krw: Krw = Field(default=0, ge=0)
    debt_krw: Krw = Field(default=0, ge=0)
    obligor: Obligor = Obligor()
    persons: list[PersonEntry] = Field(min_length=1, max_length=30)
    flags: list[str] = []


@dataclass(frozen=True)
class HouseholdCase:
    """Hold one household as frames of the population's columns.

    Parameters
    ----------
    households, persons
        One row, and one row a person.
    month
        Month of the check; None when the file does not give one.
    place
        Region and municipality in Korean.
    supplied
        Supplied facts that the file does state.
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    month: Month
    place: str
    supplied: frozenset[str]


@cache
def _municipalities() -> list[dict[str, str]]:
    with package_data("kr", "regions.csv").open(encoding="utf-8", newline="") as file:
        regions = {row["region"]: row for row in csv.DictReader(file)}
    with package_data("kr", "municipalities.csv").open(encoding="utf-8", newline="") as file:
        return [{**regions[row["region"]], **row} for row in csv.DictReader(file)]


def find_municipality(name: str | int, where: str = "") -> dict[str, str]:
    """Find a municipality by code, name (``청양군``) or region and name (``서울 중구``).

    Raises
    ------
    UserError
        If there is none, or several of that name.
    """
    text = " ".join(str(name).split())
    spellings: dict[str, list[dict[str, str]]] = {}
    for row in _municipalities():
        prefixes = (row["short_ko"], row["long_ko"], row["region"])
        for spelling in (row["code"], row["name_ko"], *(f"{p} {row['name_ko']}" for p in prefixes)):
            found = spellings.setdefault(spelling, [])
            if row not in found:
                found.append(row)
    found = spellings.get(text, [])
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{row['short_ko']} {row['name_ko']}" for row in found)
        raise UserError(
            f"there are {len(found)} municipalities named '{text}'",
            where,
            "amounts and limits depend on which one it is",
            f"write one of: {names}",
        )
    guess = nearest(text, spellings) or next((x for x in spellings if x.startswith(text)), None)
    raise UserError(
        f"there is no municipality '{text}'",
        where,
        "amounts and limits depend on the municipality",
        f"did you mean '{guess}'?"
        if guess
        else "write its Korean name, or its code of five digits",
    )


def read_household(
    document: Document, parameters: Parameters, date: str | None = None
) -> HouseholdCase:
    """Check a household document and make frames of it.

    Parameters
    ----------
    document
        The household file.
    parameters
        Dated parameters (school ages, the youngest head).
    date
        Month to use instead of the file's.

    Raises
    ------
    UserError
        If the file is wrong or the household impossible, with the line.
    """
    file = validate(HouseholdFile, document)
    month = _month(file, document, date)
    place = find_municipality(file.municipality, document.where(("municipality",)))
    relations = _relations(file, document)
    ages = [_age_months(entry, document, i) for i, entry in enumerate(file.persons)]
    _check_family(file, document, relations, ages, parameters, month)
    _check_flags(file, document, relations, ages)
    persons = _persons(file, relations, ages, parameters, month)
    households = _household(file, place, relations, ages)
    supplied = set(file.flags) & {n for n, fact in known_facts().items() if fact.kind == "supplied"}
    if any(entry.jobless_months is not None for entry in file.persons):
        supplied.add("jobless_months")
    return HouseholdCase(
        households, persons, month, f"{place['short_ko']} {place['name_ko']}", frozenset(supplied)
    )


def _month(file: HouseholdFile, document: Document, date: str | None) -> Month:
    if date is None and file.date is None:
        raise UserError(
            "the file has no date",
            document.where(),
            "amounts and limits change from year to year",
            "add 'date: 2025-03', or use --date",
        )
    if date is not None:
        return parse_month(date, "--date")
    return parse_month(str(file.date), document.where(("date",)))


def _relations(file: HouseholdFile, document: Document) -> list[str]:
    relations: list[str] = []
    for i, entry in enumerate(file.persons):
        if entry.relation is None and i > 0:
            raise UserError(
                f"person {i + 1} has no relation",
                document.where(("persons", i)),
                "couples and children are told apart by it",
                "add 'relation:' (spouse, child, parent, grandchild, other_kin or non_kin)",
            )
        relations.append(entry.relation or "head")
    for relation, text in (("head", "one head"), ("spouse", "one spouse")):
        rows = [i for i, each in enumerate(relations) if each == relation]
        if len(rows) > 1 or (relation == "head" and not rows):
            raise UserError(
                f"the household has {len(rows)} persons with 'relation: {relation}'",
                document.where(("persons", rows[-1]) if rows else ("persons",)),
                f"a household has {text}",
                "correct the relations",
            )
    return relations


def _age_months(entry: PersonEntry, document: Document, i: int) -> int:
    if (entry.age is None) == (entry.age_months is None):
        raise UserError(
            f"person {i + 1} needs either age or age_months",
            document.where(("persons", i)),
            mend="give one of the two",
        )
    return entry.age_months if entry.age_months is not None else 12 * int(entry.age or 0)


def _check_family(
    file: HouseholdFile,
    document: Document,
    relations: list[str],
    ages: list[int],
    parameters: Parameters,
    month: Month,
) -> None:
    youngest = int(parameters.number("national.head_age_min", month))
    head = ages[relations.index("head")] // 12
    for i, (relation, months) in enumerate(zip(relations, ages, strict=True)):
        age = months // 12
        problem = ""
        if relation in {"head", "spouse"} and age < youngest:
            problem = f"the {relation} is {age} years old"
        elif relation in {"child", "grandchild"} and age >= head:
            problem = f"a {relation} of {age} is not younger than the head ({head})"
        elif relation == "parent" and age <= head:
            problem = f"a parent of {age} is not older than the head ({head})"
        elif file.persons[i].pregnant and file.persons[i].sex == "male":
            problem = f"person {i + 1} is male and pregnant"
        if problem:
            raise UserError(
                problem,
                document.where(("persons", i)),
                "such a household is taken for a mistake",
                "correct the age, the relation or the sex",
            )


def _check_flags(
    file: HouseholdFile, document: Document, relations: list[str], ages: list[int]
) -> None:
    for i, flag in enumerate(file.flags):
        if flag not in FLAGS:
            raise UserError(
                f"unknown flag '{flag}'",
                document.where(("flags", i)),
                "a flag that is not known would be ignored silently",
                did_you_mean(flag, FLAGS),
            )
    if "single_parent" in file.flags and not _single_parent(relations, ages):
        raise UserError(
            "the flag single_parent does not fit the persons",
            document.where(("flags", file.flags.index("single_parent"))),
            "a single parent has a child under 18 and no spouse in the household",
            "correct the persons or take the flag out",
        )


def _single_parent(relations: list[str], ages: list[int]) -> bool:
    pairs = zip(relations, ages, strict=True)
    child = any(relation == "child" and months < 18 * 12 for relation, months in pairs)
    return child and "spouse" not in relations


def _school(entry: PersonEntry, age: int, first: dict[str, int]) -> str:
    if entry.student is not None:
        return entry.student
    kind = "none"
    for name, since in sorted(first.items(), key=lambda each: each[1]):
        if age >= since:
            kind = name
    return kind


def _persons(
    file: HouseholdFile,
    relations: list[str],
    ages: list[int],
    parameters: Parameters,
    month: Month,
) -> pl.DataFrame:
    first = parameters.value("national.school_age_min", month)
    rows = []
    for i, (entry, relation, months) in enumerate(zip(file.persons, relations, ages, strict=True)):
        row: dict[str, Any] = {
            "person_id": i,
            "household_id": 0,
            "birth_month": month - months,
            "relation": relation,
            "work": entry.work or ("employee" if entry.earnings_krw_m else "inactive"),
            "student": _school(entry, months // 12, first),
        }
        for name, fact in facts_of("person").items():
            if name not in row and fact.kind != "derived":
                value = getattr(entry, name)
                row[name] = 0 if name == "jobless_months" and value is None else value
        rows.append(row)
    return pl.DataFrame(rows).sort(pl.col("relation") != "head", maintain_order=True)


def _household(
    file: HouseholdFile, place: dict[str, str], relations: list[str], ages: list[int]
) -> pl.DataFrame:
    held = {name: getattr(file, name) + getattr(file.assets, name, 0) for name in MONEY}
    held["general_krw"] += file.deposit_krw
    earnings = sum(entry.earnings_krw_m for entry in file.persons)
    pension = sum(entry.pension_krw_m for entry in file.persons)
    other = file.other_income_krw_m + sum(entry.income_krw_m for entry in file.persons)
    alone = len(file.persons) == 1
    row: dict[str, Any] = {
        "household_id": 0,
        "municipality": int(place["code"]),
        **{name: place[name] for name in ("region", "region_class", "area_class")},
        "size": len(file.persons),
        "household_type": _household_type(relations),
        "head_age": ages[relations.index("head")] // 12,
        "tenure": file.tenure,
        "rent_krw_m": file.rent_krw_m,
        "deposit_krw": file.deposit_krw,
        "earnings_krw_m": earnings,
        "pension_krw_m": pension,
        "other_income_krw_m": other,
        "income_krw_m": earnings + pension + other,
        **held,
        "lives_alone": alone,
        "single_parent": _single_parent(relations, ages),
        "obligor_income_krw_y": file.obligor.income_krw_y,
        "obligor_assets_krw": file.obligor.assets_krw,
        "city_gas": "city_gas" in file.flags,
    }
    for name in ("in_crisis", "receiving_livelihood_benefit"):
        if name in file.flags:
            row[name] = True
    return pl.DataFrame([row])


def _household_type(relations: list[str]) -> str:
    kinds = set(relations) - {"head"}
    if not kinds:
        return "one_person"
    if "grandchild" in kinds or {"child", "parent"} <= kinds:
        return "three_generation"
    if "parent" in kinds or "other_kin" in kinds:
        return "other_kin"
    if "non_kin" in kinds:
        return "non_kin"
    if "child" in kinds:
        return "couple_children" if "spouse" in kinds else "single_parent"
    return "couple"
