"""Random numbers as named decisions: the same household has the same luck in every world.

Counter-based Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as
easy as 1, 2, 3"). A draw is a pure function of seed, replicate, decision name, household or
person id, month and draw number; nothing is stored, so order, threads and shards do not matter.
"""

import csv
import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from simlib.errors import SimlibError, did_you_mean
from simlib.files import package_data
from simlib.loops import inner

Floats = NDArray[np.float64]
BLOCK = 4096
"""Numbers that one thread draws at a time."""

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_TO_UNIT = 2.0**-52


@njit(cache=True, inline="always")
def philox4x32(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Encrypt a counter of four 32-bit words with a key of two: ten rounds of Philox4x32."""
    c0, c1, c2, c3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    k0, k1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        product0 = _M0 * (c0 & _LOW)  # processors multiply low halves without being told to mask
        product1 = _M1 * (c2 & _LOW)
        c0, c1, c2, c3 = (
            (product1 >> _SHIFT) ^ c1 ^ k0,
            product1,
            (product0 >> _SHIFT) ^ c3 ^ k1,
            product0,
        )
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0 & _LOW, c1 & _LOW, c2 & _LOW, c3 & _LOW


@njit(cache=True, inline="always")
def uniform_at(k0, k1, decision, ident, month, draw):  # type: ignore[no-untyped-def]
    """Draw one uniform number inside a compiled loop.

    Parameters
    ----------
    k0, k1
        Key words, from :attr:`Draws.key`.
    decision
        Code of the decision, from :func:`decision_code`.
    ident
        Household or person id, 0 to 2**32 - 1.
    month, draw
        Month, and number of the draw within the month (a programme's code, say).

    Returns
    -------
    float
        In the open interval (0, 1), 52 random bits.
    """
    w0, w1, _, _ = philox4x32(
        np.uint64(ident) & _LOW, np.uint64(month) & _LOW, decision, np.uint64(draw) & _LOW, k0, k1
    )
    bits = (w0 << np.uint64(20)) | (w1 >> np.uint64(12))
    return (np.float64(bits) + 0.5) * _TO_UNIT


@njit(cache=True, inline="always")
def uniform_pair_at(k0, k1, decision, ident, month, draw):  # type: ignore[no-untyped-def]
    """Draw two uniform numbers at the cost of one; the first is that of :func:`uniform_at`.

    Parameters are those of :func:`uniform_at`.
    """
    w0, w1, w2, w3 = philox4x32(
        np.uint64(ident) & _LOW, np.uint64(month) & _LOW, decision, np.uint64(draw) & _LOW, k0, k1
    )
    first = (w0 << np.uint64(20)) | (w1 >> np.uint64(12))
    second = (w2 << np.uint64(20)) | (w3 >> np.uint64(12))
    return (np.float64(first) + 0.5) * _TO_UNIT, (np.float64(second) + 0.5) * _TO_UNIT


@njit(cache=True)
def draw_listed(key, decision, idents, month, out, n):  # type: ignore[no-untyped-def]
    """Draw as :func:`draw_same` does, each the first draw of its month."""
    k0, k1 = key
    for j in range(n):
        out[j] = uniform_at(k0, k1, decision, idents[j], month, 0)


@njit(cache=True)
def draw_same(key, decision, idents, month, draws, out, n):  # type: ignore[no-untyped-def]
    """Draw one decision for the first so many of a list inside a compiled loop.

    A loop that does nothing else is one that processors run for several numbers at once.

    Parameters
    ----------
    key
        Key words, from :attr:`Draws.key`.
    decision
        Code of the decision.
    idents, draws
        As in :func:`uniform_at`, (listed,) each.
    month
        Month of all of them.
    out
        Filled with numbers in (0, 1), (listed,).
    n
        How many are drawn.
    """
    k0, k1 = key
    for j in range(n):
        out[j] = uniform_at(k0, k1, decision, idents[j], month, draws[j])


@njit(cache=True)
def draw_pairs(key, decision, idents, month, draws, first, second, n):  # type: ignore[no-untyped-def]
    """Draw two numbers each as :func:`uniform_pair_at` does; else as :func:`draw_same`."""
    k0, k1 = key
    for j in range(n):
        first[j], second[j] = uniform_pair_at(k0, k1, decision, idents[j], month, draws[j])


@inner
def _fill_block(k0, k1, decision, idents, months, draws, out, begin, end):  # type: ignore[no-untyped-def]
    """Draw a block of numbers; a column of one number holds for all."""
    if months.size == 1 and draws.size == 1 and idents.size == out.size:
        month, draw = months[0], draws[0]
        for i in range(begin, end):
            out[i] = uniform_at(k0, k1, decision, idents[i], month, draw)
        return
    a, b, c = idents.size > 1, months.size > 1, draws.size > 1
    for i in range(begin, end):
        out[i] = uniform_at(k0, k1, decision, idents[i * a], months[i * b], draws[i * c])


@njit(cache=True, parallel=True)
def _fill(k0, k1, decision, idents, months, draws, out):  # type: ignore[no-untyped-def]
    for block in prange((out.size + BLOCK - 1) // BLOCK):
        begin, end = block * BLOCK, min(out.size, (block + 1) * BLOCK)
        _fill_block(k0, k1, decision, idents, months, draws, out, begin, end)


@cache
def registry() -> dict[str, str]:
    """Read the registry of decisions.

    Returns
    -------
    dict
        Name of each decision and the sentence that says what it decides.

    Raises
    ------
    SimlibError
        If a name is given twice, has no sentence, or shares its code with another.
    """
    with package_data("decisions.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["decision"], row["sentence"]) for row in csv.DictReader(file)]
    return check_registry(rows)


def check_registry(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Check that names, sentences and codes of decisions are complete and unique."""
    known: dict[str, str] = {}
    codes: dict[int, str] = {}
    for name, sentence in rows:
        if name in known:
            raise SimlibError(f"decision '{name}' is registered twice")
        if not (sentence or "").strip():
            raise SimlibError(f"decision '{name}' has no sentence that says what it decides")
        code = zlib.crc32(name.encode())
        if code in codes:
            raise SimlibError(f"decisions '{name}' and '{codes[code]}' share a code: rename one")
        known[name] = sentence
        codes[code] = name
    return known


def decision_code(decision: str) -> int:
    """Give the 32-bit code of a registered decision.

    Raises
    ------
    SimlibError
        If the decision is not in the registry.
    """
    if decision not in registry():
        raise SimlibError(
            f"unknown decision '{decision}': {did_you_mean(decision, registry())} "
            "Every decision stands in decisions.csv with a sentence"
        )
    return zlib.crc32(decision.encode())


def _splitmix64(value: int) -> int:
    mask = (1 << 64) - 1
    value = (value + 0x9E3779B97F4A7C15) & mask
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    return value ^ (value >> 31)


def _column(values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Give values as one column as long as all, or the one number that holds for all."""
    whole = values if values.size == 1 else np.broadcast_to(values, shape)
    return whole.ravel().astype(np.int64, copy=False)


@dataclass(frozen=True)
class Draws:
    """Give every random decision of one replicate.

    Parameters
    ----------
    seed
        Seed of the scenario.
    replicate
        Number of the replicate; its draws do not depend on how many others are run.
    """

    seed: int
    replicate: int = 0

    @property
    def key(self) -> tuple[np.uint64, np.uint64]:
        """Give the two 32-bit key words of this seed and replicate."""
        mixed = _splitmix64(_splitmix64(self.seed & (2**64 - 1)) ^ (self.replicate & (2**64 - 1)))
        return np.uint64(mixed & 0xFFFFFFFF), np.uint64(mixed >> 32)

    def uniform(
        self, decision: str, ids: ArrayLike, month: ArrayLike = 0, draw: ArrayLike = 0
    ) -> Floats:
        """Draw uniform numbers for many ids.

        Parameters
        ----------
        decision
            A name in the registry.
        ids
            Household or person ids, 0 to 2**32 - 1.
        month, draw
            Broadcast against ``ids``.

        Returns
        -------
        ndarray
            Numbers in (0, 1), of the broadcast shape.
        """
        code = np.uint64(decision_code(decision))
        parts: list[NDArray[Any]] = [np.asarray(each) for each in (ids, month, draw)]
        shape = np.broadcast_shapes(*(each.shape for each in parts))
        flat = [_column(each, shape) for each in parts]
        out = np.empty(math.prod(shape), dtype=np.float64)
        k0, k1 = self.key
        _fill(k0, k1, code, *flat, out)
        return out.reshape(shape)

    def normal(
        self, decision: str, ids: ArrayLike, month: ArrayLike = 0, draw: ArrayLike = 0
    ) -> Floats:
        """Draw standard normal numbers by inverting the normal distribution function."""
        return np.asarray(ndtri(self.uniform(decision, ids, month, draw)), dtype=np.float64)
