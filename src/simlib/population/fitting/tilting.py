"""Tilt the ages of heads and members together until persons by place, sex and age fit.

The fitted table and the members' ages are one joint distribution. The closest one to the start,
in relative entropy, that also has the persons wanted multiplies the start by one factor for each
person, which depends on the person's place, sex and age band (Csiszar 1975). Summed over the
members' ages, a household's weight is multiplied by its head's factor and by the mean factor of
each member.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simlib.population.fitting.members import BANDS_N, ROLES, kernel_rows
from simlib.population.published.cells import compositions
from simlib.population.published.tables import (
    HEAD_BANDS,
    SEXES,
    Floats,
    Ints,
)

_TINY = 1e-12
_WORSE = 1.02
_SLOWER, _SLOWEST = 0.7, 0.15
_REACH = 1e4
"""Largest factor and its inverse that a place may have for an age band."""


@dataclass(frozen=True)
class AgeModel:
    """Hold what turns households by kind, sex and age of the head into persons by age.

    Parameters
    ----------
    rows
        Share of each sex and age band by role, sex and age band of the head, shape
        ``(roles * 2 * head bands, 2 * bands)``.
    members
        Members of each role in a kind of household, shape ``(kinds, roles)``.
    """

    rows: Floats
    members: Floats

    @property
    def shape(self) -> tuple[int, int, int]:
        """Give kinds, sexes and head bands."""
        return (self.members.shape[0], len(SEXES), len(HEAD_BANDS))

    def mean_tilts(self, tilt: Floats) -> Floats:
        """Give the mean factor of a member, shape ``(places, roles * 2 * head bands)``."""
        return np.asarray(np.maximum(tilt @ self.rows.T, _TINY))

    def log_factors(self, tilt: Floats, means: Floats) -> Floats:
        """Give the log of a household's factor, shape ``(places, kinds, 2, head bands)``."""
        places = tilt.shape[0]
        logs = np.log(means).reshape(places, len(ROLES), len(SEXES), -1)
        first = BANDS_N - len(HEAD_BANDS)
        own = np.log(tilt).reshape(places, 1, len(SEXES), BANDS_N)[..., first:]
        return np.asarray(_times(self.members, logs) + own)

    def persons(self, homes: Floats, tilt: Floats, means: Floats) -> Floats:
        """Count persons by sex and age band, shape ``(places, 2 * bands)``.

        Parameters
        ----------
        homes
            Households, shape ``(places, kinds, 2, head bands)``.
        tilt, means
            Factors by sex and age band, and what :meth:`mean_tilts` makes of them.
        """
        places = homes.shape[0]
        slots = _times(self.members.T, homes)
        members = (slots.reshape(places, -1) / means) @ self.rows * tilt
        return np.asarray(members + self.heads(homes))

    def heads(self, homes: Floats) -> Floats:
        """Count heads by sex and age band, shape ``(places, 2 * bands)``."""
        found = np.zeros((homes.shape[0], len(SEXES), BANDS_N))
        found[:, :, BANDS_N - len(HEAD_BANDS) :] = homes.sum(axis=1)
        return found.reshape(homes.shape[0], -1)

    def persons_n(self, homes: Floats) -> Floats:
        """Count persons, shape ``(places,)``."""
        return np.asarray(homes.sum(axis=(2, 3)) @ (self.members.sum(axis=1) + 1.0))


def age_model(head: Floats) -> AgeModel:
    """Build the model from the ages between generations.

    Parameters
    ----------
    head
        Share of each age within a head's band, shape ``(head bands, ages)``.
    """
    members = np.zeros((len(compositions()), len(ROLES)))
    for i, kind in enumerate(compositions()):
        for role in kind.members:
            members[i, ROLES.index(role)] += 1.0
    by_age = kernel_rows().reshape(len(ROLES), len(SEXES), -1, len(SEXES) * BANDS_N)
    by_band = np.stack([np.tensordot(head, each, (1, 1)) for each in by_age])
    rows = by_band.transpose(0, 2, 1, 3).reshape(-1, len(SEXES) * BANDS_N)
    return AgeModel(np.ascontiguousarray(rows), members)


def _times(matrix: Floats, values: Floats) -> Floats:
    """Multiply the second dimension of ``(places, a, 2, bands)`` by a matrix ``(b, a)``."""
    places = values.shape[0]
    found = np.matmul(matrix, values.reshape(places, values.shape[1], -1))
    return np.asarray(found.reshape(places, matrix.shape[0], *values.shape[2:]))


class Tilting:
    """Move tilts and household weights step by step towards the persons wanted.

    Parameters
    ----------
    model
        From households to persons.
    shares
        Target share of each sex and age band among the persons of a place, shape
        ``(places, 2 * bands)``.
    tilt
        Factors to start from, shape ``(places, 2 * bands)``; 1 by default.
    speed
        Power of the ratio of wanted to found persons by which a step moves.
    sizes
        Share of each place among all persons, shape ``(places,)``; not wanted by default.
    """

    def __init__(
        self,
        model: AgeModel,
        shares: Floats,
        tilt: Floats | None = None,
        speed: float = 0.8,
        sizes: Floats | None = None,
    ) -> None:
        self.model = model
        self.sizes = sizes
        self.speed = speed
        self._worst = np.inf
        self.shares = shares
        self.tilt = np.ones_like(shares) if tilt is None else tilt.copy()
        self._means = model.mean_tilts(self.tilt)
        self._logs = model.log_factors(self.tilt, self._means)

    def gap(self, homes: Floats) -> tuple[Floats, Floats]:
        """Compare persons with those wanted.

        Returns
        -------
        tuple of ndarray
            Persons by sex and age band over those wanted, and their error as shares of all
            persons wanted in the place, both of shape ``(places, 2 * bands)``.
        """
        found = self.model.persons(homes, self.tilt, self._means)
        total = np.maximum(self.model.persons_n(homes), _TINY)
        if self.sizes is not None:
            total = total.sum() * self.sizes
        shares = found / total[:, None]
        return np.maximum(shares, _TINY) / np.maximum(self.shares, _TINY), shares - self.shares

    def step(self, homes: Floats) -> Floats:
        """Move the tilts once, more slowly from here on where the last step went too far.

        Returns
        -------
        ndarray
            Factor by which the households have to be multiplied, shape
            ``(places, kinds, 2, head bands)``.
        """
        ratio, gap = self.gap(homes)
        worst = float(np.abs(gap).max())
        if worst > _WORSE * self._worst:
            self.speed = max(self.speed * _SLOWER, _SLOWEST)
        self._worst = worst
        moved = np.clip(ratio**-self.speed, 0.5, 2.0)
        self.tilt = np.clip(self.tilt * moved, 1.0 / _REACH, _REACH)
        self._means = self.model.mean_tilts(self.tilt)
        before, self._logs = self._logs, self.model.log_factors(self.tilt, self._means)
        return np.asarray(np.exp(self._logs - before))


def codes_of(column: pl.Series, names: tuple[str, ...]) -> Ints:
    """Give each value's place in a list of names."""
    coded = column.cast(pl.String).cast(pl.Enum(names)).to_physical()
    return np.asarray(coded.to_numpy(), dtype=np.int64)
