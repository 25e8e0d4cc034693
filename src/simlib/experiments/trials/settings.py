"""How an arm changes the programme and the decision model, before anybody is contacted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.experiments.trials.arms import Part, part_of
from simlib.experiments.trials.ground import Ground, shifted, trips_through, with_values
from simlib.logit import logistic
from simlib.parameters import Parameters
from simlib.uptake.programmes import Burdens, ProgrammeColumns
from simlib.uptake.rates import UptakeRates, read_rates

STEPS = ("application", "completion", "renewal")
"""Steps of a claim on which a compliance burden acts."""


@dataclass(frozen=True)
class ArmSetting:
    """Hold what is different in an arm.

    Attributes
    ----------
    parts
        What the arm does.
    parameters
        Every number, those of its notices too.
    rates, columns, burdens
        As the funnel sees them.
    amount_krw_m
        What each household is entitled to, (households,).
    """

    parts: tuple[Part, ...]
    parameters: Parameters
    rates: UptakeRates
    columns: ProgrammeColumns
    burdens: Burdens
    amount_krw_m: NDArray[np.float64]


def arm_setting(ground: Ground, name: str, parts: tuple[Part, ...]) -> ArmSetting:
    """Work out what an arm changes.

    Raises
    ------
    UserError
        If ``set`` names something that is no parameter of take-up or lies outside its range.
    """
    parameters, rates = _with_changes(ground, name, parts)
    burdens, columns = ground.burdens.copy(), ground.columns
    for part in parts:
        rates, burdens = _with_burden(rates, burdens, part)
    rates, columns = _with_wording(rates, columns, parts, ground.parameters)
    amount = ground.households.amount_krw_m
    for part in part_of(parts, "amount_factor"):
        amount = amount * float(part.amount_factor or 1.0)
    return ArmSetting(parts, parameters, rates, columns, burdens, amount)


def _with_changes(
    ground: Ground, name: str, parts: tuple[Part, ...]
) -> tuple[Parameters, UptakeRates]:
    parameters, rates = ground.parameters, ground.rates
    for i, part in enumerate(parts):
        if part.changes is None:
            continue
        where = ground.document.where(("arms", name, i, "set"))
        before = read_rates(parameters)
        parameters = parameters.override(part.changes, where)
        rates = _moved(rates, before, read_rates(parameters))
    return parameters, rates


def _moved(rates: UptakeRates, before: UptakeRates, after: UptakeRates) -> UptakeRates:
    """Move rates by what a change of parameters moves them; offsets stay."""
    parts: dict[str, Any] = {}
    for name in rates._fields:
        now, old, new = getattr(rates, name), getattr(before, name), getattr(after, name)
        if isinstance(now, float):
            parts[name] = now + new - old
        else:
            parts[name] = type(now)(*(a + c - b for a, b, c in zip(now, old, new, strict=True)))
    return UptakeRates(**parts)


def _with_burden(rates: UptakeRates, burdens: Burdens, part: Part) -> tuple[UptakeRates, Burdens]:
    if part.renewal_months is not None:
        burdens.renewal_months[0] = part.renewal_months
    if part.channels is not None:
        burdens.trips[0] = trips_through(part.channels)
    burden = part.burden
    if burden is None:
        return rates, burdens
    for column, more in (("documents", burden.documents), ("trips", burden.trips),
                         ("processing_days", burden.processing_days)):  # fmt: skip
        values = getattr(burdens, column)
        values[0] = max(values[0] + more, 0.0)
    burdens.learning[0] += burden.learning_logit
    logits = {step: -burden.logit - getattr(burden, f"{step}_logit") for step in STEPS}
    return shifted(rates, **logits), burdens


def _with_wording(
    rates: UptakeRates, columns: ProgrammeColumns, parts: tuple[Part, ...], numbers: Parameters
) -> tuple[UptakeRates, ProgrammeColumns]:
    """Let the wording of an arm's notices act on those who read them."""
    notices = [part.notice for part in part_of(parts, "notice") if part.notice is not None]
    number = numbers.group("trials.notice")
    push = 0.0
    if any(each.simplified for each in notices):
        push += number["simplified_push_logit"]
    if any(each.shows_amount for each in notices):
        push += number["amount_push_logit"]
    application = rates.application
    rates = rates._replace(application=application._replace(salience=application.salience + push))
    if any(each.destigmatising for each in notices):
        visibility = columns.visibility * np.array([number["destigmatised_share"], 1.0])
        columns = columns._replace(visibility=visibility)
    return rates, columns


def notice_parameters(
    numbers: Parameters, channel: str, *, simplified: bool, read_prob: float | None
) -> Parameters:
    """Give the parameters with which one notice is sent.

    Parameters
    ----------
    numbers
        The arm's parameters.
    channel
        How it is sent.
    simplified
        Whether more readers read it.
    read_prob
        Share of households that read it, whatever their friction; None for the channel's own.
    """
    path = f"outreach.channel.{channel}_read_logit"
    if read_prob is not None:
        inside = min(max(read_prob, 1e-12), 1 - 1e-12)
        given = {
            path: float(np.log(inside / (1 - inside))),
            f"outreach.channel.{channel}_delivered_prob": 1.0,
            "outreach.channel.read_friction": 0.0,
            "outreach.channel.read_fatigue": 0.0,
        }
        return with_values(numbers, given, "trial")
    if not simplified:
        return numbers
    more = numbers.number("trials.notice.simplified_read_logit")
    return with_values(numbers, {path: numbers.number(path) + more}, "trial")


def confirm_prob(rates: UptakeRates, friction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the chance that a household that was paid first hands in its papers, (households,)."""
    logit = rates.completion.base_logit - rates.completion.friction * friction
    return np.array([logistic(each) for each in logit]) * rates.completion.award_prob
