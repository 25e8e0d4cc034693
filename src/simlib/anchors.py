"""Solve the programmes' offsets on the baseline population, before any policy."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simlib.life.course import LifeCourse
from simlib.life.world import World
from simlib.model import WelfareModel
from simlib.outreach.policy import Policy
from simlib.parameters import Parameters
from simlib.uptake.anchoring import Anchors, next_offsets
from simlib.uptake.fixed_rate import fixed_rates, known_rates
from simlib.uptake.modes import is_fixed_rate
from simlib.uptake.states import RECEIVING

NOBODY = Policy("none", {"ko": "", "en": ""}, ())
DAMPING = 0.8
"""Share of the gap in log odds that a round closes; below one, since offsets act twice."""


def solve_anchors(world: World, parameters: Parameters) -> Anchors:
    """Find offsets with which the burn-in ends at each programme's published take-up.

    Only programmes with a rate and a right that lasts are anchored: where the claim follows an
    event, take-up in a standing population says nothing. In the mode ``fixed_rate`` nothing is
    solved.

    Parameters
    ----------
    world
        The baseline world of replicate 0; a sample of its households is used.
    parameters
        Every number.
    """
    thin = world.thinned(int(parameters.number("uptake.anchoring.households_n")))
    ids = tuple(world.catalogue.ids)
    fixed = is_fixed_rate(parameters)
    target = fixed_rates(world.catalogue) if fixed else _lasting_rates(world)
    nothing = np.full(len(ids), np.nan)
    offset = np.zeros(len(ids))
    ease_from = parameters.number("uptake.anchoring.ease_from_logit")
    mean_krw_m = _mean_amounts(thin, parameters)
    anchors = Anchors(ids, mean_krw_m, offset, target, nothing, nothing, ease_from)
    anchors = replace(anchors, seeded=_seeded(thin, parameters, anchors))
    for _ in range(0 if fixed else int(parameters.number("uptake.anchoring.rounds_n"))):
        reached = _effective(thin, parameters, anchors)
        offset = next_offsets(anchors.offset, target, reached, DAMPING)
        anchors = replace(anchors, offset=offset)
    return replace(anchors, effective=_effective(thin, parameters, anchors))


def _lasting_rates(world: World) -> NDArray[np.float64]:
    events = [each.event_triggered for each in world.catalogue.programmes]
    return np.where(events, np.nan, known_rates(world.catalogue))


def _seeded(world: World, parameters: Parameters, anchors: Anchors) -> NDArray[np.float64]:
    """Give the share of the entitled who receive before the first month of the burn-in."""
    at_once = parameters.override({"uptake.burn_in_months": 0}, "seeding")
    return _effective(world, at_once, anchors)


def _mean_amounts(world: World, parameters: Parameters) -> NDArray[np.float64]:
    """Give the mean amount of the entitled in each calendar month, (12, programmes)."""
    course = LifeCourse(world.population, world.catalogue, parameters, world.draws)
    # some rights rest on events: without them nobody would be entitled
    course.events.warm_up(world.start, int(parameters.number("life.warm_up_months")))
    everybody = np.arange(world.households_n)
    means = np.zeros((12, len(world.catalogue.ids)))
    for month in range(world.start, world.start + 12):
        now = course.situation(everybody, month, 0)
        n, rights = means.shape[1], now.rights
        total = np.bincount(rights.programme, rights.amount_krw_m, minlength=n)
        counts = np.bincount(rights.programme, minlength=n)
        means[month % 12] = total / np.maximum(counts, 1)
    return means


def _effective(world: World, parameters: Parameters, anchors: Anchors) -> NDArray[np.float64]:
    model = WelfareModel(world, NOBODY, parameters, anchors, record=False)
    entitled, cells = model.entitled(), model.funnel_state.cells
    receives = entitled & (cells.state == RECEIVING)
    counts = np.bincount(cells.programme[entitled], minlength=cells.programmes_n)
    receiving = np.bincount(cells.programme[receives], minlength=cells.programmes_n)
    return np.where(counts > 0, receiving / np.maximum(counts, 1), np.nan)
