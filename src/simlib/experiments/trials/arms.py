"""What an arm of a trial may do to its households: the parts that a trial file lists."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from simlib.experiments.scenario import Section

Channel = Literal["sms", "letter"]
HelpChannel = Literal["phone", "office", "visit"]
ClaimChannel = Literal["office", "online", "remote", "phone", "visit", "automatic"]
REMOTE: frozenset[str] = frozenset({"online", "remote", "phone", "visit", "automatic"})
"""Channels of a claim that need no trip to an office."""


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
    ``outgoing`` caseworkers call down the list of the pool; with ``present`` everybody is there
    already, at a desk.
    """

    channel: HelpChannel = Field("phone", description="How help is given.")
    offered: Literal["in_notice", "outgoing", "present"] | None = Field(
        None, description="Default: in_notice when the arm has a notice, else outgoing."
    )
    month: int = Field(0, ge=0, description="First month of the trial with help.")
    months: int | None = Field(None, ge=1, description="Months with help; default: to the end.")
    attempts: int = Field(1, ge=1, le=20, description="Calls to each household (outgoing).")
    attempts_m: float | None = Field(
        None,
        ge=0,
        description="Calls a month for every 1,000 households of the pool; default: no limit.",
    )
    answer_prob: float | None = Field(
        None, ge=0, le=1, description="Chance that a call is answered; default: an announced call."
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


class Part(Section):
    """Do one thing to the households of an arm; each item of an arm's list has one key."""

    notice: Notice | None = None
    assistance: Assistance | None = None
    burden: Burden | None = None
    meeting: Meeting | None = None
    channels: Channels = None
    renewal_months: int | None = Field(None, ge=0, le=120, description="0: renewal is automatic.")
    enrolment: Literal["automatic", "on_claim"] | None = Field(
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
        for timed in (self.notice, self.assistance, self.meeting):
            if timed is not None:
                return timed.month
        return None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = [type(self).model_fields[name].alias or name for name in self.model_fields_set]
        if len(given) != 1:
            raise ValueError(
                f"each item of an arm has one key, this one has {len(given)}"
                + (f" ({', '.join(sorted(given))})" if given else "")
                + "; write them as separate list items"
            )
        return self


Arm = Annotated[tuple[Part, ...], Field(strict=False)]
"""What an arm does, in order; an empty list is a control arm."""


def part_of(arm: tuple[Part, ...], name: str) -> list[Part]:
    """List the parts of an arm that do a certain thing."""
    return [part for part in arm if getattr(part, name) is not None]
