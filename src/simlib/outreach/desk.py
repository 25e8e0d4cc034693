"""The state's desk: what instruments may see and do, and the only way from them to the funnel."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.life.hardship import Circumstances
from simlib.months import Month
from simlib.occasions import Occasions
from simlib.outreach.chance import lucky
from simlib.outreach.ledger import Ledger, Rows
from simlib.outreach.screening import Masks, unclaimed_of
from simlib.parameters import Parameters
from simlib.risk.indicators import Latents
from simlib.risk.scorers import Scorer
from simlib.uptake.cells import CellColumns
from simlib.uptake.claims import DAYS_IN_MONTH
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.late_knowledge import LateKnowledge
from simlib.uptake.offices import WelfareOffice, take_outreach
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import FATIGUE_MONTHS
from simlib.uptake.traits import Traits

LISTED_STEP = "listed_step"
"""Where the step of the present list of candidates lies in the desk's memory."""


@dataclass
class Desk:
    """Give instruments one month's records, offices and channels.

    Records (rights as the rules give them, receipt, the register, indicators) may be used to
    choose whom to contact. Traits and circumstances are the households' own: only what happens
    to a contact (is it read, is the door opened) may depend on them.

    Attributes
    ----------
    month, step
        Calendar month, and number of the month in the run.
    draws, parameters, programmes
        Luck of the replicate, numbers, and the catalogue as columns.
    funnel
        The columns of the funnel; its cells hold how each household is entitled by the record.
    traits, circumstances
        The households' own.
    offices, office_of
        Welfare offices, and the office of each household, (households,).
    read_register
        Gives what an agency holds about households, by column.
    latents
        Builds the true state that indicators are made of.
    scorer
        Ranks a detection list when a policy says so; None before one is trained.
    memory
        What each instrument keeps from month to month.
    ledger
        What was done this month.
    occasions
        Births, birthdays and other events of the month.
    covered
        Whether the policy is in force where each household lives or last lived, (households,).
    late
        The deaths and moves that the state does not know of yet.
    learn
        Lets the state learn of deaths and of moves, given the rows of each.
    services_listed
        Counts the public services on each household's list, (households,): all of them, or with
        True the national ones only.
    """

    month: Month
    step: int
    draws: Draws
    parameters: Parameters
    programmes: Programmes
    funnel: FunnelState
    traits: Traits
    circumstances: Circumstances
    offices: list[WelfareOffice]
    office_of: NDArray[np.int64]
    read_register: Callable[[], Mapping[str, NDArray[Any]]]
    latents: Callable[[], Latents]
    scorer: Scorer | None
    memory: dict[str, Any]
    occasions: Occasions
    covered: NDArray[np.bool_]
    late: LateKnowledge
    learn: Callable[[Rows, Rows], None]
    services_listed: Callable[[bool], NDArray[np.int64]]
    ledger: Ledger = field(default_factory=Ledger)
    _in_need: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        now = self.circumstances
        months = math.ceil(self.parameters.number("life.hardship.in_arrears_months"))
        self._in_need = np.asarray((now.crisis_months > 0) | (now.arrears_months >= months))

    @cached_property
    def register(self) -> Mapping[str, NDArray[Any]]:
        """Give what an agency holds about households, by column."""
        return self.read_register()

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Tell which households live where the policy is in force, (households,)."""
        return self.covered & (self.circumstances.size > 0)

    @cached_property
    def everywhere(self) -> bool:
        """Tell whether the policy is in force for all."""
        return bool(self.covered.all())

    @property
    def households_n(self) -> int:
        """Give the number of households."""
        return self.traits.ids.size

    @property
    def records(self) -> tuple[CellColumns, Masks, Masks]:
        """Give the cells, what is received, and what each programme follows, for compiled loops."""
        return self.funnel.cells.columns, self.funnel.receiving, self.programmes.follows

    def unclaimed_of(self, rows: Rows) -> Masks:
        """Give the benefits that some households could have and neither receive nor wait for.

        Returns
        -------
        ndarray
            Bit masks, (rows, words).
        """
        masks = np.zeros((rows.size, self.funnel.receiving.shape[1]), np.uint64)
        unclaimed_of(*self.records, rows, masks)
        return masks

    def receive_anything(self, rows: Rows) -> NDArray[np.bool_]:
        """Tell which of some households receive a benefit, (rows,)."""
        return np.asarray((self.funnel.receiving[rows] != 0).any(axis=1))

    def uniform(self, decision: str, rows: Rows, draw: int = 0) -> NDArray[np.float64]:
        """Draw this month's luck of some households, (rows,)."""
        return self.draws.uniform(decision, self.traits.ids[rows], self.month, draw)

    def lucky(self, decision: str, limit: float, draw: int = 0) -> tuple[Rows, NDArray[np.float64]]:
        """Find where this month's luck is below a limit, the largest chance that anybody has.

        Returns
        -------
        tuple
            Rows where the policy is in force, and their luck, (found,) each.
        """
        ids = self.traits.ids
        return lucky(self.draws, decision, ids, self.inside, limit, self.month, draw)

    def users(self, code: int, share: float, skill_logit: float) -> NDArray[np.bool_]:
        """Tell which households use a service, the same ones every month.

        Parameters
        ----------
        code
            Keeps the luck of one instrument apart from the others'.
        share
            Chance that a household of mean digital skill uses it.
        skill_logit
            What a standard deviation of digital skill adds, logit.
        """
        key = f"users {code}"
        if key not in self.memory:
            luck = self.draws.uniform("outreach.uses", self.traits.ids, draw=code)
            everybody = np.arange(self.households_n)
            self.memory[key] = luck < self.by_skill(everybody, share, skill_logit)
        users: NDArray[np.bool_] = self.memory[key]
        return users

    def by_skill(self, rows: Rows, prob: float, skill_logit: float) -> NDArray[np.float64]:
        """Let a chance depend on the digital skill of some households, (rows,).

        Parameters
        ----------
        rows
            Rows of the households.
        prob
            Chance of a household of mean digital skill; 0 and 1 hold for all.
        skill_logit
            What a standard deviation of digital skill adds, logit.
        """
        skill = self.traits.digital_skill[rows]
        if prob in (0.0, 1.0):
            return np.full(rows.size, prob)
        centre = self.parameters.number("uptake.traits.skill_centre")
        spread = self.parameters.number("uptake.traits.skill_spread")
        logit = np.log(prob / (1 - prob)) + skill_logit * (skill - centre) / spread
        return np.asarray(1 / (1 + np.exp(-logit)))

    def work(self, instrument: str, rows: Rows, hours: float) -> Rows:
        """Let offices take up cases in their order while the hours for outreach last.

        Parameters
        ----------
        instrument
            Whose work it is.
        rows
            Households, a case each.
        hours
            Caseworker hours of a case.

        Returns
        -------
        ndarray
            Rows of the cases that were finished, (finished,).
        """
        rows = self.in_office_order(rows)
        return rows[self.work_through(instrument, rows, np.full(rows.size, hours))[0]]

    def work_through(
        self, instrument: str, rows: Rows, hours: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Let all offices work down their parts of a list while the hours for outreach last.

        Parameters
        ----------
        instrument
            Whose work it is.
        rows, hours
            The list, and the caseworker hours that each case takes, (list,).

        Returns
        -------
        tuple
            Which cases were finished, and the share of the month's hours that had gone by then,
            (list,) each.
        """
        return take_outreach(self.offices, instrument, self.office_of[rows], hours)

    def luck_of_list(self, decision: str, rows: Rows, draw: int) -> NDArray[np.float64]:
        """Draw for households on the list what is theirs for as long as that list lasts, (rows,).

        Whoever is called a month later than with more staff answers and talks all the same.
        """
        listed = self.month - self.step + int(self.memory.get(LISTED_STEP, self.step))
        return self.draws.uniform(decision, self.traits.ids[rows], listed, draw)

    def days_since_list(self) -> float:
        """Give the days from the present list of candidates to the start of this month."""
        listed = int(self.memory.get(LISTED_STEP, self.step))
        return float(DAYS_IN_MONTH * (self.step - listed))

    def recent_contacts(self, rows: Rows) -> NDArray[np.int64]:
        """Count the contacts of some households in the last six months, (rows,)."""
        return np.asarray(self.funnel.contacts[:, rows].sum(axis=0, dtype=np.int64))

    def count_contact(self, rows: Rows) -> None:
        """Count one more contact this month."""
        ring = self.funnel.contacts[self.step % FATIGUE_MONTHS]
        ring[rows] = np.minimum(ring[rows].astype(np.int64) + 1, 255)

    def tell(self, rows: Rows, masks: Masks) -> None:
        """Let households know of programmes: the funnel sees it this month."""
        self.funnel.tell(rows, masks)

    def help(self, rows: Rows) -> None:
        """Help households in person with all they could have: the funnel sees it for a while."""
        self.tell(rows, self.unclaimed_of(rows))
        self.funnel.helped_step[rows] = self.step

    def in_need(self, rows: Rows) -> NDArray[np.bool_]:
        """Tell who was in crisis or had unpaid bills when the desk opened this month.

        Only a household's own answer and what is recorded of a list may use it.
        """
        return np.asarray(self._in_need[rows])

    def all_in_need(self) -> Rows:
        """Give the rows of all in need, as :meth:`in_need`, where the policy is in force."""
        return np.flatnonzero(self._in_need & self.inside)

    def in_office_order(self, rows: Rows) -> Rows:
        """Sort a list by office, keeping its order within each."""
        return np.asarray(rows[np.argsort(self.office_of[rows], kind="stable")])
