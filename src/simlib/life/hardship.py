"""Means, unpaid bills and crisis: what a month's money does to a household.

Small functions of plain numbers, and one compiled loop over the columns. Arrears and crisis
depend on the benefits that arrive, so they differ between policies; the luck does not.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.life.changes import HomeState
from simlib.life.people import NOT
from simlib.life.world import World
from simlib.logit import happens, logistic
from simlib.parameters import Parameters

LONGEST_MONTHS = 250
"""Months beyond which arrears and crises are counted no further; they fit in a byte."""


class HardshipRates(NamedTuple):
    """Hold the numbers of means, arrears and crisis; units stand in the parameter file."""

    need_share: float
    debt_service_share_m: float
    saving_share: float
    thrift_share: float
    buffer_cap_months: float
    buffer_floor_months: float
    arrears_prob_m: float
    arrears_clear_prob_m: float
    arrears_cap_months: float
    in_arrears_months: float
    crisis_base_logit: float
    crisis_arrears: float
    crisis_illness: float
    crisis_jobless: float
    crisis_isolation: float
    crisis_end_prob_m: float
    crisis_end_helped_prob_m: float


class HardshipCodes(NamedTuple):
    """Hold the codes of the decisions drawn here."""

    arrears: np.uint64
    arrears_clear: np.uint64
    crisis: np.uint64
    crisis_end: np.uint64


@njit(cache=True)
def next_buffer(rates, buffer_months, surplus_share):  # type: ignore[no-untyped-def]
    """Carry a household's means into the next month.

    Parameters
    ----------
    rates
        :class:`HardshipRates`.
    buffer_months
        Liquid means in months of need; negative when bills are unpaid.
    surplus_share
        Income and benefits less need, as a share of need.
    """
    if surplus_share >= 0.0:
        return min(buffer_months + rates.saving_share * surplus_share, rates.buffer_cap_months)
    if buffer_months <= 0.0:
        surplus_share *= 1.0 - rates.thrift_share
    return max(buffer_months + surplus_share, rates.buffer_floor_months)


@njit(cache=True)
def crisis_logit(rates, arrears_months, ill, jobless, isolation):  # type: ignore[no-untyped-def]
    """Give the chance that a crisis begins in a household this month, logit.

    Parameters
    ----------
    rates
        :class:`HardshipRates`.
    arrears_months
        Months of unpaid bills; beyond a cap they count no more.
    ill, jobless
        1.0 if a member is seriously ill, or lost the job, else 0.0.
    isolation
        Isolation, about standard normal.
    """
    return (
        rates.crisis_base_logit
        + rates.crisis_arrears * min(arrears_months, rates.arrears_cap_months)
        + rates.crisis_illness * ill
        + rates.crisis_jobless * jobless
        + rates.crisis_isolation * isolation
    )


@njit(cache=True)
def crisis_prob(*of):  # type: ignore[no-untyped-def]
    """Give the probability of :func:`crisis_logit`."""
    return logistic(crisis_logit(*of))


@njit(cache=True, parallel=True)
def _strain(rates, codes, key, month, ids, surplus, buffer, arrears):  # type: ignore[no-untyped-def]
    k0, k1 = key
    for i in prange(ids.size):
        buffer[i] = next_buffer(rates, buffer[i], surplus[i])
        if buffer[i] < 0.0:
            u = uniform_at(k0, k1, codes.arrears, ids[i], month, 0)
            if u < rates.arrears_prob_m or arrears[i] > 0:
                arrears[i] = min(arrears[i] + 1, LONGEST_MONTHS)
        elif arrears[i] > 0:
            u = uniform_at(k0, k1, codes.arrears_clear, ids[i], month, 0)
            arrears[i] = (
                0 if u < rates.arrears_clear_prob_m else min(arrears[i] + 1, LONGEST_MONTHS)
            )


@njit(cache=True, parallel=True)
def _crises(  # type: ignore[no-untyped-def]
    rates, codes, key, month, ids, size, arrears, jobless_since, ill_since, isolation, helped,
    crisis, began,
):  # fmt: skip
    k0, k1 = key
    for i in prange(ids.size):
        began[i] = False
        if size[i] == 0:
            continue
        if crisis[i] > 0:
            end = rates.crisis_end_helped_prob_m if helped[i] else rates.crisis_end_prob_m
            u = uniform_at(k0, k1, codes.crisis_end, ids[i], month, 0)
            crisis[i] = 0 if u < end else min(crisis[i] + 1, LONGEST_MONTHS)
        else:
            ill = 1.0 if ill_since[i] != NOT else 0.0
            jobless = 1.0 if jobless_since[i] != NOT else 0.0
            logit = crisis_logit(rates, float(arrears[i]), ill, jobless, isolation[i])
            if happens(uniform_at(k0, k1, codes.crisis, ids[i], month, 0), logit):
                crisis[i] = 1
                began[i] = True


@dataclass
class Circumstances:
    """Hold the present circumstances of households, each column (households,).

    Attributes
    ----------
    income_krw_m
        Income without simulated benefits, won a month.
    need_krw_m
        What must be spent a month: a floor by size, rent and debt service, won.
    jobless_since, ill_since
        Steps of the latest events, :data:`~simlib.life.people.NOT` if none lasts.
    size, children_n
        Members, and those under 18; a household without members has ended.
    municipality
        Code of the municipality in which the household lives.
    head_age, single_parent
        Age of the head when it last changed, and whether one parent lives with a child under 18.
    assets_share
        Share of the assets and debts of the start that is left.
    buffer_months
        Liquid means in months of need.
    arrears_months, crisis_months
        Months of unpaid bills, and of a crisis that lasts; 0 if none.
    crisis_began
        Whether a crisis began this month.
    isolation
        About standard normal.
    address_mismatch
        Whether the household lives elsewhere than registered.
    """

    income_krw_m: NDArray[np.float32]
    need_krw_m: NDArray[np.float32]
    jobless_since: NDArray[np.int32]
    ill_since: NDArray[np.int32]
    size: NDArray[np.uint8]
    children_n: NDArray[np.uint8]
    municipality: NDArray[np.int32]
    head_age: NDArray[np.uint8]
    single_parent: NDArray[np.bool_]
    assets_share: NDArray[np.float32]
    buffer_months: NDArray[np.float32]
    arrears_months: NDArray[np.uint8]
    crisis_months: NDArray[np.uint8]
    crisis_began: NDArray[np.bool_]
    isolation: NDArray[np.float32]
    address_mismatch: NDArray[np.bool_]

    def copy(self) -> "Circumstances":
        """Copy every column."""
        return Circumstances(**{name: column.copy() for name, column in vars(self).items()})


class Hardship:
    """Follow means, arrears and crises of a world's households under one policy."""

    def __init__(self, world: World, parameters: Parameters, draws: Draws) -> None:
        group = parameters.group("life.hardship")
        names = HardshipRates._fields
        self.rates = HardshipRates(*(group[name] for name in names))
        self.codes = HardshipCodes(
            *(np.uint64(decision_code(f"life.{name}")) for name in HardshipCodes._fields)
        )
        self.kept_income_share = 1.0 - parameters.number("life.income_fall_share")
        self.key = draws.key
        self.world = world
        households = world.population.households
        self.ids = households["household_id"].to_numpy().astype(np.int64)
        self.rent = households["rent_krw_m"].to_numpy().astype(np.float64)
        self.debt = households["debt_krw"].to_numpy().astype(np.float64)

    def is_in_arrears(self, now: "Circumstances") -> NDArray[np.bool_]:
        """Tell who has unpaid bills of so many months that it counts as hardship."""
        return np.asarray(now.arrears_months >= self.rates.in_arrears_months)

    def begin(self, parameters: Parameters, draws: Draws) -> Circumstances:
        """Give the circumstances at the start, before the first month."""
        base = self.world.baseline
        n = self.ids.size
        households = self.world.population.households
        need = self.need(base.size, np.arange(n), np.ones(n, np.float32), -1)
        liquid = households["financial_krw"].to_numpy()
        cap = self.rates.buffer_cap_months
        fixed = Draws(draws.seed, 0)
        alone = households["lives_alone"].to_numpy() * parameters.number("life.isolation_alone")
        elsewhere = np.zeros(n, np.bool_)
        elsewhere[base.homes.rows] = base.homes.address_wrong
        return Circumstances(
            income_krw_m=base.income_krw_m.copy(),
            need_krw_m=need.astype(np.float32),
            jobless_since=base.jobless_since.copy(),
            ill_since=base.ill_since.copy(),
            size=base.size.copy(),
            children_n=base.children_n.copy(),
            municipality=households["municipality"].to_numpy().astype(np.int32),
            head_age=households["head_age"].to_numpy().astype(np.uint8),
            single_parent=households["single_parent"].to_numpy().copy(),
            assets_share=np.ones(n, np.float32),
            buffer_months=np.clip(liquid / need, 0.0, cap).astype(np.float32),
            arrears_months=self._opening_arrears(liquid / need, parameters, draws),
            crisis_months=np.zeros(n, np.uint8),
            crisis_began=np.zeros(n, np.bool_),
            isolation=(fixed.normal("life.isolation", self.ids) + alone).astype(np.float32),
            address_mismatch=elsewhere,
        )

    def _opening_arrears(
        self, means_months: NDArray[np.float64], parameters: Parameters, draws: Draws
    ) -> NDArray[np.uint8]:
        """Draw who of those with next to no means has unpaid bills at the start, and how many."""
        value = parameters.group("life.opening_arrears")
        few = np.flatnonzero(means_months < value["below_months"])
        luck = draws.uniform("life.opening_arrears", self.ids[few])
        longer = 1.0 - 1.0 / value["mean_months"]
        months = 1.0 + np.floor(np.log(luck / value["share"]) / np.log(longer))
        arrears = np.zeros(means_months.size, np.uint8)
        arrears[few] = np.where(luck < value["share"], np.minimum(months, LONGEST_MONTHS), 0)
        return arrears

    def need(
        self,
        size: NDArray[np.uint8],
        rows: NDArray[np.int64],
        assets_share: NDArray[np.float32],
        step: int,
    ) -> NDArray[np.float64]:
        """Give what some households must spend a month, won; step -1 is before the start."""
        table = self.world.median_income_krw_m[step]
        floor = self.rates.need_share * table[np.clip(size.astype(np.int64), 1, table.size) - 1]
        debt_service = self.rates.debt_service_share_m * self.debt[rows] * assets_share
        return np.asarray(floor + self.rent[rows] + debt_service, dtype=np.float64)

    def apply_changes(self, now: Circumstances, step: int) -> NDArray[np.int64]:
        """Take over what the world says changed this month.

        Returns
        -------
        ndarray
            Rows of the households whose income fell by a share of note, (fallen,).
        """
        changes = self.world.changes[step]
        rows = changes.rows
        now.jobless_since[rows] = changes.jobless_since
        now.ill_since[rows] = changes.ill_since
        now.size[rows] = changes.size
        now.children_n[rows] = changes.children_n
        self._regroup(now, changes.homes)
        need = self.need(changes.size, rows, now.assets_share[rows], step)
        now.need_krw_m[rows] = need
        fell = changes.income_krw_m < self.kept_income_share * now.income_krw_m[rows]
        now.income_krw_m[rows] = np.where(changes.size > 0, changes.income_krw_m, need)
        self._end(now, changes.happened.ended)
        return np.asarray(rows[fell & (changes.size > 0)])

    @staticmethod
    def _regroup(now: Circumstances, homes: HomeState) -> None:
        """Take over who leads households now, where they live and are registered."""
        rows = homes.rows
        kept = homes.assets_share / now.assets_share[rows]
        now.buffer_months[rows] *= np.where(now.buffer_months[rows] > 0, kept, 1).astype(np.float32)
        now.assets_share[rows] = homes.assets_share
        now.municipality[rows] = homes.municipality
        now.head_age[rows] = homes.head_age
        now.single_parent[rows] = homes.single_parent
        now.address_mismatch[rows] = homes.address_wrong

    @staticmethod
    def _end(now: Circumstances, ended: NDArray[np.int64]) -> None:
        """Let households without members need and owe nothing any more."""
        for column in (now.buffer_months, now.arrears_months, now.crisis_months):
            column[ended] = 0

    def strain(self, now: Circumstances, month: int, paid_krw_m: NDArray[np.float32]) -> None:
        """Let income, the benefits last paid and needs act on means and unpaid bills."""
        surplus = (now.income_krw_m.astype(np.float64) + paid_krw_m) / now.need_krw_m - 1.0
        _strain(
            self.rates,
            self.codes,
            self.key,
            month,
            self.ids,
            surplus,
            now.buffer_months,
            now.arrears_months,
        )

    def crises(self, now: Circumstances, month: int, helped: NDArray[np.bool_]) -> None:
        """Let crises begin and end; help in person shortens them."""
        _crises(
            self.rates,
            self.codes,
            self.key,
            month,
            self.ids,
            now.size,
            now.arrears_months,
            now.jobless_since,
            now.ill_since,
            now.isolation,
            helped,
            now.crisis_months,
            now.crisis_began,
        )
