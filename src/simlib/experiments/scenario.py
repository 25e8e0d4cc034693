"""What a scenario file may say: one schema for loading, documentation and editors."""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from simlib.errors import UserError
from simlib.months import Month, parse_month
from simlib.risk.layers import OF_ALL, Layer

TextT = TypeVar("TextT", bound=str)
Language = Literal["ko", "en"]
Stratum = Literal["age_group", "household_type", "region_class", "digital_skill", "region"]
ScorerName = Literal[
    "rule_of_thumb", "four_variable_logistic", "logistic", "hist_gradient_boosting"
]
PriorityName = Literal["arrival", "need_first", "quickest_first", "limit_first"]
Mode = Literal["dynamic", "fixed_rate"]
IndicatorCount = Literal[34, 39, 44, 45, 46, 47]


def _checked_month(text: str) -> str:
    try:
        parse_month(text)
    except UserError as error:
        raise ValueError(f"{error.what}; {error.mend}") from None
    return text


def _all_different(values: tuple[TextT, ...]) -> tuple[TextT, ...]:
    twice = sorted({each for each in values if values.count(each) > 1})
    if twice:
        raise ValueError(f"'{twice[0]}' is given twice; write it once")
    return values


def _scorer_file(text: str) -> str:
    if not text.endswith(".skops"):
        raise ValueError("name the .skops file that save_scorer wrote")
    return text


MonthText = Annotated[str, AfterValidator(_checked_month)]
"""A month written as ``2024-01``."""


class Section(BaseModel):
    """Refuse unknown keys and wrong types, and never change after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Title(Section):
    """Name the scenario in both languages."""

    ko: str = Field(min_length=1, description="Title in Korean.")
    en: str = Field(min_length=1, description="Title in English.")


class PopulationChoice(Section):
    """Choose who lives here: a population to be made, or the folder of one that exists."""

    households: int | None = Field(
        None, ge=100, le=30_000_000, description="Number of synthetic households."
    )
    year: int | None = Field(None, ge=2000, le=2100, description="Year of the published tables.")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Seed of the population.")
    folder: str | None = Field(
        None,
        alias="from",
        min_length=1,
        description="Folder written by `simlib synthesize`, instead of the other three keys.",
    )

    @model_validator(mode="after")
    def _either_made_or_loaded(self) -> Self:
        made = {"households": self.households, "year": self.year, "seed": self.seed}
        given = [name for name, value in made.items() if value is not None]
        if self.folder is not None and given:
            raise ValueError(f"give either 'from' or '{given[0]}', not both")
        missing = [name for name, value in made.items() if value is None]
        if self.folder is None and missing:
            raise ValueError(f"'{missing[0]}' is missing (or give a folder with 'from')")
        return self


class Offices(Section):
    """Say how welfare offices are staffed and work; what is left out keeps its default."""

    households_at_least: float | None = Field(
        None,
        ge=0,
        le=1_000_000,
        description="Simulated households for an office of its own; neighbours with fewer share.",
    )
    caseworkers_per_1000_households: float | None = Field(
        None, ge=0, le=100, description="Caseworkers for every 1,000 households of a municipality."
    )
    hours_per_month: float | None = Field(
        None, ge=0, le=300, description="Working hours of one caseworker in a month."
    )
    priority: PriorityName | None = Field(
        None, description="Which of the claims that are ready is decided first."
    )


class ScorerChoice(Section):
    """Choose what ranks detection lists, and what models may learn from."""

    model: ScorerName = Field("hist_gradient_boosting", description="Kind of scorer.")
    file: Annotated[str, AfterValidator(_scorer_file)] | None = Field(
        None,
        description="A scorer that `save_scorer` wrote (.skops), instead of a model; it must not "
        "have learned after `train_until`. Beside the scenario, or from where one stands.",
    )
    label: Layer = Field(
        "recorded_public",
        description="What models learn to predict: support as it was recorded, or, which no "
        f"agency could, {' or '.join(OF_ALL)}.",
    )
    train_until: MonthText | None = Field(
        None,
        description="Last month of training data; default: the middle of the simulated months. "
        "Before its end the rule of thumb ranks.",
    )
    indicators: IndicatorCount | None = Field(
        None, description="Length of the indicator list; default: the one in the parameters."
    )

    @model_validator(mode="after")
    def _either_model_or_file(self) -> Self:
        if self.file is not None and "model" in self.model_fields_set:
            raise ValueError("give either 'model' or 'file', not both")
        return self


class ReportChoice(Section):
    """Choose what the report shows; it does not change any result."""

    languages: Annotated[
        tuple[Language, ...], Field(strict=False, min_length=1), AfterValidator(_all_different)
    ] = ("ko", "en")
    strata: Annotated[tuple[Stratum, ...], Field(strict=False), AfterValidator(_all_different)] = (
        "age_group",
        "household_type",
        "region_class",
        "digital_skill",
    )
    sunset: MonthText | None = Field(
        None, description="Month after which the report must not be used."
    )


class Uncertainty(Section):
    """Say in how many further worlds every policy is run, to see what else a result rests on."""

    parameters: int = Field(
        0,
        ge=0,
        le=1_000,
        description="Draws of uncertain parameters; each is run with one replicate.",
    )
    populations: int = Field(
        1,
        ge=1,
        le=1_000,
        description="Synthetic populations, the scenario's own among them; "
        "each further one is run with one replicate.",
    )

    @property
    def worlds_n(self) -> int:
        """Count the worlds beside the scenario's own."""
        return self.parameters + self.populations - 1

    @model_validator(mode="after")
    def _spreads(self) -> Self:
        if self.parameters == 1:
            raise ValueError("one draw of the parameters has no spread; write 0, or 2 or more")
        return self


class Scenario(Section):
    """Hold one scenario: who, when, under which policies, with which changes."""

    title: Title
    population: PopulationChoice
    start: MonthText = Field(description="First simulated month, like 2024-01.")
    months: int = Field(ge=1, le=600, description="Number of simulated months.")
    replicates: int = Field(5, ge=1, le=10_000, description="Runs of each policy.")
    seed: int = Field(1, ge=0, lt=2**63, description="Seed of every random decision.")
    mode: Mode = Field(
        "dynamic",
        description="Whether households claim month by month, or receive with given rates.",
    )
    policies: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(strict=False, min_length=1, description="Names or files; first is the baseline."),
        AfterValidator(_all_different),
    ]
    programmes: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(
            strict=False,
            min_length=1,
            description="Benefits that are simulated: all, core, ids, or programme files.",
        ),
        AfterValidator(_all_different),
    ] = ("all",)
    changes: dict[str, Any] = Field(
        default_factory=dict, alias="set", description="New values of parameters, by path."
    )
    offices: Offices = Offices()
    scorer: ScorerChoice = ScorerChoice()
    report: ReportChoice = ReportChoice()
    uncertainty: Uncertainty = Uncertainty()

    @model_validator(mode="after")
    def _made_again(self) -> Self:
        if self.uncertainty.populations > 1 and self.population.folder is not None:
            raise ValueError(
                "'uncertainty.populations' makes further synthetic populations, but "
                "'population.from' names one that is there; write 'populations: 1'"
            )
        return self

    @property
    def start_month(self) -> Month:
        """Give the first simulated month."""
        return parse_month(self.start)

    @property
    def end_month(self) -> Month:
        """Give the month after the last simulated one."""
        return self.start_month + self.months

    @property
    def train_until_month(self) -> Month:
        """Give the last month whose rounds and labels a scorer may learn from."""
        if self.scorer.train_until is not None:
            return parse_month(self.scorer.train_until)
        return self.start_month + (self.months - 1) // 2

    def plain(self) -> dict[str, Any]:
        """Give the scenario as plain data with the keys of the file; unset keys are left out."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        if self.scorer.file is not None:
            plain["scorer"].pop("model")
        return plain
