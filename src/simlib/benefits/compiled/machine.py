"""A small machine in compiled code: it works a list of steps off, some thousand rows at a time.

Registers hold one number or truth value a row and stay in the cache of the processor. It gives
full tables for households that stand one after the other (:func:`work`), or, for chosen rows of
columns that are kept, only the rights that differ from those held before (:func:`follow`).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.benefits.compiled.operations import (
    BRING,
    EXTRA,
    FORM,
    GIVE,
    HOUSEHOLDS,
    LENGTH,
    LOAD,
    LOAD_TRUTH,
    OP,
    OUT,
    PERSONS,
    PICK,
    PICKED,
    PICKED_HOUSEHOLDS,
    PICKED_PERSONS,
    SPACE,
    A,
    B,
    C,
    between,
    bring,
    bytes_at,
    elementwise,
    floats,
    integers,
    load,
    number_at,
    places,
    truth_at,
    words,
)

_OWN, _FOLLOWING, _MOST, _WORD = 1, 2, 255, 8
CHOSEN = -1


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


@njit(cache=True, nogil=True)
def _work_on(lines, k, columns, chunk, registers):  # type: ignore[no-untyped-def]
    """Work lines off from the ``k``-th on, up to one that gives a result; tell which.

    One call works many lines off, since a call with so many columns costs more than a line.
    """
    rows_n, steps_n = integers(chunk.rows_n), lines.shape[0]
    while k < steps_n and lines[k, OP] < GIVE:
        op, out, a, space = lines[k, OP], lines[k, OUT], lines[k, A], lines[k, SPACE]
        n, extra = rows_n[space], lines[k, EXTRA]
        if op <= LOAD_TRUTH:
            to = number_at(registers, out) if op == LOAD else truth_at(registers, out)
            _load(op, space, n, to, columns.kinds[a], columns.addresses[a], chunk)
        elif op < BRING:
            b, c, form = lines[k, B], lines[k, C], lines[k, FORM]
            elementwise(op, form, n, out, a, b, c, extra, lines[k, LENGTH], registers)
        elif op < PICK:
            picked = space > PERSONS
            begin = chunk.picked_begin if picked else chunk.begin
            homes = chunk.picked_homes if picked else chunk.homes
            n = rows_n[PICKED_HOUSEHOLDS if picked else HOUSEHOLDS]
            persons_n = rows_n[PICKED_PERSONS if picked else PERSONS]
            between(op, n, persons_n, out, a, lines[k, B], extra, begin, homes, registers)
        elif op == PICK:
            if _pick(truth_at(registers, a), chunk) == 0:
                k = lines[k, LENGTH] - 1
        else:
            rows = places(
                chunk.picked_house if space == PICKED_HOUSEHOLDS else chunk.picked_who
            )
            if op == PICKED:
                bring(floats(number_at(registers, out)), floats(number_at(registers, a)), rows, n)
            else:
                bring(bytes_at(truth_at(registers, out)), bytes_at(truth_at(registers, a)), rows, n)
        k += 1
    return k


@njit(cache=True, nogil=True)
def _load(op, space, n, to, kind, address, chunk):  # type: ignore[no-untyped-def]
    of_persons = space == PERSONS or space == PICKED_PERSONS
    first = integers(chunk.first)[PERSONS if of_persons else HOUSEHOLDS]
    index = places(chunk.who if of_persons else chunk.house)
    if space > PERSONS:
        rows = places(chunk.picked_who if of_persons else chunk.picked_house)
        index = index[rows[:n]] if first < 0 else rows[:n] + np.uint64(first)
        first = np.int64(CHOSEN)
    if op == LOAD:
        load(kind, address, floats(to), n, first, index)
    else:
        load(kind, address, bytes_at(to), n, first, index)


@njit(cache=True, nogil=True)
def _pick(which, chunk):  # type: ignore[no-untyped-def]
    """Pick the households for which a condition holds; tell how many."""
    rows_n, begin = integers(chunk.rows_n), integers(chunk.begin)
    house, who = places(chunk.picked_house), places(chunk.picked_who)
    picked_begin, picked_homes = integers(chunk.picked_begin), places(chunk.picked_homes)
    some, n, p = bytes_at(which), 0, 0
    for w, word in enumerate(words(some, rows_n[HOUSEHOLDS])):
        if word != 0:
            for h in range(w * _WORD, w * _WORD + _WORD):
                if some[h] != 0:
                    house[n], picked_begin[n] = h, p
                    for q in range(begin[h], begin[h + 1]):
                        who[p], picked_homes[p] = q, n
                        p += 1
                    n += 1
    picked_begin[n] = p
    rows_n[PICKED_HOUSEHOLDS], rows_n[PICKED_PERSONS] = n, p
    return n


@njit(cache=True, nogil=True)
def _give(lines, k, first, chunk, registers, right, amount, persons):  # type: ignore[no-untyped-def]
    rows_n, house = integers(chunk.rows_n), places(chunk.picked_house)
    column, own = lines[k, EXTRA], bytes_at(truth_at(registers, lines[k, A]))
    entitled = floats(number_at(registers, lines[k, B]))
    total = floats(number_at(registers, lines[k, C]))
    picked = lines[k, SPACE] == PICKED_HOUSEHOLDS
    if picked:
        last = first + rows_n[HOUSEHOLDS]
        right[column, first:last], amount[column, first:last] = 0, 0.0
        persons[column, first:last] = 0
    for i in range(rows_n[lines[k, SPACE]]):
        h = first + (np.int64(house[i]) if picked else i)
        right[column, h] = _OWN if own[i] else (_FOLLOWING if entitled[i] > 0 else 0)
        persons[column, h] = min(entitled[i], _MOST)
        amount[column, h] = total[i]


@njit(cache=True, nogil=True)
def work(lines, columns, starts, first, last, chunk, registers, right, amount, persons):  # type: ignore[no-untyped-def]
    """Work all lines off for the households from ``first`` to before ``last``.

    ``lines`` are ``(steps, 9)``; ``starts`` gives the first person of each household and, last,
    the number of persons; ``chunk`` and ``registers`` are room of this thread. ``right``,
    ``amount``, ``persons``, ``(programmes, households)``, are written in place.
    """
    lines = lines.copy()  # what threads share slows them down
    rows, rows_n, firsts = registers.rows, integers(chunk.rows_n), integers(chunk.first)
    begin, homes = integers(chunk.begin), places(chunk.homes)
    while first < last:
        n = min(rows, last - first)
        while starts[first + n] - starts[first] > rows:
            n = min(n - 1, n * rows // (starts[first + n] - starts[first]))
        base = starts[first]
        for h in range(n):
            begin[h] = starts[first + h] - base
            for p in range(begin[h], starts[first + h + 1] - base):
                homes[p] = h
        begin[n] = starts[first + n] - base
        rows_n[HOUSEHOLDS], rows_n[PERSONS] = n, begin[n]
        firsts[HOUSEHOLDS], firsts[PERSONS] = first, base
        k = _work_on(lines, 0, columns, chunk, registers)
        while k < lines.shape[0]:
            _give(lines, k, first, chunk, registers, right, amount, persons)
            k = _work_on(lines, k + 1, columns, chunk, registers)
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
def _gather(rows, first, last, members, chunk, size):  # type: ignore[no-untyped-def]
    """List as many households as surely fit, with their members; tell how many."""
    house, who, homes = places(chunk.house), places(chunk.who), places(chunk.homes)
    begin, rows_n, firsts = integers(chunk.begin), integers(chunk.rows_n), integers(chunk.first)
    n, p = 0, 0
    while first + n < last and n < size and p + members.most <= size:
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
    rows_n[HOUSEHOLDS], rows_n[PERSONS] = n, p
    firsts[HOUSEHOLDS], firsts[PERSONS] = CHOSEN, CHOSEN
    return n


@njit(cache=True, nogil=True)
def _mark(lines, k, chunk, registers, marks, found):  # type: ignore[no-untyped-def]
    """Note a programme's rights; eight households that have none are passed over at once."""
    own = bytes_at(truth_at(registers, lines[k, A]))
    some = bytes_at(truth_at(registers, lines[k, B]))
    total, programme = floats(number_at(registers, lines[k, C])), lines[k, EXTRA]
    house, picked = places(chunk.picked_house), lines[k, SPACE] == PICKED_HOUSEHOLDS
    for w, word in enumerate(words(some, integers(chunk.rows_n)[lines[k, SPACE]])):
        if word != 0:
            for h in range(w * _WORD, w * _WORD + _WORD):
                if some[h] != 0:
                    marks.home[found] = np.int64(house[h]) if picked else h
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
    house, begin = places(chunk.house), integers(chunk.begin)
    row_to, programme_to, kind_to, amount_to, late_to = out
    programme, kind = np.empty(touched.size, np.uint16), np.empty(touched.size, np.uint8)
    amount = np.empty(touched.size, np.float32)
    for h in range(integers(chunk.rows_n)[HOUSEHOLDS]):
        row, n, begun = house[h], 0, to
        a, b = held.first[row], at[h]
        a_end, b_end = a + held.rights_n[row], at[h + 1]
        if begin[h] == begin[h + 1]:
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
def follow(lines, columns, members, rows, bounds, chunk, registers, marks, touched, held):  # type: ignore[no-untyped-def]
    """Work all lines off for some households and tell which rights differ from those held.

    Parameters are as for :func:`work`; ``rows`` are the households, in order, of which those
    within ``bounds`` are meant; ``marks`` is more room; ``touched`` flags the programmes that the
    lines mark. Gives row, programme, kind (0 where a right ended) and amount of each difference,
    sorted by row and programme, and whether there was no room to hold it. A household of which
    nobody is left has no rights.
    """
    lines = lines.copy()
    first, last = bounds
    row_to, programme_to = np.empty(last - first, np.int64), np.empty(last - first, np.uint16)
    kind_to, amount_to = np.empty(last - first, np.uint8), np.empty(last - first, np.float32)
    late_to = np.empty(last - first, np.bool_)
    to = 0
    while first < last:
        n = _gather(rows, first, last, members, chunk, registers.rows)
        found, more = 0, 0
        k = _work_on(lines, 0, columns, chunk, registers)
        while k < lines.shape[0]:
            found = _mark(lines, k, chunk, registers, marks, found)
            k = _work_on(lines, k + 1, columns, chunk, registers)
        for h in range(n):
            more += held.rights_n[rows[first + h]]
        _by_home(marks, found, n, marks.at, marks.order)
        row_to = _with_room(row_to, to, found + more)
        programme_to = _with_room(programme_to, to, found + more)
        kind_to = _with_room(kind_to, to, found + more)
        amount_to = _with_room(amount_to, to, found + more)
        late_to = _with_room(late_to, to, found + more)
        out = (row_to, programme_to, kind_to, amount_to, late_to)
        to = _differing(chunk, marks, marks.at, marks.order, touched, held, out, to)
        first += n
    return row_to[:to], programme_to[:to], kind_to[:to], amount_to[:to], late_to[:to]
