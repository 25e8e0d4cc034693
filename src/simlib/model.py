"""The month, in order: a Mesa model that owns the state of one world under one policy."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlib.burn_in import burn_in
from simlib.casework import Casework
from simlib.errors import UserError
from simlib.life.hardship import Circumstances, Hardship
from simlib.life.world import World
from simlib.living import Living
from simlib.mesa_adapter import DataCollector, Model
from simlib.observation import Recorder
from simlib.outreach.desk import Desk
from simlib.outreach.easing import ease
from simlib.outreach.large_list import services_listed
from simlib.outreach.late import LATE
from simlib.outreach.ledger import Ledger
from simlib.outreach.policy import Policy
from simlib.outreach.support import SUPPORTED_PRIVATELY
from simlib.parameters import Parameters
from simlib.register import Register
from simlib.risk.indicators import Latents
from simlib.risk.scorers import Scorer
from simlib.rounds import RoundLog
from simlib.uptake.anchoring import Anchors
from simlib.uptake.catchments import catchments
from simlib.uptake.cells import SPARE
from simlib.uptake.compiled import CompiledFunnel
from simlib.uptake.decisions import Decisions, decide_claims
from simlib.uptake.entitlement import entitled_cells
from simlib.uptake.fixed_rate import FixedRateFunnel, fixed_rates
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.modes import is_fixed_rate
from simlib.uptake.offices import OfficeRates, WelfareOffice
from simlib.uptake.priorities import Priorities, chosen_priority, office_rules
from simlib.uptake.programmes import Programmes, mask_of
from simlib.uptake.rates import read_rates, uptake_codes
from simlib.uptake.reference import ReferenceFunnel
from simlib.uptake.states import RECEIVING
from simlib.uptake.traits import draw_traits
from simlib.uptake.ways import Ways

Engine = Literal["compiled", "reference"]
Funnel = CompiledFunnel | ReferenceFunnel | FixedRateFunnel


MONTH = (
    (
        "_live",
        "life events (births, deaths, divorces, moves, jobs, illness) and the rights they change",
    ),
    ("_strain", "means and arrears of every household"),
    ("_reach_out", "instruments lower burdens, read records and contact households"),
    ("_seek", "awareness, application and completion"),
    ("_decide", "office queues and decisions"),
    ("_keep", "payment, renewal and lapse"),
    ("_crises", "crises begin and end"),
    ("_observe", "observation"),
)
"""The month: method and sentence of each step, in order."""


@dataclass(frozen=True)
class Opening:
    """Hold the state in which every policy of a world begins, after the burn-in.

    Attributes
    ----------
    funnel, circumstances
        Where households stand.
    begun_hours
        Hours that each office has put into a claim that is not decided yet, (offices,).
    """

    funnel: FunnelState
    circumstances: Circumstances
    begun_hours: NDArray[np.float64]


class WelfareModel(Model):  # type: ignore[misc]
    """One world under one policy, month by month.

    Welfare offices are Mesa agents; households are columns (``engine="compiled"``) or, in the
    reference model, Mesa agents too (``engine="reference"``); both give the same states.

    Parameters
    ----------
    world
        What happens to everybody, from :func:`~simlib.life.world.prepare_world`.
    policy
        The instruments in force.
    parameters
        Every number.
    anchors
        What was solved on the baseline population.
    opening
        The state to begin with; made by a burn-in when not given.
    scorer
        Ranks detection lists from ``scorer_from`` on.
    scorer_from
        First month in which the scorer exists; before, the rule of thumb ranks.
    engine
        How households are run.
    record
        Whether results are recorded; they do not depend on it.
    record_rounds
        Whether detection rounds are kept for training a scorer.
    priority
        Which claims offices decide first, for all of them or by code of municipality; the rule
        that the parameters name when not given.
    one_office
        Whether all households share one office, as those of a small sample must.
    seed
        Not used; Mesa's own runner passes one. Luck comes from ``world.draws`` alone.
    """

    def __init__(
        self,
        world: World,
        policy: Policy,
        parameters: Parameters,
        anchors: Anchors,
        *,
        opening: Opening | None = None,
        scorer: Scorer | None = None,
        scorer_from: int | None = None,
        engine: Engine = "compiled",
        record: bool = True,
        record_rounds: bool = False,
        priority: Priorities | None = None,
        one_office: bool = False,
        seed: int | None = None,
    ) -> None:
        super().__init__(seed=seed)
        self.world, self.policy, self.parameters = world, policy, parameters
        self.anchors, self.engine = anchors, engine
        self.scorer, self.scorer_from = scorer, scorer_from
        self.programmes = Programmes.of(world.catalogue)
        self.traits = draw_traits(world.population, parameters, world.draws)
        self.register = Register(world.population)
        self.rates, self.codes = read_rates(parameters), uptake_codes()
        self.hardship = Hardship(world, parameters, world.draws)
        self.office_rates = OfficeRates(**parameters.group("offices"))
        self.offices = self._open_offices(priority or chosen_priority(parameters), one_office)
        self.living = Living(self)
        self.memory: dict[str, Any] = {}
        self._listed: dict[bool, NDArray[np.int64]] = {}
        self.ledger = Ledger()
        self.desk: Desk | None = None
        self.rounds = RoundLog() if record_rounds else None
        self.casework = Casework(self)
        self.step_n = -1
        self.month = world.start - 1
        self._begin(opening)
        self.recorder = Recorder(self) if record else None
        self.datacollector = DataCollector(model_reporters=MODEL_REPORTERS)

    def _open_offices(self, priority: Priorities, one_office: bool) -> list[WelfareOffice]:
        codes = self.world.population.households["municipality"].to_numpy()
        firsts = np.unique(self.traits.blocks[:, 0])
        municipalities = codes[firsts].tolist()
        served = catchments(
            municipalities,
            [*firsts.tolist(), codes.size],
            office_rules(priority, municipalities),
            math.inf if one_office else self.office_rates.households_at_least,
        )
        self.office_of = np.repeat(np.arange(len(served)), [each.households_n for each in served])
        return [WelfareOffice(self, each, self.office_rates) for each in served]

    def _begin(self, opening: Opening | None) -> None:
        if opening is None:
            self.funnel_state = FunnelState.unaware(self.world.baseline.rights, SPARE)
            self.circumstances = self.hardship.begin(self.parameters, self.world.draws)
        else:
            self.funnel_state = opening.funnel.roomy()
            self.circumstances = opening.circumstances.copy()
            if len(self.offices) != opening.begun_hours.size:
                raise UserError(
                    f"the opening has {opening.begun_hours.size} offices, and these are "
                    f"{len(self.offices)}",
                    "priority",
                    "a municipality with a rule of its own shares its office with nobody",
                    "leave the opening out: WelfareModel(world, policy, parameters, anchors, "
                    "priority=...)",
                )
            for office, hours in zip(self.offices, opening.begun_hours, strict=True):
                office.claim_begun_hours = float(hours)
        self.funnel = self._open_funnel()
        self.ways = self._usual_ways()
        self.decided = Decisions.none(self.programmes.programmes_n)
        if opening is None:
            burn_in(self)
        self.receiving_n = int(np.bitwise_count(self.funnel_state.receiving).sum())

    def _open_funnel(self) -> Funnel:
        """Choose how households are run, over the columns of the funnel."""
        columns = self.programmes.columns(
            self.anchors.mean_krw_m[self.world.start % 12],
            self.anchors.offset,
            self.anchors.ease,
            self.parameters.group("uptake.break_prob_m"),
        )
        households = self.world.draws.key, columns, self.traits, self.funnel_state
        if is_fixed_rate(self.parameters):
            return FixedRateFunnel(fixed_rates(self.world.catalogue), *households)
        if self.engine == "reference":
            return ReferenceFunnel(self, self.rates, self.codes, *households)
        return CompiledFunnel(self.rates, self.codes, *households)

    def opening(self) -> Opening:
        """Give the present state, for other policies of the same world to begin with."""
        begun_hours = np.array([office.claim_begun_hours for office in self.offices])
        return Opening(self.funnel_state.copy(), self.circumstances.copy(), begun_hours)

    @classmethod
    def schedule(cls) -> list[str]:
        """Name the steps of a month in order."""
        return [sentence for _, sentence in MONTH]

    def step(self) -> None:
        """Run one month."""
        self._start_month(self.step_n + 1)
        for name, _ in MONTH:
            getattr(self, name)()
        self.datacollector.collect(self)
        self.running = self.step_n + 1 < self.world.months

    def run(self) -> "WelfareModel":
        """Run all months that are left and give the model back."""
        while self.step_n + 1 < self.world.months:
            self.step()
        self.running = False
        return self

    def results(self) -> pl.DataFrame:
        """Give the recorded months as tidy rows, see :mod:`simlib.observation`."""
        recorder = self._needed_recorder()
        return recorder.frame(self.policy.name, self.world.draws.replicate)

    def household_summary(self) -> pl.DataFrame:
        """Give one row a household: months, money, crises and contacts over the run."""
        return self._needed_recorder().households(self.funnel_state)

    def _needed_recorder(self) -> Recorder:
        if self.recorder is None:
            raise RuntimeError("this model was run with record=False")
        return self.recorder

    def _start_month(self, step: int) -> None:
        self.step_n = step
        self.month = self.world.start + step
        self.ledger = Ledger()
        self.funnel_state.open_month(step)
        for office in self.offices:
            office.open_month()

    def _live(self) -> None:
        self.living.live(self)
        growth = self.world.income_growth(self.step_n)
        mean_krw_m = self.anchors.mean_krw_m[self.month % 12] * growth
        self.funnel.columns = self.funnel.columns._replace(
            mean_krw_m=mean_krw_m, break_prob_m=self.living.break_prob_m
        )

    def _strain(self) -> None:
        paid_krw_m = self.casework.take_debts_off(self)
        self.hardship.strain(self.circumstances, self.month, paid_krw_m)
        self.funnel_state.paid_krw_m[:] = 0

    def _reach_out(self) -> None:
        self.ways = self._usual_ways()
        self.memory.pop(SUPPORTED_PRIVATELY, None)
        self.desk = self._open_desk() if self.policy.in_force(self.month) else None
        if self.desk is None:
            return
        for instrument in self.policy.instruments:
            instrument.contact(self.desk)
        self.ways = ease(self.policy.instruments, self.desk)

    def _usual_ways(self) -> Ways:
        """Let all claim alike, under the burdens before any instrument."""
        return Ways.one(self.programmes.burdens(), self.world.households_n)

    def _open_desk(self) -> Desk:
        exists = self.scorer_from is None or self.month >= self.scorer_from
        return Desk(
            month=self.month,
            step=self.step_n,
            draws=self.world.draws,
            parameters=self.parameters,
            programmes=self.programmes,
            funnel=self.funnel_state,
            traits=self.traits,
            circumstances=self.circumstances,
            offices=self.offices,
            office_of=self.office_of,
            read_register=partial(
                self.register.columns, self.circumstances, self.living.registered
            ),
            latents=self._latents,
            scorer=self.scorer if exists else None,
            memory=self.memory,
            occasions=self.living.occasions(self),
            covered=self.policy.inside(self.living.registered),
            late=self.living.late,
            learn=partial(self.living.learn, self),
            services_listed=self._services_listed,
            ledger=self.ledger,
        )

    def _services_listed(self, national_only: bool) -> NDArray[np.int64]:
        """Count the services on each household's list, once a run."""
        if national_only not in self._listed:
            self._listed[national_only] = services_listed(
                self.world.population,
                self.world.start,
                self.parameters,
                national_only=national_only,
            )
        return self._listed[national_only]

    def _latents(self) -> Latents:
        return self.register.latents(self.circumstances, self.step_n, self._basic_livelihood())

    def entitled(self) -> NDArray[np.bool_]:
        """Tell for each place of the cells whether its household is entitled now, (places,)."""
        state, follows = self.funnel_state, self.programmes.follows
        return np.asarray(entitled_cells(state.cells.columns, state.receiving, follows))

    def _basic_livelihood(self) -> NDArray[np.bool_]:
        received = np.zeros(self.world.households_n, np.uint64)
        for word, mask in enumerate(mask_of(self.programmes.basic)):  # faster than `any` by rows
            received |= self.funnel_state.receiving[:, word] & mask
        return np.asarray(received != 0)

    def _seek(self) -> None:
        self.funnel_state.make_room()
        self.funnel.seek(self.month, self.step_n, self.ways)
        self.casework.claim_by_mistake(self)
        self.handed_in = self.ways.handed_in(self.funnel_state, self.step_n)

    def _decide(self) -> None:
        self.decided = decide_claims(
            self.month,
            self.step_n,
            self.world.draws,
            self.casework.rules,
            self.programmes,
            self.ways,
            self.traits,
            self.offices,
            self.office_of,
            self.funnel_state,
        )

    def _keep(self) -> None:
        self.funnel.keep(self.month, self.step_n, self.ways)
        self.casework.after_payments(self)
        if LATE in self.memory:
            self.memory[LATE].settle(self.funnel_state.paid_krw_m)

    def _crises(self) -> None:
        after_step = self.step_n - self.rates.application.assistance_months
        helped_step = self.funnel_state.helped_step
        self.hardship.crises(self.circumstances, self.month, helped_step, after_step)

    def _observe(self) -> None:
        moved = self.funnel_state.flows.sum(axis=0)
        self.receiving_n += int(moved[:, RECEIVING].sum() - moved[RECEIVING].sum())
        if self.recorder is not None:
            self.recorder.observe(self)
        if self.rounds is not None:
            in_crisis = self.circumstances.crisis_months > 0
            self.rounds.note(self.step_n, self.desk, in_crisis, self.decided, self.programmes)


MODEL_REPORTERS: dict[str, Callable[[WelfareModel], float]] = {
    "receiving_n": lambda model: float(model.receiving_n),
    "paid_krw_m": lambda model: float(model.funnel_state.paid_krw_m.sum()),
    "in_crisis_n": lambda model: float(np.count_nonzero(model.circumstances.crisis_months)),
}
"""What Mesa's DataCollector collects each month."""
