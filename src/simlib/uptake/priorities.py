"""Which claim an office decides first: small rules, one of which a user may write."""

from collections.abc import Mapping, Sequence
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


def office_rules(priorities: Priorities, municipalities: Sequence[int]) -> list[Priority]:
    """Give the rule of each office.

    Parameters
    ----------
    priorities
        One rule, or rules by code of municipality.
    municipalities
        Codes of the municipalities that have an office, (offices,).

    Raises
    ------
    UserError
        If a rule is none, or is that of a municipality without an office.
    """
    rules: Mapping[int, Priority] = (
        priorities if isinstance(priorities, Mapping) else dict.fromkeys(municipalities, priorities)
    )
    for code, rule in rules.items():
        if code not in municipalities:
            raise UserError(
                f"there is no office of municipality {code!r} in this world",
                "priority",
                "its rule would never be asked",
                did_you_mean(str(code), [str(each) for each in municipalities]),
            )
        if not isinstance(rule, Priority):
            raise UserError(
                f"{rule!r} is no office rule",
                "priority",
                "an office asks an object of a class that is derived from Priority",
                "give an object, AppealsFirst(), not the class AppealsFirst",
            )
    return [rules.get(code, BY_ARRIVAL) for code in municipalities]


def ranking(rule: Priority, claims: Claims) -> Keys | None:
    """Give a rule's key of some claims, (claims,), or None for the order of arrival.

    Raises
    ------
    UserError
        If it is not one number a claim.
    """
    key = rule.key(claims)
    if key is not None and np.shape(key) != claims.row.shape:
        raise UserError(
            f"the rule {type(rule).__name__} does not give one number a claim",
            "its method key",
            f"there are {claims.row.size} claims, and its numbers have the shape {np.shape(key)}",
            "reckon with the columns of the claims: -claims.need, for example",
        )
    return key
