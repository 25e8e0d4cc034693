"""The real funnel with one programme over a trial's households, in one arm or before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numba import get_num_threads, set_num_threads
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.experiments.trials.arms import part_of, pays_unasked
from simlib.experiments.trials.contacts import Contacts
from simlib.experiments.trials.ground import Ground
from simlib.experiments.trials.history import Recorder
from simlib.experiments.trials.settings import ArmSetting, confirm_prob
from simlib.mesa_adapter import Model
from simlib.rights import Rights
from simlib.uptake.catchments import Catchment
from simlib.uptake.claim_rules import ClaimRules
from simlib.uptake.compiled import CompiledFunnel
from simlib.uptake.decisions import decide_claims
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.offices import OfficeRates, WelfareOffice
from simlib.uptake.rates import uptake_codes
from simlib.uptake.states import APPLYING, AWARE, PENDING, RECEIVING, SUSPENDED
from simlib.uptake.ways import Ways

Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]
_BIT = np.uint64(1)


ROWS_PER_THREAD = 50_000
"""Households for which a further thread pays; results do not depend on it."""


@contextmanager
def few_threads(households_n: int) -> Iterator[None]:
    """Run compiled loops with no more threads than so many households are worth."""
    before = get_num_threads()
    set_num_threads(max(1, min(before, households_n // ROWS_PER_THREAD)))
    try:
        yield
    finally:
        set_num_threads(before)


@dataclass
class Before:
    """Hold the state in which every arm begins.

    Attributes
    ----------
    state
        The funnel's columns.
    cell
        Cell of the trial's programme of each household, -1 if it has none, (households,).
    pool
        Rows of the pool.
    """

    state: FunnelState
    cell: Rows
    pool: Rows


def unaware_state(ground: Ground, amount_krw_m: NDArray[np.float64]) -> tuple[FunnelState, Rows]:
    """Start with everybody unaware of the programme, and receiving what else they receive."""
    households = ground.households
    right = np.stack([households.right, households.known], axis=1).astype(np.uint8)
    amount = np.stack([amount_krw_m, np.ones_like(amount_krw_m)], axis=1)
    state = FunnelState.unaware(Rights.of(right, amount.astype(np.float32)))
    cells = state.cells
    cells.state[cells.programme == 1] = RECEIVING
    state.receiving[households.known, 0] |= np.uint64(2)
    cell = np.full(households.right.size, -1, np.int64)
    mine = np.flatnonzero(cells.programme == 0)
    cell[cells.rows[mine]] = mine
    return state, cell


class TrialFunnel:
    """Run the months of one arm.

    Parameters
    ----------
    ground, setting, draws
        What all arms share, what this one changes, and luck.
    state, cell
        The funnel's columns, changed in place, and the programme's cell of each household.
    pool
        Rows on which the arm acts; also those that a recorder is told of.
    """

    def __init__(
        self,
        ground: Ground,
        setting: ArmSetting,
        draws: Draws,
        state: FunnelState,
        cell: Rows,
        pool: Rows,
    ) -> None:
        self.ground, self.setting, self.draws = ground, setting, draws
        self.state, self.cell, self.pool = state, cell, pool
        households = ground.households
        self.compiled = CompiledFunnel(
            setting.rates, uptake_codes(), draws.key, setting.columns, households.traits, state
        )
        rates = OfficeRates(**ground.parameters.group("offices"))
        n = households.right.size
        self.offices = [WelfareOffice(Model(seed=None), Catchment((0,), 0, n), rates)]
        self.office_of = np.zeros(n, np.int64)
        self.ways = Ways.one(setting.burdens, n)
        self.contacts = Contacts(
            setting, draws, ground.programmes, households.traits, pool, cell[pool]
        )
        self.touches = any(part_of(setting.parts, name) for name in
                           ("notice", "assistance", "meeting"))  # fmt: skip
        self.paid_first = np.zeros(pool.size, np.bool_)
        self.mine = np.flatnonzero(cell >= 0)
        state.cells.amount_krw_m[cell[self.mine]] = setting.amount_krw_m[self.mine]

    def month(self, step: int, recorder: Recorder | None = None) -> Bools:
        """Run one month; give who of the pool began a claim in it, (pool,)."""
        state, month = self.state, self.ground.start + step
        state.open_month(step)
        state.paid_krw_m[:] = 0
        self._entitle(month)
        if self.touches:
            self.contacts.month(state, month, step)
        given = self._pay_unasked(month, step)
        before = self._states().copy()
        self.compiled.seek(month, step, self.ways)
        applied = _began(before, self._states())
        self._decide(month, step)
        awarded = given | (self._states() == RECEIVING) & (before != RECEIVING)
        due = self._due(step)
        self.compiled.keep(month, step, self.ways)
        self._claim_anew(step)
        if recorder is not None:
            self._record(recorder, step, applied, awarded, due)
        return applied

    def _states(self) -> NDArray[np.uint8]:
        """Give the states of the pool, (pool,)."""
        return self.state.cells.state[self.cell[self.pool]]

    def _entitle(self, month: int) -> None:
        """Let some lose their entitlement, and some of those get it again."""
        pool = self.ground.trial.pool
        if pool.entitlement_loss_prob_m <= 0.0:
            return
        cells, ids = self.state.cells, self.ground.households.traits.ids[self.mine]
        at = self.cell[self.mine]
        right = cells.right[at] > 0
        loses = self.draws.uniform("trials.lose", ids, month) < pool.entitlement_loss_prob_m
        gains = self.draws.uniform("trials.regain", ids, month) < pool.entitlement_return_prob_m
        cells.right[at] = np.where(right, ~loses, gains)

    def _decide(self, month: int, step: int) -> None:
        decide_claims(
            month,
            step,
            self.draws,
            ClaimRules(self.setting.rates.completion.award_prob),
            self.ground.programmes,
            self.ways,
            self.ground.households.traits,
            self.offices,
            self.office_of,
            self.state,
        )

    def _due(self, step: int) -> Bools:
        """Tell whose renewal is due this month, (pool,)."""
        every = int(self.setting.burdens.renewal_months[0])
        if every <= 0:
            return np.zeros(self.pool.size, np.bool_)
        at = self.cell[self.pool]
        since = step - self.state.cells.since[at].astype(np.int64)
        return np.asarray((self._states() == RECEIVING) & (since > 0) & (since % every == 0))

    def _claim_anew(self, step: int) -> None:
        """End all receipt at the end of a period after which it has to be claimed again."""
        every = self.ground.trial.programme.claim_every_months
        if every is None or (step + 1) % every != 0:
            return
        self._move(self.mine, np.asarray(self.state.cells.state[self.cell[self.mine]] == RECEIVING),
                   AWARE, step)  # fmt: skip

    def _move(self, rows: Rows, chosen: Bools, to: int, step: int) -> None:
        """Put some households into a state and keep the mask of receipt in line."""
        rows = rows[chosen]
        self.state.cells.state[self.cell[rows]] = to
        self.state.cells.since[self.cell[rows]] = step
        if to == RECEIVING:
            self.state.receiving[rows, 0] |= _BIT
        else:
            self.state.receiving[rows, 0] &= ~_BIT

    def _pay_unasked(self, month: int, step: int) -> Bools:
        """Pay without a claim where the arm does; give whose payment began, (pool,)."""
        began = np.zeros(self.pool.size, np.bool_)
        known = self.ground.households.known[self.pool]
        entitled = self.state.cells.right[self.cell[self.pool]] > 0
        automatic = pays_unasked(self.setting.parts)
        first = [part.paid_months for part in part_of(self.setting.parts, "paid_months")]
        if automatic or (first and step == 0):
            began = known & entitled & (self._states() != RECEIVING)
            self._move(self.pool, began, RECEIVING, step)
            self.paid_first |= began
        if first and step == first[0]:
            self._confirm(month, step)
        return began

    def _confirm(self, month: int, step: int) -> None:
        """Ask those who were paid first for their papers; without them payment stops."""
        traits = self.ground.households.traits
        luck = self.draws.uniform("trials.confirm", traits.ids[self.pool], month)
        late = luck >= confirm_prob(self.setting.rates, traits.friction[self.pool])
        stops = self.paid_first & late & (self._states() == RECEIVING)
        self._move(self.pool, stops, SUSPENDED, step)

    def _record(
        self, recorder: Recorder, step: int, applied: Bools, awarded: Bools, due: Bools
    ) -> None:
        cells, at = self.state.cells, self.cell[self.pool]
        recorder.state[step] = cells.state[at]
        recorder.entitled[step] = cells.right[at] > 0
        recorder.applied[step] = applied
        recorder.awarded[step] = awarded
        recorder.due[step] = due
        recorder.read[step] = self.state.read[self.pool, 0] & _BIT != 0
        recorder.helped[step] = self.state.helped_step[self.pool] == step


def _began(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Bools:
    """Tell who began a claim: it may be complete, or have failed, within the same month."""
    idle = (before != APPLYING) & (before != PENDING)
    under_way = (after == APPLYING) | (after == PENDING)
    return np.asarray(idle & (under_way | ((after == SUSPENDED) & (before != SUSPENDED))))
