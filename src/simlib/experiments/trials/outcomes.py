"""What is measured in an arm: one small function for each outcome.

Each takes a :class:`~simlib.experiments.trials.history.History` and gives a number, nan where
the outcome has no meaning (nobody applied, say).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from simlib.experiments.trials.history import Bools, History
from simlib.uptake.states import UNAWARE

YEAR = 12
THREE_QUARTERS = 9
DECISION_MONTHS = 3
"""Months in which a claim that was begun is completed and decided, if it ever is."""
RETURN_MONTHS = 4
"""Months within which a case that left must be back to count as churn."""


def _share(part: Any, whole: Any) -> float:
    total = float(np.sum(whole))
    return float(np.sum(part)) / total if total > 0 else float("nan")


def _all(history: History) -> Bools:
    return np.ones(history.state.shape[1], np.bool_)


def aware(history: History) -> float:
    """Give the share that knows the programme at the end."""
    return _share(history.state[-1] != UNAWARE, _all(history))


def applied(history: History) -> float:
    """Give the share that began a claim."""
    return _share(history.applied.any(axis=0), _all(history))


def enrolled(history: History) -> float:
    """Give the share that was awarded the benefit."""
    return _share(history.awarded.any(axis=0), _all(history))


def approved_of_applied(history: History) -> float:
    """Give the share of claims that were awarded, of those begun early enough to be decided."""
    early = history.applied[: max(history.months - DECISION_MONTHS, 0)]
    began = early.any(axis=0)
    return _share(began & history.awarded.any(axis=0), began)


def receiving(history: History) -> float:
    """Give the share that receives at the end."""
    return _share(history.receiving[-1], _all(history))


def take_up(history: History) -> float:
    """Give the share of the entitled who receive at the end."""
    return _share(history.receiving[-1] & history.entitled[-1], history.entitled[-1])


def non_take_up(history: History) -> float:
    """Give the share of the entitled who do not receive at the end."""
    return 1.0 - take_up(history)


def _missing_for(history: History, months: int) -> Bools:
    """Tell who was entitled and did not receive in each of the last months, (pool,)."""
    if history.months < months:
        return np.zeros(history.state.shape[1], np.bool_)
    return np.asarray((history.entitled & ~history.receiving)[-months:].all(axis=0))


def missing_three_quarters(history: History) -> float:
    """Give the share of the entitled who have not received for nine months, entitled all along."""
    return _share(_missing_for(history, THREE_QUARTERS), history.entitled[-1])


def missing_over_a_year(history: History) -> float:
    """Give the share of those missing at the end that has been so, and entitled, for a year."""
    now = history.entitled[-1] & ~history.receiving[-1]
    return _share(_missing_for(history, YEAR), now)


def expenditure_take_up(history: History) -> float:
    """Give the share of all money due that is paid at the end."""
    entitled = history.amount_krw_m * history.entitled[-1]
    return _share(entitled * history.receiving[-1], entitled)


def expenditure_gap(history: History) -> float:
    """Give take-up by money less take-up by households."""
    return expenditure_take_up(history) - take_up(history)


def _mean_of_entrants(history: History, column: str) -> float:
    entered = history.awarded.any(axis=0) & ~history.started_receiving
    values = history.frame[column].to_numpy()[entered]
    return float(values.mean()) if values.size else float("nan")


def mean_need_of_new_entrants(history: History) -> float:
    """Give the mean need of those who came to receive, standard deviations."""
    return _mean_of_entrants(history, "need")


def mean_friction_of_new_entrants(history: History) -> float:
    """Give the mean friction of those who came to receive, standard deviations."""
    return _mean_of_entrants(history, "friction")


def mean_benefit_of_new_entrants(history: History) -> float:
    """Give the mean log of the relative amount of those who came to receive."""
    return _mean_of_entrants(history, "benefit")


def _first_year_exits(history: History) -> tuple[int, int, int]:
    """Count entries that can be followed for a year, exits within it, and those still entitled."""
    on = history.receiving
    entries = np.argwhere(history.awarded[: max(history.months - YEAR, 0)])
    exits = still = 0
    for month, who in entries:
        gone = np.flatnonzero(~on[month + 1 : month + YEAR + 1, who])
        if gone.size:
            exits += 1
            still += int(history.entitled[month + 1 + gone[0], who])
    return len(entries), exits, still


def exited(history: History) -> float:
    """Give the share of entries that end within a year."""
    entries, exits, _ = _first_year_exits(history)
    return exits / entries if entries else float("nan")


def still_entitled_at_exit(history: History) -> float:
    """Give the share of first-year exits of households that were still entitled."""
    _, exits, still = _first_year_exits(history)
    return still / exits if exits else float("nan")


def churned(history: History) -> float:
    """Give the share of a year's recipients who left in it and were back within four months."""
    window = history.months - RETURN_MONTHS
    if window < YEAR:
        return float("nan")
    on = history.receiving
    back = np.zeros(on.shape[1], np.bool_)
    for month in range(window - YEAR + 1, window):
        left = on[month - 1] & ~on[month]
        back |= left & on[month + 1 : month + RETURN_MONTHS + 1].any(axis=0)
    return _share(back, on[window - YEAR : window].any(axis=0))


def renewed(history: History) -> float:
    """Give the share of renewals that fell due and were passed, by those still entitled."""
    due = history.due & history.entitled
    return _share(due & history.receiving, due)


def back_after_lapse(history: History) -> float:
    """Give the share that received in some month, of a pool that begins lapsed."""
    return _share(history.receiving.any(axis=0), _all(history))


def claimed_first_year(history: History) -> float:
    """Give the share that was awarded a claim in the first year."""
    return _share(history.awarded[:YEAR].any(axis=0), _all(history))


def claimed_second_year(history: History) -> float:
    """Give the share that was awarded a claim in the second year."""
    if history.months < 2 * YEAR:
        return float("nan")
    return _share(history.awarded[YEAR : 2 * YEAR].any(axis=0), _all(history))


def months_received(history: History) -> float:
    """Give the mean months of receipt."""
    return float(history.receiving.sum(axis=0).mean())


def read(history: History) -> float:
    """Give the share that read some notice."""
    return _share(history.read.any(axis=0), _all(history))


def helped(history: History) -> float:
    """Give the share that was helped."""
    return _share(history.helped.any(axis=0), _all(history))


def opted_out(history: History) -> float:
    """Give the share that has turned messages off at the end."""
    return _share(history.opted_out, _all(history))


OUTCOMES: dict[str, Callable[[History], float]] = {
    each.__name__: each
    for each in (
        aware,
        applied,
        approved_of_applied,
        enrolled,
        receiving,
        take_up,
        non_take_up,
        missing_three_quarters,
        missing_over_a_year,
        expenditure_take_up,
        expenditure_gap,
        mean_need_of_new_entrants,
        mean_friction_of_new_entrants,
        mean_benefit_of_new_entrants,
        exited,
        still_entitled_at_exit,
        churned,
        renewed,
        back_after_lapse,
        claimed_first_year,
        claimed_second_year,
        months_received,
        read,
        helped,
        opted_out,
    )
}
"""Every outcome by its name."""
