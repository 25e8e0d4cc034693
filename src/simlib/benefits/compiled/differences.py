"""Rights that were found beside those held from before: only what differs is told."""

import numpy as np
from numba import njit

from simlib.benefits.compiled.memory import integers

RIGHTS, AMOUNTS = 1, 2
"""What lines mark of a programme: rights with their amounts, or the amounts of rights held."""


@njit(cache=True, nogil=True)
def by_home(marks, found, n):  # type: ignore[no-untyped-def]
    """Order marks by household; those of one stay in the order of programmes."""
    at, order = marks.at, marks.order
    at[: n + 1] = 0
    for i in range(found):
        at[marks.home[i] + 1] += 1
    for h in range(n):
        at[h + 1] += at[h]
    for i in range(found):
        order[at[marks.home[i]]] = i
        at[marks.home[i]] += 1
    for h in range(n, 0, -1):
        at[h] = at[h - 1]
    at[0] = 0


@njit(cache=True, nogil=True)
def differing(rows, chunk, marks, touched, held, out, to):  # type: ignore[no-untyped-def]
    """Write down where the rights found differ from those held, and hold them where room is."""
    at, order, place = marks.at, marks.order, integers(chunk.place)
    led_n = integers(chunk.levels)[2] if integers(chunk.levels)[0] > 0 else 0
    row_to, programme_to, kind_to, amount_to, late_to = out
    programme, kind = np.empty(touched.size, np.uint16), np.empty(touched.size, np.uint8)
    amount = np.empty(touched.size, np.float32)
    for i in range(rows.size):
        row, h, n, begun = rows[i], place[i], 0, to
        a, b = held.first[row], at[h]
        a_end, b_end = a + held.rights_n[row], at[h + 1]
        if h >= led_n:
            b = b_end  # nobody is left
        while a < a_end or b < b_end:
            mark = order[b] if b < b_end else 0
            old = a < a_end and (b == b_end or held.programme[a] <= marks.programme[mark])
            new = b < b_end and (a == a_end or marks.programme[mark] <= held.programme[a])
            which = held.programme[a] if old else marks.programme[mark]
            if old and not new and not touched[which]:
                programme[n], kind[n], amount[n] = which, held.kind[a], held.amount_krw_m[a]
                n += 1
                a += 1
                continue
            kind_now = marks.kind[mark] if new else np.uint8(0)
            amount_now = marks.amount[mark] if new else np.float32(0.0)
            if not (old and held.kind[a] == kind_now and held.amount_krw_m[a] == amount_now):
                row_to[to], programme_to[to] = row, which
                kind_to[to], amount_to[to] = kind_now, amount_now
                to += 1
            programme[n], kind[n], amount[n] = which, kind_now, amount_now
            n += new
            a += old
            b += new
        if to > begun:
            late_to[begun:to] = n > held.room[row]
            if n <= held.room[row]:
                first = held.first[row]
                held.programme[first : first + n] = programme[:n]
                held.kind[first : first + n] = kind[:n]
                held.amount_krw_m[first : first + n] = amount[:n]
                held.rights_n[row] = n
    return to


@njit(cache=True, nogil=True)
def differing_amounts(rows, chunk, marks, held, out, to):  # type: ignore[no-untyped-def]
    """Write down which amounts of rights that are held differ, and hold them."""
    at, order, place = marks.at, marks.order, integers(chunk.place)
    row_to, programme_to, kind_to, amount_to, late_to = out
    for i in range(rows.size):
        a, end = held.first[rows[i]], held.first[rows[i]] + held.rights_n[rows[i]]
        for mark in order[at[place[i]] : at[place[i] + 1]]:
            while a < end and held.programme[a] < marks.programme[mark]:
                a += 1
            if a == end or held.programme[a] != marks.programme[mark]:
                continue
            if held.amount_krw_m[a] != marks.amount[mark]:
                held.amount_krw_m[a] = marks.amount[mark]
                row_to[to], programme_to[to] = rows[i], marks.programme[mark]
                kind_to[to], amount_to[to] = held.kind[a], marks.amount[mark]
                late_to[to] = False
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
