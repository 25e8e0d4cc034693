"""Count a month in one pass over all households: stocks, money, groups and each one's totals."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit, prange
from numpy.typing import NDArray

from simlib.uptake.cells import CellColumns
from simlib.uptake.entitlement import is_entitled
from simlib.uptake.rooms import CHUNK
from simlib.uptake.states import IN_ERROR, PENDING, RECEIVING, STATE_NAMES, STATES_N

ENTITLED = STATES_N
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
    codes: NDArray[np.uint8],
    groups_n: int,
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
    codes, groups_n
        Group of each household in each stratum, (strata, households), and number of groups.
    paid_krw_m
        Money paid this month, (households,).
    crisis
        Months in crisis, whether one began, whether bills are unpaid, and members, each
        (households,); a household without members has ended and is not counted.
    totals
        Each household's sums, changed in place.
    """
    stocks, money, groups = _tally(
        cells, receiving, follows, assured, codes, groups_n, paid_krw_m, crisis, totals
    )
    return Tally(stocks, money[:, 0], money[:, 1], np.ascontiguousarray(groups.T))


@njit(cache=True, parallel=True)
def _tally(  # type: ignore[no-untyped-def]
    cells, receiving, follows, assured, codes, groups_n, paid, crisis, totals
):
    households_n, programmes_n = cells.first.size, follows.shape[0]
    measures_n = STATES_N + 9
    chunks_n = (households_n + CHUNK - 1) // CHUNK
    stocks = np.zeros((chunks_n, programmes_n, STATES_N), np.int64)
    money = np.zeros((chunks_n, programmes_n, 2))
    groups = np.zeros((chunks_n, groups_n, measures_n))
    for chunk in prange(chunks_n):
        values = np.zeros(measures_n)
        for i in range(chunk * CHUNK, min(households_n, (chunk + 1) * CHUNK)):
            _household(cells, receiving, follows, assured, i, stocks[chunk], money[chunk], values)
            entitled = values[ENTITLED]
            values[ENTITLED + 1] = paid[i]
            values[ENTITLED + 3] = crisis[3][i] > 0
            values[ENTITLED + 4] = entitled > 0
            values[ENTITLED + 5] = entitled > 0 and values[RECEIVING] == 0
            values[ENTITLED + 6] = crisis[0][i] > 0
            values[ENTITLED + 7] = crisis[1][i]
            values[ENTITLED + 8] = crisis[2][i]
            totals[0][i] += np.uint16(entitled)
            totals[1][i] += np.uint16(values[RECEIVING])
            totals[2][i] += np.uint16(values[ENTITLED + 6])
            totals[3][i] += np.uint16(values[ENTITLED + 7])
            totals[4][i] += paid[i]
            totals[5][i] += values[ENTITLED + 2]
            for s in range(codes.shape[0]):
                _add(groups[chunk, codes[s, i]], values)
    return stocks.sum(axis=0), money.sum(axis=0), groups.sum(axis=0)


@njit(cache=True, forceinline=True)
def _add(sums, values):  # type: ignore[no-untyped-def]
    """Add all measures, zeros too: processors add several at once if nothing is asked first."""
    for m in range(values.size):
        sums[m] += values[m]


@njit(cache=True, forceinline=True)
def _household(  # type: ignore[no-untyped-def]
    cells, receiving, follows, assured, i, stocks, money, values
):
    """Count one household's entitled cells by state, and what is and is not paid."""
    values[:] = 0.0
    for k in range(cells.first[i], cells.first[i] + cells.taken[i]):
        cell = cells.record[k]
        p, s = np.int64(cell.programme), cell.state
        if s == RECEIVING:  # whoever is still receiving was paid, see the step before
            money[p, 0] += cell.amount_krw_m
        if cell.right == 0 or cell.right == IN_ERROR:
            continue
        if not is_entitled(cell.right, receiving, follows, i, p):
            continue
        stocks[p, s] += 1
        values[s] += 1.0
        values[ENTITLED] += 1.0
        if assured[p] and s != RECEIVING and s != PENDING:  # pending claims are paid back later
            money[p, 1] += cell.amount_krw_m
            values[ENTITLED + 2] += cell.amount_krw_m


def tidy(
    month: int,
    names: list[tuple[str, str]],
    items: list[str],
    measured: dict[str, NDArray[np.float64]],
) -> pl.DataFrame:
    """Lay measures out as tidy rows: month, stratum, group, item, measure, value.

    Parameters
    ----------
    month
        The month.
    names, items
        Stratum and group, and item, of each value, (n,).
    measured
        Values by measure, each (n,).
    """
    n, kinds = len(names), len(measured)
    return pl.DataFrame(
        {
            "month": np.full(n * kinds, month, np.int32),
            "stratum": [name[0] for name in names] * kinds,
            "group": [name[1] for name in names] * kinds,
            "item": items * kinds,
            "measure": [name for name in measured for _ in range(n)],
            "value": np.concatenate([np.asarray(v, np.float64) for v in measured.values()]),
        }
    )
