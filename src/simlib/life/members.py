"""Members of households: those of the start stand in a row, who comes later is linked to them."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simlib.benefits.compiled.machine import Members, first_member, next_member
from simlib.life.growing import appended
from simlib.loops import inner


def linked(members: Members, household: NDArray[np.int64], here: NDArray[np.bool_]) -> Members:
    """Link the persons who came since last time to their households.

    Parameters
    ----------
    members
        Members as they were known; the links of households are changed in place.
    household, here
        Row of the household of each person, and whether the person still lives there, (persons,).
    """
    known_n = int(members.starts[-1]) + members.following.size
    if household.size == known_n:
        return members._replace(here=here)
    nobody = np.full(household.size - known_n, -1, np.int32)
    following = appended(members.following, nobody)
    longest = _link(household, known_n, members.starts, members.extra, following)
    return members._replace(here=here, following=following, most=max(members.most, int(longest)))


@njit(cache=True)
def _link(home, known_n, first, extra, following):  # type: ignore[no-untyped-def]
    """Link persons who came to their households; give the most members of one of these."""
    base, most = first[-1], 0
    for person in range(known_n, home.size):
        row = home[person]
        n = first[row + 1] - first[row] + 1
        if extra[row] < 0:
            extra[row] = person
        else:
            last = extra[row]
            while following[last - base] >= 0:
                last = following[last - base]
                n += 1
            following[last - base] = person
            n += 1
        most = max(most, n)
    return most


@njit(cache=True)
def list_members(rows, members):  # type: ignore[no-untyped-def]
    """List who lives in some households, household by household.

    Parameters
    ----------
    rows
        Rows of the households, (rows,).
    members
        :class:`~simlib.benefits.compiled.machine.Members` of all households.

    Returns
    -------
    tuple
        Places of the persons; the place of each one's household in ``rows``; and where the
        members of each household begin, with the end of the last one's, (rows + 1,).
    """
    ends = np.zeros(rows.size + 1, np.int64)
    for k in range(rows.size):
        ends[k + 1] = ends[k] + _count(rows[k], members)
    persons, place = np.empty(ends[-1], np.int64), np.empty(ends[-1], np.int64)
    for k in range(rows.size):
        at, p = ends[k], first_member(rows[k], members)
        while p >= 0:
            if members.here[p]:
                persons[at], place[at] = p, k
                at += 1
            p = next_member(p, rows[k], members)
    return persons, place, ends


@inner
def _count(row, members):  # type: ignore[no-untyped-def]
    n, p = 0, first_member(row, members)
    while p >= 0:
        n += members.here[p]
        p = next_member(p, row, members)
    return n
