"""Ages and sexes of household members, tilted so that persons by region, sex and age fit."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from scipy.special import ndtr

from simlib.parameters import Parameters
from simlib.population.cells import Cells, compositions
from simlib.population.controls import ControlRow, target_shares
from simlib.population.tables import (
    HEAD_BANDS,
    OLDEST,
    PERSON_BANDS,
    SEXES,
    Floats,
    Ints,
    band_start,
    regions,
    table,
)

ROLES = (
    "spouse", "child1", "child2", "child3", "child4", "parent", "grandchild", "child_in_law",
    "sibling", "non_kin",
)  # fmt: skip
"""Roles whose ages the model knows, beside the head."""
FIXED_ROLES = ("spouse",)
"""Roles whose ages follow the head's alone and are not tilted."""
HEAD_AGES = OLDEST + 1
BANDS_N = len(PERSON_BANDS)
_TINY = 1e-9


@dataclass(frozen=True)
class MemberAges:
    """Hold the age and sex distributions from which members are drawn.

    Parameters
    ----------
    base
        Share of each sex and age by role, sex of the head and age of the head, shape
        ``(roles, 2, head ages, 2, ages)``; sums to 1 over the last two.
    tilt
        Factor by region, sex and age band, shape ``(17, 2, bands)``.
    head
        Share of each age within a head's band, shape ``(head bands, ages)``.
    result
        Persons by region, sex and age band that the fitted cells and tilts give, as shares of
        the region's persons, shape ``(17, 2, bands)``.
    target
        The same as published.
    """

    base: Floats
    tilt: Floats
    head: Floats
    result: Floats
    target: Floats

    @property
    def worst_error(self) -> float:
        """Give the largest difference between result and target, as a share of a region."""
        return float(np.abs(self.result - self.target).max())


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
def _base() -> Floats:
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
    return _same_everywhere(base)


def _same_everywhere(values: Floats) -> Floats:
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


def _slots(weights: Floats, cells: Cells, head: Floats) -> tuple[Floats, Floats]:
    """Count heads, and members by role, over the single years of head age.

    Returns heads, shape ``(17, 2, ages)``, and members, shape ``(17, roles, 2, ages)``.
    """
    frame = cells.frame
    region = _index(frame, "region", regions())
    sex = _index(frame, "head_sex", SEXES)
    band = _index(frame, "head_age_band", HEAD_BANDS)
    kind = frame["composition"].to_numpy()
    shape = (len(regions()), len(compositions()), 2, len(HEAD_BANDS))
    flat = np.ravel_multi_index((region, kind, sex, band), shape)
    joint = np.bincount(flat, weights, minlength=int(np.prod(shape))).reshape(shape)
    heads = joint.sum(axis=1) @ head
    members = np.zeros((shape[0], len(ROLES), 2, head.shape[1]))
    for i, composition in enumerate(compositions()):
        by_age = joint[:, i] @ head
        for role in composition.members:
            members[:, ROLES.index(role)] += by_age
    return heads, members


def _index(frame: pl.DataFrame, column: str, names: tuple[str, ...]) -> Ints:
    order = {name: i for i, name in enumerate(names)}
    return frame[column].replace_strict(order, return_dtype=pl.Int64).to_numpy()


def fit_member_ages(
    weights: Floats,
    cells: Cells,
    control: ControlRow,
    parameters: Parameters,
    rounds: int = 200,
) -> MemberAges:
    """Tilt members' ages until persons by region, sex and age meet their control.

    Parameters
    ----------
    weights
        Fitted share of households in each cell, shape ``(cells,)``.
    cells
        The cells.
    control
        The control of persons by region, sex and age band.
    parameters
        Dated parameters.
    rounds
        Rounds of scaling.

    Returns
    -------
    MemberAges
        The head's age is given by the cell; every other member's distribution is multiplied by
        one factor for each region, sex and age band, which is the distribution closest to the
        start in relative entropy that meets the control.
    """
    head = head_ages_within_bands(parameters)
    heads, members = _slots(weights, cells, head)
    head_bands = sum_bands(heads)
    persons = (head_bands.sum(axis=(1, 2)) + members.sum(axis=(1, 2, 3)))[:, None, None]
    target = _person_targets(control)
    rows = _rows()
    fixed = members * np.array([role in FIXED_ROLES for role in ROLES])[:, None, None]
    head_bands = head_bands + (fixed.reshape(len(fixed), -1) @ rows).reshape(target.shape)
    wanted = np.maximum(target * persons - head_bands, _TINY).reshape(len(regions()), -1)
    members = members - fixed
    slots = members.reshape(members.shape[0], -1)
    tilt = np.ones_like(wanted)
    for _ in range(rounds):
        result = (slots / (tilt @ rows.T)) @ rows * tilt
        tilt = np.clip(tilt * wanted / np.maximum(result, _TINY), _TINY, 1 / _TINY)
        tilt /= np.exp((np.log(tilt) * wanted).sum(axis=1) / wanted.sum(axis=1))[:, None]
    tilt = _same_everywhere(tilt)
    result = (slots / (tilt @ rows.T)) @ rows * tilt
    found = (result.reshape(target.shape) + head_bands) / persons
    return MemberAges(_base(), tilt.reshape(target.shape), head, found, target)


@cache
def _rows() -> Floats:
    """Give the base by age band, one row per role, head sex and head age."""
    return sum_bands(_base()).reshape(-1, 2 * BANDS_N)


def sum_bands(by_age: Floats) -> Floats:
    """Add single years of age, in the last dimension, up to age bands."""
    starts = [band_start(band) for band in PERSON_BANDS]
    return np.asarray(np.add.reduceat(by_age, starts, axis=-1), dtype=np.float64)


def _person_targets(control: ControlRow) -> Floats:
    shares = target_shares(control)
    found = {(region, label): share for region, label, share in shares.iter_rows()}
    return np.array(
        [[[found[r, f"{s}|{b}"] for b in PERSON_BANDS] for s in SEXES] for r in regions()],
        dtype=np.float64,
    )
