"""What a household file may hold, and the frames it becomes."""

from functools import cache
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from simlib.benefits.fact_names import facts_of
from simlib.months import Month
from simlib.parameters import Parameters

LARGEST_KRW = 10**14
Krw = Annotated[int, Field(ge=0, le=LARGEST_KRW)]
MONEY = ("housing_krw", "general_krw", "financial_krw", "vehicle_krw", "debt_krw")
STATED = ("city_gas", "district_heating", "public_rental")
"""Flags that are facts of the household, false where the file does not state them."""
WITHOUT_RENT = ("own", "jeonse", "rent_free")
"""Tenures for which no monthly rent is paid."""
INSURED_WORK = ("employee", "temporary")
"""Work that is taken to be covered by employment insurance where the file does not say."""
UNTOLD_DISABILITY = "physical"
"""Type of a disability whose type the file does not tell: the most frequent one."""
OLDEST_YEARS = 125
CAR = ("vehicle_years", "vehicle_cc")
"""What a file may tell of the car beside its value, under ``assets`` or beside it."""
OLDEST_CAR_YEARS = 80
LARGEST_ENGINE_CC = 10_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Assets(_Strict):
    """Give the assets of the household by class, won; a lease deposit apart from the rest."""

    housing_krw: Krw = 0
    general_krw: Krw = 0
    financial_krw: Krw = 0
    vehicle_krw: Krw = 0
    vehicle_years: int | None = Field(default=None, ge=0, le=OLDEST_CAR_YEARS)
    vehicle_cc: int | None = Field(default=None, ge=0, le=LARGEST_ENGINE_CC)
    debt_krw: Krw = 0


class Obligor(_Strict):
    """Give yearly income and assets of the richest child or parent living apart, won."""

    income_krw_y: Krw = 0
    assets_krw: Krw = 0


class PersonEntry(_Strict):
    """Describe one person of the household."""

    age: int | None = Field(default=None, ge=0, le=OLDEST_YEARS)
    age_months: int | None = Field(default=None, ge=0, le=12 * OLDEST_YEARS)
    sex: Literal["male", "female"]
    relation: (
        Literal["head", "spouse", "child", "parent", "grandchild", "other_kin", "non_kin"] | None
    ) = None
    disability: Literal["none", "mild", "severe"] = "none"
    disability_type: (
        Literal[
            "none",
            "physical",
            "brain",
            "visual",
            "hearing",
            "speech",
            "intellectual",
            "autism",
            "mental",
            "internal",
        ]
        | None
    ) = None
    care_score: int = Field(default=0, ge=0, le=100)
    dementia: bool = False
    veteran: Literal["none", "war", "merit"] = "none"
    insured: bool | None = None
    infertility: bool = False
    uses_internet: bool = False
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
    earnings_krw_m: Krw = 0
    pension_krw_m: Krw = 0
    income_krw_m: Krw = 0
    occupational_pension: bool = False
    student: Literal["none", "elementary", "middle", "high", "university"] | None = None
    in_daycare: bool = False
    pregnant: bool = False
    serious_illness: bool | None = None
    nutrition_risk: bool | None = None
    jobless_months: int | None = Field(default=None, ge=0, le=600)
    insured_months: int | None = Field(default=None, ge=0, le=600)
    left_job_willingly: bool | None = None
    last_wage_krw_m: Krw | None = None
    leave_months: int | None = Field(default=None, ge=0, le=600)
    receiving_self_sufficiency_work: bool | None = None

    @property
    def work_told(self) -> str:
        """Give the work, taken from earnings where the file does not say."""
        return self.work or ("employee" if self.earnings_krw_m else "inactive")

    @property
    def insured_told(self) -> bool:
        """Tell whether employment insurance covers the person, by work where not stated."""
        return self.work_told in INSURED_WORK if self.insured is None else self.insured

    @property
    def disability_type_told(self) -> str:
        """Give the type of disability, the most frequent one where the file does not say."""
        untold = "none" if self.disability == "none" else UNTOLD_DISABILITY
        return self.disability_type or untold


class ApartEntry(_Strict):
    """Name a household of the family that lives apart, written in place or in a file."""

    relation: Literal["parents", "children", "other"]
    name: str = ""
    household: dict[str, Any] | None = None
    file: str | None = None


class HouseholdFile(_Strict):
    """Describe one household as a user writes it (YAML)."""

    date: str | None = None
    municipality: str | int
    tenure: Literal["own", "jeonse", "deposit_rent", "monthly_rent", "rent_free"] = "own"
    rent_krw_m: Krw = 0
    deposit_krw: Krw = 0
    other_income_krw_m: Krw = 0
    medical_cost_krw_y: Krw = 0
    uncovered_cost_krw_y: Krw | None = None
    assets: Assets | None = None
    housing_krw: Krw = 0
    general_krw: Krw = 0
    financial_krw: Krw = 0
    vehicle_krw: Krw = 0
    vehicle_years: int | None = Field(default=None, ge=0, le=OLDEST_CAR_YEARS)
    vehicle_cc: int | None = Field(default=None, ge=0, le=LARGEST_ENGINE_CC)
    debt_krw: Krw = 0
    obligor: Obligor = Obligor()
    persons: list[PersonEntry] = Field(min_length=1, max_length=30)
    flags: list[str] = []
    family_apart: list[ApartEntry] = []

    def states(self, key: str) -> bool:
        """Tell whether the file itself gives a key."""
        return key in self.model_fields_set


@cache
def supplied_flags() -> tuple[str, ...]:
    """Give the supplied facts of households that are true or false."""
    facts = facts_of("household").values()
    return tuple(
        fact.name for fact in facts if fact.kind == "supplied" and fact.dtype == pl.Boolean
    )


def flags() -> tuple[str, ...]:
    """Give every flag a household file may set."""
    return ("single_parent", *STATED, *supplied_flags())


def single_parent(
    relations: list[str], ages_months: list[int], parameters: Parameters, month: Month
) -> bool:
    """Tell whether a head without spouse has a minor child."""
    below = 12 * parameters.number("national.minor_below_age", month)
    pairs = zip(relations, ages_months, strict=True)
    child = any(relation == "child" and age < below for relation, age in pairs)
    return child and "spouse" not in relations


def _school(entry: PersonEntry, age: int, first: dict[str, int]) -> str:
    if entry.student is not None:
        return entry.student
    kind = "none"
    for name, since in sorted(first.items(), key=lambda each: each[1]):
        if age >= since:
            kind = name
    return kind


def person_frame(
    file: HouseholdFile,
    relations: list[str],
    ages: list[int],
    parameters: Parameters,
    month: Month,
) -> pl.DataFrame:
    """Make a row for each person, head first, with school by age where it is not stated."""
    first = parameters.value("national.school_age_min", month)
    rows = []
    for i, (entry, relation, months) in enumerate(zip(file.persons, relations, ages, strict=True)):
        row: dict[str, Any] = {
            "person_id": i,
            "household_id": 0,
            "birth_month": month - months,
            "relation": relation,
            "work": entry.work_told,
            "insured": entry.insured_told,
            "disability_type": entry.disability_type_told,
            "student": _school(entry, months // 12, first),
        }
        for name, fact in facts_of("person").items():
            if name not in row and fact.kind != "derived":
                value = getattr(entry, name)
                row[name] = fact.default if value is None else value
        rows.append(row)
    return pl.DataFrame(rows).sort(pl.col("relation") != "head", maintain_order=True)


def car_told(file: HouseholdFile) -> dict[str, list[int]]:
    """Give what the file tells of the car's age and engine, under ``assets`` and beside it."""
    told = {name: [getattr(place, name, None) for place in (file.assets, file)] for name in CAR}
    return {name: [each for each in values if each is not None] for name, values in told.items()}


def car_of(file: HouseholdFile, parameters: Parameters) -> dict[str, int]:
    """Give age and engine of the household's car, 0 without one.

    A car of untold age is taken as new and one of untold engine as the most frequent one.
    """
    if not held_of(file)["vehicle_krw"]:
        return dict.fromkeys(CAR, 0)
    shares: dict[int, float] = parameters.value("population.vehicle_engine_share")
    untold = {"vehicle_years": 0, "vehicle_cc": max(shares, key=lambda size: shares[size])}
    return untold | {name: values[0] for name, values in car_told(file).items() if values}


def held_of(file: HouseholdFile) -> dict[str, int]:
    """Give assets and debt by class, won, those under ``assets`` and those beside added up."""
    return {name: getattr(file, name) + getattr(file.assets, name, 0) for name in MONEY}


def household_frame(
    file: HouseholdFile,
    place: dict[str, str],
    relations: list[str],
    ages: list[int],
    lone: bool,
    parameters: Parameters,
) -> pl.DataFrame:
    """Make the household's row; amounts are added up, the deposit goes to general assets."""
    held = held_of(file)
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
        **car_of(file, parameters),
        "home_official_krw": held["housing_krw"],
        "lives_alone": alone,
        "single_parent": lone,
        "obligor_income_krw_y": file.obligor.income_krw_y,
        "obligor_assets_krw": file.obligor.assets_krw,
        "medical_cost_krw_y": file.medical_cost_krw_y,
        **{name: name in file.flags for name in STATED},
    }
    row |= {name: True for name in supplied_flags() if name in file.flags}
    if file.uncovered_cost_krw_y is not None:
        row["uncovered_cost_krw_y"] = file.uncovered_cost_krw_y
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
