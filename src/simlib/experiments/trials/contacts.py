"""What an arm does to its pool each month: notices, help, meetings, payment unasked."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlib.draws import Draws
from simlib.experiments.trials.arms import Assistance, Channel, Meeting, Notice, Part, part_of
from simlib.experiments.trials.households import code_of
from simlib.experiments.trials.settings import ArmSetting, notice_parameters
from simlib.outreach.desk import Desk
from simlib.outreach.ledger import Ledger
from simlib.outreach.messages import send
from simlib.parameters import Parameters
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.programmes import Programmes
from simlib.uptake.states import PENDING, RECEIVING
from simlib.uptake.traits import Traits

Rows = NDArray[np.int64]
CALL = "officer_call.answer_prob"


class TrialDesk(Desk):
    """The state's desk as far as a trial needs it: messages and help, no offices, no lists.

    Parameters
    ----------
    month, step, draws, parameters, programmes, funnel, traits
        As of :class:`~simlib.outreach.desk.Desk`.
    """

    def __init__(
        self,
        month: int,
        step: int,
        draws: Draws,
        parameters: Parameters,
        programmes: Programmes,
        funnel: FunnelState,
        traits: Traits,
    ) -> None:
        self.month, self.step, self.draws, self.parameters = month, step, draws, parameters
        self.programmes, self.funnel, self.traits = programmes, funnel, traits
        self.ledger = Ledger()
        self._unclaimed = None


@dataclass
class Contacts:
    """Contact the pool of one arm through the state's own desk.

    Attributes
    ----------
    setting, draws, programmes, traits
        The arm, luck, the catalogue and everybody's traits.
    pool
        Rows of the pool, (pool,).
    first_cell
        Cell of the trial's programme of each pool household, (pool,).
    called
        Whether a household of the pool was called already, (pool,).
    """

    setting: ArmSetting
    draws: Draws
    programmes: Programmes
    traits: Traits
    pool: Rows
    first_cell: Rows
    called: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.called = np.zeros(self.pool.size, np.bool_)

    def month(self, state: FunnelState, month: int, step: int) -> None:
        """Do this month's contacts.

        Parameters
        ----------
        state
            The funnel's columns, changed in place.
        month, step
            Calendar month, and month of the trial from 0.
        """
        desk = self._desk(state, month, step)
        parts = self.setting.parts
        for i, part in enumerate(part_of(parts, "notice")):
            assert part.notice is not None
            self._notice(desk, part.notice, i, step)
        for part in part_of(parts, "assistance"):
            assert part.assistance is not None
            self._assist(desk, part.assistance, step)
        for part in part_of(parts, "meeting"):
            assert part.meeting is not None
            self._meet(desk, part.meeting, step)

    def _desk(self, state: FunnelState, month: int, step: int) -> Desk:
        return TrialDesk(
            month, step, self.draws, self.setting.parameters, self.programmes, state, self.traits
        )

    def _open(self, state: FunnelState) -> NDArray[np.bool_]:
        """Tell who of the pool neither receives nor waits for a decision, (pool,)."""
        now = state.cells.state[self.first_cell]
        return np.asarray((now != RECEIVING) & (now != PENDING))

    def _notice(self, desk: Desk, notice: Notice, number: int, step: int) -> None:
        if not is_sent(notice, step):
            return
        desk.parameters = notice_parameters(
            self.setting.parameters,
            notice.channel,
            simplified=notice.simplified,
            read_prob=notice.read_prob,
        )
        self._send(desk, self.pool, notice.channel, number)
        desk.parameters = self.setting.parameters

    def _send(self, desk: Desk, rows: Rows, channel: Channel, number: int) -> None:
        about = np.ones((rows.size, desk.funnel.read.shape[1]), np.uint64)
        code = int(code_of("trials.notice")) + number
        send(desk, "notice", code, channel, rows, about)

    def _assist(self, desk: Desk, assistance: Assistance, step: int) -> None:
        last = np.inf if assistance.months is None else assistance.month + assistance.months
        if not assistance.month <= step < last:
            return
        offered = how_offered(assistance, self.setting.parts)
        here = np.zeros(self.pool.size, np.bool_)
        if offered == "in_notice":
            here = desk.funnel.read[self.pool, 0] != 0
        elif offered == "present":
            here[:] = step == assistance.month
        else:
            here = self._reached(desk, assistance)
        prob = assistance.accept_prob
        if prob is None:
            prob = desk.parameters.number(f"trials.assistance.{offered}_accept_prob")
        luck = self.draws.uniform("trials.accept", self.traits.ids[self.pool])
        desk.help(self.pool[here & self._open(desk.funnel) & (luck < prob)])

    def _reached(self, desk: Desk, assistance: Assistance) -> NDArray[np.bool_]:
        """Call down the list as far as the month's calls go; tell who answered, (pool,).

        The order of the list and the answers belong to the households, not to the month, so
        that with more calls the same households are reached, only earlier, and then others.
        """
        ids = self.traits.ids[self.pool]
        prob = assistance.answer_prob
        if prob is None:
            path = "visit.found_prob" if assistance.channel == "visit" else CALL
            prob = desk.parameters.number(f"outreach.{path}")
        luck = self.draws.uniform("trials.answer", ids)
        first = np.full(ids.size, np.inf)
        if prob > 0.0:
            sure = np.log1p(-min(prob, 1 - 1e-15))
            first = np.maximum(np.ceil(np.log1p(-luck) / sure), 1.0)
        calls = np.minimum(first, assistance.attempts)
        order = np.argsort(self.draws.uniform("trials.call_order", ids), kind="stable")
        turn = order[(~self.called & self._open(desk.funnel))[order]]
        done = turn
        if assistance.attempts_m is not None:
            allowed = assistance.attempts_m * self.pool.size / 1000.0
            done = turn[np.cumsum(calls[turn]) <= allowed]
        self.called[done] = True
        answered = np.zeros(ids.size, np.bool_)
        answered[done] = first[done] <= assistance.attempts
        return answered

    def _meet(self, desk: Desk, meeting: Meeting, step: int) -> None:
        if step != meeting.month:
            return
        self._send(desk, self.pool, meeting.channel, -1)
        prob = meeting.attend_prob
        if prob is None:
            prob = desk.parameters.number("trials.meeting.attend_prob")
        told = desk.funnel.read[self.pool, 0] != 0
        comes = told & (desk.uniform("trials.attend", self.pool) < prob)
        desk.help(self.pool[comes & self._open(desk.funnel)])


def how_offered(assistance: Assistance, arm: tuple[Part, ...]) -> str:
    """Give how help is offered in an arm: as the file says, else as its channel suggests."""
    if assistance.offered is not None:
        return assistance.offered
    if part_of(arm, "notice"):
        return "in_notice"
    return "present" if assistance.channel == "office" else "outgoing"


def is_sent(notice: Notice, step: int) -> bool:
    """Tell whether a notice or one of its reminders goes out in a month of the trial."""
    since = step - notice.month
    if since < 0:
        return False
    if notice.every_months is not None:
        since %= notice.every_months
    within = since <= notice.reminders * notice.reminder_months
    return within and since % notice.reminder_months == 0
