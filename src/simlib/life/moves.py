"""Moves: a household lives elsewhere, sometimes under an address the register does not know."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from simlib.ascending import once
from simlib.draws import Draws
from simlib.life.homes import Homes
from simlib.life.people import Rows
from simlib.life.plans import EventPlan, monthly
from simlib.months import Month
from simlib.parameters import Parameters
from simlib.population.frames.schema import AREA_CLASSES, REGION_CLASSES
from simlib.population.published.tables import (
    OLDEST,
    Floats,
    by_age,
    municipalities,
    municipality_codes,
    place_of,
    region_of_place,
)

_EVER = np.iinfo(np.int32).max // 2


@dataclass(frozen=True)
class Moves:
    """Hold a month's moves.

    Attributes
    ----------
    homes
        Rows of the households that moved, in ascending order.
    far
        Whether each moved to another municipality.
    readdressed
        Rows of the households whose address in the register became right or wrong.
    """

    homes: Rows
    far: NDArray[np.bool_]
    readdressed: Rows


class Mobility:
    """Let households move, within their municipality or to another.

    Parameters
    ----------
    homes
        Households, changed in place.
    households
        The population's households.
    parameters, draws
        Rates, and luck of the replicate.
    """

    def __init__(
        self, homes: Homes, households: pl.DataFrame, parameters: Parameters, draws: Draws
    ) -> None:
        self.homes, self.draws = homes, draws
        self.rates = parameters.group("life.moves")
        self.events = EventPlan("life.move", draws)
        self.tenure = households["tenure"].to_physical().to_numpy().astype(np.int16)
        tenures = pl.Enum(households["tenure"].dtype.categories).categories  # type: ignore[attr-defined]
        self.prob_by_tenure = np.array([self.rates[f"prob_y_{name}"] for name in tenures])
        self._open_addresses()

    def prob_y(self) -> Floats:
        """Give every household's chance to move in a year, by tenure and age of the head."""
        age = np.minimum(self.homes.head_age, OLDEST)
        return np.asarray(self.prob_by_tenure[self.tenure] * by_age("life", "move")[age])

    def _open_addresses(self) -> None:
        """Draw who lives elsewhere than registered at the start: the share that moves sustain."""
        prob_m = monthly(self.prob_y())
        late, cleared = self.rates["late_share"], self.rates["register_prob_m"]
        share = late * prob_m / (cleared + prob_m)
        fixed = Draws(self.draws.seed, 0)
        luck = fixed.uniform("life.address_mismatch", self.homes.ids)
        wrong = np.flatnonzero(luck < share)
        waits = self._waiting_months(fixed.uniform("life.address_known", self.homes.ids[wrong]))
        self.homes.address_right_from[wrong] = waits

    def _waiting_months(self, luck: Floats) -> NDArray[np.int32]:
        """Give months until the register knows an address, 1 or more."""
        months = np.log1p(-luck) / np.log1p(-self.rates["register_prob_m"])
        return np.asarray(np.minimum(np.floor(months) + 1, _EVER).astype(np.int32))

    def plan(self, january: Month) -> None:
        """Draw who moves in a calendar year, and when; at most once a year."""
        homes = self.homes
        ages = OLDEST + 1
        prob_y = np.outer(self.prob_by_tenure, by_age("life", "move")).ravel()
        kind = self.tenure * ages + np.minimum(homes.head_age, OLDEST)
        kind = np.where(homes.size > 0, kind, -1).astype(np.int16)
        self.events.draw(january, homes.ids, kind, monthly(prob_y))

    def happen(self, month: Month, step: int) -> Moves:
        """Let a month's moves happen."""
        homes = self.homes
        known = np.flatnonzero(homes.address_right_from == step)
        known = known[homes.size[known] > 0]
        rows = np.sort(self.events.due(month))
        rows = rows[homes.size[rows] > 0]
        before = homes.municipality[rows]
        luck = self.draws.uniform("life.move_to", homes.ids[rows], month)
        within, region = self.rates["within_share"], self.rates["region_share"]
        homes.municipality[rows] = destinations(before, luck, within, region)
        far = homes.municipality[rows] != before
        homes.changed[rows[far]] = True
        self._register(rows, month, step)
        return Moves(rows, far, once(known, rows))

    def _register(self, rows: Rows, month: Month, step: int) -> None:
        """Let those who moved register at once, or some months later."""
        ids = self.homes.ids[rows]
        late = self.draws.uniform("life.move_registered", ids, month) < self.rates["late_share"]
        waits = self._waiting_months(self.draws.uniform("life.address_known", ids[late], month))
        self.homes.address_right_from[rows] = step
        self.homes.address_right_from[rows[late]] = step + waits


@cache
def _places() -> tuple[NDArray[np.int32], NDArray[np.int64], Floats]:
    """Give the municipalities' codes, regions and residents, in the order of codes."""
    known = municipalities()
    codes = municipality_codes().astype(np.int32)
    return codes, region_of_place(), known["residents"].to_numpy().astype(np.float64)


def destinations(
    origin: NDArray[np.int32], luck: Floats, within_share: float, region_share: float
) -> NDArray[np.int32]:
    """Choose where households move to, by the residents of municipalities.

    Parameters
    ----------
    origin
        Codes of the municipalities left, (moves,).
    luck
        A uniform number each, (moves,).
    within_share, region_share
        Shares of moves that stay in the municipality, and that go to another one of the region.

    Returns
    -------
    ndarray
        Codes of the municipalities, (moves,).
    """
    codes, region, residents = _places()
    place = np.searchsorted(codes, origin)
    to = _destinations(place, luck, within_share, region_share, region, residents)
    return np.asarray(codes[to])


@njit(cache=True)
def _destinations(place, luck, within_share, region_share, region, residents):  # type: ignore[no-untyped-def]
    """Go through the municipalities that can be moved to until enough residents were passed."""
    to = place.copy()
    by_region = np.zeros(region.max() + 1)
    first, last = np.full(by_region.size, region.size), np.zeros(by_region.size, np.int64)
    for other in range(region.size):
        by_region[region[other]] += residents[other]
        first[region[other]] = min(first[region[other]], other)
        last[region[other]] = other + 1
    whole = residents.sum()
    for k in range(place.size):
        here = place[k]
        near = by_region[region[here]] - residents[here]
        nearer = region_share if near > 0.0 else 0.0
        rest = luck[k] - within_share
        if rest < 0.0:
            continue
        inside = rest < nearer
        if inside:
            rest *= near / nearer
        else:
            far = whole - by_region[region[here]]
            rest = (rest - nearer) * far / (1.0 - within_share - nearer)
        begin, end = (first[region[here]], last[region[here]]) if inside else (0, region.size)
        for other in range(begin, end):
            if other != here and (region[other] == region[here]) == inside:
                to[k] = other
                rest -= residents[other]
                if rest < 0.0:
                    break
    return to


def place_codes(municipality: NDArray[np.int32]) -> dict[str, NDArray[np.int64]]:
    """Give region and classes of municipalities, codes in the order of the population's words.

    Parameters
    ----------
    municipality
        Codes, (n,).
    """
    at = place_of(municipality)
    return {name: column[at] for name, column in _classes().items()}


@cache
def _classes() -> dict[str, NDArray[np.int64]]:
    """Give region and classes of every municipality, as codes."""
    known = municipalities()
    found = {"region": region_of_place()}
    for name, words in (("region_class", REGION_CLASSES), ("area_class", AREA_CLASSES)):
        codes = known[name].replace_strict(words, range(len(words)), return_dtype=pl.Int64)
        found[name] = codes.to_numpy()
    return found
