"""What an agency can see about households on the day of a round, and nothing else."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.errors import SimlibError, did_you_mean
from simlib.months import Month
from simlib.risk.indicators import IndicatorList, Latents, all_indicators

REGISTER_FEATURES = (
    "head_age",
    "size",
    "children_n",
    "lives_alone",
    "single_parent",
    "tenure",
    "severe_disability",
)
"""Register columns that become features; all of them must be given."""

REGISTER_COLUMNS = (
    *REGISTER_FEATURES,
    "household_id",
    "head_sex",
    "household_type",
    "municipality",
    "region",
    "region_class",
    "area_class",
)
"""Every column an agency holds about a household; any other name is refused."""

LATENT_NAMES = frozenset(field.name for field in fields(Latents)) - {
    *REGISTER_COLUMNS,
    "receives_livelihood",
}
"""True states that no agency sees."""

DOMAINS = tuple(sorted({each.domain for each in all_indicators()}))
"""Domains of indicators that are counted as features."""

_RENTS = (2, 3)


class LatentAccessError(SimlibError, AttributeError):
    """Report an attempt to read a household's true state through the agency's view."""


class AgencyView:
    """Show one round as the agency sees it.

    Parameters
    ----------
    round_month
        Month of the round.
    bits
        (households,) indicators received in this round.
    previous_bits
        (households,) indicators received in the last round; zeros before the first.
    register
        Columns of the register by name, each (households,); see :data:`REGISTER_COLUMNS`.
    receives_livelihood
        (households,) whether the household receives a benefit of basic livelihood.
    flagged_before
        (households,) whether it was on the list of the last round.
    indicators
        The list in force.

    Raises
    ------
    LatentAccessError
        If the register holds a column that no agency has.
    SimlibError
        If a register column that becomes a feature is missing.
    """

    def __init__(
        self,
        round_month: Month,
        bits: NDArray[np.uint64],
        previous_bits: NDArray[np.uint64],
        register: Mapping[str, NDArray[Any]],
        receives_livelihood: NDArray[np.bool_],
        flagged_before: NDArray[np.bool_],
        indicators: IndicatorList,
    ) -> None:
        for name in register:
            if name not in REGISTER_COLUMNS:
                _refuse(name)
        missing = [name for name in REGISTER_FEATURES if name not in register]
        if missing:
            raise SimlibError(f"the register lacks {', '.join(missing)}")
        self.round_month = round_month
        self.bits = bits & indicators.mask
        self.previous_bits = previous_bits
        self.register = dict(register)
        self.receives_livelihood = receives_livelihood
        self.flagged_before = flagged_before
        self.indicators = indicators

    def __len__(self) -> int:
        return len(self.bits)

    def __repr__(self) -> str:
        return f"AgencyView({len(self)} households, {self.indicators.count} indicators)"

    def __getattr__(self, name: str) -> Any:
        if name in LATENT_NAMES:
            _refuse(name)
        raise AttributeError(name)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Give a register column; a name that no agency holds raises."""
        if name not in self.register:
            _refuse(name)
        return self.register[name]

    def pool(self) -> NDArray[np.bool_]:
        """Say which households can be listed.

        Returns
        -------
        ndarray
            (households,): at least one indicator, no basic livelihood, and not on the list
            of the last round.
        """
        return np.asarray((self.bits != 0) & ~self.receives_livelihood & ~self.flagged_before)

    def municipality_rate(self) -> NDArray[np.float64]:
        """Give the share of a household's municipality that receives basic livelihood.

        Returns
        -------
        ndarray
            (households,)
        """
        place = self["municipality"]
        receive = np.bincount(place, self.receives_livelihood)
        return np.asarray((receive / np.maximum(np.bincount(place), 1))[place])

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Name the columns of :attr:`features`; the same whatever list is in force."""
        return feature_names()

    @cached_property
    def features(self) -> NDArray[np.float32]:
        """Give the features of all households, (households, k)."""
        return self.features_of(np.arange(len(self)))

    def features_of(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Give the features of some households.

        Parameters
        ----------
        rows
            (n,) positions of households in the view.

        Returns
        -------
        ndarray
            (n, k): every indicator as 0 or 1, their number, how many are new since the last
            round, how many there were then, their number by domain, and the register.
        """
        out = np.zeros((len(rows), len(feature_names())), dtype=np.float32)
        domains = np.array([DOMAINS.index(each.domain) for each in all_indicators()])
        _fill_bits(self.bits, self.previous_bits, rows, domains, out)
        first = len(domains) + 3 + len(DOMAINS)
        for column, name in enumerate(REGISTER_FEATURES, start=first):
            values = self.register[name][rows]
            rents = name == "tenure"
            out[:, column] = (values == _RENTS[0]) | (values == _RENTS[1]) if rents else values
        return out


@njit(cache=True, parallel=True)
def _fill_bits(bits, previous, rows, domains, out):  # type: ignore[no-untyped-def]
    """Fill the features that are made of indicators, of a table of zeros."""
    n = domains.size
    for j in prange(rows.size):
        now, before = bits[rows[j]], previous[rows[j]]
        for column in range(n):
            if (now >> np.uint64(column)) & np.uint64(1) != np.uint64(0):
                out[j, column] = 1.0
                out[j, n] += 1.0
                out[j, n + 1] += (before >> np.uint64(column)) & np.uint64(1) == np.uint64(0)
                out[j, n + 3 + domains[column]] += 1.0
        while before != np.uint64(0):
            before &= before - np.uint64(1)
            out[j, n + 2] += 1.0


def feature_names() -> tuple[str, ...]:
    """Name the features that scorers read, in order."""
    register = tuple("rents" if name == "tenure" else name for name in REGISTER_FEATURES)
    return (
        *(each.indicator_id for each in all_indicators()),
        "indicators_n",
        "new_indicators_n",
        "previous_indicators_n",
        *(f"{domain}_indicators_n" for domain in DOMAINS),
        *register,
    )


def monotone_directions() -> NDArray[np.int8]:
    """Give the direction in which each feature may move a score.

    Returns
    -------
    ndarray
        (k,): 1 where more must not lower the score, 0 where the data decide. Directions of
        indicators come from ``kr/indicators.csv``.
    """
    directions = {each.indicator_id: each.direction for each in all_indicators()}
    counts = ("indicators_n", "new_indicators_n", *(f"{each}_indicators_n" for each in DOMAINS))
    directions |= dict.fromkeys(counts, 1)
    return np.array([directions.get(name, 0) for name in feature_names()], dtype=np.int8)


def _refuse(name: str) -> NoReturn:
    if name in LATENT_NAMES:
        raise LatentAccessError(
            f"'{name}' is a household's true state: no agency sees it, so no scorer may"
        )
    raise LatentAccessError(
        f"no agency holds '{name}' about a household; {did_you_mean(name, REGISTER_COLUMNS)}"
    )
