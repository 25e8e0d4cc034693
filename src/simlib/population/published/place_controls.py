"""Controls of municipalities: published shares that a municipality's households must have."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import polars as pl

from simlib.errors import UserError, did_you_mean
from simlib.population.published.cells import group_frame
from simlib.population.published.controls import (
    LIVES_ALONE,
    ControlRow,
    inside,
    places,
    sql,
    target_shares,
)
from simlib.population.published.tables import (
    HEAD_BANDS,
    PERSON_BANDS,
    SEXES,
    Floats,
    Ints,
    band_start,
)

_ROUNDS = 25
_NEAR = 1e-9
_TINY = 1e-15


class PlaceControl(Protocol):
    """Scale the households of the municipalities of one region to published shares."""

    row: ControlRow

    def of(self, chosen: Ints) -> "PlaceControl":
        """Give the control of some municipalities, all of one region."""

    def scale(self, x: Floats, homes: Floats) -> float:
        """Scale once, in place; give the largest error before, as a share of the universe.

        Parameters
        ----------
        x, homes
            Households of each municipality, and of the region, by kind, sex and age band of the
            head.
        """

    def shown(self) -> Floats:
        """Give the shares that were aimed at last, shape ``(places, categories)``."""

    def labels(self) -> tuple[str, ...]:
        """Name the categories."""


@dataclass
class HouseholdShares:
    """Hold shares of categories among the households of municipalities.

    Parameters
    ----------
    row
        The control.
    names
        Categories.
    codes
        Category of each kind, sex and age band of the head, ``-1`` outside the universe.
    shares
        Target share by municipality and category, shape ``(places, categories)``; not a number
        where none is published.
    """

    row: ControlRow
    names: tuple[str, ...]
    codes: Ints
    shares: Floats

    def of(self, chosen: Ints) -> "HouseholdShares":
        """Give the control of some municipalities; see :class:`PlaceControl`."""
        return replace(self, shares=self.shares[chosen])

    def scale(self, x: Floats, homes: Floats) -> float:
        """Scale municipalities; see :class:`PlaceControl`."""
        flat = x.reshape(x.shape[0], -1)
        member = np.equal.outer(self.codes, np.arange(len(self.names))).astype(np.float64)
        totals = flat @ member
        chosen = ~np.isnan(self.shares[:, 0])
        wanted = np.where(chosen[:, None], self.shares, 0.0) * totals.sum(axis=1)[:, None]
        if chosen.all():
            wanted = _raked(wanted, homes.ravel() @ member)
        universe = np.maximum(totals.sum(axis=1), _TINY)[:, None]
        self.shares = np.where(chosen[:, None], wanted / universe, np.nan)
        factors = np.ones((x.shape[0], len(self.names) + 1))
        factors[chosen, :-1] = wanted[chosen] / np.maximum(totals[chosen], _TINY)
        flat *= factors[:, self.codes]
        return float((np.abs(wanted - totals) / universe)[chosen].max(initial=0.0))

    def shown(self) -> Floats:
        """Give the shares aimed at; see :class:`PlaceControl`."""
        return self.shares

    def labels(self) -> tuple[str, ...]:
        """Name the categories."""
        return self.names


@dataclass
class AloneShares:
    """Hold shares of people living alone among persons of some ages in municipalities.

    Parameters
    ----------
    row
        The control.
    mask
        Which sexes and age bands of persons count, shape ``(2, bands)``.
    persons
        Those persons by municipality, as shares of all households of the country.
    shares
        Target share by municipality, shape ``(places,)``; not a number where none is published.
    """

    row: ControlRow
    mask: Floats
    persons: Floats
    shares: Floats

    def of(self, chosen: Ints) -> "AloneShares":
        """Give the control of some municipalities; see :class:`PlaceControl`."""
        return replace(self, persons=self.persons[chosen], shares=self.shares[chosen])

    def scale(self, x: Floats, homes: Floats) -> float:
        """Scale municipalities; see :class:`PlaceControl`."""
        heads = self.mask[:, -len(HEAD_BANDS) :]
        alone = (x[:, 0] * heads).sum(axis=(1, 2))
        chosen = ~np.isnan(self.shares)
        if chosen.all():
            odds = self.shares / (1.0 - self.shares)
            self.shares = _moved(odds, self.persons, float((homes[0] * heads).sum()))
        wanted = np.where(chosen, self.shares * self.persons, alone)
        x[:, 0] *= np.where(heads > 0, (wanted / np.maximum(alone, _TINY))[:, None, None], 1.0)
        return float((np.abs(wanted - alone) / self.persons)[chosen].max(initial=0.0))

    def shown(self) -> Floats:
        """Give the shares aimed at; see :class:`PlaceControl`."""
        return np.column_stack([self.shares, 1.0 - self.shares])

    def labels(self) -> tuple[str, ...]:
        """Name the categories."""
        return ("true", "false")


def _raked(seed: Floats, columns: Floats) -> Floats:
    """Rake a table to column totals, keeping its rows' totals and its odds ratios."""
    rows = seed.sum(axis=1, keepdims=True)
    for _ in range(_ROUNDS):
        if np.abs(seed.sum(axis=0) - columns).max() <= _NEAR * columns.sum():
            break
        seed = seed * (columns / np.maximum(seed.sum(axis=0), _TINY))
        seed = seed * (rows / np.maximum(seed.sum(axis=1, keepdims=True), _TINY))
    return seed


def _moved(odds: Floats, persons: Floats, total: float) -> Floats:
    """Multiply odds by the one factor with which they give a total."""
    factor = 1.0
    for _ in range(_ROUNDS):
        shares = factor * odds / (1.0 + factor * odds)
        if abs(total - (shares * persons).sum()) <= _NEAR * total:
            break
        slope = (shares * (1.0 - shares) * persons).sum()
        factor *= float(np.exp(np.clip((total - (shares * persons).sum()) / slope, -1.0, 1.0)))
    return np.asarray(factor * odds / (1.0 + factor * odds))


def long_targets(shares: Floats, labels: tuple[str, ...]) -> pl.DataFrame:
    """Lay shares of municipalities out by row: columns region (the code), category, share.

    Parameters
    ----------
    shares
        Shape ``(229, categories)``; rows that are not a number are left out.
    labels
        Name of each category.
    """
    codes = places("municipality")
    frame = pl.DataFrame(
        {
            "region": np.repeat(codes, len(labels)),
            "category": list(labels) * len(codes),
            "share": shares.ravel(),
        }
    )
    return frame.filter(pl.col("share").is_not_nan())


def bind_place(row: ControlRow, persons: Floats) -> PlaceControl:
    """Attach a control of municipalities to their households.

    Parameters
    ----------
    row
        The control.
    persons
        Persons by municipality, sex and age band, as shares of all households of the country,
        shape ``(229, 2, bands)``.

    Raises
    ------
    UserError
        If its expression cannot be computed, a category has no target, or a control of persons
        counts anything but living alone.
    """
    target = target_shares(row)
    known = places("municipality")
    strange = target.filter(~pl.col("region").is_in(known))
    if not strange.is_empty():
        name = str(strange["region"][0])
        raise UserError(
            f"the target of '{row.control}' names the unknown municipality '{name}'",
            row.where,
            mend=did_you_mean(name, known),
        )
    wide = pl.DataFrame({"region": known}).join(
        target.pivot("category", index="region", values="share"),
        on="region",
        how="left",
        maintain_order="left",
    )
    if row.unit == "persons":
        return _bind_alone(row, persons, wide)
    frame = group_frame()
    coded = frame.select(
        sql(row.expression, frame, row).cast(pl.String).alias("category"),
        inside(row, frame).alias("inside"),
    )
    labels = tuple(wide.columns[1:])
    order = {label: i for i, label in enumerate(labels)}
    codes = [order.get(name, -2) if counts else -1 for name, counts in coded.iter_rows()]
    if -2 in codes:
        missing = str(coded["category"][codes.index(-2)])
        raise UserError(
            f"the control '{row.control}' has no target for '{missing}'",
            row.where,
            "every household in its universe must fall into a category with a target",
            did_you_mean(missing, labels),
        )
    return HouseholdShares(
        row, labels, np.array(codes, dtype=np.int64), wide.select(labels).to_numpy()
    )


def _bind_alone(row: ControlRow, persons: Floats, wide: pl.DataFrame) -> AloneShares:
    if row.expression != LIVES_ALONE or "true" not in wide.columns:
        raise UserError(
            f"the control '{row.control}' of persons in municipalities cannot be fitted",
            row.where,
            "municipalities are fitted to persons by sex and age, and to people living alone",
            f"write the expression {LIVES_ALONE} with the categories true and false, "
            "or count households",
        )
    frame = pl.DataFrame(
        [
            {"sex": sex, "age": band_start(band), "age_band": band}
            for sex in SEXES
            for band in PERSON_BANDS
        ]
    )
    counts = frame.select(inside(row, frame).alias("_")).to_series().to_numpy()
    mask = np.broadcast_to(counts, (frame.height,)).reshape(len(SEXES), -1).astype(np.float64)
    return AloneShares(
        row, mask, (persons * mask).sum(axis=(1, 2)), wide["true"].to_numpy().astype(np.float64)
    )
