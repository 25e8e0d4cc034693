"""The column mapping of a researcher's own microdata: which column says what, in which codes."""

from pathlib import Path
from typing import Any, Self

import dataframely as dy
import polars as pl
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    create_model,
    model_validator,
)
from pydantic_core import CoreSchema

from simlib.errors import UserError, did_you_mean
from simlib.files import Document, read_yaml, validate
from simlib.population.frames.schema import Households, Persons

_MONTHLY, _YEARLY = "_krw_m", "_krw_y"
_DERIVED = {
    "households": {
        "household_id", "municipality", "region", "region_class", "area_class", "size",
        "head_age", "head_sex", "earnings_krw_m", "pension_krw_m", "lives_alone", "single_parent",
    },
    "persons": {"person_id", "household_id", "age", "sex", "birth_month"},
}  # fmt: skip
"""Columns that are no key of the mapping: they follow from others or have a key of their own."""
_KEYS = {
    "households": {
        "id": "Number of the household; each only once.",
        "municipality": "Municipality: code of five digits, Korean name, or region and name.",
        "region": "Region: its Korean or English name. Without a municipality, households are "
        "placed in one by residents.",
        "size": "Number of persons, to check that no person is missing.",
        "weight": "Survey weight; used by reweighting.",
    },
    "persons": {
        "id": "Number of the person; each only once, or once within the household.",
        "household": "Number of the person's household.",
        "age": "Completed years.",
        "sex": "Sex.",
    },
}  # fmt: skip
_NEEDED = {"households": ("id",), "persons": ("id", "household", "age", "sex")}


class ColumnSource(BaseModel):
    """Say where a column comes from: a column's name, or an entry with codes, unit or a constant.

    Parameters
    ----------
    column
        Column of the file.
    value
        One value for every row, instead of a column.
    times
        Factor by which numbers are multiplied (10000 when money is in units of 10,000 won).
    missing
        What an empty cell means; without it an empty cell is refused.
    """

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)

    column: str | None = Field(None, description="Column of the file.")
    value: str | int | float | bool | None = Field(None, description="One value for every row.")
    times: float = Field(1.0, gt=0, description="Factor by which numbers are multiplied.")
    missing: str | int | float | bool | None = Field(
        None, description="What an empty cell means; without it an empty cell is refused."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"column": given}
        if not isinstance(given, dict):
            raise ValueError("write the name of a column, or {column: ..., ...}")
        return {
            str(key).lower() if isinstance(key, bool) else str(key): value
            for key, value in given.items()
        }

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either 'column' or 'value'")
        return self

    @property
    def codes(self) -> dict[str, str]:
        """Give our value for each code of the file, both as text; empty when there are none."""
        found: dict[str, str] = {}
        for ours, theirs in (self.model_extra or {}).items():
            for code in theirs if isinstance(theirs, list) else [theirs]:
                found[str(code)] = str(ours)
        return found

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both ways to write a column."""
        full = handler.resolve_ref_schema(handler(core))
        full["additionalProperties"] = {
            "description": "Code, or list of codes, in the file for this value of ours."
        }
        return {"anyOf": [{"type": "string", "description": "Column of the file."}, full]}


def _names(table: str, schema: type[dy.Schema]) -> dict[str, str]:
    """List the optional keys of a table and the column each fills."""
    found: dict[str, str] = {}
    for name in schema.column_names():
        if name in _DERIVED[table]:
            continue
        found[name] = name
        for one, other in ((_MONTHLY, _YEARLY), (_YEARLY, _MONTHLY)):
            if name.endswith(one):
                found[name.removesuffix(one) + other] = name
    return found


COLUMNS = {"households": _names("households", Households), "persons": _names("persons", Persons)}
"""Optional keys of each table, and the column of the population that each fills."""
SCHEMAS: dict[str, type[dy.Schema]] = {"households": Households, "persons": Persons}


def period_factor(key: str, column: str) -> float:
    """Give the factor from the period in a key's name to that of the column."""
    if key.endswith(_YEARLY) and column.endswith(_MONTHLY):
        return 1.0 / 12.0
    return 12.0 if key.endswith(_MONTHLY) and column.endswith(_YEARLY) else 1.0


def values_of(key: str, table: str) -> tuple[str, ...] | None:
    """List the values that a key can take; None for numbers and free text."""
    if key == "sex":
        dtype: Any = Persons.columns()["sex"].dtype
    elif key in COLUMNS[table]:
        dtype = SCHEMAS[table].columns()[COLUMNS[table][key]].dtype
    else:
        return None
    if isinstance(dtype, pl.Enum):
        return tuple(dtype.categories)
    return ("true", "false") if dtype == pl.Boolean else None


def _table_model(table: str, title: str) -> type[BaseModel]:
    fields: dict[str, Any] = {"file": (str, Field(description="Parquet or CSV file."))}
    for name, sentence in _KEYS[table].items():
        default = ... if name in _NEEDED[table] else None
        kind = ColumnSource if name in _NEEDED[table] else ColumnSource | None
        fields[name] = (kind, Field(default, description=sentence))
    for name in COLUMNS[table]:
        allowed = values_of(name, table)
        text = f"Values: {', '.join(allowed)}." if allowed else "A number."
        fields[name] = (ColumnSource | None, Field(None, description=text))
    config = ConfigDict(extra="forbid", frozen=True, strict=True)
    return create_model(title, __config__=config, **fields)


HouseholdColumns = _table_model("households", "HouseholdColumns")
PersonColumns = _table_model("persons", "PersonColumns")


class Mapping(BaseModel):
    """Say which files and columns hold a researcher's households and persons."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str | None = Field(None, description="What the data are; stands in the datasheet.")
    year: int = Field(2025, ge=2024, le=2026, description="Year at whose January ages hold.")
    seed: int = Field(1, ge=0, lt=2**63, description="Seed for what is modelled.")
    households: HouseholdColumns  # type: ignore[valid-type]
    persons: PersonColumns  # type: ignore[valid-type]

    def sources(self, table: str) -> dict[str, ColumnSource]:
        """Give every key of a table that the mapping fills."""
        held = getattr(self, table)
        found = {name: getattr(held, name) for name in type(held).model_fields if name != "file"}
        return {name: source for name, source in found.items() if source is not None}


def read_mapping(path: Path | str) -> tuple[Mapping, Document]:
    """Read and check a column mapping.

    Raises
    ------
    UserError
        With file and line, for an unknown key, a code for a value that does not exist, or a
        column that is filled twice.
    """
    document = read_yaml(path)
    mapping = validate(Mapping, document)
    for table in COLUMNS:
        filled: dict[str, str] = {}
        for key, source in mapping.sources(table).items():
            _check_codes(table, key, source, document)
            column = COLUMNS[table].get(key, key)
            if column in filled:
                raise UserError(
                    f"'{key}' and '{filled[column]}' say the same",
                    document.where((table, key)),
                    "only one of them could be used",
                    "remove one of them",
                )
            filled[column] = key
    if not {"municipality", "region"} & set(mapping.sources("households")):
        raise UserError(
            "the mapping says neither municipality nor region",
            document.where(("households",)),
            "benefits, offices and controls depend on the place",
            "add 'municipality:' or 'region:' below households",
        )
    return mapping, document


def _check_codes(table: str, key: str, source: ColumnSource, document: Document) -> None:
    allowed = values_of(key, table)
    for ours in (source.model_extra or {}) if source.codes else ():
        if key in {"municipality", "region"}:
            continue
        where = document.where((table, key, ours))
        if allowed is None:
            raise UserError(
                f"unknown key '{ours}' for '{key}'",
                where,
                f"'{key}' is a number and has no codes",
                did_you_mean(ours, ["column", "value", "times", "missing"]),
            )
        if ours not in allowed:
            raise UserError(
                f"'{key}' has no value '{ours}'",
                where,
                "rows with this code could not be understood",
                did_you_mean(ours, allowed),
            )
