"""A small machine in compiled code: it works a list of steps off, some thousand rows at a time.

Registers hold one number or truth value a row and stay in the cache of the processor. It gives
full tables for households that stand one after the other (:func:`work`), or, for chosen rows of
columns that are kept, only the rights that differ from those held before (:func:`follow`).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.benefits.compiled.differences import (
    AMOUNTS,
    PROGRAMME_AT,
    differing,
    differing_amounts,
    right_of,
    with_room,
)
from simlib.benefits.compiled.gathering import between
from simlib.benefits.compiled.memory import (
    bring,
    bytes_at,
    floats,
    integers,
    number_at,
    places,
    shorts,
    truth_at,
    words,
    words_at,
)
from simlib.benefits.compiled.operations import (
    BRING,
    EXTRA,
    FORM,
    GIVE,
    HOLDS,
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
    SPARE_ROWS,
    A,
    B,
    C,
    elementwise,
    load,
)
from simlib.loops import fetch
from simlib.right_kinds import FOLLOWING, OWN

_MOST, _WORD = 255, 8
_AHEAD = 8
"""Households further on whose memory is asked for."""


class Columns(NamedTuple):
    """Say where columns are: addresses, and kinds as their places in ``KINDS``.

    The last addresses are those of rights held: each household's first, how many, and rights.
    """

    addresses: NDArray[np.uintp]
    kinds: NDArray[np.int64]
    held: tuple[int, int, int]


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
    """Hold rights: place of each household's first, how many, room for, and the rights."""

    first: NDArray[np.uint32]
    rights_n: NDArray[np.uint16]
    room: NDArray[np.uint16]
    right: NDArray[np.uint64]


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
        elif op < HOLDS:
            picked = space > PERSONS
            n = rows_n[PICKED_HOUSEHOLDS if picked else HOUSEHOLDS]
            levels = chunk.picked_levels if picked else chunk.levels
            partner = registers.picked_partner if picked else registers.partner
            between(op, n, out, a, lines[k, B], extra, levels, partner, registers)
        elif op == HOLDS:
            k = _hold(lines, k, chunk, registers, columns.held)
        elif op == PICK:
            if _pick(truth_at(registers, a), chunk) == 0:
                k = lines[k, LENGTH] - 1
        else:
            rows = places(chunk.picked_house if space == PICKED_HOUSEHOLDS else chunk.picked_who)
            if op == PICKED:
                bring(floats(number_at(registers, out)), floats(number_at(registers, a)), rows, n)
            else:
                bring(bytes_at(truth_at(registers, out)), bytes_at(truth_at(registers, a)), rows, n)
        k += 1
    return k


@njit(cache=True, nogil=True)
def _load(op, space, n, to, kind, address, chunk):  # type: ignore[no-untyped-def]
    of_persons = space in (PERSONS, PICKED_PERSONS)
    rows = places(chunk.who if of_persons else chunk.house)
    if space > PERSONS:
        rows = rows[places(chunk.picked_who if of_persons else chunk.picked_house)[:n]]
    if op == LOAD:
        load(kind, address, floats(to), n, rows)
    else:
        load(kind, address, bytes_at(to), n, rows)


@njit(cache=True, nogil=True)
def _hold(lines, k, chunk, registers, held):  # type: ignore[no-untyped-def]
    """Tell which households hold rights, for all such lines that follow; give the last of them."""
    n, end, most = integers(chunk.rows_n)[lines[k, SPACE]], k, np.uint64(0)
    while end < lines.shape[0] and lines[end, OP] == HOLDS:
        bytes_at(truth_at(registers, lines[end, OUT]))[:n] = 0
        most, end = max(most, np.uint64(lines[end, EXTRA])), end + 1
    asked = np.zeros(most + 1, np.int64)
    for line in range(k, end):
        asked[lines[line, EXTRA]] = truth_at(registers, lines[line, OUT])
    first, rights_n, rights = words_at(held[0]), shorts(held[1]), places(held[2])
    rows = places(chunk.house)
    if lines[k, SPACE] == PICKED_HOUSEHOLDS:
        rows = rows[places(chunk.picked_house)[:n]]
    for h in range(n):
        fetch(first, rows[min(h + 2 * _AHEAD, n - 1)])
        fetch(rights_n, rows[min(h + 2 * _AHEAD, n - 1)])
        fetch(rights, np.int64(first[rows[min(h + _AHEAD, n - 1)]]))
        begun = np.int64(first[rows[h]])
        for place in range(begun, begun + rights_n[rows[h]]):
            programme = rights[place] >> PROGRAMME_AT
            if programme <= most and asked[programme] != 0:
                bytes_at(asked[programme])[h] = 1
    return end - 1


@njit(cache=True, nogil=True)
def _pick(which, chunk):  # type: ignore[no-untyped-def]
    """Pick the households for which a condition holds; tell how many."""
    rows_n, levels = integers(chunk.rows_n), integers(chunk.levels)
    picked_levels = integers(chunk.picked_levels)
    house, who, some = integers(chunk.picked_house), integers(chunk.picked_who), bytes_at(which)
    n = 0
    for w, word in enumerate(words(some, rows_n[HOUSEHOLDS])):
        if word != 0:
            for h in range(w * _WORD, w * _WORD + _WORD):
                house[n] = h
                n += some[h]
    left, p, level = n, 0, 0
    while n > 0 and level < levels[0]:
        first, end = levels[level + 1], levels[level + 2]
        while left > 0 and first + house[left - 1] >= end:
            left -= 1
        if left == 0:
            break
        picked_levels[level + 1] = p
        for i in range(left):
            who[p + i] = first + house[i]
        p += left
        level += 1
    picked_levels[0], picked_levels[level + 1] = level, p
    rows_n[PICKED_HOUSEHOLDS], rows_n[PICKED_PERSONS] = n, p
    return n


@njit(cache=True, nogil=True)
def _give(lines, k, chunk, registers, right, amount, persons):  # type: ignore[no-untyped-def]
    rows_n, house = integers(chunk.rows_n), places(chunk.house)
    picked_house = places(chunk.picked_house)
    column, own = lines[k, EXTRA], bytes_at(truth_at(registers, lines[k, A]))
    entitled = floats(number_at(registers, lines[k, B]))
    total = floats(number_at(registers, lines[k, C]))
    picked = lines[k, SPACE] == PICKED_HOUSEHOLDS
    if picked:
        for i in range(rows_n[HOUSEHOLDS]):
            h = house[i]
            right[column, h], amount[column, h], persons[column, h] = 0, 0.0, 0
    for i in range(rows_n[lines[k, SPACE]]):
        h = house[picked_house[i] if picked else np.uint64(i)]
        right[column, h] = OWN if own[i] else (FOLLOWING if entitled[i] > 0 else 0)
        persons[column, h] = min(entitled[i], _MOST)
        amount[column, h] = total[i]


@njit(cache=True, nogil=True)
def work(lines, columns, members, rows, bounds, chunk, registers, right, amount, persons):  # type: ignore[no-untyped-def]
    """Work all lines off for some households.

    Parameters
    ----------
    lines
        The lines, ``(steps, 9)``.
    columns, members
        Where columns are, and who is a member of which household.
    rows, bounds
        The households, of which those within the bounds are meant.
    chunk, registers
        Room of this thread.
    right, amount, persons
        Results, ``(programmes, households)``, written in place.
    """
    lines = lines.copy()  # what threads share slows them down
    first, last = bounds
    while first < last:
        first += _gather(rows, first, last, members, chunk, registers.rows - SPARE_ROWS, whole=True)
        k = _work_on(lines, 0, columns, chunk, registers)
        while k < lines.shape[0]:
            _give(lines, k, chunk, registers, right, amount, persons)
            k = _work_on(lines, k + 1, columns, chunk, registers)


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
def _gather(rows, first, last, members, chunk, size, whole):  # type: ignore[no-untyped-def]
    """List as many households as surely fit, by size, with their members; tell how many.

    Where no line asks for persons, none are listed.
    """
    who, ends = integers(chunk.picked_who), integers(chunk.picked_house)  # as asked for
    n, p, most = 0, 0, 0
    while first + n < last and n < size and p + members.most <= size:
        row, begun = rows[first + n], p
        later = rows[min(first + n + 2 * _AHEAD, last - 1)]
        fetch(members.starts, later)
        fetch(members.extra, later)
        fetch(members.here, members.starts[rows[min(first + n + _AHEAD, last - 1)]])
        person = first_member(row, members) if whole else np.int64(-1)
        while person >= 0:
            if members.here[person]:
                who[p] = person
                p += 1
            person = next_member(person, row, members)
        most = max(most, p - begun)
        ends[n] = p
        n += 1
    _by_size(rows[first : first + n], who, ends, most, chunk)
    rows_n = integers(chunk.rows_n)
    rows_n[HOUSEHOLDS], rows_n[PERSONS] = n, p
    return n


@njit(cache=True, nogil=True)
def _by_size(rows, persons, ends, most, chunk):  # type: ignore[no-untyped-def]
    """Order households by size, the largest first, and persons by their place in these."""
    house, who = places(chunk.house), integers(chunk.who)
    levels, place = integers(chunk.levels), integers(chunk.place)
    at = np.zeros(most + 1, np.int64)
    for i in range(rows.size):
        at[ends[i] - (ends[i - 1] if i > 0 else 0)] += 1
    larger_n = 0
    for size in range(most, -1, -1):
        at[size], larger_n = larger_n, larger_n + at[size]
    levels[0], levels[1] = most, 0
    for level in range(most):
        levels[level + 2] = levels[level + 1] + at[level]
    for i in range(rows.size):
        p = ends[i - 1] if i > 0 else 0
        size = ends[i] - p
        h = at[size]
        at[size] += 1
        house[h], place[i] = rows[i], h
        for level in range(size):
            who[levels[level + 1] + h] = persons[p + level]


@njit(cache=True, nogil=True)
def _mark(lines, k, chunk, registers, marks):  # type: ignore[no-untyped-def]
    """Note a programme's rights; eight households that have none are passed over at once."""
    own = bytes_at(truth_at(registers, lines[k, A]))
    some = bytes_at(truth_at(registers, lines[k, B]))
    total, programme = floats(number_at(registers, lines[k, C])), lines[k, EXTRA]
    house, picked = places(chunk.picked_house), lines[k, SPACE] == PICKED_HOUSEHOLDS
    found_n = 0
    for w, word in enumerate(words(some, integers(chunk.rows_n)[lines[k, SPACE]])):
        if word != 0:
            for h in range(w * _WORD, w * _WORD + _WORD):
                if some[h] != 0:
                    home = np.int64(house[h]) if picked else h
                    place = home * marks.most + marks.rights_n[home]
                    kind = OWN if own[h] else FOLLOWING
                    marks.right[place] = right_of(programme, kind, total[h])
                    marks.rights_n[home] += 1
                    found_n += 1
    return found_n


@njit(cache=True, nogil=True)
def follow(lines, columns, members, rows, bounds, chunk, registers, marks, touched, held):  # type: ignore[no-untyped-def]
    """Work all lines off for some households and tell which rights differ from those held.

    Parameters are as for :func:`work`; ``rows`` are the households, in order, of which those
    within ``bounds`` are meant; ``marks`` is more room; ``touched`` says of each programme
    what the lines mark of it. Gives row, programme, kind (0 where a right ended) and amount of
    each difference, sorted by row and programme, and whether there was no room to hold it. A
    household of which nobody is left has no rights.
    """
    lines = lines.copy()
    of_amounts = np.any(touched == AMOUNTS)
    whole = not of_amounts or np.any(lines[:, SPACE] % 2 == 0)
    first, last = bounds
    row_to, programme_to = np.empty(last - first, np.int64), np.empty(last - first, np.uint16)
    kind_to, amount_to = np.empty(last - first, np.uint8), np.empty(last - first, np.float32)
    late_to = np.empty(last - first, np.bool_)
    to = 0
    while first < last:
        n = _gather(rows, first, last, members, chunk, registers.rows - SPARE_ROWS, whole)
        marks.rights_n[:n] = 0
        found, more = 0, 0
        k = _work_on(lines, 0, columns, chunk, registers)
        while k < lines.shape[0]:
            found += _mark(lines, k, chunk, registers, marks)
            k = _work_on(lines, k + 1, columns, chunk, registers)
        for h in range(n):
            more += held.rights_n[rows[first + h]]
        row_to = with_room(row_to, to, found + more)
        programme_to = with_room(programme_to, to, found + more)
        kind_to = with_room(kind_to, to, found + more)
        amount_to = with_room(amount_to, to, found + more)
        late_to = with_room(late_to, to, found + more)
        out = (row_to, programme_to, kind_to, amount_to, late_to)
        if of_amounts:
            to = differing_amounts(rows[first : first + n], chunk, marks, held, out, to)
        else:
            to = differing(rows[first : first + n], chunk, marks, touched, held, out, to)
        first += n
    return row_to[:to], programme_to[:to], kind_to[:to], amount_to[:to], late_to[:to]
