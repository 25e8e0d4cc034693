"""Rights that were found beside those held from before: only what differs is told.

A right is one number: its programme, how the household is entitled, and the amount as it stands in
memory. Numbers of one household ascend as its programmes do, and equal rights are equal numbers.
"""

import numpy as np
from numba import njit

from simlib.benefits.compiled.memory import integers
from simlib.loops import fetch

RIGHTS, AMOUNTS = 1, 2
"""What lines mark of a programme: rights with their amounts, or the amounts of rights held."""
PROGRAMME_AT, KIND_AT = np.uint64(48), np.uint64(32)
"""Bits of a right from which on its programme and its kind stand; below is the amount."""
_KIND, _AMOUNT = np.uint64(0xFF), np.uint64(0xFFFFFFFF)
_NONE = np.uint64(1 << 16)
_OTHER = 1 << 60
_AHEAD = 8
"""Households further on whose memory is asked for."""


@njit(cache=True, nogil=True, inline="always")
def right_of(programme, kind, amount_krw_m):  # type: ignore[no-untyped-def]
    """Give a right as one number; minus zero won are zero."""
    bits = np.float32(amount_krw_m + 0.0).view(np.uint32)
    return (np.uint64(programme) << PROGRAMME_AT) | (np.uint64(kind) << KIND_AT) | np.uint64(bits)


@njit(cache=True, nogil=True, inline="always")
def kind_of(right):  # type: ignore[no-untyped-def]
    """Give the kind of a right."""
    return np.uint8((right >> KIND_AT) & _KIND)


@njit(cache=True, nogil=True, inline="always")
def amount_of(right):  # type: ignore[no-untyped-def]
    """Give the amount of a right, won a month."""
    return np.uint32(right & _AMOUNT).view(np.float32)


@njit(cache=True, nogil=True, inline="always")
def _tell(out, to, row, programme, right):  # type: ignore[no-untyped-def]
    row_to, programme_to, kind_to, amount_to, late_to = out
    row_to[to], programme_to[to], late_to[to] = row, programme, False
    kind_to[to], amount_to[to] = kind_of(right), amount_of(right)


@njit(cache=True, nogil=True)
def _beside(row, held, found, b, b_end, touched, now, out, to):  # type: ignore[no-untyped-def]
    """Walk through a household's rights held and found; tell where they differ, and list both."""
    a, n = np.int64(held.first[row]), 0
    a_end = a + held.rights_n[row]
    while a < a_end or b < b_end:
        old = held.right[a] >> PROGRAMME_AT if a < a_end else _NONE
        new = found[b] >> PROGRAMME_AT if b < b_end else _NONE
        if old < new:
            if touched[old] != 0:
                _tell(out, to, row, old, np.uint64(0))
                to += 1
            else:
                now[n] = held.right[a]
                n += 1
        else:
            if old > new or held.right[a] != found[b]:
                _tell(out, to, row, new, found[b])
                to += 1
            now[n] = found[b]
            n += 1
            b += 1
        a += old <= new
    return n, to


@njit(cache=True, nogil=True)
def differing(rows, chunk, marks, touched, held, out, to):  # type: ignore[no-untyped-def]
    """Write down where the rights found differ from those held, and hold them where room is."""
    place, held_n, first_of = integers(chunk.place), held.rights_n, held.first
    right, found, found_n, most = held.right, marks.right, marks.rights_n, marks.most
    led_n = integers(chunk.levels)[2] if integers(chunk.levels)[0] > 0 else 0
    now = np.empty(touched.size, np.uint64)
    for i in range(rows.size):
        fetch(first_of, rows[min(i + 2 * _AHEAD, rows.size - 1)])
        fetch(held_n, rows[min(i + 2 * _AHEAD, rows.size - 1)])
        fetch(right, np.int64(first_of[rows[min(i + _AHEAD, rows.size - 1)]]))
        row, h, begun = rows[i], place[i], to
        first, b = np.int64(first_of[row]), h * most
        b_end = b + found_n[h] if h < led_n else b  # else nobody is left
        k = b
        for a in range(first, first + held_n[row]):
            if touched[right[a] >> PROGRAMME_AT] != 0:
                k = k + 1 if k < b_end and found[k] == right[a] else _OTHER
        if k == b_end:
            continue
        n, to = _beside(row, held, found, b, b_end, touched, now, out, to)
        if to > begun:
            out[4][begun:to] = n > held.room[row]
            if n <= held.room[row]:
                for k in range(n):
                    held.right[first + k] = now[k]
                held.rights_n[row] = n
    return to


@njit(cache=True, nogil=True)
def differing_amounts(rows, chunk, marks, held, out, to):  # type: ignore[no-untyped-def]
    """Write down which amounts of rights that are held differ, and hold them."""
    place = integers(chunk.place)
    for i in range(rows.size):
        b = place[i] * marks.most
        a = np.int64(held.first[rows[i]])
        end = a + held.rights_n[rows[i]]
        for found in marks.right[b : b + marks.rights_n[place[i]]]:
            programme = found >> PROGRAMME_AT
            while a < end and held.right[a] >> PROGRAMME_AT < programme:
                a += 1
            if a == end or held.right[a] >> PROGRAMME_AT != programme:
                continue
            now = right_of(programme, kind_of(held.right[a]), amount_of(found))
            if now != held.right[a]:
                held.right[a] = now
                _tell(out, to, rows[i], programme, now)
                to += 1
    return to


@njit(cache=True, nogil=True)
def with_room(column, to, more):  # type: ignore[no-untyped-def]
    """Give a column with room for more entries behind those that it has."""
    if to + more <= column.size:
        return column
    larger = np.empty(2 * (to + more), column.dtype)
    larger[:to] = column[:to]
    return larger
