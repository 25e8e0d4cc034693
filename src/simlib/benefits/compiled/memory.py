"""Columns and registers by their addresses: a call with arrays costs more than a short line."""

from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.extending import intrinsic

NUMBER_BYTES = 8

_WORD = 8
_ANY_LENGTH = 1 << 40


@intrinsic  # type: ignore[untyped-decorator]
def _pointer(_: Any, address: Any, kind: Any) -> Any:
    """Read a number as the address of values of a kind."""
    made = types.CPointer(kind.dtype)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return made(address, kind), code


@njit(cache=True, nogil=True, inline="always")
def floats(address):  # type: ignore[no-untyped-def]
    """Give the numbers at an address."""
    return carray(_pointer(address, np.float64), _ANY_LENGTH)


@njit(cache=True, nogil=True, inline="always")
def integers(address):  # type: ignore[no-untyped-def]
    """Give the whole numbers at an address."""
    return carray(_pointer(address, np.int64), _ANY_LENGTH)


@njit(cache=True, nogil=True, inline="always")
def places(address):  # type: ignore[no-untyped-def]
    """Give the places, none below zero, at an address."""
    return carray(_pointer(address, np.uint64), _ANY_LENGTH)


@njit(cache=True, nogil=True, inline="always")
def bytes_at(address):  # type: ignore[no-untyped-def]
    """Give the truth values at an address."""
    return carray(_pointer(address, np.uint8), _ANY_LENGTH)


@njit(cache=True, nogil=True)
def short_integers(address):  # type: ignore[no-untyped-def]
    """Give the whole numbers of four bytes at an address."""
    return carray(_pointer(address, np.int32), _ANY_LENGTH)


@njit(cache=True, nogil=True, inline="always")
def shorts(address):  # type: ignore[no-untyped-def]
    """Give the whole numbers of two bytes, none below zero, at an address."""
    return carray(_pointer(address, np.uint16), _ANY_LENGTH)


@njit(cache=True, nogil=True, inline="always")
def words_at(address):  # type: ignore[no-untyped-def]
    """Give the whole numbers of four bytes, none below zero, at an address."""
    return carray(_pointer(address, np.uint32), _ANY_LENGTH)


@njit(cache=True, nogil=True, inline="always")
def number_at(registers, register):  # type: ignore[no-untyped-def]
    """Give the address of a register of numbers."""
    return registers.numbers + register * (registers.rows * NUMBER_BYTES)


@njit(cache=True, nogil=True, inline="always")
def truth_at(registers, register):  # type: ignore[no-untyped-def]
    """Give the address of a register of truth values."""
    return registers.truths + register * registers.rows


@njit(cache=True, nogil=True)
def words(marked, n):  # type: ignore[no-untyped-def]
    """Give marks eight at a time; registers are as long as full words."""
    end = -(-n // _WORD) * _WORD
    marked[n:end] = 0
    return marked[:end].view(np.uint64)


@njit(cache=True, nogil=True)
def bring(out, x, rows, n):  # type: ignore[no-untyped-def]
    """Give each row the value of another one."""
    for i in range(n):
        out[i] = x[rows[i]]
