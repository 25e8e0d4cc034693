"""What the moments are measured on: pools, programmes and arms of published studies."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from simlib.benefits.catalogue import load_catalogue
from simlib.experiments.scenario import Section
from simlib.files import Document, package_data, read_yaml, validate
from simlib.parameters import Parameters
from simlib.uptake.programmes import Programmes


class ArmDesign(Section):
    """Say what an arm does to a pool."""

    notices: tuple[int, ...] = Field((), strict=False, description="Months with a notice.")
    channel: Literal["letter", "sms"] = Field("letter", description="How notices are sent.")
    helped: bool = Field(False, description="Who reads may call in and be helped.")
    documents: float = Field(0.0, description="More documents.")
    trips: float = Field(0.0, description="More trips to an office.")
    amount_factor: float = Field(1.0, gt=0, description="Factor on every amount.")


class Design(Section):
    """Describe one pool in one programme, as a study or a statistic has it."""

    like: str | None = Field(None, description="A programme of the catalogue, for its burden.")
    offsets: str | None = Field(None, description="Name of the pool's own offsets.")
    renewal_months: int | None = Field(None, ge=0, le=120, description="0: automatic.")
    documents: float | None = Field(None, ge=0, description="Default: a standard claim.")
    trips: float | None = Field(None, ge=0)
    processing_days: float | None = Field(None, ge=0)
    breaks: str = Field("office", description="Whose chance of breaking off: office or agency.")
    benefit_spread: float | None = Field(None, ge=0, description="Log sd; default: trials'.")
    receives_other: bool = Field(False, description="Everybody receives something else.")
    neighbours: bool = Field(False, description="Neighbours are entitled too.")
    entitlement_loss_prob_m: float = Field(0.0, ge=0, le=1)
    entitlement_return_prob_m: float = Field(0.0, ge=0, le=1)
    knows: bool = Field(False, description="Everybody knows of it and nobody receives it.")
    launch: bool = Field(False, description="The programme is new: no burn-in.")
    burn_in_months: int | None = Field(None, ge=0, description="Default: trials'.")
    arms: dict[str, ArmDesign] = Field(default_factory=dict)
    note: str = ""


class Designs(Section):
    """Hold all designs by name."""

    designs: dict[str, Design]


@dataclass(frozen=True)
class Claim:
    """Hold what a claim asks of a household in a design."""

    documents: float
    trips: float
    processing_days: float
    renewal_months: int
    visibility: float


def load_designs() -> tuple[dict[str, Design], Document]:
    """Read the designs that ship with simlib."""
    document = read_yaml(package_data("kr", "calibration", "designs.yaml"))
    return validate(Designs, document).designs, document


def claim_of(design: Design, parameters: Parameters) -> Claim:
    """Give the burden of a design: its own, its programme's, or that of a standard claim.

    Parameters
    ----------
    design
        The design.
    parameters
        Every number, those of programmes too.
    """
    standard = parameters.group("uptake.burden")
    number = {
        "documents": standard["standard_documents"],
        "trips": standard["standard_trips"],
        "processing_days": standard["standard_days"],
        "renewal_months": 0.0,
        "visibility": 0.0,
    }
    if design.like is not None:
        catalogue = load_catalogue(parameters)
        programmes, row = Programmes.of(catalogue), catalogue.index(design.like)
        number = {name: float(getattr(programmes, name)[row]) for name in number}
    for name in ("documents", "trips", "processing_days", "renewal_months"):
        own = getattr(design, name)
        number[name] = number[name] if own is None else float(own)
    return Claim(
        number["documents"],
        number["trips"],
        number["processing_days"],
        int(number["renewal_months"]),
        number["visibility"],
    )
