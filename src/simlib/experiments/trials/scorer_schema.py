"""What a trial of scorers may say: population, lists, outcomes, published results."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from simlib.experiments.scenario import MonthText, Section
from simlib.experiments.trials.arms import not_empty
from simlib.experiments.trials.schema import PoolPopulation, Published
from simlib.risk.layers import Layer

ScorerName = Literal[
    "random",
    "first_come",
    "postcode",
    "caseworkers",
    "rule_of_thumb",
    "four_variable_logistic",
    "logistic",
    "hist_gradient_boosting",
    "oracle",
]
"""How a list is ranked: by lot, by simple rules, by a trained model, or by who knows the truth."""
LEARNING = ("four_variable_logistic", "logistic", "hist_gradient_boosting")
"""Those that are trained."""
ScorerOutcome = Literal["precision", "lift", "recall", "auc", "average_precision", "base_rate"]
"""What is measured of a list, or of the ranking as a whole."""

LEAST_MONTHS = 14
"""Labels take months to be complete, in the first half to learn from and in the second to test."""


class ScorerList(Section):
    """Rank the households that have an indicator, and list the first of them in each round."""

    model: ScorerName = Field("rule_of_thumb", description="How they are ranked.")
    list_share: float | None = Field(
        None, gt=0, le=1, description="Length of the list, as a share of the ranked households."
    )
    list_n: int | None = Field(
        None,
        ge=1,
        description="Length of the list in households, instead of a share; households that "
        "scorers were trained on are left out of both, in proportion.",
    )
    label: Layer = Field("truth", description="What counts as a hit.")
    trained_on: Layer = Field("recorded_public", description="What a trained model learns.")

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.list_share is None) == (self.list_n is None):
            raise ValueError("give the length of the list: either 'list_share' or 'list_n'")
        if "trained_on" in self.model_fields_set and self.model not in LEARNING:
            raise ValueError(f"'{self.model}' learns nothing: leave 'trained_on' out")
        return self


class ScorerPart(Section):
    """Hold the one thing that an arm of such a trial does."""

    scorer: ScorerList


def _as_parts(given: object) -> object:
    return [given] if isinstance(given, dict) else given


def _exactly_one(parts: tuple[ScorerPart, ...]) -> tuple[ScorerPart, ...]:
    if len(parts) != 1:
        raise ValueError("an arm ranks by one scorer: write one entry")
    return parts


ScorerArm = Annotated[
    tuple[ScorerPart, ...],
    Field(strict=False),
    BeforeValidator(_as_parts),
    AfterValidator(_exactly_one),
]


class ScorerPool(Section):
    """Say which population the lists are made of."""

    population: PoolPopulation | None = Field(None, description="Default: the parameters' size.")


class ScorerPublished(Published):
    """Give a published result of a list, in an arm, less another's or relative to it."""

    outcome: ScorerOutcome  # type: ignore[assignment]

    @model_validator(mode="after")
    def _of_lists(self) -> Self:
        for name in ("month", "among", "minus_among", "less", "over", "elasticity"):
            if getattr(self, name) is not None:
                raise ValueError(f"a list has no '{name}': leave it out")
        return self


class ScorerTrial(Section):
    """Describe a trial of scorers: the same rounds, ranked in each arm by another scorer."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Short name.")
    title: str = Field(min_length=1, description="What is ranked, and by what.")
    pool: ScorerPool = ScorerPool()
    months: int = Field(
        24,
        ge=LEAST_MONTHS,
        le=240,
        description="Months of rounds: scorers learn from the first half, the second tests them.",
    )
    start: MonthText | None = Field(None, description="First month; default: the parameters'.")
    past_share: float | None = Field(
        None, gt=0, le=1, description="Listed in the past, of persons with an indicator."
    )
    arms: Annotated[dict[str, ScorerArm], Field(min_length=1)]
    outcomes: Annotated[
        tuple[ScorerOutcome, ...], Field(strict=False), AfterValidator(not_empty)
    ] = ("precision", "lift")
    published: Annotated[tuple[ScorerPublished, ...], Field(strict=False)] = ()
    evidence: str = Field("", description="Rows of the evidence that the trial stands for.")
    note: str = ""

    @model_validator(mode="after")
    def _arms_exist(self) -> Self:
        for each in self.published:
            for name in (each.arm, each.minus, each.relative_to):
                if name is not None and name not in self.arms:
                    raise ValueError(f"there is no arm '{name}' to compare a result with")
        return self

    def band_ids(self) -> tuple[str, ...]:
        """Give the id of each published result."""
        return tuple(each.id or f"{self.id}.{each.arm}.{each.outcome}" for each in self.published)


def is_scorer_trial(data: object) -> bool:
    """Tell whether a trial file asks scorers: some arm has a ``scorer``."""
    arms = data.get("arms") if isinstance(data, dict) else None
    if not isinstance(arms, dict):
        return False
    parts = [part for arm in arms.values() for part in (arm if isinstance(arm, list) else [arm])]
    return any(isinstance(part, dict) and "scorer" in part for part in parts)
