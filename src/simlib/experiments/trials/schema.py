"""What a trial file may say: pool, programme as changed, arms, months, outcomes, published."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from simlib.experiments.scenario import MonthText, Section
from simlib.experiments.trials.arms import Arm, Burden, Channels, Enrolment, Part, not_empty
from simlib.provenance import Evidence

Outcome = Literal[
    "aware",
    "applied",
    "approved_of_applied",
    "enrolled",
    "receiving",
    "take_up",
    "non_take_up",
    "missing_three_quarters",
    "missing_over_a_year",
    "expenditure_take_up",
    "expenditure_gap",
    "mean_need_of_new_entrants",
    "mean_friction_of_new_entrants",
    "mean_benefit_of_new_entrants",
    "exited",
    "still_entitled_at_exit",
    "churned",
    "renewed",
    "back_after_lapse",
    "claimed_first_year",
    "claimed_second_year",
    "months_received",
    "read",
    "helped",
    "opted_out",
]
"""What can be measured in an arm; see :mod:`simlib.experiments.trials.outcomes`."""

Start = Literal["unaware", "aware", "applying", "receiving", "lapsed"]
Tenure = Literal["own", "jeonse", "deposit_rent", "monthly_rent", "rent_free"]


class StandardPool(Section):
    """Make households with standard normal traits, for programmes of other countries.

    What is left out comes from the parameters below ``trials.standard``.
    """

    households: int = Field(6000, ge=50, le=5_000_000, description="Entitled households.")
    need_benefit: float | None = Field(
        None, ge=-1, le=1, description="Correlation of need and amount."
    )
    need_friction: float | None = Field(
        None, ge=-1, le=1, description="Correlation of need and friction."
    )
    benefit_spread: float | None = Field(None, ge=0, le=3, description="Log sd of amounts.")
    known_share: float | None = Field(
        None, ge=0, le=1, description="Share that receives some other benefit."
    )
    neighbours: bool = Field(
        False, description="Neighbours are entitled households too; else none of them is."
    )


class PoolPopulation(Section):
    """Choose the Korean households: made ones, or the folder of a population that exists.

    What is left out comes from the parameters below ``trials.population``.
    """

    households: int | None = Field(None, ge=1000, le=50_000_000)
    year: int | None = Field(None, ge=2000, le=2100)
    seed: int | None = Field(None, ge=0, lt=2**63)
    folder: str | None = Field(
        None, alias="from", min_length=1, description="Instead of the others."
    )

    @model_validator(mode="after")
    def _either_made_or_loaded(self) -> Self:
        if self.folder is not None and len(self.model_fields_set) > 1:
            raise ValueError("give either 'from' or the other keys, not both")
        return self


class Pool(Section):
    """Say which households are in the trial; all conditions hold at its beginning."""

    population: PoolPopulation | None = Field(None, description="Default: the parameters' size.")
    standard: StandardPool | None = Field(
        None, description="Made households instead of Korean ones."
    )
    age_min: int | None = Field(None, ge=0, le=120, description="Some member is at least so old.")
    age_max: int | None = Field(
        None, ge=0, le=120, description="The same member is at most so old."
    )
    size_min: int | None = Field(None, ge=1, le=30, description="Members at least.")
    size_max: int | None = Field(None, ge=1, le=30, description="Members at most.")
    children: bool | None = Field(None, description="Some member is under 18.")
    tenure: Annotated[tuple[Tenure, ...] | None, Field(strict=False), AfterValidator(not_empty)] = (
        None
    )
    regions: Annotated[tuple[str, ...] | None, Field(strict=False), AfterValidator(not_empty)] = (
        None
    )
    income_max_krw_m: float | None = Field(
        None, ge=0, description="Income of the household at most."
    )
    digital_skill_max: float | None = Field(
        None, ge=0, le=1, description="Skill of the best adult."
    )
    entitled_to: Annotated[tuple[str, ...], Field(strict=False)] = ()
    receiving: bool | None = Field(None, description="Whether it receives the programme.")
    known_to_state: bool | None = Field(None, description="Whether it receives some other benefit.")
    launch: bool = Field(False, description="The programme is new: nobody knows it or receives it.")
    starts: Start | None = Field(None, description="Put the whole pool into this state.")
    before: Arm = ()
    before_months: int = Field(0, ge=0, le=120, description="Months of what went before.")
    unmoved: bool = Field(False, description="Only households that began no claim in those months.")
    entitlement_loss_prob_m: float = Field(0.0, ge=0, le=1, description="A month, of entitlement.")
    entitlement_return_prob_m: float = Field(
        0.0, ge=0, le=1, description="A month, of those without."
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.standard is not None:
            fields = ("population", "age_min", "age_max", "size_min", "size_max", "children",
                      "tenure", "regions", "income_max_krw_m", "digital_skill_max")  # fmt: skip
            given = [name for name in fields if getattr(self, name) is not None]
            if given or self.entitled_to:
                name = given[0] if given else "entitled_to"
                raise ValueError(
                    f"made households have no '{name}': leave out 'standard' or '{name}'"
                )
        for low, high in (("age_min", "age_max"), ("size_min", "size_max")):
            bounds = getattr(self, low), getattr(self, high)
            if None not in bounds and bounds[0] > bounds[1]:
                raise ValueError(f"no household is in this pool: '{low}' is above '{high}'")
        if self.launch and (self.receiving or self.starts is not None):
            raise ValueError("nobody can receive or know a programme that is launched")
        if bool(self.before or self.unmoved) != bool(self.before_months):
            raise ValueError("'before' (or 'unmoved') and 'before_months' go together")
        return self


class Offsets(Section):
    """Shift the programme's logits: how well known it is, how readily people claim it."""

    awareness_logit: float = Field(0.0, ge=-10, le=10)
    application_logit: float = Field(0.0, ge=-10, le=10)
    fitted_as: str | None = Field(None, description="Name of the pool in a fit of the parameters.")
    source: str | None = None
    evidence: Evidence | None = None
    note: str = ""


class TrialProgramme(Section):
    """Take a programme of the catalogue, or one of standard burden, and change it."""

    like: str | None = Field(None, description="A programme of the catalogue.")
    documents: float | None = Field(None, ge=0, le=30)
    trips: float | None = Field(None, ge=0, le=10)
    processing_days: float | None = Field(None, ge=0, le=365)
    renewal_months: int | None = Field(None, ge=0, le=120, description="0: automatic.")
    claim_every_months: int | None = Field(
        None, ge=1, le=120, description="Has to be claimed anew."
    )
    channels: Channels = None
    visibility: float | None = Field(None, ge=0, le=1, description="How visible receipt is.")
    break_prob_m: float | None = Field(None, ge=0, le=1, description="Receipt breaks off, a month.")
    burden: Burden | None = Field(None, description="More or less than it asks now, in all arms.")
    enrolment: Enrolment | None = Field(None, description="In all arms that do not say otherwise.")
    paid_months: int | None = Field(None, ge=1, le=120, description="As in an arm, in all arms.")
    take_up: float | None = Field(
        None, gt=0, lt=1, description="Offsets are solved for this share."
    )
    offsets: Offsets | None = Field(None, description="Instead of solving for a take-up.")

    @model_validator(mode="after")
    def _one_level(self) -> Self:
        if self.take_up is not None and self.offsets is not None:
            raise ValueError("give either 'take_up' or 'offsets', not both")
        if self.trips is not None and self.channels is not None:
            raise ValueError("give either 'trips' or 'channels', not both")
        return self

    @property
    def parts(self) -> tuple[Part, ...]:
        """Give what holds in all arms, before what an arm does."""
        given = {name: getattr(self, name) for name in ("burden", "enrolment", "paid_months")}
        given = {name: value for name, value in given.items() if value is not None}
        return (Part(**given),) if given else ()


class Published(Section):
    """Give a published result and the band within which a simulated one agrees with it.

    The simulated value is the outcome in the arm; less that of another arm (``minus``) or
    relative to it (``relative_to``); less the same among other households (``minus_among``) or
    of another outcome (``less``); divided by the same of another outcome (``over``). With
    ``elasticity``, the factor between the amounts of two arms, it is the log ratio of the
    outcome in the arm to that in arm ``minus``, divided by the log of the factor.
    """

    id: str | None = Field(None, min_length=1, description="Default: trial, arm and outcome.")
    arm: str
    outcome: Outcome
    month: int | None = Field(None, ge=1, description="Months into the trial; default: its end.")
    minus: str | None = None
    relative_to: str | None = None
    among: dict[str, Any] | None = Field(None, description="Households, like {friction: upper}.")
    minus_among: dict[str, Any] | None = None
    less: Outcome | None = Field(
        None, description="Another outcome, whose same value is taken off."
    )
    over: Outcome | None = Field(None, description="Another outcome, by whose value it is divided.")
    elasticity: float | None = Field(None, gt=0)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    sign: Literal["positive", "negative"] | None = None
    acceptance: bool = Field(False, description="One of the bands by which the model is accepted.")
    used: Literal["check", "fit"] = Field("check", description="fit: parameters were set with it.")
    unit: str = ""
    source: str = ""
    evidence: Evidence | None = None
    note: str = ""

    @model_validator(mode="after")
    def _a_band_around_the_value(self) -> Self:
        if self.value is None or self.low is None or self.high is None or self.low > self.high:
            return self
        if not self.low <= self.value <= self.high:
            raise ValueError("'value' is not between 'low' and 'high'; write shares, not percent")
        return self

    @model_validator(mode="after")
    def _a_band_or_a_sign(self) -> Self:
        if self.sign is not None and (self.low is not None or self.high is not None):
            raise ValueError("a sign test has no band: give 'sign', or 'low' and 'high'")
        if self.sign is None and (self.low is None or self.high is None):
            raise ValueError("give 'low' and 'high', or a 'sign'")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("'low' is above 'high'")
        if self.minus is not None and self.relative_to is not None:
            raise ValueError("give either 'minus' or 'relative_to', not both")
        if self.elasticity is not None and (self.minus is None or self.elasticity == 1.0):
            raise ValueError("an elasticity needs an arm in 'minus' and a factor other than 1")
        return self


class Trial(Section):
    """Describe a virtual trial."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Short name.")
    title: str = Field(min_length=1, description="What is tried on whom.")
    pool: Pool
    programme: TrialProgramme
    months: int = Field(ge=1, le=240, description="Months that are simulated.")
    start: MonthText | None = Field(None, description="First month; default: the parameters'.")
    burn_in_months: int | None = Field(None, ge=0, le=600, description="Default: the parameters'.")
    arms: Annotated[dict[str, Arm], Field(min_length=1)]
    outcomes: Annotated[tuple[Outcome, ...], Field(strict=False), AfterValidator(not_empty)]
    published: Annotated[tuple[Published, ...], Field(strict=False)] = ()
    evidence: str = Field("", description="Rows of the evidence that the trial stands for.")
    note: str = ""

    def band_ids(self) -> tuple[str, ...]:
        """Give the id of each published result."""
        return tuple(each.id or f"{self.id}.{each.arm}.{each.outcome}" for each in self.published)
