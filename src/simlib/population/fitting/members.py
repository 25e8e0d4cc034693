"""Ages and sexes of household members, tilted so that persons by region, sex and age fit."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import polars as pl
from scipy.special import ndtr

from simlib.parameters import Parameters
from simlib.population.published.tables import (
    HEAD_BANDS,
    OLDEST,
    PERSON_BANDS,
    SEXES,
    Floats,
    Ints,
    band_start,
    table,
)

ROLES = (
    "spouse", "child1", "child2", "child3", "child4", "parent", "grandchild", "child_in_law",
    "sibling", "non_kin",
)  # fmt: skip
"""Roles whose ages the model knows, beside the head."""
HEAD_AGES = OLDEST + 1
BANDS_N = len(PERSON_BANDS)
_PRECISION = 1e-7
"""Chances below this are left out: nobody of that age lives in that role."""


@dataclass(frozen=True)
class MemberAges:
    """Hold what heads' and members' ages, and their municipalities, are drawn from.

    Parameters
    ----------
    base
        Share of each sex and age by role, sex of the head and age of the head, shape
        ``(roles, 2, head ages, 2, ages)``; sums to 1 over the last two.
    tilt
        Factor by municipality, sex and age band, shape ``(229, 2, bands)``.
    head
        Share of each age within a head's band, shape ``(head bands, ages)``.
    homes
        Share of the country's households by municipality, kind, sex and age band of the head,
        shape ``(229, kinds, 2, head bands)``.
    persons
        Share of each sex and age band among the persons of a municipality, shape
        ``(229, 2, bands)``.
    """

    base: Floats
    tilt: Floats
    head: Floats
    homes: Floats
    persons: Floats

    @cached_property
    def by_band(self) -> Floats:
        """Give the base by age band, shape ``(roles, 2, head ages, 2, bands)``."""
        return sum_bands(self.base)

    @cached_property
    def reaches(self) -> Ints:
        """Give the first age band and the one after the last that a role can have.

        Shape ``(roles, 2, head ages, 2)``; the same for all ages of a head's band.
        """
        within = (self.head > 0.0).T @ (self.head > 0.0)
        near = np.einsum("ah,rshb->rsab", within.astype(np.float64), self.by_band.sum(axis=3))
        held = near > _PRECISION
        first = held.argmax(axis=-1)
        last = held.shape[-1] - held[..., ::-1].argmax(axis=-1)
        return np.stack([first, last], axis=-1).astype(np.int64)


def age_bands() -> Ints:
    """Give the band of every age, shape ``(ages,)``."""
    starts = np.array([band_start(band) for band in PERSON_BANDS])
    return np.searchsorted(starts, np.arange(OLDEST + 1), side="right").astype(np.int64) - 1


def head_ages_within_bands(parameters: Parameters) -> Floats:
    """Spread the heads of a band over its years: evenly, and thinning out above 85."""
    spread = np.zeros((len(HEAD_BANDS), OLDEST + 1))
    youngest = int(parameters.number("population.head_age_min"))
    survival = parameters.number("population.yearly_survival_85plus")
    for i, band in enumerate(HEAD_BANDS):
        low = max(band_start(band), youngest)
        if band.endswith("+"):
            spread[i, low:] = survival ** np.arange(OLDEST + 1 - low)
        else:
            spread[i, low : band_start(band) + 5] = 1.0
    return np.asarray(spread / spread.sum(axis=1, keepdims=True))


def _kernel_rows() -> dict[tuple[str, str], float]:
    rows = table("member_ages").filter(pl.col("role") != "child_stay")
    return {
        (role, name): value
        for role, name, value in rows.select("role", "measure", "value").iter_rows()
    }


def _stay() -> Floats:
    rows = table("member_ages").filter(pl.col("role") == "child_stay")
    ages = rows["measure"].cast(pl.Float64).to_numpy()
    return np.asarray(np.interp(np.arange(OLDEST + 1), ages, rows["value"].to_numpy()))


@cache
def member_base() -> Floats:
    """Build the distributions before the tilt from age gaps between generations."""
    kernel = _kernel_rows()
    stay = _stay()
    heads = np.arange(HEAD_AGES)[:, None]
    ages = np.arange(OLDEST + 1)[None, :]
    base = np.zeros((len(ROLES), 2, HEAD_AGES, 2, OLDEST + 1))
    for r, role in enumerate(ROLES):
        for s, sex in enumerate(SEXES):
            name = f"spouse_of_{sex}" if role == "spouse" else role
            lag = kernel[name, "lag_mean"] + _father_gap(role, sex, kernel)
            sd = kernel[name, "lag_sd"]
            density = ndtr((ages - heads - lag + 0.5) / sd) - ndtr((ages - heads - lag - 0.5) / sd)
            density = (density + 1e-9) * _allowed(role, heads, ages)
            if (role.startswith("child") and role != "child_in_law") or role == "grandchild":
                density = density * stay[None, :]
            density[density.sum(axis=1) == 0.0, OLDEST if role == "parent" else 0] = 1.0
            density /= density.sum(axis=1, keepdims=True)
            for m, share in enumerate(_sex_shares(role, sex)):
                base[r, s, :, m, :] = density * share
    return fixed_bits(base)


def fixed_bits(values: Floats) -> Floats:
    """Drop the last bits, in which processors and libraries differ."""
    return values.astype(np.float32).astype(np.float64)


def _father_gap(role: str, head_sex: str, kernel: dict[tuple[str, str], float]) -> float:
    """Move children's ages for fathers, who are older than mothers."""
    if head_sex == "male" and role.startswith("child") and role != "child_in_law":
        return kernel["spouse_of_male", "lag_mean"]
    return 0.0


def _allowed(role: str, heads: Ints, ages: Ints) -> Ints:
    """Say which ages are possible beside a head: 1 or 0, shape ``(head ages, ages)``."""
    generation = 17
    if role == "child_in_law":
        fits = (ages <= heads - generation) & (ages >= 20)
    elif role.startswith("child"):
        fits = ages <= heads - generation
    elif role == "parent":
        fits = ages >= heads + generation
    elif role == "grandchild":
        fits = ages <= heads - 2 * generation
    else:
        fits = (ages >= 18) & (heads >= 0)
    return fits.astype(np.int64)


def _sex_shares(role: str, head_sex: str) -> tuple[float, float]:
    rows = table("member_sexes").filter(
        (pl.col("role") == role) & (pl.col("head_sex").is_in([head_sex, "any"]))
    )
    male = float(rows["value"][0])
    return male, 1.0 - male


@cache
def kernel_rows() -> Floats:
    """Give the base by age band, one row per role, sex of the head and age of the head."""
    return sum_bands(member_base()).reshape(-1, 2 * BANDS_N)


def sum_bands(by_age: Floats) -> Floats:
    """Add single years of age, in the last dimension, up to age bands."""
    starts = [band_start(band) for band in PERSON_BANDS]
    return np.asarray(np.add.reduceat(by_age, starts, axis=-1), dtype=np.float64)
