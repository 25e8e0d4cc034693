"""The numbers of the decision model, read once from the parameters."""

from typing import NamedTuple

import numpy as np

from simlib.draws import decision_code
from simlib.parameters import Parameters


class AwarenessRates(NamedTuple):
    """Hold what makes a household hear of a programme."""

    base_logit: float
    friction: float
    need: float
    benefit: float
    peers: float
    cross_programme: float
    forget_prob_m: float


class ApplicationRates(NamedTuple):
    """Hold what makes an aware household start an application."""

    base_logit: float
    benefit: float
    benefit_cap: float
    need: float
    friction: float
    stigma: float
    salience: float
    salience_half_life_months: float
    salience_weight: float
    assistance: float
    assistance_months: float


class CompletionRates(NamedTuple):
    """Hold what brings a started application to an award."""

    base_logit: float
    friction: float
    assistance: float
    award_prob: float


class RenewalRates(NamedTuple):
    """Hold what keeps a benefit once it is received."""

    base_logit: float
    friction: float
    return_prob_m: float
    return_months: float
    end_noticed_prob_m: float
    reminder: float


class BurdenWeights(NamedTuple):
    """Hold how heavy documents, trips and days weigh against a standard claim, in logits."""

    document_logit: float
    travel_logit: float
    wait_logit: float
    standard_documents: float
    standard_trips: float
    standard_days: float


class PauseMonths(NamedTuple):
    """Hold how long a household waits after a failed application."""

    suspended_months: float
    denied_months: float


class UptakeRates(NamedTuple):
    """Hold all numbers of the decision model."""

    awareness: AwarenessRates
    application: ApplicationRates
    completion: CompletionRates
    renewal: RenewalRates
    burden: BurdenWeights
    pause: PauseMonths
    steps_within_month: float


class UptakeCodes(NamedTuple):
    """Hold the codes of the decisions that the funnel draws."""

    aware_self: np.uint64
    forget: np.uint64
    apply: np.uint64
    complete: np.uint64
    renew: np.uint64
    return_fast: np.uint64
    break_off: np.uint64
    end_noticed: np.uint64


def read_rates(parameters: Parameters) -> UptakeRates:
    """Read the decision model's numbers from the parameters below ``uptake``."""

    def part(prefix: str) -> dict[str, float]:
        return parameters.group(f"uptake.{prefix}")

    return UptakeRates(
        AwarenessRates(**part("awareness")),
        ApplicationRates(**part("application")),
        CompletionRates(**part("completion")),
        RenewalRates(**part("renewal")),
        BurdenWeights(**part("burden")),
        PauseMonths(**part("pause")),
        parameters.number("uptake.steps_within_month"),
    )


def uptake_codes() -> UptakeCodes:
    """Look up the codes of the funnel's decisions."""
    names = UptakeCodes._fields
    return UptakeCodes(*(np.uint64(decision_code(f"uptake.{name}")) for name in names))
