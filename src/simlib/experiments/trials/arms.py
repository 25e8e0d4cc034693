"""What an arm of a trial may do to its households: the parts that a trial file lists."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from simlib.experiments.scenario import Section

USUAL_WORDS = {"text": "sms", "post": "letter", "mail": "letter"}
"""Other words for a channel."""


def usual_word(given: Any) -> Any:
    """Take other words for a channel as the one that is used here."""
    return USUAL_WORDS.get(given, given) if isinstance(given, str) else given


Channel = Annotated[
    Literal["letter", "sms", "email", "app", "phone", "recorded_call"], BeforeValidator(usual_word)
]
"""How a notice is sent; by ``phone`` a person calls and tells."""
HelpChannel = Literal["phone", "office", "visit"]
ClaimChannel = Literal["office", "online", "remote", "phone", "visit", "automatic"]
REMOTE: frozenset[str] = frozenset({"online", "remote", "phone", "visit", "automatic"})
"""Channels of a claim that need no trip to an office."""


Enrolment = Literal["automatic", "on_claim"]


def not_empty(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Refuse an empty list, after its items were checked."""
    if values is not None and not values:
        raise ValueError("write at least one entry, or leave the key out")
    return values


Channels = Annotated[
    tuple[ClaimChannel, ...] | None, Field(strict=False), AfterValidator(not_empty)
]
"""Channels through which a claim can be made."""


class Notice(Section):
    """Send a notice about the programme to every household of the pool."""

    channel: Channel = Field("letter", description="How it is sent.")
    month: int = Field(0, ge=0, description="Month of the trial in which it is sent, from 0.")
    reminders: int = Field(0, ge=0, le=24, description="Further sendings to the same households.")
    reminder_months: int = Field(1, ge=1, description="Months between sendings.")
    every_months: int | None = Field(
        None, ge=1, description="Send again, with its reminders, each so many months."
    )
    simplified: bool = Field(False, description="Short and plain: more readers read it.")
    shows_amount: bool = Field(False, description="Names the amount at stake: it pushes more.")
    destigmatising: bool = Field(
        False, description="Worded against stigma: receipt seems less visible."
    )
    read_prob: float | None = Field(
        None, ge=0, le=1, description="Share of households that read it, instead of the channel's."
    )


class Assistance(Section):
    """Offer help with the claim, in person; it lasts as long as the parameters say.

    With ``offered: in_notice`` those who read a notice of the arm call in and are helped; with
    ``outgoing`` caseworkers call, or go, down the list of the pool; with ``present`` everybody
    is there already, at a desk.
    """

    channel: HelpChannel = Field("phone", description="How help is given.")
    offered: Literal["in_notice", "outgoing", "present"] | None = Field(
        None,
        description="Default: in_notice when the arm has a notice; else present at an office and "
        "outgoing by phone or visit.",
    )
    month: int = Field(0, ge=0, description="First month of the trial with help.")
    months: int | None = Field(None, ge=1, description="Months with help; default: to the end.")
    attempts: int = Field(1, ge=1, le=20, description="Calls or visits to each household.")
    attempts_m: float | None = Field(
        None,
        ge=0,
        description="Calls a month for every 1,000 households of the pool; default: no limit.",
    )
    answer_prob: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Chance of an answer, or of finding somebody; default: parameters.",
    )
    accept_prob: float | None = Field(
        None, ge=0, le=1, description="Chance that a household takes the help; default: parameters."
    )


class Burden(Section):
    """Change what a claim asks of households; positive is heavier. It holds for everybody."""

    documents: float = Field(0.0, ge=-30, le=30, description="More documents than before.")
    trips: float = Field(0.0, ge=-10, le=10, description="More trips to an office.")
    processing_days: float = Field(0.0, ge=-120, le=365, description="More days to a decision.")
    learning_logit: float = Field(0.0, ge=-10, le=10, description="Harder to hear of, logit.")
    logit: float = Field(0.0, ge=-10, le=10, description="Harder at every step of a claim, logit.")
    application_logit: float = Field(0.0, ge=-10, le=10, description="Harder to begin, logit.")
    completion_logit: float = Field(0.0, ge=-10, le=10, description="Harder to complete, logit.")
    renewal_logit: float = Field(0.0, ge=-10, le=10, description="Harder to renew, logit.")


class Meeting(Section):
    """Invite every household of the pool to a meeting at which it is told and helped."""

    month: int = Field(0, ge=0, description="Month of the trial.")
    channel: Channel = Field("letter", description="How the invitation is sent.")
    attend_prob: float | None = Field(
        None, ge=0, le=1, description="Chance that a reader comes; default: the parameters'."
    )


def as_usual(given: Any) -> Any:
    """Take ``true``, or a key without a value, as a part with nothing but defaults."""
    return {} if given is None or given is True else given


def as_parts(given: Any) -> Any:
    """Take an arm without a value as a control arm, and one with keys as a list of one part.

    A part may be its name alone, as in ``[notice]``.
    """
    if given is None or given == {}:
        return ()
    parts = [given] if isinstance(given, dict | str) else given
    if not isinstance(parts, list | tuple):
        return given
    return tuple({each: None} if isinstance(each, str) else each for each in parts)


class Part(Section):
    """Do something to the households of an arm: one item of its list."""

    notice: Annotated[Notice | None, BeforeValidator(as_usual)] = None
    assistance: Annotated[Assistance | None, BeforeValidator(as_usual)] = None
    burden: Burden | None = None
    meeting: Annotated[Meeting | None, BeforeValidator(as_usual)] = None
    channels: Channels = None
    renewal_months: int | None = Field(None, ge=0, le=120, description="0: renewal is automatic.")
    enrolment: Enrolment | None = Field(
        None, description="automatic: who is entitled and known to the state receives unasked."
    )
    paid_months: int | None = Field(
        None, ge=1, le=120, description="Pay the known first; papers are due after so many months."
    )
    amount_factor: float | None = Field(None, gt=0, le=10, description="Factor on every amount.")
    changes: dict[str, float] | None = Field(
        None, alias="set", description="New values of uptake parameters in this arm, by path."
    )

    @property
    def first_month(self) -> int | None:
        """Give the month in which the part begins to act; None for what holds throughout."""
        timed = (self.notice, self.assistance, self.meeting)
        return min((each.month for each in timed if each is not None), default=None)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError("this item does nothing: write what it does, or leave it out")
        return self


Arm = Annotated[tuple[Part, ...], Field(strict=False), BeforeValidator(as_parts)]
"""What an arm does, in order; an empty list is a control arm."""


def pays_unasked(arm: tuple[Part, ...]) -> bool:
    """Tell whether an arm ends with automatic enrolment: the last word on it counts."""
    given = [part.enrolment for part in arm if part.enrolment is not None]
    return bool(given) and given[-1] == "automatic"


def part_of(arm: tuple[Part, ...], name: str) -> list[Part]:
    """List the parts of an arm that do a certain thing."""
    return [part for part in arm if getattr(part, name) is not None]
