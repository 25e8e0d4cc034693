"""Policies: named sets of instruments, written in YAML."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from simlib.benefits.places import find_municipality
from simlib.errors import UserError, did_you_mean
from simlib.files import Document, package_data, read_yaml, validate
from simlib.mistakes import first_problem
from simlib.months import Month, format_month, parse_month
from simlib.outreach.instrument import Instrument
from simlib.outreach.instruments import INSTRUMENTS
from simlib.parameters import Parameters


class _Title(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)


class PolicyFile(BaseModel):
    """Describe a policy file: title, instruments, and since when and where it is in force."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: _Title
    instruments: list[dict[str, dict[str, Any] | None]]
    since: str | None = Field(None, alias="from")
    regions: Literal["all"] | list[str | int] = "all"

    @field_validator("regions", mode="before")
    @classmethod
    def _all_or_a_list(cls, regions: Any) -> Any:
        plain = isinstance(regions, list) and all(
            isinstance(each, str | int) and not isinstance(each, bool) for each in regions
        )
        if regions != "all" and not plain:
            raise ValueError(
                "should be 'all' or a list of municipalities by name or code; "
                "write 'regions: all', or 'regions: [46110, 46150]'"
            )
        return regions

    @field_validator("since", mode="before")
    @classmethod
    def _some_month(cls, since: Any) -> Any:
        if since is None or since == "":
            raise ValueError("has no month; write one like 2024-07, or leave the key out")
        return since


@dataclass(frozen=True)
class Policy:
    """Hold a policy ready to run.

    Attributes
    ----------
    name
        Name of the file without its ending.
    title
        Title by language.
    instruments
        Instruments in the order in which they act each month.
    since
        First month in force, None for the whole run.
    given
        What the file gives: instrument and its settings, in order.
    municipalities
        Codes of the municipalities in which it is in force, None for all.
    """

    name: str
    title: dict[str, str]
    instruments: tuple[Instrument, ...]
    since: Month | None = None
    given: tuple[tuple[str, dict[str, Any]], ...] = ()
    municipalities: tuple[int, ...] | None = None

    def inside(self, municipality: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Tell for municipalities by code, (households,), whether the policy is in force there."""
        if self.municipalities is None:
            return np.ones(municipality.shape, np.bool_)
        return np.isin(municipality, self.municipalities)

    def in_force(self, month: Month) -> bool:
        """Tell whether the policy acts in a month."""
        return bool(self.instruments) and (self.since is None or month >= self.since)

    def as_written(self) -> dict[str, Any]:
        """Give what the file says: title, instruments with the settings given, first month."""
        return {
            "title": self.title,
            "instruments": [[name, settings] for name, settings in self.given],
            "from": None if self.since is None else format_month(self.since),
        } | self._where()

    def plain(self) -> dict[str, Any]:
        """Give what decides the policy's results as plain data, for hashes and manifests."""
        return {
            "instruments": [[each.id, each.model_dump()] for each in self.instruments],
            "since": self.since,
        } | self._where()

    def _where(self) -> dict[str, Any]:
        return {} if self.municipalities is None else {"regions": list(self.municipalities)}


def policy_path(name: str, beside: Path | None = None) -> Path:
    """Find a policy by the name of a shipped one, or by a path (beside a scenario, say)."""
    if name.endswith((".yaml", ".yml")):
        if beside is not None and (beside / name).exists():
            return beside / name
        return Path(name)
    path = package_data("kr", "policies", f"{name}.yaml")
    if not path.is_file():
        known = [each.stem for each in path.parent.glob("*.yaml")]
        raise UserError(f"unknown policy '{name}'", name, mend=did_you_mean(name, known))
    return path


def load_policy(name: str, parameters: Parameters, beside: Path | None = None) -> Policy:
    """Read a policy and fill its instruments' numbers from the parameters.

    Parameters
    ----------
    name
        Name of a shipped policy, or path of a YAML file.
    parameters
        Defaults of the instruments.
    beside
        Folder in which a path is looked up first.

    Raises
    ------
    UserError
        If an instrument or one of its numbers is unknown, missing, or of the wrong kind, if an
        instrument stands there twice, or before the one whose work it goes on with, or if a
        municipality is unknown.
    """
    path = policy_path(name, beside)
    document = read_yaml(path)
    file = validate(PolicyFile, document)
    instruments = tuple(
        _instrument(entry, document, ("instruments", i), parameters)
        for i, entry in enumerate(file.instruments)
    )
    _check_order([each.id for each in instruments], document)
    since = parse_month(file.since, document.where(("from",))) if file.since else None
    title = {"ko": file.title.ko, "en": file.title.en}
    given = tuple(
        (name, dict(settings or {}))
        for entry in file.instruments
        for name, settings in entry.items()
    )
    return Policy(
        path.stem, title, instruments, since, given, _municipalities(file.regions, document)
    )


_NOWHERE = "the policy acts in the municipalities that are named"


def _municipalities(regions: str | list[str | int], document: Document) -> tuple[int, ...] | None:
    if isinstance(regions, str):
        return None
    if not regions:
        raise UserError(
            "'regions' is an empty list",
            document.where(("regions",)),
            "the policy would act nowhere",
            "write 'regions: all' or name municipalities",
        )
    codes: list[int] = []
    for i, each in enumerate(regions):
        where = document.where(("regions", i))
        if each == "all":
            mend = "write 'regions: all', without brackets"
            raise UserError("'all' stands in a list of municipalities", where, _NOWHERE, mend)
        code = int(find_municipality(each, where, _NOWHERE)["code"])
        if code in codes:
            mend = "write it once, or another one"
            raise UserError(f"'{each}' stands in 'regions' twice", where, _NOWHERE, mend)
        codes.append(code)
    return tuple(sorted(codes))


def _instrument(
    entry: dict[str, dict[str, Any] | None],
    document: Document,
    at: tuple[str | int, ...],
    parameters: Parameters,
) -> Instrument:
    if len(entry) != 1:
        raise UserError(
            "each entry of 'instruments' names one instrument",
            document.where(at),
            "they act one after the other",
            "write them as separate list items, each like '- visit: {hours: 2.5}'",
        )
    [(name, given)] = entry.items()
    kind = INSTRUMENTS.get(name)
    if kind is None:
        raise UserError(
            f"unknown instrument '{name}'",
            document.where((*at, name)),
            "it would do nothing",
            did_you_mean(name, INSTRUMENTS),
        )
    given = given or {}
    for key in given:
        if key not in kind.model_fields:
            raise UserError(
                f"'{name}' has no setting '{key}'",
                document.where((*at, name, key)),
                "it would have no effect",
                did_you_mean(key, kind.model_fields),
            )
        _check_in_range(
            f"outreach.{name}.{key}", given[key], parameters, document, (*at, name, key)
        )
    try:
        return kind.build(given, parameters)
    except ValidationError as error:
        raise first_problem(kind, document, error, (*at, name), f"{name}.") from None


def _check_order(ids: list[str], document: Document) -> None:
    for i, name in enumerate(ids):
        where = document.where(("instruments", i))
        if name in ids[:i]:
            raise UserError(
                f"'{name}' stands in 'instruments' twice",
                where,
                "both would share one memory and one luck",
                "write it once",
            )
        needed = INSTRUMENTS[name].works_after
        if needed and not set(needed) & set(ids[:i]):
            raise UserError(
                f"'{name}' has nothing to work on",
                where,
                f"it goes on with what {' or '.join(needed)} leaves in the same month",
                f"write {' or '.join(needed)} before it",
            )


def _check_in_range(
    path: str, value: Any, parameters: Parameters, document: Document, at: tuple[str | int, ...]
) -> None:
    if path in parameters and isinstance(value, int | float):
        limits = parameters.parameter(path).range
        if limits is not None and not limits[0] <= value <= limits[1]:
            raise UserError(
                f"'{path.removeprefix('outreach.')}' is {value}, outside {limits[0]:g} to "
                f"{limits[1]:g}",
                document.where(at),
                "beyond this range the model has no meaning",
                "choose a value within the range",
            )
