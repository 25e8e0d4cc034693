"""Choose persons so that counts hold: pivotal sampling inside regions along sex and age.

Ordered pivotal sampling (Deville and Tille 1998) lets neighbours settle their chances two at a
time: everybody keeps their own chance, and the count of any run of the order differs from its
expectation by less than two. Persons stand in the order of region, sex, age and household, so
totals by region, sex and age hold, and municipalities are served evenly.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simlib.draws import Draws, decision_code, uniform_at
from simlib.population.households.expansion import Skeleton
from simlib.population.published.tables import OLDEST, Floats, Ints, regions

AGES_N = OLDEST + 1
STRATA_N = 2 * AGES_N
"""Strata of a region: sex by single year of age."""
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
_HIGHEST = 0.999
"""Highest chance that a tilt may give."""
_ROUNDS = 5
_BOUND_ROUNDS = 15
_SMALLEST = 1e-12

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Strata:
    """Hold persons in the order of region, sex and age.

    Parameters
    ----------
    order
        Index of each person, shape ``(persons,)``.
    starts
        Where each stratum (region x sex x age) starts in the order, with the total at the end.
    filled
        Strata that hold anybody: in a block of one region those of this region alone.
    person_offset
        Id of the first person.
    """

    order: NDArray[np.int32]
    starts: Ints
    filled: Ints
    person_offset: int

    @property
    def counts(self) -> Ints:
        """Count the persons of each stratum, shape ``(17 * 2 * ages,)``."""
        return np.diff(self.starts)

    @property
    def ages_n(self) -> int:
        """Count the single years of age; the age of a stratum is its number modulo this."""
        return AGES_N

    def count(self, flags: NDArray[np.bool_] | Bytes) -> Ints:
        """Count the persons of each stratum whose flag is set, shape ``(strata,)``."""
        return np.asarray(_count(self.order, self.starts, flags.view(np.uint8)))

    def totals(self, rates: Floats) -> Floats:
        """Give the persons that rates by region, sex and age call for, shape ``(strata,)``."""
        return np.asarray(self.counts * rates.reshape(-1), dtype=np.float64)


def strata_of(people: Skeleton) -> Strata:
    """Sort the persons of a block by region, sex and age; equals keep their order."""
    region = people.region[people.household] if np.ptp(people.region) else people.region[:1]
    order, starts = _sort(
        region.astype(np.int64), people.sex, people.age, len(regions()) * STRATA_N
    )
    return Strata(order, starts, np.flatnonzero(np.diff(starts)), people.person_offset)


def choose(
    strata: Strata,
    totals: Floats,
    classes: Bytes,
    odds: Floats,
    decision: str,
    draws: Draws,
    out: Bytes,
    value: int = 1,
) -> None:
    """Choose so many persons of each stratum, more likely where their class has higher odds.

    Parameters
    ----------
    strata
        Persons by region, sex and age.
    totals
        Persons to choose, shape ``(strata,)``; rounded only within the region.
    classes
        Class of each person, shape ``(persons,)``.
    odds
        Odds of each class relative to others of the stratum, shape ``(classes,)``; 0 is never
        chosen.
    decision
        Name of the decision.
    draws
        Luck of this population.
    out
        Gets ``value`` for every person chosen, shape ``(persons,)``.
    value
        What the chosen get.
    """
    k0, k1 = draws.key
    code = np.uint64(decision_code(decision))
    left = np.full(totals.size, -1, dtype=np.int64)
    rest = np.zeros(totals.size)
    _choose(
        k0, k1, code, strata.person_offset, strata.order, strata.starts, strata.filled, totals,
        classes, odds, out, value, left, rest,
    )  # fmt: skip
    _settle(k0, k1, code, strata.person_offset, STRATA_N, left, rest, out, value)


def assign(
    strata: Strata,
    shares: Floats,
    eligible: Bytes,
    decision: str,
    draws: Draws,
    out: Bytes,
    odds: Floats | None = None,
) -> None:
    """Give each eligible person one of several codes, evenly spread within each region.

    Parameters
    ----------
    strata
        Persons by region, sex and age.
    shares
        Share of each code by stratum, shape ``(strata, codes)``.
    eligible
        0 for those who get no code, else 1 + the class, shape ``(persons,)``.
    decision
        Name of the decision: where the evenly spaced numbers of each region start.
    draws
        Luck of this population.
    out
        Gets the code, shape ``(persons,)``.
    odds
        How much more often a class gets a code than others of its stratum, shape
        ``(classes, codes)``; the shares of the stratum stay. One class by default.
    """
    known = np.ones((1, shares.shape[1])) if odds is None else odds
    places, kinds = np.arange(len(regions()))[:, None], np.arange(known.shape[0])
    shifts = draws.uniform(decision, places, draw=kinds)
    before, counts = _numbered(strata.order, strata.starts, STRATA_N, eligible, kinds.size)
    _assign(
        strata.order, strata.starts, strata.filled, STRATA_N, shares, eligible, before, counts,
        shifts, _GOLDEN, known, out,
    )  # fmt: skip


@njit(cache=True)
def _sort(regions_of, sexes, ages, strata_n):  # type: ignore[no-untyped-def]
    starts = np.zeros(strata_n + 1, dtype=np.int64)
    one = regions_of.size == 1
    for i in range(ages.size):
        region = regions_of[0] if one else regions_of[i]
        starts[(region * 2 + sexes[i]) * AGES_N + ages[i] + 1] += 1
    starts = np.cumsum(starts)
    place = starts[:-1].copy()
    order = np.empty(ages.size, dtype=np.int32)
    for i in range(ages.size):
        region = regions_of[0] if one else regions_of[i]
        stratum = (region * 2 + sexes[i]) * AGES_N + ages[i]
        order[place[stratum]] = i
        place[stratum] += 1
    return order, starts


@njit(cache=True, parallel=True)
def _count(order, starts, flags):  # type: ignore[no-untyped-def]
    counts = np.zeros(starts.size - 1, dtype=np.int64)
    for s in prange(counts.size):
        n = 0
        for j in range(starts[s], starts[s + 1]):
            n += flags[order[j]]
        counts[s] = n
    return counts


@njit(cache=True)
def _meet(k0, k1, code, offset, draw, out, value, carrier, q, i, p):  # type: ignore[no-untyped-def]
    """Let a person with chance p meet the carrier of chance q; give the carrier that remains."""
    if carrier < 0:
        return i, p
    total = p + q
    u = uniform_at(k0, k1, code, offset + i, 0, draw)
    if total < 1.0:
        return (i, total) if u * total < p else (carrier, total)
    if u * (2.0 - total) < 1.0 - q:
        out[i] = value
        return (carrier, total - 1.0) if total > 1.0 + 1e-12 else (-1, 0.0)
    out[carrier] = value
    return (i, total - 1.0) if total > 1.0 + 1e-12 else (-1, 0.0)


@njit(cache=True, parallel=True)
def _choose(  # type: ignore[no-untyped-def]
    k0, k1, code, offset, order, starts, filled, totals, classes, odds, out, value, left, rest
):
    for f in prange(filled.size):
        s = filled[f]
        wanted = totals[s]
        if wanted <= 0.0:
            continue
        counts = np.zeros(odds.size)
        for j in range(starts[s], starts[s + 1]):
            counts[classes[order[j]]] += 1.0
        chances = _chances(wanted, counts, odds)
        carrier, q = np.int64(-1), 0.0
        for j in range(starts[s], starts[s + 1]):
            i = np.int64(order[j])
            p = chances[classes[i]]
            if p > 0.0:
                carrier, q = _meet(k0, k1, code, offset, 0, out, value, carrier, q, i, p)
        left[s] = carrier
        rest[s] = q


@njit(cache=True)
def _chances(wanted, counts, odds):  # type: ignore[no-untyped-def]
    """Give each class its chance: its odds tilt the mean chance, and the sum is as wanted."""
    able = 0.0
    for c in range(odds.size):
        if odds[c] > 0.0:
            able += counts[c]
    chances = np.zeros(odds.size)
    if able == 0.0:
        return chances
    base = min(wanted / able, _HIGHEST)
    for _ in range(_ROUNDS):
        total = 0.0
        for c in range(odds.size):
            chances[c] = base * odds[c] / (1.0 - base + base * odds[c])
            total += counts[c] * chances[c]
        ratio = min(wanted, _HIGHEST * able) / total
        base = min(base * ratio / (1.0 - base + base * ratio), _HIGHEST)
    total = 0.0
    for c in range(odds.size):
        total += counts[c] * chances[c]
    for c in range(odds.size):
        chances[c] = min(chances[c] * wanted / total, _HIGHEST)
    return chances


@njit(cache=True)
def _settle(k0, k1, code, offset, strata_n, left, rest, out, value):  # type: ignore[no-untyped-def]
    """Settle what the strata of each region left open, stratum after stratum."""
    for first in range(0, left.size, strata_n):
        carrier, q = np.int64(-1), 0.0
        for s in range(first, first + strata_n):
            if left[s] >= 0 and rest[s] > 0.0:
                carrier, q = _meet(
                    k0, k1, code, offset, 1, out, value, carrier, q, left[s], rest[s]
                )
        if carrier >= 0 and uniform_at(k0, k1, code, offset + carrier, 0, 2) < q:
            out[carrier] = value


@njit(cache=True)
def _numbered(order, starts, strata_n, eligible, classes_n):  # type: ignore[no-untyped-def]
    """Count the eligible of each stratum by class, and those of the region's strata before it."""
    before = np.zeros((starts.size - 1, classes_n), dtype=np.int64)
    counts = np.zeros((starts.size - 1, classes_n), dtype=np.int64)
    for s in range(starts.size - 1):
        for j in range(starts[s], starts[s + 1]):
            kind = eligible[order[j]]
            if kind:
                counts[s, kind - 1] += 1
        if s % strata_n:
            for k in range(classes_n):
                before[s, k] = before[s - 1, k] + counts[s - 1, k]
    return before, counts


@njit(cache=True, parallel=True)
def _assign(  # type: ignore[no-untyped-def]
    order, starts, filled, strata_n, shares, eligible, before, counts, shifts, step, odds, out
):
    for f in prange(filled.size):
        s = filled[f]
        bounds = _bounds(shares[s], counts[s], odds)
        place = before[s].copy()
        for j in range(starts[s], starts[s + 1]):
            i = order[j]
            if eligible[i]:
                kind = eligible[i] - 1
                at = shifts[s // strata_n, kind] + place[kind] * step
                u = at - np.floor(at)
                place[kind] += 1
                c = 0
                while c < shares.shape[1] - 1 and u >= bounds[kind, c]:
                    c += 1
                out[i] = c


@njit(cache=True)
def _bounds(shares, counts, odds):  # type: ignore[no-untyped-def]
    """Give the cumulative shares of codes by class; together they give those of the stratum."""
    kinds, codes = odds.shape
    base = shares / max(shares.sum(), _SMALLEST)
    aim = base * counts.sum()
    held = np.zeros(odds.shape)
    got = np.zeros(codes)
    for _ in range(_BOUND_ROUNDS if kinds > 1 else 1):
        got[:] = 0.0
        for k in range(kinds):
            total = 0.0
            for c in range(codes):
                held[k, c] = base[c] * odds[k, c]
                total += held[k, c]
            for c in range(codes):
                held[k, c] /= max(total, _SMALLEST)
                got[c] += held[k, c] * counts[k]
        for c in range(codes):
            base[c] *= aim[c] / max(got[c], _SMALLEST)
    for k in range(kinds):
        held[k] = np.cumsum(held[k])
    return held
