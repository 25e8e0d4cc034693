"""Which claim an office decides first: small rules, one of which a user may write."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.errors import UserError, did_you_mean
from simlib.parameters import Parameters
from simlib.uptake.claims import DAYS_IN_MONTH, Claims
from simlib.uptake.modes import PRIORITY

Order = NDArray[np.int64]
Keys = NDArray[Any]


class Priority:
    """Decide claims in order of their arrival; override :meth:`key` or :meth:`order`.

    A key is enough where one number of each claim, known from the claim alone, says which comes
    first; the offices of the whole country are then worked through together. :meth:`order` sees
    the queue of one office and may be anything.
    """

    def key(self, claims: Claims) -> Keys | None:  # noqa: ARG002
        """Give a number by which claims are ranked, the lowest first.

        Parameters
        ----------
        claims
            The queues of one or more offices, each in order of arrival.

        Returns
        -------
        ndarray
            A number a claim, (claims,); the same number in order of arrival. None for the order
            of arrival.
        """
        return None

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
        key = self.key(claims)
        return np.arange(claims.row.size) if key is None else np.argsort(key, kind="stable")

    @property
    def ranks(self) -> bool:
        """Tell whether the key alone says which claim comes first."""
        return type(self).order is Priority.order


class NeedFirst(Priority):
    """Decide the claims of those with the lowest income for their size first."""

    def key(self, claims: Claims) -> Keys:
        """Rank by need."""
        return -claims.need


class QuickestFirst(Priority):
    """Decide the claims first that take the fewest hours."""

    def key(self, claims: Claims) -> Keys:
        """Rank by hours."""
        return claims.hours


class LimitFirst(Priority):
    """Decide the claims first that are nearest to the end of their legal time."""

    def key(self, claims: Claims) -> Keys:
        """Rank by the days that are left."""
        waited_days = DAYS_IN_MONTH * claims.waited_months - claims.arrival_day
        return claims.limit_days - waited_days


BY_ARRIVAL = Priority()
"""The rule of offices that have no other."""
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
    return priorities.get(municipality, BY_ARRIVAL)
