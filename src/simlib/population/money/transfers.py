"""Benefits and taxes, approximately: the way between the population's incomes and published ones.

Incomes of the population hold no benefit that simlib simulates. Published incomes do. The
schedule here says what a household with such means may expect from benefits on average, so that
published totals can be aimed at and compared with. It is used for nothing else.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.parameters import Parameters
from simlib.population.published.tables import Floats

_BENEFITS = (
    "pension_krw_y", "pension_couple_factor", "pension_full_below_krw_y",
    "pension_none_above_krw_y", "pension_share", "floor_krw_y", "floor_share",
)  # fmt: skip
_OLD, _CHILD, _INFANT, _TODDLER = 65, 8, 1, 2
_STEPS, _ONE_WON = 40, 0.5


@dataclass(frozen=True)
class Members:
    """Hold what the schedule needs to know of households, each shape ``(households,)``.

    Parameters
    ----------
    root
        Square root of the size.
    older_n
        Members of 65 and over.
    child_krw_y
        Allowances for small children, won a year.
    """

    root: Floats
    older_n: Floats
    child_krw_y: Floats

    @property
    def older_share(self) -> Floats:
        """Give the share of members of 65 and over, shape ``(households,)``."""
        return np.asarray(self.older_n / self.root**2)


def members_of(
    first: NDArray[np.int64], age: NDArray[np.uint8], parameters: Parameters
) -> Members:  # fmt: skip
    """Count the members of households that the schedule looks at.

    Parameters
    ----------
    first
        Index of each household's first person, with the total at the end.
    age
        Completed years of each person.
    parameters
        Dated parameters.
    """
    value = parameters.group("population.transfers")
    amounts = np.zeros(256)
    amounts[:_CHILD] = value["child_krw_y"]
    amounts[_INFANT:_TODDLER] += value["toddler_krw_y"]
    amounts[:_INFANT] += value["infant_krw_y"]
    made = Members(*(np.empty(first.size - 1) for _ in range(3)))
    _members(first, age, amounts, made.root, made.older_n, made.child_krw_y)
    return made


@njit(cache=True, parallel=True)
def _members(first, age, amounts, root, older, child):  # type: ignore[no-untyped-def]
    for h in prange(root.size):
        root[h] = np.sqrt(first[h + 1] - first[h])
        older[h] = 0.0
        child[h] = 0.0
        for i in range(first[h], first[h + 1]):
            older[h] += age[i] >= _OLD
            child[h] += amounts[age[i]]


def schedule(parameters: Parameters) -> Floats:
    """Read the schedule of benefits, shape ``(7,)``, for the compiled functions below."""
    value = parameters.group("population.transfers")
    return np.array([value[name] for name in _BENEFITS])


@njit(cache=True)
def benefits_at(market, root, older, child, v):  # type: ignore[no-untyped-def]
    """Give the expected benefits of one household with a yearly income without them."""
    each = v[0] if older < 2.0 else v[0] * v[1]
    passed = min(max((v[3] - market / root) / (v[3] - v[2]), 0.0), 1.0)
    pension = older * each * v[4] * passed
    gap = v[5] * root - market - pension
    return pension + v[6] * max(gap, 0.0) + child


@njit(cache=True)
def _slope_at(market, root, older, v):  # type: ignore[no-untyped-def]
    """Give how much income with benefits grows with one won more without them."""
    each = v[0] if older < 2.0 else v[0] * v[1]
    inside = v[2] < market / root < v[3]
    lost = older * each * v[4] / ((v[3] - v[2]) * root) if inside else 0.0
    passed = min(max((v[3] - market / root) / (v[3] - v[2]), 0.0), 1.0)
    if v[5] * root - market - older * each * v[4] * passed > 0.0:
        return (1.0 - lost) * (1.0 - v[6])
    return 1.0 - lost


@njit(cache=True)
def market_at(total, root, older, child, v):  # type: ignore[no-untyped-def]
    """Give the income without benefits of one household whose income with them is known.

    Newton's method, halving its bracket where a step would leave it: the schedule is made of
    straight pieces, so a few steps end within a won.
    """
    low, high = 0.0, max(total - child, 0.0)
    market = high
    for _ in range(_STEPS):
        over = market + benefits_at(market, root, older, child, v) - total
        if abs(over) < _ONE_WON:
            break
        if over > 0.0:
            high = market
        else:
            low = market
        market -= over / _slope_at(market, root, older, v)
        if not low <= market <= high:
            market = 0.5 * (low + high)
    return market


@njit(cache=True, parallel=True)
def _with_benefits(market, root, older, child, v, out):  # type: ignore[no-untyped-def]
    for h in prange(market.size):
        out[h] = market[h] + benefits_at(market[h], root[h], older[h], child[h], v)


def with_benefits(market_krw_y: Floats, members: Members, parameters: Parameters) -> Floats:
    """Add expected benefits to yearly incomes, shape ``(households,)``.

    Parameters
    ----------
    market_krw_y
        Yearly incomes without benefits.
    members
        What is known of the households' members.
    parameters
        Dated parameters.
    """
    out = np.empty(market_krw_y.size)
    _with_benefits(
        market_krw_y, members.root, members.older_n, members.child_krw_y, schedule(parameters), out
    )
    return out


def disposable(total_krw_y: Floats, older_share: Floats, parameters: Parameters) -> Floats:
    """Take taxes and contributions off yearly incomes, shape as given.

    Parameters
    ----------
    total_krw_y
        Yearly incomes with benefits.
    older_share
        Share of members of 65 and over, who contribute less.
    parameters
        Dated parameters: the rate rises with the logarithm of income.
    """
    value = parameters.group("population.tax")
    relative = np.log(np.maximum(total_krw_y, 1.0) / value["median_krw_y"])
    rate = np.clip(value["at_median"] + value["slope"] * relative, 0.0, value["highest"])
    rate *= 1.0 - (1.0 - value["older_factor"]) * older_share
    return np.asarray(total_krw_y * (1.0 - rate))
