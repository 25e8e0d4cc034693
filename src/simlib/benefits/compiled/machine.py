"""A small machine in compiled code: it works a list of steps off, some thousand rows at a time.

Registers hold one number or truth value a row and stay in the cache of the processor. It gives
full tables for households that stand one after the other (:func:`work`), or, for chosen rows of
columns that are kept, only the rights that differ from those held before (:func:`follow`).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.benefits.compiled.operations import (
    BRING,
    EXTRA,
    GIVE,
    LOAD,
    LOAD_TRUTH,
    MARK,
    OP,
    OUT,
    SPACE,
    A,
    B,
    C,
    between,
    elementwise,
    load,
    words,
)

PERSONS_AT_ONCE = 4096  # rows of a register; longer if a household has more members
_PERSON = 2
_OWN, _FOLLOWING, _MOST, _WORD = 1, 2, 255, 8
_CHOSEN = -1


class Columns(NamedTuple):
    """Say where columns are: addresses, and kinds as their places in ``KINDS``."""

    addresses: NDArray[np.uintp]
    kinds: NDArray[np.int64]


class Members(NamedTuple):
    """Say which rows of persons are the members of each household.

    Attributes
    ----------
    starts
        First of the persons that stand in a row, and the end of the last one's, (households + 1,).
    here
        Whether a person has not left, (persons,).
    extra
        First of the persons who came later, -1 if none, (households,).
    following
        The person who came after each of those, -1 if none, (came later,).
    most
        No household has more members, or had.
    """

    starts: NDArray[np.int64]
    here: NDArray[np.bool_]
    extra: NDArray[np.int32]
    following: NDArray[np.int32]
    most: int


class Held(NamedTuple):
    """Hold rights: place of each household's first, how many, room for, and columns of them."""

    first: NDArray[np.int64]
    rights_n: NDArray[np.uint16]
    room: NDArray[np.uint16]
    programme: NDArray[np.uint16]
    kind: NDArray[np.uint8]
    amount_krw_m: NDArray[np.float32]


class _Chunk(NamedTuple):
    """Hold the rows that are worked off at once: of columns, or chosen ones (first is -1)."""

    n: int
    persons_n: int
    first: int
    first_person: int
    house: Any
    who: Any
    begin: Any
    homes: Any


class _Registers(NamedTuple):
    numbers: Any
    truths: Any
    partner: Any


class _Marks(NamedTuple):
    """Hold the rights found in a chunk, programme by programme."""

    home: Any
    programme: Any
    kind: Any
    amount: Any


@njit(cache=True, nogil=True)
def _registers(shape):  # type: ignore[no-untyped-def]
    rows = shape[2]
    return _Registers(
        np.empty((shape[0], rows), np.float64),
        np.empty((shape[1], rows), np.uint8),
        np.empty(rows, np.int64),
    )


@njit(cache=True, nogil=True)
def _work_on(lines, k, constants, columns, chunk, registers):  # type: ignore[no-untyped-def]
    """Work lines off from the ``k``-th on, up to one that gives a result; tell which.

    One call works many lines off, since a call with so many columns costs more than a line.
    """
    numbers, truths, partner = registers
    households_n, persons_n, first, first_person, house, who, begin, homes = chunk
    while k < lines.shape[0] and lines[k, OP] < GIVE:
        op, out = lines[k, OP], lines[k, OUT]
        of_persons = lines[k, SPACE] == _PERSON
        n = persons_n if of_persons else households_n
        if op <= LOAD_TRUTH:
            from_row = first_person if of_persons else first
            index = who if of_persons else house
            kind, address = columns.kinds[lines[k, A]], columns.addresses[lines[k, A]]
            if op == LOAD:
                load(kind, address, numbers[out], n, from_row, index)
            else:
                load(kind, address, truths[out], n, from_row, index)
        elif op < BRING:
            elementwise(lines, k, n, numbers, truths, constants)
        else:
            between(
                lines, k, households_n, persons_n, begin, homes, partner, numbers, truths, constants
            )
        k += 1
    return k


@njit(cache=True, nogil=True)
def _give(lines, k, first, n, registers, right, amount, persons):  # type: ignore[no-untyped-def]
    column, own = lines[k, EXTRA], registers.truths[lines[k, A]]
    entitled, total = registers.numbers[lines[k, B]], registers.numbers[lines[k, C]]
    for h in range(n):
        right[column, first + h] = _OWN if own[h] else (_FOLLOWING if entitled[h] > 0 else 0)
        persons[column, first + h] = min(entitled[h], _MOST)
        amount[column, first + h] = total[h]


@njit(cache=True, nogil=True)
def work(lines, constants, columns, starts, first, last, shape, right, amount, persons):  # type: ignore[no-untyped-def]
    """Work all lines off for the households from ``first`` to before ``last``.

    ``lines`` are ``(steps, 9)``; ``constants`` the numbers they name; ``starts`` gives the first
    person of each household and, last, the number of persons; ``shape`` the registers of numbers
    and of truth values and their rows. ``right``, ``amount``, ``persons``, ``(programmes,
    households)``, are written in place.
    """
    lines, constants = lines.copy(), constants.copy()  # what threads share slows them down
    rows = shape[2]
    registers = _registers(shape)
    begin, homes = np.empty(rows + 1, np.int64), np.empty(rows, np.uint64)
    none = np.empty(0, np.uint64)
    while first < last:
        n = min(rows, last - first)
        while starts[first + n] - starts[first] > rows:
            n = min(n - 1, n * rows // (starts[first + n] - starts[first]))
        base = starts[first]
        begin[: n + 1] = starts[first : first + n + 1] - base
        for h in range(n):
            homes[begin[h] : begin[h + 1]] = h
        chunk = _Chunk(n, begin[n], first, base, none, none, begin, homes)
        k = _work_on(lines, 0, constants, columns, chunk, registers)
        while k < lines.shape[0]:
            _give(lines, k, first, n, registers, right, amount, persons)
            k = _work_on(lines, k + 1, constants, columns, chunk, registers)
        first += n


@njit(cache=True, nogil=True, inline="always")
def first_member(row, members):  # type: ignore[no-untyped-def]
    """Give the first of a household's persons, those who left among them; -1 if there is none."""
    first = members.starts[row]
    return first if first < members.starts[row + 1] else np.int64(members.extra[row])


@njit(cache=True, nogil=True, inline="always")
def next_member(person, row, members):  # type: ignore[no-untyped-def]
    """Give the person of a household after another one; -1 after the last."""
    base = members.starts[-1]
    if person >= base:
        return np.int64(members.following[person - base])
    return person + 1 if person + 1 < members.starts[row + 1] else np.int64(members.extra[row])


@njit(cache=True, nogil=True)
def _gather(rows, first, last, members, house, who, begin, homes):  # type: ignore[no-untyped-def]
    """List as many households as surely fit, with their members; give how many of both."""
    n, p = 0, 0
    while first + n < last and n < house.size and p + members.most <= who.size:
        row = rows[first + n]
        begin[n], house[n] = p, row
        person = first_member(row, members)
        while person >= 0:
            if members.here[person]:
                who[p], homes[p] = person, n
                p += 1
            person = next_member(person, row, members)
        n += 1
    begin[n] = p
    return n, p


@njit(cache=True, nogil=True)
def _mark(lines, k, n, registers, marks, found):  # type: ignore[no-untyped-def]
    """Note a programme's rights; eight households that have none are passed over at once."""
    own, some = registers.truths[lines[k, A]], registers.truths[lines[k, B]]
    total, programme = registers.numbers[lines[k, C]], lines[k, EXTRA]
    for w, word in enumerate(words(some, n)):
        if word != 0:
            for h in range(w * _WORD, w * _WORD + _WORD):
                if some[h] != 0:
                    marks.home[found] = h
                    marks.programme[found] = programme
                    marks.kind[found] = _OWN if own[h] else _FOLLOWING
                    marks.amount[found] = total[h]
                    found += 1
    return found


@njit(cache=True, nogil=True)
def _by_home(marks, found, n, at, order):  # type: ignore[no-untyped-def]
    """Order marks by household; those of one stay in the order of programmes."""
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
def _differing(chunk, marks, at, order, touched, held, out, to):  # type: ignore[no-untyped-def]
    """Write down where the rights found differ from those held, and hold them where room is."""
    row_to, programme_to, kind_to, amount_to, late_to = out
    programme, kind = np.empty(touched.size, np.uint16), np.empty(touched.size, np.uint8)
    amount = np.empty(touched.size, np.float32)
    for h in range(chunk.n):
        row, n, begun = chunk.house[h], 0, to
        a, b = held.first[row], at[h]
        a_end, b_end = a + held.rights_n[row], at[h + 1]
        if chunk.begin[h] == chunk.begin[h + 1]:
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
def _with_room(column, to, more):  # type: ignore[no-untyped-def]
    """Give a column with room for more entries behind those that it has."""
    if to + more <= column.size:
        return column
    larger = np.empty(2 * (to + more), column.dtype)
    larger[:to] = column[:to]
    return larger


@njit(cache=True, nogil=True)
def follow(lines, constants, columns, members, rows, bounds, shape, touched, held):  # type: ignore[no-untyped-def]
    """Work all lines off for some households and tell which rights differ from those held.

    Parameters are as for :func:`work`; ``rows`` are the households, in order, of which those
    within ``bounds`` are meant; ``touched`` flags the programmes that the lines mark. Gives
    row, programme, kind (0 where a right ended) and amount of each difference, sorted by row
    and programme, and whether there was no room to hold it. A household of which nobody is left
    has no rights.
    """
    lines, constants = lines.copy(), constants.copy()
    size = shape[2]
    registers = _registers(shape)
    begin, homes = np.empty(size + 1, np.int64), np.empty(size, np.uint64)
    house, who = np.empty(size, np.uint64), np.empty(size, np.uint64)
    most = size * np.count_nonzero(lines[:, OP] == MARK)
    marks = _Marks(
        np.empty(most, np.int32),
        np.empty(most, np.uint16),
        np.empty(most, np.uint8),
        np.empty(most, np.float32),
    )
    at, order = np.empty(size + 1, np.int64), np.empty(most, np.int64)
    first, last = bounds
    row_to, programme_to = np.empty(last - first, np.int64), np.empty(last - first, np.uint16)
    kind_to, amount_to = np.empty(last - first, np.uint8), np.empty(last - first, np.float32)
    late_to = np.empty(last - first, np.bool_)
    to = 0
    while first < last:
        n, persons_n = _gather(rows, first, last, members, house, who, begin, homes)
        chunk = _Chunk(n, persons_n, _CHOSEN, _CHOSEN, house, who, begin, homes)
        found, more = 0, 0
        k = _work_on(lines, 0, constants, columns, chunk, registers)
        while k < lines.shape[0]:
            found = _mark(lines, k, n, registers, marks, found)
            k = _work_on(lines, k + 1, constants, columns, chunk, registers)
        for h in range(n):
            more += held.rights_n[house[h]]
        _by_home(marks, found, n, at, order)
        row_to = _with_room(row_to, to, found + more)
        programme_to = _with_room(programme_to, to, found + more)
        kind_to = _with_room(kind_to, to, found + more)
        amount_to = _with_room(amount_to, to, found + more)
        late_to = _with_room(late_to, to, found + more)
        out = (row_to, programme_to, kind_to, amount_to, late_to)
        to = _differing(chunk, marks, at, order, touched, held, out, to)
        first += n
    return row_to[:to], programme_to[:to], kind_to[:to], amount_to[:to], late_to[:to]
