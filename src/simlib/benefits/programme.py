"""One programme as simlib uses it: its rules read, its attributes taken from the parameters."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from simlib.benefits.expressions import Expression, parse
from simlib.benefits.programme_file import (
    Exclusion,
    Granted,
    Name,
    ProcessingDays,
    ProgrammeFile,
    TakeUp,
    Unit,
    read_lookups,
)
from simlib.errors import UserError
from simlib.files import Document
from simlib.months import Month, parse_month
from simlib.parameters import ALWAYS, Parameter, Parameters, Value, parse_parameter
from simlib.provenance import Evidence

BEHAVIOUR_SOURCE = "HEDGE"


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
    for name, unit, value, (source, evidence) in _attributes(file):
        path = parameter_path(file.id, name)
        if path not in parameters:
            made = Value(value, source, evidence)
            parameters.add(path, Parameter(path, unit, ((ALWAYS, made),), _limits(unit)))


def _attributes(file: ProgrammeFile) -> list[tuple[str, str, float, tuple[str, Evidence]]]:
    """List the attributes that are parameters: name, unit, value, and source with evidence."""
    days, known = file.processing_days, (file.source, file.evidence)
    assumed: tuple[str, Evidence] = (BEHAVIOUR_SOURCE, "assumption")

    def cited(name: str, otherwise: tuple[str, Evidence]) -> tuple[str, Evidence]:
        own = getattr(file.citations, name)
        return (own.source, own.evidence) if own else otherwise

    by_days = cited("processing_days", known)
    attributes: list[tuple[str, str, float, tuple[str, Evidence]]] = [
        ("documents", "documents", file.documents, cited("documents", known)),
        ("renewal_months", "months", file.renewal_months, cited("renewal_months", known)),
        ("processing_days_typical", "days", days.typical, by_days),
        ("processing_days_limit", "days", days.limit, by_days),
        ("visibility", "share", file.visibility, cited("visibility", assumed)),
        ("decision_hours", "hours", file.decision_hours, cited("decision_hours", assumed)),
    ]
    take_up = file.take_up
    if take_up:
        attributes.append(("take_up", "share", take_up.value, (take_up.source, take_up.evidence)))
    return attributes


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
