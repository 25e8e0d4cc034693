"""Means, unpaid bills and crisis: what a month's money does to a household.

Arrears and crisis depend on the benefits that arrive, so they differ between policies; the luck
does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code
from simlib.life.arrears import Means, strain
from simlib.life.changes import HomeState
from simlib.life.crises import Trouble, crises
from simlib.life.hardship_changes import Changing, Home, apply, settle
from simlib.life.hardship_rates import LONGEST_MONTHS, HardshipCodes, HardshipRates
from simlib.life.means import needs_krw_m
from simlib.life.world import World
from simlib.parameters import Parameters


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
        self.kept_income_share = np.float32(1.0 - parameters.number("life.income_fall_share"))
        self.key = draws.key
        self.world = world
        households = world.population.households
        self.ids = world.population.household_ids
        self.rent = households["rent_krw_m"].to_numpy()
        self.debt = households["debt_krw"].to_numpy()

    def is_in_arrears(self, now: "Circumstances") -> NDArray[np.bool_]:
        """Tell who has unpaid bills of so many months that it counts as hardship."""
        return np.asarray(now.arrears_months >= self.rates.in_arrears_months)

    def begin(self, parameters: Parameters, draws: Draws) -> Circumstances:
        """Give the circumstances at the start, before the first month."""
        base = self.world.baseline
        n = self.ids.size
        households = self.world.population.households
        need = needs_krw_m(
            self.rates,
            self.world.median_income_krw_m[-1],
            base.size,
            self.rent,
            self.debt,
            np.ones(n, np.float32),
        )
        liquid = households["financial_krw"].to_numpy()
        cap = self.rates.buffer_cap_months
        fixed = Draws(draws.seed, 0)
        alone = households["lives_alone"].to_numpy() * parameters.number("life.isolation_alone")
        elsewhere = np.zeros(n, np.bool_)
        elsewhere[base.homes.rows] = base.homes.address_mismatch
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

    def apply_changes(self, now: Circumstances, step: int) -> NDArray[np.int64]:
        """Take over what the world says changed this month.

        Returns
        -------
        ndarray
            Rows of the households whose income fell by a share of note, (fallen,).
        """
        changes = self.world.changes[step]
        self._settle(now, changes.homes)
        fell = apply(
            self.rates,
            self.world.median_income_krw_m[step],
            self.kept_income_share,
            changes.rows,
            Changing(*(getattr(changes, name) for name in Changing._fields)),
            Changing(*(getattr(now, name) for name in Changing._fields)),
            now.need_krw_m,
            (self.rent, self.debt, now.assets_share),
        )
        for column in (now.buffer_months, now.arrears_months, now.crisis_months):
            column[changes.happened.ended] = 0  # who is no more needs and owes nothing
        return np.asarray(changes.rows[fell])

    @staticmethod
    def _settle(now: Circumstances, homes: HomeState) -> None:
        changed = Home(*(getattr(homes, name) for name in Home._fields))
        present = Home(*(getattr(now, name) for name in Home._fields))
        settle(homes.rows, changed, present, now.buffer_months)

    def strain(self, now: Circumstances, month: int, paid_krw_m: NDArray[np.float32]) -> None:
        """Let income, the benefits last paid and needs act on means and unpaid bills."""
        means = Means(*(getattr(now, name) for name in Means._fields))
        strain(self.rates, self.codes, self.key, month, self.ids, paid_krw_m, means)

    def crises(
        self, now: Circumstances, month: int, helped_step: NDArray[np.int16], after_step: float
    ) -> None:
        """Let crises begin and end.

        Parameters
        ----------
        now
            The circumstances, changed in place.
        month
            The month.
        helped_step, after_step
            Step in which each household was last helped in person, (households,); crises are
            shorter for those helped after a step.
        """
        trouble = Trouble(*(getattr(now, name) for name in Trouble._fields))
        crises(self.rates, self.codes, self.key, month, self.ids, trouble, after_step, helped_step)
