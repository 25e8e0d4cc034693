"""Operations of the machine between households and their members."""

import numpy as np
from numba import njit

from simlib.benefits.compiled.memory import (
    NUMBER_BYTES,
    bytes_at,
    floats,
    integers,
    number_at,
    truth_at,
)
from simlib.benefits.compiled.operations import CODE

BRING, BRING_TRUTH, SUM, SUM_WHERE, COUNT, ANY, PAIR, PARTNER, PARTNER_TRUTH = (
    CODE[name]
    for name in (
        *("bring", "bring_truth", "sum", "sum_where", "count", "any"),
        *("pair", "partner", "partner_truth"),
    )
)

_BYTE_MOST = 255


@njit(cache=True, nogil=True)
def _to_members(out, x, levels):  # type: ignore[no-untyped-def]
    for level in range(levels[0]):
        theirs = out[levels[level + 1] : levels[level + 2]]
        for h in range(theirs.size):
            theirs[h] = x[h]


@njit(cache=True, nogil=True)
def _sum(out, x, levels):  # type: ignore[no-untyped-def]
    for level in range(levels[0]):
        theirs = x[levels[level + 1] : levels[level + 2]]
        for h in range(theirs.size):
            out[h] += theirs[h]


@njit(cache=True, nogil=True)
def _count(out, marked, levels, n):  # type: ignore[no-untyped-def]
    """Count in bytes, of which the processor adds many at once, up to as many as a byte holds."""
    some, counted = np.empty(n, np.uint8), min(levels[0], _BYTE_MOST)
    some[:] = 0
    for level in range(counted):
        theirs = marked[levels[level + 1] : levels[level + 2]]
        for h in range(theirs.size):
            some[h] += theirs[h]
    for h in range(n):
        out[h] = np.int32(some[h])
    for level in range(counted, levels[0]):
        theirs = marked[levels[level + 1] : levels[level + 2]]
        for h in range(theirs.size):
            out[h] += theirs[h]


@njit(cache=True, nogil=True)
def _sum_where(out, marked, x, levels):  # type: ignore[no-untyped-def]
    for level in range(levels[0]):
        theirs = x[levels[level + 1] : levels[level + 2]]
        meant = marked[levels[level + 1] : levels[level + 2]]
        for h in range(theirs.size):
            value = theirs[h]
            out[h] += value if meant[h] != 0 else 0.0


@njit(cache=True, nogil=True)
def _any(out, marked, levels):  # type: ignore[no-untyped-def]
    for level in range(levels[0]):
        theirs = marked[levels[level + 1] : levels[level + 2]]
        for h in range(theirs.size):
            out[h] |= theirs[h]


@njit(cache=True, nogil=True)
def _pair(out, partner, relation, sex, codes, levels, n):  # type: ignore[no-untyped-def]
    """Pair head and spouse, and two parents of different sex."""
    persons_n = levels[levels[0] + 1]
    for p in range(persons_n):
        partner[p] = -1
    for h in range(n):
        head, spouse, one, other, parents = -1, -1, -1, -1, 0
        for level in range(levels[0]):
            p = levels[level + 1] + h
            if p >= levels[level + 2]:
                break
            if relation[p] == codes[0]:
                head = p
            elif relation[p] == codes[1]:
                spouse = p
            elif relation[p] == codes[2]:
                one, other = other, p
                parents += 1
        if head >= 0 and spouse >= 0:
            partner[head], partner[spouse] = spouse, head
        if parents == 2 and sex[one] != sex[other]:
            partner[one], partner[other] = other, one
    for p in range(persons_n):
        out[p] = partner[p] >= 0


@njit(cache=True, nogil=True)
def _of_partner(out, x, partner, n):  # type: ignore[no-untyped-def]
    for p in range(n):
        out[p] = x[partner[p]] if partner[p] >= 0 else 0


@njit(cache=True, nogil=True)
def _order(out, relation, born, codes, levels):  # type: ignore[no-untyped-def]
    """Rank children and grandchildren by birth; of equals, the first comes first."""
    for level in range(levels[0]):
        first = levels[level + 1]
        for h in range(levels[level + 2] - first):
            p, place = first + h, 0
            if relation[p] == codes[0] or relation[p] == codes[1]:
                for other in range(levels[0]):
                    q = levels[other + 1] + h
                    if q >= levels[other + 2]:
                        break
                    before = born[q] < born[p] or (born[q] == born[p] and q <= p)
                    place += relation[q] == relation[p] and before
            out[p] = place


@njit(cache=True, nogil=True)
def between(op, n, out, a, b, extra, levels_at, partner_at, registers):  # type: ignore[no-untyped-def]
    """Work a line off that looks at a household and its persons.

    ``levels`` are how many members the largest household has, then the first of all households'
    first members, of their second members and so on, and the end.
    """
    levels, partner = integers(levels_at), integers(partner_at)
    codes = floats(registers.constants + extra * NUMBER_BYTES)
    to, x = floats(number_at(registers, out)), floats(number_at(registers, a))
    to_truth, marks = bytes_at(truth_at(registers, out)), bytes_at(truth_at(registers, a))
    y = floats(number_at(registers, b))
    if op == BRING:
        _to_members(to, x, levels)
    elif op == BRING_TRUTH:
        _to_members(to_truth, marks, levels)
    elif op == SUM:
        to[:n] = 0.0
        _sum(to, x, levels)
    elif op == SUM_WHERE:
        to[:n] = 0.0
        _sum_where(to, marks, y, levels)
    elif op == COUNT:
        _count(to, marks, levels, n)
    elif op == ANY:
        to_truth[:n] = 0
        _any(to_truth, marks, levels)
    elif op == PAIR:
        _pair(to_truth, partner, x, y, codes, levels, n)
    elif op == PARTNER:
        _of_partner(to, x, partner, levels[levels[0] + 1])
    elif op == PARTNER_TRUTH:
        _of_partner(to_truth, marks, partner, levels[levels[0] + 1])
    else:
        _order(to, x, y, codes, levels)
