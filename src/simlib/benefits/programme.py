"""One programme: the file a researcher writes, and the programme as simlib uses it."""

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from simlib.benefits.expressions import Expression, parse
from simlib.benefits.programme_checks import check_values
from simlib.errors import UserError, by_title, did_you_mean, nearest
from simlib.files import Document, package_data, read_yaml, validate
from simlib.months import Month, parse_month
from simlib.parameters import ALWAYS, Parameter, Parameters, Value, parse_parameter
from simlib.provenance import Evidence, check_citation

Unit = Literal["household", "person"]
Granted = Literal["right", "assessment", "quota", "queue", "discretion"]
"""What stands between entitlement and payment: nothing but a claim, an assessment of need, places
or money that run out, a waiting list, or the judgement of an official."""
BEHAVIOUR_SOURCE = "HEDGE"


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

    typical: float = Field(ge=0)
    limit: float = Field(ge=0)


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
    year: int
    source: str
    evidence: Evidence


class Caseload(_Strict):
    """Give a published number of recipients and what it counts."""

    value: int = Field(gt=0)
    counted: str
    year: int
    source: str
    evidence: Evidence


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


@dataclass(frozen=True)
class Programme:
    """Hold a programme with its rules read and its attributes taken from the parameters.

    Parameters
    ----------
    file
        The programme as written.
    document
        Its YAML document, for places in messages.
    entitled, while_following, amount_krw_m
        The rules.
    lookups
        Parameters that are tables, with the facts their keys are values of.
    documents, renewal_months, processing_days, visibility, decision_hours
        Attributes after overrides; documents are counted, hours are caseworker hours of one
        decision.
    since, until
        First and last month of the programme; None where it has no known beginning or end.
    """

    file: ProgrammeFile
    document: Document
    entitled: Expression
    while_following: Expression
    amount_krw_m: Expression
    lookups: dict[str, tuple[str, ...]]
    documents: int
    renewal_months: int
    processing_days: ProcessingDays
    visibility: float
    decision_hours: float
    take_up: TakeUp | None
    since: Month | None = None
    until: Month | None = None

    @property
    def id(self) -> str:
        """Give the programme's id."""
        return self.file.id

    @property
    def name(self) -> Name:
        """Give the programme's names."""
        return self.file.name

    @property
    def unit(self) -> Unit:
        """Give the unit of the right: household or person."""
        return self.file.unit

    @property
    def category(self) -> str:
        """Give the kind of benefit."""
        return self.file.category

    @property
    def follows(self) -> tuple[str, ...]:
        """Give the programmes whose receipt opens this one."""
        return tuple(self.file.follows)

    @property
    def channels(self) -> tuple[str, ...]:
        """Give the channels through which one can apply."""
        return tuple(self.file.channels)

    @property
    def triggers(self) -> tuple[str, ...]:
        """Give the life events after which people tend to ask."""
        return tuple(self.file.triggers)

    @property
    def excludes(self) -> tuple[Exclusion, ...]:
        """Give the exclusions with other programmes."""
        return tuple(self.file.excludes)

    def beside(self, others: Collection[str]) -> "Programme":
        """Give the programme without its exclusions with any but these others."""
        kept = [each for each in self.file.excludes if each.programme in others]
        return replace(self, file=self.file.model_copy(update={"excludes": kept}))

    @property
    def event_triggered(self) -> bool:
        """Tell whether the claim window follows an event."""
        return self.file.event_triggered

    @property
    def granted(self) -> Granted:
        """Tell what stands between entitlement and payment; ``right`` when only a claim does."""
        return self.file.granted

    @property
    def decided_by(self) -> Literal["office", "agency"]:
        """Tell who decides: the welfare office, or another agency."""
        return self.file.decided_by

    @property
    def sources(self) -> tuple[str, ...]:
        """Give the source ids of the rule."""
        return tuple(each.strip() for each in self.file.source.split(";"))

    def in_force(self, month: Month) -> bool:
        """Tell whether the programme exists in a month; outside it nobody is entitled."""
        begun = self.since is None or month >= self.since
        return begun and (self.until is None or month <= self.until)

    def spread_months(self, parameters: Parameters, month: Month | None = None) -> int:
        """Give the months over which a single payment is spread; 1 when it is not."""
        path = f"programmes.{self.id}.spread_months"
        return int(parameters.number(path, month)) if path in parameters else 1


def parameter_path(programme: str, name: str) -> str:
    """Give the path of a programme's parameter."""
    return f"programmes.{programme}.{name}"


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
    for at, each in (((), file), (("take_up",), file.take_up), (("caseload",), file.caseload)):
        if each:
            what = ": ".join([f"'{file.id}'", *at])
            check_citation(what, each.source, each.evidence, document.where((*at, "source")))
    check_values(file, read_lookups(file.parameters), document)
    return file, document


def _check_known(key: str, given: Sequence[str], table: str, document: Document) -> None:
    known = _first_column(table)
    for i, name in enumerate(given):
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


def register(file: ProgrammeFile, document: Document, parameters: Parameters) -> None:
    """Add a programme's parameters and attributes below ``programmes.<id>.``.

    What is already there stays, so that an override made earlier holds.
    """
    for name, entry in file.parameters.items():
        path = parameter_path(file.id, name)
        if path not in parameters:
            bare = {key: value for key, value in entry.items() if key != "by"}
            at = ("parameters", name)
            parameters.add(path, parse_parameter(path, bare, document, at))
    known = file.source, file.evidence
    assumed = BEHAVIOUR_SOURCE, "assumption"
    attributes: list[tuple[str, str, float, tuple[str, Any]]] = [
        ("documents", "documents", file.documents, known),
        ("renewal_months", "months", file.renewal_months, known),
        ("processing_days_typical", "days", file.processing_days.typical, known),
        ("processing_days_limit", "days", file.processing_days.limit, known),
        ("visibility", "share", file.visibility, assumed),
        ("decision_hours", "hours", file.decision_hours, assumed),
    ]
    if file.take_up:
        take_up = file.take_up
        attributes.append(("take_up", "share", take_up.value, (take_up.source, take_up.evidence)))
    for name, unit, value, (source, evidence) in attributes:
        path = parameter_path(file.id, name)
        if path not in parameters:
            made = Value(value, source, evidence)
            parameters.add(path, Parameter(path, unit, ((ALWAYS, made),), _limits(unit)))


def _limits(unit: str) -> tuple[float, float]:
    return (0.0, 1.0) if unit == "share" else (0.0, 1000.0)


def build(file: ProgrammeFile, document: Document, parameters: Parameters) -> Programme:
    """Read a programme's rules and take its attributes from the parameters."""

    def number(name: str) -> float:
        return parameters.number(parameter_path(file.id, name))

    take_up = file.take_up
    if take_up:
        take_up = take_up.model_copy(update={"value": number("take_up")})
    return Programme(
        file=file,
        document=document,
        entitled=parse(file.entitled, document.where(("entitled",))),
        while_following=parse(file.while_following, document.where(("while_following",))),
        amount_krw_m=parse(file.amount_krw_m, document.where(("amount_krw_m",))),
        lookups=read_lookups(file.parameters),
        documents=round(number("documents")),
        renewal_months=round(number("renewal_months")),
        processing_days=ProcessingDays(
            typical=number("processing_days_typical"), limit=number("processing_days_limit")
        ),
        visibility=number("visibility"),
        decision_hours=number("decision_hours"),
        take_up=take_up,
        **_life(file, document),
    )


def _life(file: ProgrammeFile, document: Document) -> dict[str, Month | None]:
    """Read the first and the last month of a programme."""
    life = file.in_force
    if life is None:
        return {"since": None, "until": None}
    since = parse_month(life.since, document.where(("in_force", "from")))
    until = life.until and parse_month(life.until, document.where(("in_force", "until")))
    if until and until < since:
        raise UserError(
            f"'{file.id}' ends in {life.until} before it begins in {life.since}",
            document.where(("in_force", "until")),
            "nobody could ever be entitled",
            "write the first month after 'from' and the last one after 'until'",
        )
    return {"since": since, "until": until or None}


def read_lookups(entries: dict[str, dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Find the parameters that are tables, with the facts their keys are values of."""
    lookups: dict[str, tuple[str, ...]] = {}
    for name, entry in entries.items():
        by = entry.get("by")
        if by is not None:
            lookups[name] = (by,) if isinstance(by, str) else tuple(by)
    return lookups
