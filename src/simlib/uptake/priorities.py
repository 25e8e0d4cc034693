"""Which claim an office decides first: small rules, one of which a user may write."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simlib.errors import UserError, did_you_mean
from simlib.parameters import Parameters
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.modes import PRIORITY

Order = NDArray[np.int64]


class Priority:
    """Decide claims in order of their arrival; override :meth:`order` for another rule."""

    def order(self, claims: Claims) -> Order:
        """Give the order in which an office decides.

        Parameters
        ----------
        claims
            The office's queue in order of arrival.

        Returns
        -------
        ndarray
            Every position in the queue once, the first to be decided first, (claims,).
        """
        return np.arange(claims.row.size)


class NeedFirst(Priority):
    """Decide the claims of those with the lowest income for their size first."""

    def order(self, claims: Claims) -> Order:
        """Give the order by need; the same need in order of arrival."""
        return np.argsort(-claims.need, kind="stable")


class QuickestFirst(Priority):
    """Decide the claims first that take the fewest hours."""

    def order(self, claims: Claims) -> Order:
        """Give the order by hours; the same hours in order of arrival."""
        return np.argsort(claims.hours, kind="stable")


class LimitFirst(Priority):
    """Decide the claims first that are nearest to the end of their legal time."""

    def order(self, claims: Claims) -> Order:
        """Give the order by days that are left; the same days in order of arrival."""
        waited_days = DAYS_IN_MONTH * claims.waited_months - claims.arrival_day
        return np.argsort(claims.limit_days - waited_days, kind="stable")


RULES: Mapping[str, type[Priority]] = {
    "arrival": Priority,
    "need_first": NeedFirst,
    "quickest_first": QuickestFirst,
    "limit_first": LimitFirst,
}
"""Rules that a scenario can name."""

Priorities = Priority | Mapping[int, Priority]
"""One rule for all offices, or rules by code of municipality; others decide by arrival."""


def chosen_priority(parameters: Parameters) -> Priority:
    """Give the rule that the parameters name.

    Raises
    ------
    UserError
        If there is no such rule.
    """
    name = str(parameters.value(PRIORITY))
    if name not in RULES:
        raise UserError(
            f"there is no office rule '{name}'",
            PRIORITY,
            "nobody could say which claim comes first",
            did_you_mean(name, RULES),
        )
    return RULES[name]()


def rule_of(priorities: Priorities, municipality: int) -> Priority:
    """Give the rule of a municipality's office."""
    if isinstance(priorities, Priority):
        return priorities
    return priorities.get(municipality, Priority())
