"""Count a month in one pass over all households: stocks, money, groups and each one's totals."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.groups import Groups
from simlib.loops import inner
from simlib.uptake.cells import CellColumns
from simlib.uptake.entitlement import is_entitled
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import IN_ERROR, PENDING, RECEIVING, STATE_NAMES, STATES_N

GROUP_MEASURES = (
    *(f"{name}_n" for name in STATE_NAMES),
    "entitled_n",
    "paid_krw",
    "unclaimed_krw",
    "households_n",
    "entitled_households_n",
    "missed_households_n",
    "crisis_n",
    "crisis_new_n",
    "hardship_n",
)
"""What is summed over the households of every group; the first are cells by state."""
COUNTS_N: Final = len(GROUP_MEASURES) - 3
"""Measures that are counted by themselves: all but sums of others, and money."""
NEITHER, PAID, UNCLAIMED = range(3)
"""Where the amount of a cell is summed."""


class HouseholdTotals(NamedTuple):
    """Hold what a run adds up for each household, all of shape (households,).

    Attributes
    ----------
    entitled_cell_months, received_cell_months
        Months times programmes of entitlement, and of receipt while entitled.
    crisis_months, crisis_new_n
        Months in crisis, and crises that began.
    paid_krw, unclaimed_krw
        Money paid, and money that an entitled household neither got nor waits for and that a
        claim alone would bring.
    """

    entitled_cell_months: NDArray[np.uint16]
    received_cell_months: NDArray[np.uint16]
    crisis_months: NDArray[np.uint16]
    crisis_new_n: NDArray[np.uint16]
    paid_krw: NDArray[np.float64]
    unclaimed_krw: NDArray[np.float64]

    @classmethod
    def zero(cls, households_n: int) -> "HouseholdTotals":
        """Start a run."""
        return cls(
            entitled_cell_months=np.zeros(households_n, np.uint16),
            received_cell_months=np.zeros(households_n, np.uint16),
            crisis_months=np.zeros(households_n, np.uint16),
            crisis_new_n=np.zeros(households_n, np.uint16),
            paid_krw=np.zeros(households_n),
            unclaimed_krw=np.zeros(households_n),
        )


@dataclass(frozen=True)
class Tally:
    """Hold the counts of a month.

    Attributes
    ----------
    stocks
        Entitled cells by programme and state, (programmes, states).
    paid_krw, unclaimed_krw
        Money by programme, (programmes,).
    groups
        Sums of :data:`GROUP_MEASURES` by group, (measures, groups).
    """

    stocks: NDArray[np.int64]
    paid_krw: NDArray[np.float64]
    unclaimed_krw: NDArray[np.float64]
    groups: NDArray[np.float64] = field(repr=False)

    def by_group(self) -> dict[str, NDArray[np.float64]]:
        """Give the sums by measure, each (groups,)."""
        return dict(zip(GROUP_MEASURES, self.groups, strict=True))


def tally(
    cells: CellColumns,
    receiving: NDArray[np.uint64],
    follows: NDArray[np.uint64],
    assured: NDArray[np.bool_],
    groups: Groups,
    paid_krw_m: NDArray[np.float32],
    crisis: tuple[NDArray[np.generic], ...],
    totals: HouseholdTotals,
) -> Tally:
    """Count the month that has just ended.

    Parameters
    ----------
    cells
        Columns of the cells.
    receiving, follows
        Masks of receipt (households, words) and of what programmes follow (programmes, words).
    assured
        Programmes whose unclaimed money counts, (programmes,).
    groups
        Groups of the households.
    paid_krw_m
        Money paid this month, (households,).
    crisis
        Months in crisis, whether one began, whether bills are unpaid, and members, each
        (households,); a household without members has ended and is not counted.
    totals
        Each household's sums, changed in place.
    """
    stocks, money, counts, krw = _tally(
        cells, receiving, follows, assured, groups.kind, groups.of_kind, groups.groups_n,
        Now(paid_krw_m, *crisis), totals,
    )  # fmt: skip
    states, households = counts[:, :STATES_N], counts[:, STATES_N:]
    measures = np.hstack([states, states.sum(axis=1, keepdims=True), krw, households])
    return Tally(stocks, money[:, PAID], money[:, UNCLAIMED], np.ascontiguousarray(measures.T))


class Now(NamedTuple):
    """Hold how households fare this month, (households,) each; see :func:`tally`."""

    paid_krw_m: NDArray[np.float32]
    crisis_months: NDArray[np.generic]
    crisis_began: NDArray[np.generic]
    in_arrears: NDArray[np.generic]
    size: NDArray[np.generic]


@njit(cache=True, parallel=True)
def _tally(  # type: ignore[no-untyped-def]
    cells, receiving, follows, assured, kind, of_kind, groups_n, now, totals
):
    households_n, programmes_n = cells.first.size, follows.shape[0]
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    stocks = np.zeros((chunks_n, programmes_n, STATES_N), np.int64)
    money = np.zeros((chunks_n, programmes_n, 3))
    counts = np.zeros((chunks_n, groups_n, COUNTS_N), np.int64)
    krw = np.zeros((chunks_n, groups_n, 2))
    for chunk in prange(chunks_n):
        begin, end = chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)
        lowest = _lowest(kind, begin, end)
        kinds_n = _kinds_n(kind, begin, end, lowest)
        kind_counts = np.zeros((kinds_n, COUNTS_N), np.int64)
        kind_krw = np.zeros((kinds_n, 2))
        _count_chunk(
            cells, receiving, follows, assured, kind, begin, end, lowest, now, stocks[chunk],
            money[chunk], kind_counts, kind_krw, totals,
        )  # fmt: skip
        _add_groups(lowest, kind_counts, kind_krw, of_kind, counts[chunk], krw[chunk])
    return stocks.sum(axis=0), money.sum(axis=0), counts.sum(axis=0), krw.sum(axis=0)


@inner
def _lowest(kind, begin, end):  # type: ignore[no-untyped-def]
    lowest = kind[begin]
    for i in range(begin, end):
        lowest = min(lowest, kind[i])
    return lowest


@inner
def _kinds_n(kind, begin, end, lowest):  # type: ignore[no-untyped-def]
    """Count the kinds from the lowest of some households up to their highest."""
    highest = lowest
    for i in range(begin, end):
        highest = max(highest, kind[i])
    return highest - lowest + 1


@inner
def _count_chunk(  # type: ignore[no-untyped-def]
    cells, receiving, follows, assured, kind, begin, end, lowest, now, stocks, money, counts, krw,
    totals,
):  # fmt: skip
    """Count some households, by their kind."""
    for i in range(begin, end):
        its_kind = kind[i] - lowest
        found = _count_cells(cells, receiving, follows, assured, i, its_kind, stocks, money, counts)
        _count_household(found, now, i, its_kind, counts, krw, totals)


@inner
def _count_cells(  # type: ignore[no-untyped-def]
    cells, receiving, follows, assured, i, kind, stocks, money, counts
):
    """Count a household's entitled cells by state, and what is and is not paid.

    Nothing is asked and left out: what a processor guesses about a cell is wrong too often.

    Returns
    -------
    tuple
        Cells entitled, those of them in receipt, and won that claims would bring.
    """
    entitled_n, received_n, unclaimed_krw = 0, 0, 0.0
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        p, s, krw = np.int64(cell.programme), np.int64(cell.state), np.float64(cell.amount_krw_m)
        entitled = is_entitled(cell.right, receiving, follows, i, p) & (cell.right != IN_ERROR)
        receives = s == RECEIVING  # and was paid, see the step before
        missed = entitled & assured[p] & (not receives) & (s != PENDING)  # which is paid later
        stocks[p, s] += entitled
        counts[kind, s] += entitled
        money[p, PAID * receives + UNCLAIMED * missed] += krw
        entitled_n += entitled
        received_n += entitled & receives
        unclaimed_krw += krw * missed
    return entitled_n, received_n, unclaimed_krw


@inner
def _count_household(found, now, i, kind, counts, krw, totals):  # type: ignore[no-untyped-def]
    """Add a household to the sums of its kind, and the month to its own."""
    entitled_n, received_n, unclaimed_krw = found
    in_crisis = now.crisis_months[i] > 0
    counts[kind, STATES_N] += now.size[i] > 0
    counts[kind, STATES_N + 1] += entitled_n > 0
    counts[kind, STATES_N + 2] += (entitled_n > 0) & (received_n == 0)
    counts[kind, STATES_N + 3] += in_crisis
    counts[kind, STATES_N + 4] += now.crisis_began[i]
    counts[kind, STATES_N + 5] += now.in_arrears[i]
    krw[kind, 0] += now.paid_krw_m[i]
    krw[kind, 1] += unclaimed_krw
    totals.entitled_cell_months[i] += np.uint16(entitled_n)
    totals.received_cell_months[i] += np.uint16(received_n)
    totals.crisis_months[i] += np.uint16(in_crisis)
    totals.crisis_new_n[i] += np.uint16(now.crisis_began[i])
    totals.paid_krw[i] += now.paid_krw_m[i]
    totals.unclaimed_krw[i] += unclaimed_krw


@inner
def _add_groups(lowest, kind_counts, kind_krw, of_kind, counts, krw):  # type: ignore[no-untyped-def]
    """Add the sums of some kinds to those of their groups."""
    for kind in range(kind_counts.shape[0]):
        for stratum in range(of_kind.shape[1]):
            group = of_kind[lowest + kind, stratum]
            for m in range(COUNTS_N):
                counts[group, m] += kind_counts[kind, m]
            krw[group, 0] += kind_krw[kind, 0]
            krw[group, 1] += kind_krw[kind, 1]
