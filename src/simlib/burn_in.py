"""How a run begins: every household where its past has brought it, before anything is recorded.

Each household has lived alone with its rights since they began (:mod:`simlib.uptake.seeding`).
Some months follow in which means, arrears and crises move, and in the last of them the funnel
does too, with offices and neighbours, and the youngest rights begin. Nobody's life goes on
meanwhile.
"""

from typing import TYPE_CHECKING

import numpy as np

from simlib.uptake.beginnings import Beginnings, YoungRights
from simlib.uptake.modes import is_fixed_rate
from simlib.uptake.seeding import seed_states

if TYPE_CHECKING:
    from simlib.model import WelfareModel

EVENTS = ("job_loss", "illness")
"""Triggers of rights whose step the world knows of every household."""


def burn_in(model: "WelfareModel") -> None:
    """Bring a model to the state in which its first month begins.

    Parameters
    ----------
    model
        The model, everybody unaware; without a past in its anchors, everybody is so when the
        months of the burn-in begin.
    """
    months = int(model.parameters.number("uptake.burn_in_months"))
    hard_months = int(model.parameters.number("life.hardship_burn_in_months"))
    state, young = model.funnel_state, _seeded(model, -months)
    paid_krw_m = state.paid_krw_m.copy()
    for step in range(-max(months, hard_months), 0):
        model._start_month(step)
        if step >= -hard_months:
            model._strain()
        if step >= -months:
            state.take(young.of(step))
            state.paid_krw_m[:] = 0
            model._seek()
            model._decide()
            model._keep()
        else:
            state.paid_krw_m[:] = paid_krw_m
        model._crises()
    state.take(young.of(0))


def _seeded(model: "WelfareModel", first_step: int) -> YoungRights:
    past = model.anchors.past
    if past is None or is_fixed_rate(model.parameters):
        return YoungRights.none()
    return seed_states(
        model.funnel_state,
        model.programmes,
        model.funnel.columns,
        model.rates,
        model.traits,
        past,
        _beginnings(model),
        model.world.draws,
        first_step,
    )


def _beginnings(model: "WelfareModel") -> Beginnings:
    """Tell when rights began: with an event that the world knows, or as long ago as drawn."""
    programmes, base = model.programmes, model.world.baseline
    caused = np.any([programmes.triggered_by(each) for each in EVENTS], axis=0)
    rests = np.array([each.event_triggered for each in model.world.catalogue.programmes])
    latest = np.maximum(base.jobless_since, base.ill_since).astype(np.int64)
    oldest_months = int(model.parameters.number("uptake.opening.oldest_months"))
    return Beginnings(caused & rests, latest, oldest_months)
