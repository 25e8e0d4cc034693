"""What changed in one month for the households it changed for."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.life.events import Happenings
from simlib.life.homes import Homes
from simlib.rights import Rights, RightsChange


@dataclass(frozen=True)
class HomeState:
    """Hold who leads some households and where they live, each (rows,).

    Attributes
    ----------
    rows
        Rows of the households, ascending.
    municipality
        Code of the municipality.
    head_age
        Age of the head, completed years, when the head last changed.
    single_parent
        Whether one parent lives with a child under 18 and nobody else.
    assets_share
        Share of the assets and debts of the start that is left after divorces.
    address_mismatch
        Whether the register holds another address.
    """

    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    municipality: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    head_age: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    single_parent: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    assets_share: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    address_mismatch: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))

    @classmethod
    def of(cls, homes: Homes, rows: NDArray[np.int64], step: int) -> "HomeState":
        """Read the state of some households in a step."""
        return cls(
            rows,
            homes.municipality[rows],
            homes.head_age[rows],
            homes.single_parent[rows],
            homes.assets_share[rows],
            homes.address_right_from[rows] > step,
        )

    def picked(self, rows: NDArray[np.int64]) -> "HomeState":
        """Give what is known of some households, numbered anew."""
        place = np.searchsorted(rows, self.rows)
        kept = rows[np.minimum(place, rows.size - 1)] == self.rows
        columns = {each.name: getattr(self, each.name)[kept] for each in fields(self)}
        return HomeState(**(columns | {"rows": place[kept]}))


_TOLD = ("income_krw_m", "jobless_since", "ill_since", "size", "children_n")


@dataclass(frozen=True)
class MonthChanges:
    """Hold what changed in one month for the households it changed for.

    Attributes
    ----------
    rows
        Rows of the households whose incomes, members or recent events may have changed, ascending.
    rights
        What each is entitled to, at the start; of nobody in later months.
    change
        What of rights differs from the month before.
    income_krw_m
        Income without simulated benefits, won a month, (changed,).
    jobless_since, ill_since
        Step in which a member lost the job or fell ill, (changed,).
    size, children_n
        Members, and those under 18, (changed,).
    concerned
        Rows of all of which something changed that rules ask about, ascending.
    happened
        To whom what happened in the month.
    homes
        Those whose members, home or address changed; at the start those registered elsewhere.
    """

    rows: NDArray[np.int64]
    rights: Rights
    income_krw_m: NDArray[np.float32]
    jobless_since: NDArray[np.int32]
    ill_since: NDArray[np.int32]
    size: NDArray[np.uint8]
    children_n: NDArray[np.uint8]
    change: RightsChange = field(default_factory=RightsChange.none)
    concerned: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    happened: Happenings = field(default_factory=Happenings)
    homes: HomeState = field(default_factory=HomeState)

    def picked(self, rows: NDArray[np.int64]) -> "MonthChanges":
        """Give the situation of some of the households, numbered anew."""
        columns: dict[str, Any] = {name: getattr(self, name)[rows] for name in _TOLD}
        columns["rows"] = np.arange(rows.size)
        homes = self.homes.picked(rows)
        return MonthChanges(**columns, rights=self.rights.picked(rows), homes=homes)
