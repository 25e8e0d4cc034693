"""Room in which the machine works, kept by each thread from call to call."""

import threading
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.benefits.compiled.assembly import Lines
from simlib.benefits.compiled.operations import CODE, OP, PICKED_PERSONS, SPARE_ROWS

PERSONS_AT_ONCE = 4096
"""Rows of a register; more if a household has more members."""
_WORD = 8
_CACHE_LINE = 64
_kept = threading.local()


class Registers(NamedTuple):
    """Say where registers are: addresses, and the rows of each."""

    numbers: int
    truths: int
    partner: int
    picked_partner: int
    constants: int
    rows: int


class Chunk(NamedTuple):
    """Say where the rows that are worked off at once are told: addresses.

    Households stand by size, the largest first, and persons by their place among the members:
    first all households' first members, then the second of those that have one, and so on. So
    what is done to a household and its members is done to whole columns.

    Attributes
    ----------
    rows_n
        How many rows there are, by space.
    house, who
        Rows of households and persons.
    levels
        Members of the largest household, first of each place's members, and the end.
    place
        Place of each household in the order in which they were asked for.
    picked_house, picked_who, picked_levels
        Households and persons that were picked, as places among all of the chunk.
    """

    rows_n: int
    house: int
    who: int
    levels: int
    place: int
    picked_house: int
    picked_who: int
    picked_levels: int


class Marks(NamedTuple):
    """Hold the rights found in a chunk, household by household.

    Attributes
    ----------
    right
        Rights, those of one household after the other at so many places from each other.
    rights_n
        How many each household has.
    most
        Rights that a household can have.
    """

    right: NDArray[np.uint64]
    rights_n: NDArray[np.int64]
    most: int


def rows_at_once(members_n: int, households_n: int) -> int:
    """Give the rows of registers for some households; the largest must fit in them.

    They are an odd number of words, so that equal rows of several registers do not share a place
    in the processor's cache.
    """
    wanted = max(min(PERSONS_AT_ONCE, households_n * members_n), members_n)
    return _WORD * (2 * (wanted // (2 * _WORD)) + 1) + _WORD * 2 + SPARE_ROWS


def registers_of(lines: Lines, rows: int) -> Registers:
    """Make room for the registers of some lines; the lines must be kept meanwhile."""
    numbers_n, truths_n = lines.registers
    return Registers(
        _address("numbers", numbers_n * rows, np.float64),
        _address("truths", truths_n * rows, np.uint8),
        _address("partner", rows, np.int64),
        _address("picked_partner", rows, np.int64),
        lines.constants.ctypes.data,
        rows,
    )


def chunk_of(rows: int) -> Chunk:
    """Make room for the rows of a chunk."""
    sizes = dict.fromkeys(Chunk._fields, rows + 2)
    sizes["rows_n"] = PICKED_PERSONS + 1
    return Chunk(**{name: _address(name, size, np.int64) for name, size in sizes.items()})


def marks_of(lines: Lines, rows: int) -> Marks:
    """Make room for the rights that some lines can mark."""
    most = int(np.count_nonzero(lines.table[:, OP] == CODE["mark"]))
    return Marks(_array("marks", rows * most, np.uint64), _array("marks_n", rows, np.int64), most)


def _array(name: str, size: int, kind: Any) -> NDArray[Any]:
    """Give the thread's array of a name, a longer one if need be."""
    return _found(name, size, kind)[0]


def _address(name: str, size: int, kind: Any) -> int:
    address = _found(name, size + _CACHE_LINE, kind)[1]
    return address + -address % _CACHE_LINE


def _found(name: str, size: int, kind: Any) -> tuple[NDArray[Any], int]:
    found: tuple[NDArray[Any], int] | None = _kept.__dict__.get(name)
    if found is None or found[0].size < size:
        made = np.empty(max(size, 1), kind)
        found = _kept.__dict__[name] = made, int(made.ctypes.data)
    return found
