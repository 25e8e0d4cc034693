"""Rights that households have lived with alone, listed block by block.

What each of them asks for is worked out for a whole block at once: dates, the first pairs of
draws, chances, and the months of the first search. Processors do that faster than one household
after the other, and some of it would else be worked out twice.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.loops import inner
from simlib.right_kinds import OWN
from simlib.uptake.alone import chances_of, live_alone, odds_of, search_by, times_of
from simlib.uptake.behaviour import compliance_burden, untold_prob
from simlib.uptake.columns import People
from simlib.uptake.past import Past
from simlib.uptake.programmes import Floats, ProgrammeColumns, Programmes
from simlib.uptake.rates import UptakeRates
from simlib.uptake.searching import (
    going_on,
    is_aware_after,
    log_not,
    search_of,
    unaware_applies_after,
)
from simlib.uptake.states import APPLYING, AWARE, UNAWARE

DRAWN: Final = 4
"""Pairs of draws that are made beforehand; most rights ask for no more."""

Ints = NDArray[np.int64]


class Asked(NamedTuple):
    """Hold what a claim asks for before any instrument, and chances, (programmes,).

    For these see :class:`~simlib.uptake.alone.Chances`; ``returns`` is that of all programmes.
    """

    burden: Floats
    days: Floats
    renewal_months: Floats
    untold: Floats
    untold_beside: Floats
    breaks: Floats
    returns: float

    @classmethod
    def of(
        cls, programmes: Programmes, columns: ProgrammeColumns, rates: UptakeRates, past: Past
    ) -> "Asked":
        """Work it out of the catalogue, the decision model, and who receives."""
        claim = programmes.documents, programmes.trips, programmes.processing_days
        near = past.receiving_share.tolist()
        alone, beside = (
            np.array([untold_prob(rates.awareness, each, other) for each in near])
            for other in (0.0, 1.0)
        )
        return cls(
            compliance_burden(rates.burden, *claim),
            programmes.processing_days,
            programmes.renewal_months,
            alone,
            beside,
            np.array([log_not(each) for each in columns.break_prob_m.tolist()]),
            log_not(rates.renewal.return_prob_m),
        )


class Alone(NamedTuple):
    """Hold what all households live alone with.

    Attributes
    ----------
    rates, key, history
        Numbers of the decision model, key of the draws, and code of the decision.
    programmes, asked, people
        The catalogue, what a claim asks for, and the households.
    end_step
        First step that is not lived alone: that in which the burn-in begins.
    gap_months
        As in :class:`~simlib.uptake.alone.Times`.
    """

    rates: UptakeRates
    key: tuple[np.uint64, np.uint64]
    history: np.uint64
    programmes: ProgrammeColumns
    asked: Asked
    people: People
    end_step: int
    gap_months: int


class Histories(NamedTuple):
    """Hold the rights of a block that are older than the burn-in, (listed,) each.

    Attributes
    ----------
    row, place, programme
        Household, place of the cell, and programme.
    begin
        Step in which the right began.
    ident, code
        Household and programme as the draws know them.
    first, second
        The first pairs of draws, (pairs, listed).
    unfound, applies, untold
        As in :class:`~simlib.uptake.alone.Chances`; ``untold`` as its first search has it.
    slow, fast
        Chances of going on of the first search, see :func:`~simlib.uptake.searching.going_on`.
    searched
        Months from the beginning until the household would apply, when nothing else changes.
    state, since, drawn
        Where it stands, since when, and pairs drawn until then.
    parents
        Places in the list of what one household receives that others follow.
    """

    row: Ints
    place: Ints
    programme: Ints
    begin: Ints
    ident: Ints
    code: NDArray[np.uint64]
    first: Floats
    second: Floats
    unfound: Floats
    applies: Floats
    untold: Floats
    slow: Floats
    fast: Floats
    searched: Ints
    state: Ints
    since: Ints
    drawn: Ints
    parents: Ints


@njit(cache=True, forceinline=True)
def blank_histories(n):  # type: ignore[no-untyped-def]
    """Give a list with room for so many rights."""
    return Histories(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.uint64),
        np.empty((DRAWN, n), np.float64),
        np.empty((DRAWN, n), np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
    )


@inner
def _chances(alone, some, j):  # type: ignore[no-untyped-def]
    asked = alone.asked
    i, p = some.row[j], some.programme[j]
    return chances_of(
        alone.rates,
        (some.unfound[j], some.applies[j]),
        (asked.untold[p], asked.untold_beside[p]),
        alone.programmes.ease[p],
        asked.breaks[p],
        asked.returns,
        asked.burden[p],
        alone.people.friction[i],
    )


@inner
def list_odds(alone, some, cells, n):  # type: ignore[no-untyped-def]
    """Work out the chances of so many listed rights to be looked up, told of and applied for.

    What follows another benefit begins beside its receipt, all else without any.
    """
    programmes, asked, people = alone.programmes, alone.asked, alone.people
    for j in range(n):
        i, p, cell = some.row[j], some.programme[j], cells.record[some.place[j]]
        some.unfound[j], some.applies[j] = odds_of(
            alone.rates,
            programmes.offset[p],
            programmes.visibility[p],
            programmes.mean_krw_m[p],
            asked.burden[p],
            people.need[i],
            people.friction[i],
            people.stigma[i],
            cell.amount_krw_m,
        )
        some.untold[j] = asked.untold_beside[p] if cell.right != OWN else asked.untold[p]


@njit(cache=True, error_model="numpy")
def list_searches(gap_months, forgets, some, slow, fast, n):  # type: ignore[no-untyped-def]
    """Work out how so many listed rights are searched for, the chances of going on.

    A loop without branches: one that processors run for several at once.
    """
    for j in range(n):
        search = search_of(gap_months, some.unfound[j], some.untold[j], some.applies[j], forgets)
        slow[j], fast[j] = going_on(search)


@inner
def list_times(gap_months, some, n):  # type: ignore[no-untyped-def]
    """Draw how many months so many listed rights are searched for at first."""
    for j in range(n):
        luck, again = some.first[0, j], some.second[0, j]
        some.searched[j] = unaware_applies_after(
            gap_months, some.slow[j], some.fast[j], luck, again
        )


@inner
def go_on(alone, some, j, stands, end, beside_from, first_receipt):  # type: ignore[no-untyped-def]
    """Let a household go on living alone with a right, see :func:`live_alone`."""
    p, asked = some.programme[j], alone.asked
    luck = some.first, some.second, j, alone.key, alone.history, some.ident[j], some.code[j]
    times = times_of(alone.rates, asked.days[p], asked.renewal_months[p])
    chances = _chances(alone, some, j)
    return live_alone(chances, times, luck, stands, end, beside_from, first_receipt)


@inner
def first_search(alone, some, j, begin, stop, is_beside):  # type: ignore[no-untyped-def]
    """Tell where the first search from a step on ends, or stands when it stops.

    Gives what :func:`live_alone` takes: it has applied, or is unaware or aware when it stops.
    """
    applied = begin + some.searched[j]
    if applied < stop:
        return APPLYING, applied, applied + alone.gap_months, 1
    search = search_by(_chances(alone, some, j), alone.gap_months, is_beside)
    aware = is_aware_after(search, UNAWARE, stop - begin, some.first[1, j])
    return AWARE if aware else UNAWARE, stop, stop, 2
