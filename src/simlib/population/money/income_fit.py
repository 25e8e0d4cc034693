"""Fit the maps of incomes: published means, medians, shares and poverty on a reference sample."""

import numpy as np
from numpy.typing import NDArray

from simlib.errors import UserError
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.money.income import HEAD_STEPS, IncomeMaps, Latent
from simlib.population.money.income_steps import (
    REACH,
    Sample,
    State,
    cells_of,
    move_all,
    smooth,
    spread_poor,
)
from simlib.population.money.knots import increasing, normal_grid, score_knots
from simlib.population.money.shaping import AGE_GROUPS
from simlib.population.money.transfers import disposable, members_of
from simlib.population.published.tables import Floats, Ints, regions, table
from simlib.population.published.targets import Targets

_KNOTS_N, _ROUNDS = 161, 16
_SHIFT_LEAST = -3.0
_OFF_MOST = 0.1
"""Error of a mean or median by age of head from which on the fit is refused."""


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

    Raises
    ------
    UserError
        If figures by age of head are missed widely, because parameters contradict them.

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
    _refuse(total, sample.cell, targets)
    grid, probs, _ = normal_grid(REACH, _KNOTS_N)
    scores, logs = _with_ends(state.scores, state.log, grid)
    standing = increasing(np.quantile(np.log(total), probs))
    shift = state.area_shift[areas]
    return IncomeMaps(scores, logs, standing, grid, shift, state.parent_shift)


def _refuse(total: Floats, cell: Ints, targets: Targets) -> None:
    off = []
    for name, groups in AGE_GROUPS.items():
        inside = total[np.isin(cell, cells_of(groups))]
        for kind, found in (("mean", inside.mean()), ("median", np.median(inside))):
            wanted = targets[f"income_{kind}_{name}"]
            if not abs(found / wanted - 1.0) < _OFF_MOST:
                off.append(f"income_{kind}_{name}")
    if off:
        raise UserError(
            f"incomes cannot be fitted to the published figures: {', '.join(off)}",
            "published_relations.csv and population.money",
            "the figures, or the floors and shares of population.money, contradict each other",
            "undo the changes to them, or change them less",
        )


def _start(sample: Sample) -> State:
    """Begin with the distributions that work, age, sex and luck suggest."""
    grid, _, shares = normal_grid(REACH, _KNOTS_N)
    counts = np.bincount(sample.cell, minlength=2 * len(HEAD_STEPS)).astype(np.float64)
    scores = score_knots(sample.score, sample.cell, counts.size, grid)
    weight = counts[:, None] / counts.sum() * shares
    return State(scores.copy(), weight, scores, np.zeros(len(_area_names())), 0.0, np.zeros(2))


def _advance(state: State, sample: Sample, targets: Targets, line: float | None) -> Floats:
    """Move the distributions and give each household's income with benefits, won a year."""
    score = sample.score + state.area_shift[sample.area]
    score += state.parent_shift * sample.single_parent
    grid, _, _ = normal_grid(REACH, _KNOTS_N)
    state.scores = score_knots(score, sample.cell, len(state.log), grid)
    move_all(state, targets, line)
    total = np.empty(score.size)
    for c in range(len(state.log)):
        inside = sample.cell == c
        total[inside] = np.exp(np.interp(score[inside], state.scores[c], state.log[c]))
    return total


def _correct(
    state: State, sample: Sample, total: Floats, targets: Targets, parameters: Parameters
) -> float:
    """Correct regions, single parents and poverty; give the line of people living alone."""
    means = np.bincount(sample.area, total) / np.bincount(sample.area)
    wanted = np.array([targets[f"income_mean_{name}"] for name in _area_names()])
    state.area_shift += np.log(wanted / (means / total.mean()))
    found = total[sample.single_parent].mean() / 12.0
    step = 1.5 * np.log(targets["single_parent_income_mean"] / found)
    state.parent_shift = max(state.parent_shift + step, _SHIFT_LEAST)
    equivalised = disposable(total, sample.older_share, parameters) / np.sqrt(sample.size)
    smooth(state)
    spread_poor(state, sample, equivalised, targets)
    return _poverty_line(total, equivalised, sample.size)


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


def _poverty_line(total: Floats, equivalised: Floats, size: Floats) -> float:
    """Give the income with benefits at which a person alone stands at the poverty line."""
    order = np.argsort(equivalised)
    running = np.cumsum(size[order])
    line = 0.5 * equivalised[order][np.searchsorted(running, 0.5 * running[-1])]
    alone = size == 1
    return float(np.interp(line, np.sort(equivalised[alone]), np.sort(total[alone])))
