"""Fit the maps of net worth and the levels of debt on a reference sample."""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtr, ndtri

from simlib.draws import Draws
from simlib.parameters import Parameters
from simlib.population.households.expansion import Skeleton
from simlib.population.money.income import HEAD_STEPS, head_group
from simlib.population.money.knots import increasing, normal_grid, score_knots
from simlib.population.money.shaping import AGE_GROUPS, stretch_above, weighted_quantile
from simlib.population.money.wealth import (
    CLASSES,
    WealthMaps,
    debt_at,
    debt_shapes,
    household_class,
    worth_score,
)
from simlib.population.published.tables import Floats, Ints, regions
from simlib.population.published.targets import Targets

_REACH, _KNOTS_N = 3.7, 241
_ROUNDS, _INNER, _DEBT_ROUNDS = 8, 40, 25
_HALVINGS, _SPAN = 20, (0.3, 2.5)
_AGES = 0.6
"""Weight of figures by age of head where they and the country's tenths cannot both hold."""
_DEBTS_END, _EASE = -1.8, 0.8
"""Normal score below which the country's distribution holds, and where it starts to give way."""
_REGIONS = ("Seoul", "Gyeonggi", "Incheon")


class NetWorth:
    """Give the published distribution of net worth.

    An exponential debt tail below, a smooth line through published tenths between, a Pareto tail
    above; the tails have the published means of the lowest and the highest tenth.

    Parameters
    ----------
    targets
        Published tenths and means of the extreme tenths.
    parameters
        Dated parameters: where the tails start and end.
    """

    def __init__(self, targets: Targets, parameters: Parameters) -> None:
        value = parameters.group("population.net_worth")
        self._bottom, self._cut = value["bottom_share"], value["tail_cut"]
        tenths = np.arange(1, 10) / 10.0
        bounds = np.array([targets[f"net_worth_p{k}"] for k in range(10, 100, 10)])
        self._last, self._highest = float(tenths[-1]), float(bounds[-1])
        self._middle = PchipInterpolator(
            np.concatenate([[self._bottom], tenths]), np.concatenate([[0.0], bounds])
        )
        above = float(self._middle.integrate(self._bottom, tenths[0]))
        lost = above - tenths[0] * targets["net_worth_decile_1_mean"]
        self._scale = lost / self._bottom
        self._exponent = self._solve_exponent(targets["net_worth_decile_10_mean"])
        self._scores = np.linspace(-_REACH - 0.5, _REACH + 0.5, 4001)
        self._won = self._exact(ndtr(self._scores))

    def _solve_exponent(self, mean: float) -> float:
        """Find the Pareto exponent at which the highest tenth has its mean."""
        cut = self._cut / (1.0 - self._last)
        low, high = 1.05, 20.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            power = 1.0 - 1.0 / middle
            found = (1.0 - cut**power) / power + cut**power
            low, high = (middle, high) if found * self._highest > mean else (low, middle)
        return 0.5 * (low + high)

    def _exact(self, share: Floats) -> Floats:
        lowest = self._scale * np.log(np.minimum(share, self._bottom) / self._bottom)
        rest = np.maximum((1.0 - share) / (1.0 - self._last), self._cut / (1.0 - self._last))
        highest = self._highest * np.minimum(rest, 1.0) ** (-1.0 / self._exponent)
        middle = self._middle(np.clip(share, self._bottom, self._last))
        low = np.where(share < self._bottom, lowest, middle)
        return np.asarray(np.where(share > self._last, highest, low))

    def at(self, score: Floats) -> Floats:
        """Give won at normal scores of ranks in the country, any shape."""
        return np.asarray(np.interp(score, self._scores, self._won))

    def score_of(self, krw: float) -> float:
        """Give the normal score of the rank at which net worth is this much."""
        return float(np.interp(krw, self._won, self._scores))


def fit_wealth(
    people: Skeleton, standing: Floats, single_parent: NDArray[np.bool_], targets: Targets,
    parameters: Parameters, draws: Draws,
) -> WealthMaps:  # fmt: skip
    """Fit the maps from scores to net worth, and the levels of debt.

    Parameters
    ----------
    people, standing, single_parent
        The reference sample with normal scores of income.
    targets
        Published figures.
    parameters
        Dated parameters.
    draws
        Luck of the reference sample.
    """
    group, classes = head_group(people), household_class(people, single_parent)
    base = worth_score(people, standing, parameters, draws)
    grid, _, shares = normal_grid(_REACH, _KNOTS_N)
    counts = np.bincount(group, minlength=len(HEAD_STEPS)).astype(np.float64)
    weight = counts[:, None] / counts.sum() * shares
    worth = NetWorth(targets, parameters)
    levels = _age_levels(np.repeat(grid[None], counts.size, axis=0), weight, worth, targets)
    net_krw = np.stack([increasing(row, 1.0) for row in worth.at(levels)])
    region_shift, class_shift = np.zeros(len(regions())), np.zeros(len(CLASSES))
    for _ in range(_ROUNDS):
        score = base + region_shift[people.region] + class_shift[classes]
        scores = score_knots(score, group, counts.size, grid)
        net = _net(score, group, scores, net_krw)
        _shift(region_shift, class_shift, net, people.region, classes, targets)
    score = base + region_shift[people.region] + class_shift[classes]
    scores = score_knots(score, group, counts.size, grid)
    net = _net(score, group, scores, net_krw)
    debt = _debt_levels(people, standing, group, classes, net, targets, parameters, draws)
    return WealthMaps(*_with_ends(scores, net_krw), region_shift, class_shift, debt)


def _net(score: Floats, group: Ints, scores: Floats, net_krw: Floats) -> Floats:
    net = np.empty(score.size)
    for g in range(scores.shape[0]):
        inside = group == g
        net[inside] = np.interp(score[inside], scores[g], net_krw[g])
    return net


def _with_ends(scores: Floats, net_krw: Floats) -> tuple[Floats, Floats]:
    """Add a knot far out on each side, beyond which net worth stays as it is."""
    low, high = scores[:, :1] - 100.0, scores[:, -1:] + 100.0
    return (
        np.hstack([low, scores, high]),
        np.hstack([net_krw[:, :1] - 1.0, net_krw, net_krw[:, -1:] + 1.0]),
    )


def _shift(
    region_shift: Floats, class_shift: Floats, net: Floats, region: Ints, classes: Ints,
    targets: Targets,
) -> None:  # fmt: skip
    """Move regions and classes towards their published means of net worth."""
    for name in _REGIONS:
        r = regions().index(name)
        found = net[region == r].mean() / net.mean()
        region_shift[r] += 1.5 * np.log(targets[f"net_worth_mean_{name}"] / found)
    wanted = {
        "one_person": targets["one_person_assets_mean"] - targets["one_person_debt_mean"],
        "single_parent": targets["single_parent_net_worth_mean"],
    }
    for name, krw in wanted.items():
        c = CLASSES.index(name)
        class_shift[c] += 1.5 * np.log(krw / max(net[classes == c].mean(), 1e6))


def _age_levels(levels: Floats, weight: Floats, worth: NetWorth, targets: Targets) -> Floats:
    """Move the groups of ages until medians and means by age and the country's tenths hold.

    Everything happens on normal scores of the country's ranks: a group is shifted to its
    median and stretched above it to its mean; then all are ranked again. Groups of heads differ
    a little in size from those of the survey, so both cannot hold: the result lies between.
    """
    for _ in range(_INNER):
        for name, (first, last) in AGE_GROUPS.items():
            _move_age(
                levels, weight, slice(first, last + 1), slice(first, last + 1), name, worth, targets
            )
        _move_age(levels, weight, slice(4, 7), slice(4, 5), "60+", worth, targets)
        order = np.argsort(levels, axis=None)
        held = weight.ravel()[order]
        ranked = np.empty(order.size)
        ranked[order] = ndtri((np.cumsum(held) - 0.5 * held) / held.sum())
        moved, levels = levels, ranked.reshape(levels.shape)
    share = _AGES * np.clip((levels - _DEBTS_END) / _EASE, 0.0, 1.0)
    return levels + share * (moved - levels)


def _move_age(
    levels: Floats, weight: Floats, group: slice, moved: slice, name: str, worth: NetWorth,
    targets: Targets,
) -> None:  # fmt: skip
    middle = worth.score_of(targets[f"net_worth_median_{name}"])
    levels[moved] += middle - weighted_quantile(levels[group], weight[group], 0.5)

    def mean() -> float:
        held = weight[group]
        return float((worth.at(levels[group]) * held).sum() / held.sum())

    wanted = targets[f"net_worth_mean_{name}"]
    stretch_above(levels, moved, middle, mean, wanted, _SPAN, _HALVINGS)


def _debt_levels(
    people: Skeleton, standing: Floats, group: Ints, classes: Ints, net: Floats,
    targets: Targets, parameters: Parameters, draws: Draws,
) -> Floats:  # fmt: skip
    """Solve the levels of debt for the published means by age of head and by class."""
    shape, held, limit = debt_shapes(people, standing, parameters, draws)
    has = draws.uniform("population.debt_held", people.household_ids) < held
    typical = targets["debt_mean_all"]
    by_group, by_class = np.full(len(HEAD_STEPS), typical), np.ones(len(CLASSES))
    by_group[-1] *= parameters.number("population.debt.oldest_factor")
    debt = np.empty(net.size)
    for _ in range(_DEBT_ROUNDS):
        for name, (first, last) in {**AGE_GROUPS, "60+": (4, 6)}.items():
            _debts(by_group[group] * by_class[classes], shape, net, has, limit, debt)
            inside = (group >= first) & (group <= last)
            factor = targets[f"debt_mean_{name}"] / debt[inside].mean()
            if name == "60+":
                rest = inside & (group == first)
                missing = (factor - 1.0) * debt[inside].sum()
                by_group[first] *= max(1.0 + missing / debt[rest].sum(), 0.2)
            else:
                by_group[first : last + 1] *= factor
        for c, name in enumerate(CLASSES):
            if c > 0:
                _debts(by_group[group] * by_class[classes], shape, net, has, limit, debt)
                by_class[c] *= targets[f"{name}_debt_mean"] / debt[classes == c].mean()
    return np.outer(by_group, by_class)


@njit(cache=True)
def _debts(level, shape, net, has, limit, out):  # type: ignore[no-untyped-def]
    for h in range(out.size):
        out[h] = debt_at(level[h], shape[h], net[h], has[h], limit)
