"""What comes of detection lists and notices: support, crises found, use of what was read."""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.loops import inner
from simlib.outreach.desk import Desk
from simlib.outreach.instruments.detection import ROUND
from simlib.outreach.support import SUPPORTED_PRIVATELY
from simlib.uptake.cells import Cells
from simlib.uptake.decisions import Decisions
from simlib.uptake.funnel_state import FunnelState
from simlib.uptake.rooms import CHUNK, cell_of, look_ahead
from simlib.uptake.states import APPLYING, NEVER, PENDING, RECEIVING

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Counts = NDArray[np.uint16]


@dataclass(frozen=True)
class Support:
    """Say what counts as support on record, and for how long lists are followed.

    Attributes
    ----------
    by_office
        Whether a welfare office decides a programme, so that its record shows it, (programmes,).
    basic
        Whether a programme is a benefit of basic livelihood, (programmes,).
    months
        Months from the list in which support is recorded: contact, claim and decision.
    crisis_months
        Months from the list in which a crisis counts as one that the list should have found.
    """

    by_office: Flags
    basic: Flags
    months: int
    crisis_months: int


@dataclass(frozen=True)
class _List:
    """Hold a list with its pool, and what has come of both so far, by row.

    ``met_step`` is the step in which a household was first met, ``NEVER`` if it was not.
    """

    step: int
    rows: Rows
    pool: Rows
    met_step: NDArray[np.int16]
    private: Flags
    public: Flags
    livelihood: Flags
    crisis: Flags
    pool_crisis: Flags

    @classmethod
    def of(cls, step: int, rows: Rows, pool: Rows) -> "_List":
        private, public, livelihood, crisis = np.zeros((4, rows.size), np.bool_)
        met_step, in_pool = np.full(rows.size, NEVER, np.int16), np.zeros(pool.size, np.bool_)
        return cls(step, rows, pool, met_step, private, public, livelihood, crisis, in_pool)

    def supported(self) -> dict[str, float]:
        """Count those followed, and those who were met and then supported."""
        return {
            "followed_n": float(self.rows.size),
            "supported_any_n": float((self.private | self.public).sum()),
            "supported_public_n": float(self.public.sum()),
            "supported_livelihood_n": float(self.livelihood.sum()),
        }

    def judged(self) -> dict[str, float]:
        """Count crises on the list, in its pool, and on a list drawn by lot from the pool."""
        share = self.pool_crisis.mean() if self.pool.size else 0.0
        return {
            "judged_n": float(self.rows.size),
            "judged_crisis_n": float(self.crisis.sum()),
            "judged_pool_n": float(self.pool.size),
            "judged_pool_crisis_n": float(self.pool_crisis.sum()),
            "judged_by_lot_n": float(self.rows.size * share),
        }


class FollowUp:
    """Follow the households of every detection list for some months.

    Parameters
    ----------
    households_n
        Number of households.

    Attributes
    ----------
    listed_n
        Times that each household was listed, (households,).
    """

    def __init__(self, households_n: int) -> None:
        self.listed_n = np.zeros(households_n, np.uint16)
        self.lists: list[_List] = []

    def note(
        self, desk: Desk, decided: Decisions, in_crisis: Flags, support: Support
    ) -> dict[str, float]:
        """Note a month that has just ended.

        Parameters
        ----------
        desk
            The month's desk.
        decided
            The month's decisions.
        in_crisis
            Who is in crisis, (households,).
        support
            What counts as support, and the months for which lists are followed.

        Returns
        -------
        dict
            The pool of a list that was made this month; those of a list whose support is
            complete now, and how many of them were supported; the crises on a list, and in its
            pool, whose time is over now.
        """
        counts = self._open(desk)
        self._mark_support(desk, decided, support)
        self._mark_crises(desk.step, in_crisis, support.crisis_months)
        for each in self.lists:
            months = desk.step - each.step + 1
            if months == max(support.months, 1):
                counts |= each.supported()
            if months == max(support.crisis_months, 1):
                counts |= each.judged()
        longest = max(support.months, support.crisis_months)
        self.lists = [each for each in self.lists if desk.step - each.step + 1 < longest]
        return counts

    def _open(self, desk: Desk) -> dict[str, float]:
        """Begin to follow a list that was made this month."""
        made = desk.memory.get(ROUND)
        if made is None:
            return {}
        _, pool, rows = made
        self.lists.append(_List.of(desk.step, rows, pool))
        self.listed_n[rows] += 1
        return {
            "listed_n": float(rows.size),
            "pool_n": float(pool.size),
            "pool_in_need_n": float(desk.in_need(pool).sum()),
            "selected_elsewhere_n": float(desk.circumstances.address_mismatch[rows].sum()),
        }

    def _mark_support(self, desk: Desk, decided: Decisions, support: Support) -> None:
        if not self.lists:
            return
        n = self.listed_n.size
        now = _mask(n, desk.ledger.rows("accepted"))
        private = _mask(n, desk.memory.get(SUPPORTED_PRIVATELY, np.empty(0, np.int64)))
        public = decided.claimed(support.by_office, desk.step, n)
        livelihood = decided.claimed(support.basic, desk.step, n)
        for each in self.lists:
            if desk.step - each.step < support.months:
                each.met_step[now[each.rows] & (each.met_step == NEVER)] = desk.step
                met = each.met_step != NEVER
                each.private[:] |= met & private[each.rows]
                each.public[:] |= met & (public[each.rows] >= each.met_step)
                each.livelihood[:] |= met & (livelihood[each.rows] >= each.met_step)

    def _mark_crises(self, step: int, in_crisis: Flags, crisis_months: int) -> None:
        for each in self.lists:
            if step - each.step < crisis_months:
                each.crisis[:] |= in_crisis[each.rows]
                each.pool_crisis[:] |= in_crisis[each.pool]


def _mask(n: int, rows: Rows) -> Flags:
    """Flag some rows; only the memory of those is touched."""
    flags = np.zeros(n, np.bool_)
    flags[rows] = True
    return flags


class ReadNotices:
    """Remember what households read notices about, and what of it they claimed since.

    A claim counts whatever becomes of it later: receipt may have ended before the run does.

    Parameters
    ----------
    households_n, words_n
        Households, and words of a mask of programmes.
    """

    def __init__(self, households_n: int, words_n: int) -> None:
        self._reads = np.zeros(households_n, np.bool_)
        self._told = np.zeros((households_n, words_n), np.uint64)
        self._used = np.zeros((households_n, words_n), np.uint64)

    def note(self, state: FunnelState) -> None:
        """Note a month that has just ended."""
        self._reads |= state.told
        rows = np.flatnonzero(self._reads)
        _note_notices(state.cells.columns, rows, self._told, self._used)

    def counts(self) -> tuple[Counts, Counts]:
        """Give the programmes told of, and those of them claimed since, each (households,)."""
        told, used = (np.bitwise_count(each).sum(axis=1) for each in (self._told, self._used))
        return told.astype(np.uint16), used.astype(np.uint16)


@inner
def _note_cell(cell, i, told, used):  # type: ignore[no-untyped-def]
    """Note whether a notice of a programme was read, and whether a claim of it came after."""
    programme = np.int64(cell.programme)
    read = cell.read_step != NEVER
    under_way = (cell.state == RECEIVING) | (cell.state == PENDING) | (cell.state == APPLYING)
    after = read & under_way & (cell.since >= cell.read_step)
    told[i, programme >> 6] |= np.uint64(read) << np.uint64(programme & 63)
    used[i, programme >> 6] |= np.uint64(after) << np.uint64(programme & 63)


@inner
def _note_part(cells, rows, begin, end, told, used):  # type: ignore[no-untyped-def]
    for j in range(begin, end):
        look_ahead(cells, rows, j, end)
        for k in range(cells.first[rows[j]], cells.first[rows[j]] + cells.taken[rows[j]]):
            _note_cell(cells.record[k], rows[j], told, used)


@njit(cache=True, parallel=True)
def _note_notices(cells, rows, told, used):  # type: ignore[no-untyped-def]
    for part in prange((rows.size + CHUNK - 1) // CHUNK):
        begin, end = part * CHUNK, min(rows.size, (part + 1) * CHUNK)
        _note_part(cells, rows, begin, end, told, used)


def awarded_after_notice(cells: Cells, decided: Decisions, step: int) -> Rows:
    """Count awards of what a household had claimed after reading a notice of it, (programmes,).

    Parameters
    ----------
    cells, decided
        The cells, and the decisions of a month.
    step
        Number of that month.
    """
    awards = decided.awarded_rows, decided.awarded_programmes, decided.awarded_claim_step(step)
    return np.asarray(_read_before(cells.columns, *awards, cells.programmes_n))


@njit(cache=True)
def _read_before(cells, rows, programmes, claimed, programmes_n):  # type: ignore[no-untyped-def]
    counts = np.zeros(programmes_n, np.int64)
    for j in range(rows.size):
        place, known = cell_of(cells, rows[j], programmes[j])
        if known:
            read_step = cells.record[place].read_step
            counts[programmes[j]] += read_step != NEVER and read_step <= claimed[j]
    return counts
