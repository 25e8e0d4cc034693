"""Follow what is open between a few households and the offices: appeals, errors, debts, delays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.uptake.open_matters import OpenList
from simlib.uptake.states import AWARE, DENIED

if TYPE_CHECKING:
    from simlib.model import WelfareModel

Pair = tuple[int, int]
"""Row of a household, and programme."""
Chosen = NDArray[np.bool_]


class Case(NamedTuple):
    """Hold an event between a household and the offices.

    Attributes
    ----------
    row, event
        Row of the household, and name of the event.
    programme
        Number of the programme; None where all are concerned.
    krw
        Won, or None.
    """

    row: int
    event: str
    programme: int | None = None
    krw: float | None = None


@dataclass(frozen=True)
class OpenCases:
    """Hold what is open of some households at the end of a month.

    Attributes
    ----------
    appeals
        Step in which each appeal was or will be filed.
    wrong_krw
        What was paid without a right, won.
    waiting_krw
        What waits for the next payment day, won.
    debts_krw
        What is left to be paid back, won.
    paid_back_krw_m
        What each household pays back next month, won, by row.
    unknown
        Rows of those of whom the state does not know something, by what: ``death``, ``move``.
    """

    appeals: dict[Pair, int]
    wrong_krw: dict[Pair, float]
    waiting_krw: dict[Pair, float]
    debts_krw: dict[Pair, float]
    paid_back_krw_m: dict[int, float]
    unknown: dict[str, set[int]]

    @classmethod
    def of(cls, model: "WelfareModel", chosen: Chosen) -> "OpenCases":
        """Look at the open matters of a model.

        Parameters
        ----------
        model
            The model, at the end of a month.
        chosen
            Whether a household is followed, (households,).
        """
        matters, late = model.funnel_state.matters, model.living.late
        debts = matters.debts.picked(chosen[matters.debts.row])
        paid_back: dict[int, float] = {}
        for row, krw_m in zip(debts.row.tolist(), debts.krw_m.tolist(), strict=True):
            paid_back[row] = paid_back.get(row, 0.0) + krw_m
        appeals = matters.appeals.picked(chosen[matters.appeals.row])
        return cls(
            dict(zip(_pairs(appeals), appeals.file_step.tolist(), strict=True)),
            _sums(matters.wrong, matters.wrong.paid_krw, chosen),
            _sums(matters.deferred, matters.deferred.krw, chosen),
            _sums(debts, debts.krw_m * debts.months, chosen),
            paid_back,
            {
                "death": set(late.deaths[chosen[late.deaths]].tolist()),
                "move": set(late.moves[chosen[late.moves]].tolist()),
            },
        )


def month_cases(
    before: OpenCases, now: OpenCases, model: "WelfareModel", chosen: Chosen
) -> list[Case]:
    """Tell what a month has brought to open matters.

    Parameters
    ----------
    before, now
        What was open at the end of the last month and of this one.
    model, chosen
        As in :meth:`OpenCases.of`.

    Returns
    -------
    list of Case
        Their events are those of :data:`~simlib.diary.CASE_EVENTS`.
    """
    return [
        *_learned(before, now),
        *_appealed(before, now, model, chosen),
        *_found(before, now, model),
        *_waited(before, now),
    ]


def _learned(before: OpenCases, now: OpenCases) -> Iterator[Case]:
    """Tell of deaths and moves that the state does not know of, and of those it learns of."""
    for kind, unknown in now.unknown.items():
        for row in sorted(unknown - before.unknown[kind]):
            yield Case(row, f"{kind}_unknown")
        for row in sorted(before.unknown[kind] - unknown):
            yield Case(row, f"{kind}_known")


def _appealed(
    before: OpenCases, now: OpenCases, model: "WelfareModel", chosen: Chosen
) -> Iterator[Case]:
    """Tell of appeals that are filed, won and lost; one may be filed and decided in a month."""
    decided = model.decided
    mine = chosen[decided.won_rows]
    won = set(zip(*_listed(decided.won_rows[mine], decided.won_programmes[mine]), strict=True))
    mine = chosen[decided.rows]
    claims = set(zip(*_listed(decided.rows[mine], decided.programmes[mine]), strict=True))
    for pair, file_step in before.appeals.items():
        open_still, claimed = now.appeals.get(pair) == file_step, pair in claims
        refused = not (open_still or claimed) and _has(model, pair, DENIED)
        given_up = not (open_still or claimed) and _has(model, pair, AWARE)
        closed = "appeal_won" if pair in won else "appeal_lost" if refused else ""
        if file_step == model.step_n and (open_still or closed or given_up):
            yield Case(pair[0], "appeal_filed", pair[1])
        if closed:
            yield Case(pair[0], closed, pair[1])


def _found(before: OpenCases, now: OpenCases, model: "WelfareModel") -> Iterator[Case]:
    """Tell of money that is found to be paid without a right, and of its repayment."""
    for pair, krw in before.wrong_krw.items():
        if krw > 0.0 and pair not in now.wrong_krw and _has(model, pair, AWARE):
            yield Case(pair[0], "wrong_found", pair[1], krw)
    for pair, krw in now.debts_krw.items():
        if krw > before.debts_krw.get(pair, 0.0):
            yield Case(pair[0], "owes", pair[1], krw)
    for pair in sorted(before.debts_krw.keys() - now.debts_krw.keys()):
        yield Case(pair[0], "paid_back", pair[1])


def _waited(before: OpenCases, now: OpenCases) -> Iterator[Case]:
    """Tell of first payments that wait for the next payment day, and of those that come."""
    for pair, krw in before.waiting_krw.items():
        yield Case(pair[0], "first_paid", pair[1], krw)
    for pair, krw in now.waiting_krw.items():
        yield Case(pair[0], "payment_waits", pair[1], krw)


def _has(model: "WelfareModel", pair: Pair, state: int) -> bool:
    """Tell whether a cell came to a state in this month."""
    cells = model.funnel_state.cells
    place = OpenList(*(np.array([each]) for each in pair)).places(cells)[0]
    return bool(place >= 0 and cells.state[place] == state and cells.since[place] == model.step_n)


def _sums(entries: OpenList, krw: NDArray[np.float64], chosen: Chosen) -> dict[Pair, float]:
    """Add up won by pair for the households that are followed."""
    mine, sums = chosen[entries.row], dict[Pair, float]()
    for pair, value in zip(_pairs(entries.picked(mine)), krw[mine].tolist(), strict=True):
        sums[pair] = sums.get(pair, 0.0) + value
    return sums


def _pairs(entries: OpenList) -> list[Pair]:
    return list(zip(*_listed(entries.row, entries.programme), strict=True))


def _listed(rows: NDArray[np.int64], programmes: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    return rows.tolist(), programmes.tolist()
