"""The household file: what a user says of one household, checked and made into frames."""

from dataclasses import dataclass

import polars as pl

from simlib.benefits.fact_names import known_facts
from simlib.benefits.household_entry import (
    WITHOUT_RENT,
    HouseholdFile,
    PersonEntry,
    car_told,
    flags,
    held_of,
    household_frame,
    person_frame,
    single_parent,
)
from simlib.benefits.places import find_municipality
from simlib.errors import UserError, did_you_mean
from simlib.files import Document, validate
from simlib.months import Month, format_month, parse_month
from simlib.parameters import Parameters

_HEAD_AGE = "national.head_age_min"


@dataclass(frozen=True)
class HouseholdCase:
    """Hold one household as frames of the population's columns.

    Parameters
    ----------
    households, persons
        One row, and one row a person.
    month
        Month of the check.
    place
        Region and municipality in Korean.
    supplied
        Supplied facts, and facts of the car, that the file does state.
    """

    households: pl.DataFrame
    persons: pl.DataFrame
    month: Month
    place: str
    supplied: frozenset[str]


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
    month = _month(file, document, parameters, date)
    place = find_municipality(file.municipality, document.where(("municipality",)))
    relations = _relations(file, document)
    ages = [_age_months(entry, document, i) for i, entry in enumerate(file.persons)]
    _check_family(file, document, relations, ages, parameters, month)
    lone = single_parent(relations, ages, parameters, month)
    _check_rent(file, document)
    _check_flags(file, document, lone)
    _check_car(file, document)
    persons = person_frame(file, relations, ages, parameters, month)
    households = household_frame(file, place, relations, ages, lone, parameters)
    supplied = {name for name in _supplied() if name in file.flags or _told(name, file)}
    supplied |= {name for name, values in car_told(file).items() if values}
    return HouseholdCase(
        households, persons, month, f"{place['short_ko']} {place['name_ko']}", frozenset(supplied)
    )


def _supplied() -> list[str]:
    return [name for name, fact in known_facts().items() if fact.kind == "supplied"]


def _told(name: str, file: HouseholdFile) -> bool:
    return any(getattr(each, name, None) is not None for each in (file, *file.persons))


def _month(
    file: HouseholdFile, document: Document, parameters: Parameters, date: str | None
) -> Month:
    if date is None and file.date is None:
        raise UserError(
            "the file has no date",
            document.where(),
            "amounts and limits change from year to year",
            "add 'date: 2025-03', or use --date",
        )
    where = "--date" if date is not None else document.where(("date",))
    month = parse_month(str(file.date) if date is None else date, where)
    try:
        parameters.parameter(_HEAD_AGE).at(month)
    except UserError as error:
        raise UserError(
            f"there are no amounts and limits for {format_month(month)}",
            where,
            error.why,
            error.mend,
        ) from None
    return month


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
    youngest = int(parameters.number(_HEAD_AGE, month))
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
        elif (file.persons[i].disability_type_told == "none") != (
            file.persons[i].disability == "none"
        ):
            problem = f"the disability and the disability_type of person {i + 1} do not fit"
        if problem:
            raise UserError(
                problem,
                document.where(("persons", i)),
                "such a household is taken for a mistake",
                "correct the age, the relation, the sex or the disability",
            )


def _check_rent(file: HouseholdFile, document: Document) -> None:
    """Refuse a rent of who pays none: a tenure left out is ``own``."""
    if file.rent_krw_m and file.tenure in WITHOUT_RENT:
        told = "is" if file.states("tenure") else "is not told, which means"
        raise UserError(
            f"the household pays a monthly rent, but its tenure {told} '{file.tenure}'",
            document.where(("rent_krw_m",)),
            "benefits for tenants would be left out",
            "write 'tenure: monthly_rent' or 'tenure: deposit_rent', or take the rent out",
        )


def _check_flags(file: HouseholdFile, document: Document, lone: bool) -> None:
    for i, flag in enumerate(file.flags):
        if flag not in flags():
            raise UserError(
                f"unknown flag '{flag}'",
                document.where(("flags", i)),
                "a flag that is not known would be ignored silently",
                did_you_mean(flag, flags()),
            )
    if "single_parent" in file.flags and not lone:
        raise UserError(
            "the flag single_parent does not fit the persons",
            document.where(("flags", file.flags.index("single_parent"))),
            "a single parent has a child under 18 and no spouse in the household",
            "correct the persons or take the flag out",
        )


def _check_car(file: HouseholdFile, document: Document) -> None:
    """Refuse a car's age or engine that is told twice, or without a car that is worth something."""
    for name, values in car_told(file).items():
        where = (name,) if file.states(name) else ("assets", name)
        if len(values) > 1:
            raise UserError(
                f"{name} stands in the file twice",
                document.where(where),
                "it may be told under 'assets' or beside it, and one of them would be ignored",
                "keep one",
            )
        if values and not held_of(file)["vehicle_krw"]:
            raise UserError(
                f"the file tells a car's {name} and no value",
                document.where(where),
                "a household without vehicle_krw is taken to have no car",
                "add vehicle_krw, or take the key out",
            )
