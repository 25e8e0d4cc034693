"""Fit the maps of incomes: published means, medians, shares and poverty on a reference sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from simlib.parameters import Parameters
from simlib.population.expansion import Skeleton
from simlib.population.income import HEAD_STEPS, IncomeMaps, Latent
from simlib.population.knots import increasing, normal_grid, score_knots
from simlib.population.tables import Floats, Ints, regions, table
from simlib.population.targets import Targets
from simlib.population.transfers import disposable, members_of

_REACH, _KNOTS_N = 3.2, 161
_GROUPS = {"29-": (0, 0), "30s": (1, 1), "40s": (2, 2), "50s": (3, 3), "65+": (5, 6)}
_ROUNDS, _INNER, _EASE, _PACE, _SMOOTHING = 16, 14, 0.1, 5.0, 0.12
_SHIFT_LEAST, _BISECTIONS = -3.0, 16
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
class _State:
    """Hold what is being fitted: atoms of each cell's distribution, and shifts of scores."""

    log: Floats
    weight: Floats
    scores: Floats
    area_shift: Floats
    parent_shift: float


def fit_income(
    people: Skeleton, latent: Latent, single_parent: NDArray[np.bool_], older_n: Floats,
    targets: Targets, parameters: Parameters,
) -> IncomeMaps:  # fmt: skip
    """Fit the maps from scores to incomes.

    Parameters
    ----------
    people, latent, single_parent
        The reference sample.
    older_n
        Members of each household at the ages of poverty of older people, ``(households,)``.
    targets
        Published figures.
    parameters
        Dated parameters.

    Notes
    -----
    The distribution of each cell is moved by monotone steps, one published figure after the
    other, until they hold together; scores of regions and of single parents are shifted until
    their means hold too.
    """
    areas = _areas()
    members = members_of(people.first, people.age, parameters)
    sample = Sample(
        latent.score, latent.cell, areas[people.region], single_parent, members.root**2, older_n,
        members.older_share,
    )  # fmt: skip
    state = _start(sample)
    total = _advance(state, sample, targets, None)
    for _ in range(_ROUNDS):
        line = _correct(state, sample, total, targets, parameters)
        total = _advance(state, sample, targets, line)
    grid, probs, _ = normal_grid(_REACH, _KNOTS_N)
    scores, logs = _with_ends(state.scores, state.log, grid)
    standing = increasing(np.quantile(np.log(total), probs))
    shift = state.area_shift[areas]
    return IncomeMaps(scores, logs, standing, grid, shift, state.parent_shift)


def _start(sample: Sample) -> _State:
    """Begin with the distributions that work, age, sex and luck suggest."""
    grid, _, shares = normal_grid(_REACH, _KNOTS_N)
    counts = np.bincount(sample.cell, minlength=2 * len(HEAD_STEPS)).astype(np.float64)
    scores = score_knots(sample.score, sample.cell, counts.size, grid)
    weight = counts[:, None] / counts.sum() * shares
    return _State(scores.copy(), weight, scores, np.zeros(len(_area_names())), 0.0)


def _advance(state: _State, sample: Sample, targets: Targets, line: float | None) -> Floats:
    """Move the distributions and give each household's income with benefits, won a year."""
    score = sample.score + state.area_shift[sample.area]
    score += state.parent_shift * sample.single_parent
    grid, _, _ = normal_grid(_REACH, _KNOTS_N)
    state.scores = score_knots(score, sample.cell, len(state.log), grid)
    _move_all(state, targets, line)
    total = np.empty(score.size)
    for c in range(len(state.log)):
        inside = sample.cell == c
        total[inside] = np.exp(np.interp(score[inside], state.scores[c], state.log[c]))
    return total


def _correct(
    state: _State, sample: Sample, total: Floats, targets: Targets, parameters: Parameters
) -> float:
    """Correct regions, single parents and poverty; give the line of people living alone."""
    means = np.bincount(sample.area, total) / np.bincount(sample.area)
    wanted = np.array([targets[f"income_mean_{name}"] for name in _area_names()])
    state.area_shift += np.log(wanted / (means / total.mean()))
    found = total[sample.single_parent].mean() / 12.0
    step = 1.5 * np.log(targets["single_parent_income_mean"] / found)
    state.parent_shift = max(state.parent_shift + step, _SHIFT_LEAST)
    equivalised = disposable(total, sample.older_share, parameters) / np.sqrt(sample.size)
    _smooth(state)
    _spread_poor(state, sample, equivalised, targets)
    return _poverty_line(total, equivalised, sample.size)


def _rows(groups: tuple[int, int], alone: bool | None = None) -> Ints:
    """List the cells of a span of age groups: of people alone, of others, or of both."""
    span = np.arange(groups[0], groups[1] + 1)
    both = {True: span, False: len(HEAD_STEPS) + span}
    return np.concatenate([both[kind] for kind in (True, False) if alone in (None, kind)])


def _areas() -> Ints:
    names = dict(table("income_area").select("region", "area").iter_rows())
    return np.array([_area_names().index(names[region]) for region in regions()], dtype=np.int64)


def _area_names() -> list[str]:
    return table("income_area")["area"].unique(maintain_order=True).to_list()


def _with_ends(scores: Floats, logs: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Add a knot far out on each side, along the slope of the outer tenths of the scores."""
    inner = int(np.searchsorted(grid, 2.0))
    ends_x, ends_y = [], []
    for side, near, far in ((-1, 0, grid.size - 1 - inner), (1, grid.size - 1, inner)):
        rise = (logs[:, near] - logs[:, far]) / (scores[:, near] - scores[:, far])
        ends_x.append(scores[:, near] + side * 5.0)
        ends_y.append(logs[:, near] + side * 5.0 * rise)
    return (
        np.column_stack([ends_x[0], scores, ends_x[1]]),
        np.column_stack([ends_y[0], logs, ends_y[1]]),
    )


def _move_all(state: _State, targets: Targets, line: float | None) -> None:
    """Take one step after the other towards published figures, many times."""
    lonely = _rows(_OLD, alone=True)
    share = targets.number("poverty_alone_66plus")
    for _ in range(_INNER):
        if line is not None:
            at = _quantile(state.log[lonely], state.weight[lonely], share)
            state.log[lonely] += 0.5 * (np.log(line) - at)
        _move_quintiles(state, targets)
        _move_alone(state, targets)
        for name, groups in _GROUPS.items():
            _move_age(state, _rows(groups), _rows(groups), name, targets)
        _move_age(state, _rows((4, 6)), _rows((4, 4)), "60+", targets)
        _raise_floor(state, targets)


def _raise_floor(state: _State, targets: Targets) -> None:
    """Keep the lowest incomes of each cell on or above a line that rises a little with rank."""
    grid = np.linspace(0.0, 2.0 * _REACH, state.log.shape[1])
    steps = len(HEAD_STEPS)
    floors = [targets.number("floor_alone_krw_y")] * steps
    floors += [targets.number("floor_others_krw_y")] * steps
    line = np.log(floors)[:, None] + targets.number("floor_slope") * grid
    state.log = np.stack([increasing(row) for row in np.maximum(state.log, line)])


def _quantile(log: Floats, weight: Floats, shares: Floats | float) -> Floats:
    order = np.argsort(log, axis=None)
    held = weight.ravel()[order]
    middle = np.cumsum(held) - 0.5 * held
    return np.asarray(np.interp(np.asarray(shares) * held.sum(), middle, log.ravel()[order]))


def _mean(log: Floats, weight: Floats) -> float:
    return float((np.exp(log) * weight).sum() / weight.sum())


def _move_age(state: _State, group: Ints, moved: Ints, name: str, targets: Targets) -> None:
    """Give a group of ages its median, then its mean by stretching the upper half."""
    weight = state.weight[group]
    median, mean = targets[f"income_median_{name}"], targets[f"income_mean_{name}"]
    for _ in range(1 if len(group) == len(moved) else 4):
        state.log[moved] += np.log(median) - _quantile(state.log[group], weight, 0.5)
    middle = float(_quantile(state.log[moved], state.weight[moved], 0.5))
    base = state.log[moved].copy()
    above = np.maximum(base - middle, 0.0)
    low, high = 0.5, 1.8
    for _ in range(_BISECTIONS):
        beta = 0.5 * (low + high)
        state.log[moved] = base + (beta - 1.0) * above
        if _mean(state.log[group], weight) < mean:
            low = beta
        else:
            high = beta


def _move_alone(state: _State, targets: Targets) -> None:
    """Give people living alone the published shares of income brackets and their mean."""
    rows = _rows((0, len(HEAD_STEPS) - 1), alone=True)
    weight = state.weight[rows]
    grown = np.log(targets.number("income_growth"))
    shares = np.cumsum([targets[f"one_person_income_{name}"] for name in _BRACKETS])
    at = _quantile(state.log[rows], weight, shares)
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


def _move_quintiles(state: _State, targets: Targets) -> None:
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


def _spread_poor(state: _State, sample: Sample, equivalised: Floats, targets: Targets) -> None:
    """Move the poor until relative poverty of older people and of all is met.

    Older people living alone move as a whole; in other groups the lower half is stretched.
    """
    everyone = targets["poverty_all"] - poverty(equivalised, sample.size, sample.size)
    older = targets["poverty_66plus"] - poverty(equivalised, sample.size, sample.older_n)
    rows = _rows(_OLD, alone=True)
    middle = state.log[rows][:, state.log.shape[1] // 2, None]
    state.log[rows] += (np.exp(_PACE * older) - 1.0) * (state.log[rows] - middle)
    for rows, missing in (
        (_rows(_OLD, alone=False), older), (_rows(_YOUNG), everyone)
    ):  # fmt: skip
        middle = state.log[rows][:, state.log.shape[1] // 2, None]
        below = np.minimum(state.log[rows] - middle, 0.0)
        state.log[rows] += (np.exp(_PACE * missing) - 1.0) * below


def _poverty_line(total: Floats, equivalised: Floats, size: Floats) -> float:
    """Give the income with benefits at which a person alone stands at the poverty line."""
    order = np.argsort(equivalised)
    running = np.cumsum(size[order])
    line = 0.5 * equivalised[order][np.searchsorted(running, 0.5 * running[-1])]
    alone = size == 1
    return float(np.interp(line, np.sort(equivalised[alone]), np.sort(total[alone])))


def _smooth(state: _State) -> None:
    """Draw the shape of each cell a little towards the normal distribution of logarithms."""
    grid = np.linspace(-_REACH, _REACH, state.log.shape[1])
    share = state.weight / state.weight.sum(axis=1, keepdims=True)
    middle = (share * state.log).sum(axis=1, keepdims=True)
    spread = (share * state.log * grid).sum(axis=1, keepdims=True)
    state.log += _SMOOTHING * (middle + spread * grid - state.log)


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
