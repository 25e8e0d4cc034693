"""The welfare membership (복지멤버십): members are told of benefits they could have."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.ascending import by_key
from simlib.draws import decision_code, uniform_at
from simlib.loops import fetch
from simlib.outreach.desk import Desk
from simlib.outreach.instrument import Instrument
from simlib.outreach.ledger import Rows
from simlib.outreach.messages import send
from simlib.outreach.screening import Masks, close_up, look_again, merge, parts_of, screen
from simlib.uptake.claims import DAYS_IN_MONTH
from simlib.uptake.columns import has_any
from simlib.uptake.rooms import CHUNK, FAR

Notice = Literal["entry", "means_test", "change"]
Listed = tuple[Notice, Rows, Masks]
NEVER_JOINS = int(np.iinfo(np.int16).max)
"""Step that stands for never joining: later than all others."""


@dataclass
class Members:
    """Hold who joins when, what was screened, and the notices that are on their way.

    Attributes
    ----------
    joins
        Step in which each household joins; a large number for never, (households,).
    turns, first_turn
        Households by the month of the round in which they are means-tested, (households,), and
        where those of each month begin and, last, end, (months + 1,).
    named
        Benefits that the last list named to each household, bit masks (households, words).
    outbox
        Notices by the step in which they are sent: kind, rows, and what they name.
    """

    joins: NDArray[np.int16]
    turns: NDArray[np.uint32]
    first_turn: NDArray[np.int64]
    named: Masks
    outbox: dict[int, list[Listed]] = field(default_factory=dict)

    def whose_turn(self, step: int, months: int) -> tuple[Rows, Rows]:
        """Give who joins, and whose yearly turn it is; the month of joining has its own list."""
        turn = step % months
        turns = self.turns[self.first_turn[turn] : self.first_turn[turn + 1]]
        return np.flatnonzero(self.joins == step), self.members(turns, step)

    def members(self, rows: Rows | NDArray[np.uint32], step: int) -> Rows:
        """Give those of some households that joined before a step."""
        return np.asarray(_joined_before(rows, self.joins, step))


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
        late = memory.outbox.pop(desk.step, [])
        joined, tested = memory.whose_turn(desk.step, self.means_test_months)
        desk.ledger.note(self.id, "joined", joined)
        self._screen(desk, memory, "entry", joined, self.entry_days)
        self._screen(desk, memory, "means_test", tested, self.means_test_days)
        changed = memory.members(desk.occasions.changed, desk.step)  # a new one has its first list
        self._screen(desk, memory, "change", changed, self.change_days)
        self._send(desk, late, memory.outbox.pop(desk.step, []))

    def _screen(self, desk: Desk, memory: Members, kind: Notice, rows: Rows, days: float) -> None:
        """Look for what some members could have, and put a notice on its way."""
        if kind not in self.notices or rows.size == 0:
            return
        kept, kept_n = np.empty_like(rows), parts_of(rows.size)
        masks = np.empty((rows.size, memory.named.shape[1]), np.uint64)
        screen(*desk.records, rows, kind == "change", memory.named, kept, masks, kept_n)
        n = close_up(kept, kept_n)
        close_up(masks, kept_n)
        due = desk.step + int(days // DAYS_IN_MONTH)
        memory.outbox.setdefault(due, []).append((kind, kept[:n].copy(), masks[:n].copy()))

    def _send(self, desk: Desk, late: list[Listed], fresh: list[Listed]) -> None:
        """Send each household one message with all that this month's notices name."""
        if not late and not fresh:
            return
        due = late + fresh
        for kind, rows, _ in due:
            desk.ledger.note(self.id, f"{kind}_notices", rows)
        rows, about = due[0][1:]
        for _, more_rows, more_about in due[1:]:
            rows, about = merge(rows, about, more_rows, more_about)
        vain, kept_n, vain_n = np.empty_like(rows), parts_of(rows.size), parts_of(rows.size)
        missed = not late  # what was screened this month is missed now
        look_again(*desk.records, rows, missed, about, vain, kept_n, vain_n)
        n = close_up(rows, kept_n)
        close_up(about, kept_n)
        desk.ledger.note(self.id, "vain", vain[: close_up(vain, vain_n)])
        send(desk, self.id, self.code, self.channel, rows[:n], about[:n])

    def _begin(self, desk: Desk) -> Members:
        """Draw when each household joins, and in which month its yearly turn is."""
        decisions = ("member_start", "member_join", "means_test_turn")
        codes = np.array([decision_code(f"outreach.{name}") for name in decisions], np.uint64)
        shares = (self.outsider_member_share, self.recipient_member_share)
        joins, slot = np.empty(desk.households_n, np.int16), np.empty(desk.households_n, np.uint8)
        _draw_turns(
            desk.draws.key, codes, desk.traits.ids, desk.inside, desk.funnel.receiving, shares,
            self.join_prob_m, desk.step, self.means_test_months, joins, slot,
        )  # fmt: skip
        first, turns = by_key(slot, 0, self.means_test_months - 1)
        return Members(joins, turns, first, np.zeros(desk.funnel.read.shape, np.uint64))


@njit(cache=True)
def _joined_before(rows, joins, step):  # type: ignore[no-untyped-def]
    out, n = np.empty(rows.size, np.int64), 0
    for j in range(rows.size):
        fetch(joins, np.int64(rows[min(j + FAR, rows.size - 1)]))
        row = np.int64(rows[j])
        out[n] = row
        n += joins[row] < step
    return out[:n].copy()


@njit(cache=True)
def _months_until_joining(luck, prob, months):  # type: ignore[no-untyped-def]
    """Invert the geometric law: months without joining before the one of joining; in place."""
    if prob <= 0.0 or prob >= 1.0:
        months[:] = 0.0 if prob > 0.0 else NEVER_JOINS
        return
    log_stays = np.log1p(-prob)
    for j in range(luck.size):
        months[j] = np.floor(np.log(luck[j]) / log_stays)


@njit(cache=True)
def _draw_part(key, codes, ids, luck):  # type: ignore[no-untyped-def]
    k0, k1 = key
    for n in range(codes.size):
        for j in range(ids.size):  # a loop that does nothing else runs several at once
            luck[n, j] = uniform_at(k0, k1, codes[n], ids[j], 0, 0)


@njit(cache=True, parallel=True)
def _draw_turns(  # type: ignore[no-untyped-def]
    key, codes, ids, inside, receiving, shares, join_prob, step, months, joins, slot
):
    for part in prange((ids.size + CHUNK - 1) // CHUNK):
        begin, end = part * CHUNK, min(ids.size, (part + 1) * CHUNK)
        luck, wait = np.empty((codes.size, end - begin)), np.empty(end - begin)
        _draw_part(key, codes, ids[begin:end], luck)
        _months_until_joining(luck[1], join_prob, wait)
        for i in range(begin, end):
            share = shares[1] if has_any(receiving, i) else shares[0]
            slot[i] = np.uint8(luck[2, i - begin] * months)
            starts = luck[0, i - begin] < share
            joins[i] = step if starts else min(wait[i - begin] + step + 1, NEVER_JOINS)
            if not inside[i]:
                joins[i] = NEVER_JOINS
