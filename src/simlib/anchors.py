"""Solve the programmes' offsets on the baseline population, before any policy."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simlib.life.course import LifeCourse
from simlib.life.world import World, prepare_world
from simlib.model import WelfareModel
from simlib.outreach.policy import Policy
from simlib.parameters import Parameters
from simlib.uptake.anchoring import DAMPING, Anchors, next_offsets, steeper
from simlib.uptake.fixed_rate import fixed_rates, known_rates
from simlib.uptake.modes import is_fixed_rate
from simlib.uptake.past import Past
from simlib.uptake.states import RECEIVING

Counts = NDArray[np.int64]

NOBODY = Policy("none", {"ko": "", "en": ""}, ())


def solve_anchors(world: World, parameters: Parameters) -> Anchors:
    """Find offsets with which take-up stays at each programme's published rate while people live.

    A sample of the households lives some years from the start of the run, without any policy:
    rights begin and end, offices decide. The offsets are those with which the mean take-up of
    these months is the published one. Only programmes with a rate and a right that lasts, and
    that somebody has at the start, are anchored: where the claim follows an event or the
    programme is new, take-up in a standing population says nothing.
    In the mode ``fixed_rate`` nothing is solved and nobody lives.

    Parameters
    ----------
    world
        The baseline world of replicate 0; a sample of its households is used.
    parameters
        Every number.
    """
    fixed = is_fixed_rate(parameters)
    sample = _sample(world, parameters, lives=not fixed)
    target = fixed_rates(world.catalogue) if fixed else _lasting_rates(sample)
    nothing = np.full(target.size, np.nan)
    anchors = Anchors(
        ids=tuple(world.catalogue.ids),
        mean_krw_m=_mean_amounts(sample, parameters),
        offset=np.zeros(target.size),
        target=target,
        seeded=nothing,
        effective=nothing,
        ease_from=parameters.number("uptake.anchoring.ease_from_logit"),
        past=None if fixed else _past(sample, parameters),
    )
    last: Anchors | None = None
    for _ in range(0 if fixed else int(parameters.number("uptake.anchoring.rounds_n"))):
        tried = _tried(sample, parameters, anchors)
        step = DAMPING if last is None else steeper(last, tried)
        offset = next_offsets(tried.offset, target, tried.effective, step)
        last, anchors = tried, replace(tried, offset=offset)
    return _tried(sample, parameters, anchors)


def _sample(world: World, parameters: Parameters, *, lives: bool) -> World:
    """Give some of the households, who live ahead or not."""
    few = world.thinned(int(parameters.number("uptake.anchoring.households_n")))
    months = int(parameters.number("uptake.anchoring.lived_months")) if lives else 0
    return prepare_world(
        few.population, world.catalogue, world.parameters, world.start, months, world.draws
    )


def _past(world: World, parameters: Parameters) -> Past:
    changes = (world.changes[step].change for step in range(world.months))
    few_n = parameters.number("uptake.anchoring.few_rights_n")
    return Past.measured(world.baseline.rights, changes, few_n)


def _lasting_rates(world: World) -> NDArray[np.float64]:
    """Give the rates of programmes with a right that lasts and that somebody has at the start."""
    events = np.array([each.event_triggered for each in world.catalogue.programmes])
    had = np.bincount(world.baseline.rights.programme, minlength=events.size) > 0
    return np.where(events | ~had, np.nan, known_rates(world.catalogue))


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


def _tried(world: World, parameters: Parameters, anchors: Anchors) -> Anchors:
    """Let the sample live with some offsets, and write down what they come to."""
    model = WelfareModel(world, NOBODY, parameters, anchors, record=False, one_office=True)
    entitled, receiving = seeded = _counts(model)
    for _ in range(world.months):
        model.step()
        now = _counts(model)
        entitled, receiving = entitled + now[0], receiving + now[1]
    past, household_months = anchors.past, world.households_n * (world.months + 1)
    return replace(
        anchors,
        seeded=_share(*seeded),
        effective=_share(entitled, receiving),
        past=past and replace(past, receiving_share=receiving / household_months),
    )


def _counts(model: WelfareModel) -> tuple[Counts, Counts]:
    """Count the entitled, and those of them who receive, each (programmes,)."""
    entitled, cells = model.entitled(), model.funnel_state.cells
    receives, n = entitled & (cells.state == RECEIVING), cells.programmes_n
    return (
        np.bincount(cells.programme[entitled], minlength=n),
        np.bincount(cells.programme[receives], minlength=n),
    )


def _share(entitled: Counts, receiving: Counts) -> NDArray[np.float64]:
    return np.where(entitled > 0, receiving / np.maximum(entitled, 1), np.nan)
