"""Monotone steps that move distributions of income towards published figures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from simlib.population.money.income import HEAD_STEPS
from simlib.population.money.knots import increasing
from simlib.population.money.shaping import AGE_GROUPS, stretch_above, weighted_quantile
from simlib.population.published.tables import Floats, Ints
from simlib.population.published.targets import Targets

REACH = 3.2
"""Largest normal score of the knots of incomes."""
_INNER, _EASE, _PACE, _SMOOTHING = 14, 0.1, 5.0, 0.12
_BISECTIONS, _SPAN = 16, (0.5, 1.8)
_MEMORY, _MISSED_MOST, _STEP_MOST = 0.4, 0.2, 0.05
_OLD, _YOUNG = (5, 6), (0, 4)
_BRACKETS = ("<10M", "10-30M", "30-50M", "50-100M")
_BOUNDS_KRW_Y = (10e6, 30e6, 50e6, 100e6)


@dataclass(frozen=True)
class Sample:
    """Hold what the fit needs to know of the reference households, shape ``(households,)``.

    Parameters
    ----------
    score, cell
        Score before fitted shifts, and the cell whose map the household follows.
    area
        Area of the published regional means.
    single_parent
        One parent with a child under 18.
    size, older_n
        Members, and those of an age at which poverty of older people is published.
    older_share
        Share of members of 65 and over.
    """

    score: Floats
    cell: Ints
    area: Ints
    single_parent: NDArray[np.bool_]
    size: Floats
    older_n: Floats
    older_share: Floats


@dataclass
class State:
    """Hold what is being fitted: atoms of each cell's distribution, and shifts of scores.

    Poverty missed so far is added up in ``missed``.
    """

    log: Floats
    weight: Floats
    scores: Floats
    area_shift: Floats
    parent_shift: float
    missed: Floats


def cells_of(groups: tuple[int, int], alone: bool | None = None) -> Ints:
    """List the cells of a span of age groups: of people alone, of others, or of both."""
    span = np.arange(groups[0], groups[1] + 1)
    both = {True: span, False: len(HEAD_STEPS) + span}
    return np.concatenate([both[kind] for kind in (True, False) if alone in (None, kind)])


def move_all(state: State, targets: Targets, line: float | None) -> None:
    """Take one step after the other towards published figures, many times."""
    lonely = cells_of(_OLD, alone=True)
    share = targets.number("poverty_alone_66plus")
    for _ in range(_INNER):
        if line is not None:
            at = weighted_quantile(state.log[lonely], state.weight[lonely], share)
            state.log[lonely] += 0.5 * (np.log(line) - at)
        _move_quintiles(state, targets)
        _move_alone(state, targets)
        for name, groups in AGE_GROUPS.items():
            _move_age(state, cells_of(groups), cells_of(groups), name, targets)
        _move_age(state, cells_of((4, 6)), cells_of((4, 4)), "60+", targets)
        _raise_floor(state, targets)


def _raise_floor(state: State, targets: Targets) -> None:
    """Keep the lowest incomes of each cell on or above a line that rises a little with rank."""
    grid = np.linspace(0.0, 2.0 * REACH, state.log.shape[1])
    steps = len(HEAD_STEPS)
    floors = [targets.number("floor_alone_krw_y")] * steps
    floors += [targets.number("floor_others_krw_y")] * steps
    line = np.log(floors)[:, None] + targets.number("floor_slope") * grid
    state.log = np.stack([increasing(row) for row in np.maximum(state.log, line)])


def _mean(log: Floats, weight: Floats) -> float:
    return float((np.exp(log) * weight).sum() / weight.sum())


def _move_age(state: State, group: Ints, moved: Ints, name: str, targets: Targets) -> None:
    """Give a group of ages its median, then its mean by stretching the upper half."""
    weight = state.weight[group]
    median, mean = targets[f"income_median_{name}"], targets[f"income_mean_{name}"]
    for _ in range(1 if len(group) == len(moved) else 4):
        state.log[moved] += np.log(median) - weighted_quantile(state.log[group], weight, 0.5)
    middle = float(weighted_quantile(state.log[moved], state.weight[moved], 0.5))
    stretch_above(
        state.log, moved, middle, lambda: _mean(state.log[group], weight), mean, _SPAN, _BISECTIONS
    )


def _move_alone(state: State, targets: Targets) -> None:
    """Give people living alone the published shares of income brackets and their mean."""
    rows = cells_of((0, len(HEAD_STEPS) - 1), alone=True)
    weight = state.weight[rows]
    grown = np.log(targets.number("income_growth"))
    shares = np.cumsum([targets[f"one_person_income_{name}"] for name in _BRACKETS])
    at = weighted_quantile(state.log[rows], weight, shares)
    bounds = np.log(_BOUNDS_KRW_Y) + grown
    ends_at = np.concatenate([[at[0] - 10.0], at, [at[-1] + 10.0]])
    ends = np.concatenate([[bounds[0] - 10.0], bounds, [bounds[-1] + 10.0]])
    moved = PchipInterpolator(ends_at, ends)(state.log[rows])
    wide = np.log(targets["one_person_income_mean"]) + grown - np.log(_mean(moved, weight))
    within = np.searchsorted(bounds, moved)
    low = np.concatenate([[bounds[0] - 1.0], bounds])[within]
    high = np.concatenate([bounds, [bounds[-1] + 1.0]])[within]
    step = np.clip((moved - low) / (high - low), 0.0, None)
    state.log[rows] = np.where(
        (within > 0) & (step < 1.0), low + (high - low) * step ** np.exp(-wide), moved
    )


def _move_quintiles(state: State, targets: Targets) -> None:
    """Move household income quintiles half of the way to their means."""
    order = np.argsort(state.log, axis=None)
    weight = state.weight.ravel()[order]
    rank = (np.cumsum(weight) - 0.5 * weight) / weight.sum()
    held = np.exp(state.log.ravel()[order])
    steps = []
    for k in range(5):
        inside = (rank >= k / 5) & (rank < (k + 1) / 5)
        found = (held[inside] * weight[inside]).sum() / weight[inside].sum()
        steps.append(np.log(targets[f"income_quintile_{k + 1}_mean"] / found))
    shift = np.interp(rank, (np.arange(5) + 0.5) / 5, _EASE * np.array(steps))
    moved = np.empty_like(shift)
    moved[order] = shift
    state.log += moved.reshape(state.log.shape)


def spread_poor(state: State, sample: Sample, equivalised: Floats, targets: Targets) -> None:
    """Move the poor until relative poverty of older people and of all is met.

    Older people living alone move as a whole; in other groups the lower half is stretched. What
    was missed before counts too, so that steps that pull back do not leave a rest.
    """
    missed = np.array([
        targets["poverty_all"] - poverty(equivalised, sample.size, sample.size),
        targets["poverty_66plus"] - poverty(equivalised, sample.size, sample.older_n),
    ])  # fmt: skip
    state.missed = np.clip(state.missed + missed, -_MISSED_MOST, _MISSED_MOST)
    everyone, older = np.clip(missed + _MEMORY * state.missed, -_STEP_MOST, _STEP_MOST)
    rows = cells_of(_OLD, alone=True)
    middle = state.log[rows][:, state.log.shape[1] // 2, None]
    state.log[rows] += (np.exp(_PACE * older) - 1.0) * (state.log[rows] - middle)
    for rows, missing in (
        (cells_of(_OLD, alone=False), older), (cells_of(_YOUNG), everyone)
    ):  # fmt: skip
        middle = state.log[rows][:, state.log.shape[1] // 2, None]
        below = np.minimum(state.log[rows] - middle, 0.0)
        state.log[rows] += (np.exp(_PACE * missing) - 1.0) * below


def smooth(state: State) -> None:
    """Draw the shape of each cell a little towards the normal distribution of logarithms."""
    grid = np.linspace(-REACH, REACH, state.log.shape[1])
    share = state.weight / state.weight.sum(axis=1, keepdims=True)
    middle = (share * state.log).sum(axis=1, keepdims=True)
    spread = (share * state.log * grid).sum(axis=1, keepdims=True)
    state.log += _SMOOTHING * (middle + spread * grid - state.log)


def poverty(
    equivalised: Floats, weight: Floats, group: Floats
) -> float:  # fmt: skip
    """Give the share of a group below half of the median of all persons.

    Parameters
    ----------
    equivalised
        Disposable income over the root of size of each household.
    weight, group
        All persons, and those of the group, in each household.
    """
    order = np.argsort(equivalised)
    running = np.cumsum(weight[order])
    line = 0.5 * equivalised[order][np.searchsorted(running, 0.5 * running[-1])]
    return float(group[equivalised < line].sum() / group.sum())


def gini(values: Floats, weights: Floats | None = None) -> float:
    """Give the Gini index of values, shape ``(units,)``, with optional weights."""
    order = np.argsort(values, kind="stable")
    held = np.asarray(values, dtype=np.float64)[order]
    share = np.ones(held.size) if weights is None else np.asarray(weights)[order]
    people = np.cumsum(share) / share.sum()
    wealth = np.cumsum(held * share) / (held * share).sum()
    below = np.concatenate([[0.0], wealth[:-1]])
    step = np.diff(people, prepend=0.0)
    return float(1.0 - ((wealth + below) * step).sum())
