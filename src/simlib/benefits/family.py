"""The family beyond the household: parents and children who live apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from simlib.benefits.household_entry import HouseholdFile
from simlib.benefits.household_file import HouseholdCase, read_household
from simlib.errors import UserError
from simlib.files import Document, read_yaml, validate
from simlib.parameters import Parameters

SUPPORT = ("parents", "children")
"""Relations whose means count as those of a family-support obligor."""
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Apart:
    """Hold a household of the family that lives apart.

    Parameters
    ----------
    relation
        parents, children or other, seen from the household that is checked.
    name
        What the user calls it; empty when not said.
    case
        The household.
    """

    relation: str
    name: str
    case: HouseholdCase


def read_family(
    document: Document, parameters: Parameters, date: str | None = None
) -> tuple[HouseholdCase, tuple[Apart, ...]]:
    """Read a household with those of its family that live apart.

    Parameters
    ----------
    document
        A household file; its list ``family_apart`` holds relation, name, and the household
        itself or the file in which it stands.
    parameters
        Dated parameters.
    date
        Month to use instead of the file's; households apart take that of the first.

    Returns
    -------
    tuple
        The household and those apart. Who can be asked for support is the richest of them by
        income, unless ``obligor`` says so.

    Raises
    ------
    UserError
        If one of the households is wrong, with its file and line.
    """
    file = validate(HouseholdFile, document)
    case = read_household(document, parameters, date)
    month = date or file.date
    apart = []
    for i, entry in enumerate(file.family_apart):
        part = _document_of(document, i)
        inner = validate(HouseholdFile, part)
        if inner.family_apart:
            raise UserError(
                "a household apart has a family of its own",
                part.where(("family_apart",)),
                "only the households around the one that is checked are looked at",
                "list all of them in the first household's 'family_apart'",
            )
        other = read_household(part, parameters, month)
        if entry.relation in SUPPORT and not inner.states("obligor"):
            other = _supported_by(other, [case])
        apart.append(Apart(entry.relation, entry.name, other))
    if not file.states("obligor"):
        case = _supported_by(case, [each.case for each in apart if each.relation in SUPPORT])
    return case, tuple(apart)


def _document_of(document: Document, i: int) -> Document:
    """Give the document of a household apart: written in place, or in a file beside this one."""
    entry = document.data["family_apart"][i]
    at = ("family_apart", i)
    given = [key for key in ("household", "file") if entry.get(key) is not None]
    if len(given) != 1:
        raise UserError(
            "a household apart needs either 'household' or 'file'",
            document.where(at),
            "it is written in place or stands in a file of its own",
            "give one of the two",
        )
    if given == ["household"]:
        return document.part((*at, "household"))
    path = Path(document.source).parent / entry["file"]
    if not path.is_file():
        raise UserError(
            f"there is no file '{entry['file']}'",
            document.where((*at, "file")),
            "a household of the family should stand in it",
            "check the path, which starts from the folder of this file",
        )
    return read_yaml(path)


def _supported_by(case: HouseholdCase, relatives: Sequence[HouseholdCase]) -> HouseholdCase:
    """Let the richest of some relatives' households be the family-support obligor."""
    if not relatives:
        return case
    means = [_means(each) for each in relatives]
    income, assets = max(means)
    households = case.households.with_columns(
        pl.lit(income, pl.Int64).alias("obligor_income_krw_y"),
        pl.lit(assets, pl.Int64).alias("obligor_assets_krw"),
    )
    return replace(case, households=households)


def _means(case: HouseholdCase) -> tuple[int, int]:
    """Give yearly income and net assets of a household, won."""
    row = case.households.row(0, named=True)
    owned = sum(row[name] for name in ("housing_krw", "general_krw", "financial_krw"))
    net = owned + row["vehicle_krw"] - row["debt_krw"]
    return _MONTHS_A_YEAR * int(row["income_krw_m"]), max(0, int(net))
