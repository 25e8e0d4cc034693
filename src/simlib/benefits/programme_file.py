"""The file that describes a programme: what it may say, and how it is read and checked."""

import csv
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from simlib.benefits.programme_checks import check_values
from simlib.errors import UserError, by_title, did_you_mean, nearest
from simlib.files import Document, package_data, read_yaml, validate
from simlib.provenance import Evidence, check_citation

Unit = Literal["household", "person"]
Granted = Literal["right", "assessment", "quota", "queue", "discretion"]
"""What stands between entitlement and payment: nothing but a claim, an assessment of need, places
or money that run out, a waiting list, or the judgement of an official."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Name(_Strict):
    """Name something in Korean and English."""

    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __getitem__(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en


class Papers(_Strict):
    """List the papers an applicant hands in, in Korean and English."""

    ko: list[str]
    en: list[str]


class ProcessingDays(_Strict):
    """Give the usual days from application to decision, and the legal limit."""

    typical: float = Field(ge=0, le=1000)
    limit: float = Field(ge=0, le=1000)


class Exclusion(_Strict):
    """Say which programme cannot be had beside this one and which of the two yields.

    With ``when: entitled`` the entitlement itself yields; with ``when: received`` it yields
    only while the other is paid (column ``receiving_<programme>``).
    """

    programme: str
    yields: Literal["this", "other"]
    when: Literal["entitled", "received"] = "entitled"


class TakeUp(_Strict):
    """Give a published or assumed share of the entitled who receive."""

    value: float = Field(gt=0, le=1)
    year: int = Field(ge=1950, le=2100)
    source: str
    evidence: Evidence


class Caseload(_Strict):
    """Give a published number of recipients and what it counts."""

    value: int = Field(gt=0)
    counted: str
    year: int = Field(ge=1950, le=2100)
    source: str
    evidence: Evidence


class Citation(_Strict):
    """Say where one of a programme's attributes is from, and how well it is known."""

    source: str
    evidence: Evidence


class Citations(_Strict):
    """Cite attributes one by one; what is not cited here is known as the whole file is."""

    documents: Citation | None = None
    processing_days: Citation | None = None
    renewal_months: Citation | None = None
    visibility: Citation | None = None
    decision_hours: Citation | None = None


class InForce(_Strict):
    """Give the month in which a programme began and, when it ended, its last month."""

    since: str = Field(alias="from")
    until: str | None = None


class ProgrammeFile(_Strict):
    """Describe a programme as a researcher writes it (YAML)."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Name
    ministry: str
    category: str = "other"
    unit: Unit
    in_force: InForce | None = None
    entitled: str
    follows: list[str] = []
    while_following: str = "TRUE"
    amount_krw_m: str
    paid: Literal["month", "year", "once"] = "month"
    parameters: dict[str, dict[str, Any]] = {}
    source: str
    evidence: Evidence
    citations: Citations = Citations()
    documents: int = Field(ge=0, le=30)
    papers: Papers | None = None
    processing_days: ProcessingDays
    channels: list[str] = Field(min_length=1)
    renewal_months: int = Field(ge=0, le=120)
    granted: Granted = "right"
    triggers: list[str] = []
    event_triggered: bool = False
    excludes: list[Exclusion] = []
    visibility: float = Field(default=0.5, ge=0, le=1)
    decision_hours: float = Field(default=1.0, ge=0, le=100)
    decided_by: Literal["office", "agency"] = "office"
    take_up: TakeUp | None = None
    caseload: Caseload | None = None
    note: str = ""

    @field_validator("entitled", "while_following", "amount_krw_m", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, bool | int | float) else value


def read_folder(folder: Path | None = None) -> tuple[tuple[ProgrammeFile, Document], ...]:
    """Read every programme file of a folder (the package's own by default), by id."""
    return _read_folder(folder or package_data("kr", "programmes"))


@cache
def _read_folder(folder: Path) -> tuple[tuple[ProgrammeFile, Document], ...]:
    return tuple(read_file(path) for path in sorted(folder.glob("*.yaml")))


def read_file(path: Path) -> tuple[ProgrammeFile, Document]:
    """Read one programme file.

    Raises
    ------
    UserError
        If a key, a channel, a life event or a source is unknown, a key is missing, a value has the
        wrong kind or claims too good evidence, or documents and the list of papers disagree.
    """
    document = read_yaml(path)
    file = validate(ProgrammeFile, document)
    _check_known("channels", file.channels, "channels.csv", document)
    _check_known("triggers", file.triggers, "life_events.csv", document)
    own = ((("citations", name), cited) for name, cited in file.citations)
    parts = (((), file), (("take_up",), file.take_up), (("caseload",), file.caseload), *own)
    for at, each in parts:
        if each:
            what = ": ".join([f"'{file.id}'", *at])
            check_citation(what, each.source, each.evidence, document.where((*at, "source")))
    check_values(file, document)
    return file, document


def _check_known(key: str, given: Sequence[str], table: str, document: Document) -> None:
    known = _first_column(table)
    for i, name in enumerate(given):
        if name in given[:i]:
            raise UserError(
                f"'{name}' stands twice in '{key}'",
                document.where((key, i)),
                "the second one would have no effect, or should be another one",
                "write it once",
            )
        if name not in known:
            raise UserError(
                f"unknown entry '{name}' in '{key}'",
                document.where((key, i)),
                "it would have no effect",
                did_you_mean(name, known),
            )


@cache
def _first_column(table: str) -> tuple[str, ...]:
    with package_data("kr", table).open(encoding="utf-8", newline="") as file:
        return tuple(next(iter(row.values())) for row in csv.DictReader(file))


def programme_hint(name: str, known: Collection[str]) -> str:
    """Word a suggestion for a programme that is not known, by its id or by its name."""
    if nearest(name, known) is not None:
        return did_you_mean(name, known)
    ids = {text: file.id for file, _ in read_folder() for text in (file.name.ko, file.name.en)}
    titled = by_title(name, {text: id_ for text, id_ in ids.items() if id_ in known})
    return titled or did_you_mean(name, known)


def read_lookups(entries: dict[str, dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Find the parameters that are tables, with the facts their keys are values of."""
    lookups: dict[str, tuple[str, ...]] = {}
    for name, entry in entries.items():
        by = entry.get("by")
        if by is not None:
            lookups[name] = (by,) if isinstance(by, str) else tuple(by)
    return lookups
