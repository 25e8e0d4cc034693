"""The welfare membership (복지멤버십): members are told of benefits they could have."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from simlib.outreach.desk import Desk, Masks
from simlib.outreach.instrument import Instrument
from simlib.outreach.ledger import Rows
from simlib.outreach.messages import send
from simlib.uptake.claims import DAYS_IN_MONTH

Notice = Literal["entry", "means_test", "change"]
NEVER = int(np.iinfo(np.int32).max)
"""Step in which whoever never joins joins."""


@dataclass
class Members:
    """Hold who joins when, what was screened, and the notices that are on their way.

    Attributes
    ----------
    joins
        Step in which each household joins; a large number for never, (households,).
    slot
        In which month of the round each household is means-tested, (households,).
    named
        Benefits that the last list named to each household, bit masks (households, words).
    outbox
        Notices by the step in which they are sent: kind, rows, and what they name.
    """

    joins: NDArray[np.int32]
    slot: NDArray[np.uint8]
    named: Masks
    outbox: dict[int, list[tuple[Notice, Rows, Masks]]] = field(default_factory=dict)


class Membership(Instrument):
    """Screen members' records and send notices; push, but mostly to people already inside.

    Income, assets and family on record are screened when a household joins, once a year, and when
    its circumstances change; a list of the benefits that it seems to be missing follows after
    the days that this takes. By then it may have lost the right to them.

    Attributes
    ----------
    recipient_member_share, outsider_member_share
        Share of member households at the start, among those that receive some benefit and
        among the others.
    join_prob_m
        Chance a month that another household joins.
    notices
        Which notices are sent: ``entry`` on joining, ``means_test`` in a yearly round,
        ``change`` when the household's rights change.
    entry_days, means_test_days, change_days
        Days from the screening to the notice; whole months of them delay it.
    means_test_months
        Months from one means test of a household to the next.
    channel
        How notices travel.
    """

    id: ClassVar[str] = "membership"
    recipient_member_share: float
    outsider_member_share: float
    join_prob_m: float
    notices: list[Notice]
    entry_days: float
    means_test_days: float
    change_days: float
    means_test_months: int
    channel: Literal["sms", "letter"]

    def contact(self, desk: Desk) -> None:
        """Screen those whose turn it is, and send the notices that are due."""
        if self.id not in desk.memory:
            desk.memory[self.id] = self._begin(desk)
        memory: Members = desk.memory[self.id]
        joined = np.flatnonzero(memory.joins == desk.step)
        desk.ledger.note(self.id, "joined", joined)
        self._screen(desk, memory, "entry", joined, self.entry_days)
        self._screen(desk, memory, "means_test", self._tested(desk, memory), self.means_test_days)
        members = memory.joins[desk.occasions.changed] < desk.step  # a new one has its first list
        self._screen(desk, memory, "change", desk.occasions.changed[members], self.change_days)
        self._send(desk, memory.outbox.pop(desk.step, []))

    def _tested(self, desk: Desk, memory: Members) -> Rows:
        """Give the members whose yearly turn it is; the month of joining has its own list."""
        turn = np.flatnonzero(memory.slot == desk.step % self.means_test_months)
        return turn[memory.joins[turn] < desk.step]

    def _screen(self, desk: Desk, memory: Members, kind: Notice, rows: Rows, days: float) -> None:
        """Look for what some members could have, and put a notice on its way."""
        if kind not in self.notices or rows.size == 0:
            return
        missed = desk.unclaimed_of(rows)
        named = missed & ~memory.named[rows] if kind == "change" else missed
        memory.named[rows] = memory.named[rows] | named if kind == "change" else missed
        any_named = (named != 0).any(axis=1)
        due = desk.step + int(days // DAYS_IN_MONTH)
        memory.outbox.setdefault(due, []).append((kind, rows[any_named], named[any_named]))

    def _send(self, desk: Desk, due: list[tuple[Notice, Rows, Masks]]) -> None:
        """Send each household one message with all that this month's notices name."""
        if not due:
            return
        for kind, rows, _ in due:
            desk.ledger.note(self.id, f"{kind}_notices", rows)
        rows, place = np.unique(np.concatenate([rows for _, rows, _ in due]), return_inverse=True)
        about = np.zeros((rows.size, desk.funnel.read.shape[1]), np.uint64)
        np.bitwise_or.at(about, place, np.concatenate([named for _, _, named in due]))
        about &= ~desk.funnel.receiving[rows]  # receipt is on record to the day
        still = (about != 0).any(axis=1)
        rows, about = rows[still], about[still]
        vain = ((about & desk.unclaimed_of(rows)) == 0).all(axis=1)
        desk.ledger.note(self.id, "vain", rows[vain])
        send(desk, self.id, self.code, self.channel, rows, about)

    def _begin(self, desk: Desk) -> Members:
        """Draw when each household joins, and in which month its yearly turn is."""
        ids, n = desk.traits.ids, desk.households_n
        share = np.where(
            desk.receives_anything(), self.recipient_member_share, self.outsider_member_share
        )
        first = desk.draws.uniform("outreach.member_start", ids) < share
        wait = self._months_until_joining(desk.draws.uniform("outreach.member_join", ids))
        joins = np.where(first, desk.step, np.minimum(wait + desk.step + 1, NEVER))
        joins[~desk.inside] = NEVER
        turn = desk.draws.uniform("outreach.means_test_turn", ids) * self.means_test_months
        return Members(
            joins.astype(np.int32),
            turn.astype(np.uint8),
            np.zeros((n, desk.funnel.read.shape[1]), np.uint64),
        )

    def _months_until_joining(self, luck: NDArray[np.float64]) -> NDArray[np.float64]:
        """Invert the geometric law: months without joining before the one of joining."""
        if self.join_prob_m <= 0.0:
            return np.full(luck.shape, float(NEVER))
        if self.join_prob_m >= 1.0:
            return np.zeros(luck.shape)
        return np.asarray(np.floor(np.log(luck) / np.log1p(-self.join_prob_m)))
