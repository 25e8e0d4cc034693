"""The operations of the machine: what one line does to the registers of some thousand rows.

The machine knows operations, not rules: a changed rule, parameter or month is another list of
steps, and nothing has to be compiled anew.
"""

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

from simlib.benefits.compiled.memory import (
    NUMBER_BYTES,
    bring,
    bytes_at,
    floats,
    integers,
    number_at,
    short_integers,
    truth_at,
)

OPERATIONS = (
    *("load", "load_truth", "fill", "fill_truth"),
    *("add", "sub", "mul", "div", "min", "max", "floor", "round", "tof"),
    *("lt", "le", "eq", "and", "or", "not", "select", "step", "find", "take"),
    *("bring", "bring_truth", "sum", "sum_where", "count", "any"),
    *("pair", "partner", "partner_truth", "order"),
    *("holds", "pick", "picked", "picked_truth", "give", "mark"),
)
"""Names of the operations; the place is the code."""
CODE = {name: code for code, name in enumerate(OPERATIONS)}
KINDS = ("f8", "i8", "i4", "u1")
"""Kinds of columns that the machine reads, as numpy writes them; the place is the code."""
OP, OUT, A, B, C, FORM, SPACE, EXTRA, LENGTH = range(9)
"""Columns of a line: operation, register of the result, registers or constants it is made of,
which are constants (bits 1, 2, 4), space, and place and length of what else it needs."""
HOUSEHOLDS, PERSONS, PICKED_HOUSEHOLDS, PICKED_PERSONS = 1, 2, 3, 4
"""Spaces of a line: rows of a chunk, or those of the households picked last."""
SPARE_ROWS = 64
"""Rows that registers have beyond those meant. What looks at one row at a time is worked out for
full blocks of so many, since the last rows cost much where they are no full block."""

LOAD, LOAD_TRUTH, _FILL, _FILL_TRUTH, *_REST = range(len(OPERATIONS))
_ADD, _SUB, _MUL, _DIV, _MIN, _MAX, _FLOOR, _ROUND, _TOF, *_REST = _REST
_LT, _LE, _EQ, _AND, _OR, _NOT, _SELECT, _STEP, _FIND, _TAKE, *_REST = _REST
BRING, HOLDS, PICK, PICKED, GIVE, MARK = (
    CODE[name] for name in ("bring", "holds", "pick", "picked", "give", "mark")
)


def _values(x: Any) -> Any:
    """Give the numbers at an address, or a constant itself."""


@overload(_values, inline="always")
def _values_compiled(x):  # type: ignore[no-untyped-def]
    if isinstance(x, types.Integer):
        return lambda x: floats(x)
    return lambda x: x


def _at(x: Any, i: int) -> Any:
    """Give a row's value, or a constant for every row."""


@overload(_at, inline="always")
def _at_compiled(x, i):  # type: ignore[no-untyped-def]  # noqa: ARG001
    if isinstance(x, types.Array):
        return lambda x, i: x[i]
    return lambda x, i: x  # noqa: ARG005


@njit(cache=True, nogil=True, error_model="numpy")
def _arithmetic(op, n, to, a, b):  # type: ignore[no-untyped-def]
    out, x, y = floats(to), _values(a), _values(b)
    if op == _ADD:
        for i in range(n):
            out[i] = _at(x, i) + _at(y, i)
    elif op == _SUB:
        for i in range(n):
            out[i] = _at(x, i) - _at(y, i)
    elif op == _MUL:
        for i in range(n):
            out[i] = _at(x, i) * _at(y, i)
    elif op == _DIV:
        for i in range(n):
            out[i] = _at(x, i) / _at(y, i)
    elif op == _MIN:
        for i in range(n):
            first, second = _at(x, i), _at(y, i)
            out[i] = first if (first <= second) | (second != second) else second
    else:
        for i in range(n):
            first, second = _at(x, i), _at(y, i)
            out[i] = first if (first >= second) | (second != second) else second


@njit(cache=True, nogil=True, error_model="numpy")
def _compare(op, n, to, a, b):  # type: ignore[no-untyped-def]
    out, x, y = bytes_at(to), floats(a), floats(b)
    if op == _LT:
        for i in range(n):
            first, second = x[i], y[i]
            out[i] = (first < second) | ((second != second) & (first == first))
    elif op == _LE:
        for i in range(n):
            first, second = x[i], y[i]
            out[i] = (first <= second) | (second != second)
    else:
        for i in range(n):
            first, second = x[i], y[i]
            out[i] = (first == second) | ((first != first) & (second != second))


@njit(cache=True, nogil=True, error_model="numpy")
def _compare_to(op, n, to, a, bound):  # type: ignore[no-untyped-def]
    """Compare numbers with a constant, which is known."""
    out, x = bytes_at(to), floats(a)
    if op == _LT:
        for i in range(n):
            out[i] = x[i] < bound
    elif op == _LE:
        for i in range(n):
            out[i] = x[i] <= bound
    else:
        for i in range(n):
            out[i] = x[i] == bound


@njit(cache=True, nogil=True, error_model="numpy")
def _compare_with(op, n, to, bound, b):  # type: ignore[no-untyped-def]
    """Compare a constant, which is known, with numbers: those unknown are above all."""
    out, y = bytes_at(to), floats(b)
    if op == _LT:
        for i in range(n):
            out[i] = not y[i] <= bound
    elif op == _LE:
        for i in range(n):
            out[i] = not y[i] < bound
    else:
        for i in range(n):
            out[i] = y[i] == bound


@njit(cache=True, nogil=True)
def _choose(n, to, which, a, b):  # type: ignore[no-untyped-def]
    out, conditions, x, y = floats(to), bytes_at(which), _values(a), _values(b)
    for i in range(n):
        first, second = _at(x, i), _at(y, i)
        out[i] = first if conditions[i] != 0 else second


@njit(cache=True, nogil=True, error_model="numpy")
def _single(op, n, to, a):  # type: ignore[no-untyped-def]
    out = floats(to)
    if op == _TOF:
        marks = bytes_at(a)
        for i in range(n):
            out[i] = marks[i]
        return
    x = floats(a)
    if op == _FLOOR:
        for i in range(n):
            out[i] = np.floor(x[i])
    else:
        for i in range(n):
            value = x[i]
            whole = np.trunc(value)
            out[i] = whole + math.copysign(1.0, value) if abs(value - whole) >= 0.5 else whole


@njit(cache=True, nogil=True)
def _logic(op, n, to, a, b):  # type: ignore[no-untyped-def]
    out, x, y = bytes_at(to), bytes_at(a), bytes_at(b)
    if op == _AND:
        for i in range(n):
            out[i] = x[i] & y[i]
    elif op == _OR:
        for i in range(n):
            out[i] = x[i] | y[i]
    else:
        for i in range(n):
            out[i] = x[i] ^ 1


@njit(cache=True, nogil=True)
def _fill(op, n, to, value):  # type: ignore[no-untyped-def]
    if op == _FILL:
        floats(to)[:n] = value
    else:
        bytes_at(to)[:n] = np.uint8(value)


@njit(cache=True, nogil=True)
def load(kind, address, out, n, rows):  # type: ignore[no-untyped-def]
    """Read some rows of a column."""
    if kind == 0:
        bring(out, floats(address), rows, n)
    elif kind == 1:
        bring(out, integers(address), rows, n)
    elif kind == 2:
        bring(out, short_integers(address), rows, n)
    else:
        bring(out, bytes_at(address), rows, n)


@njit(cache=True, nogil=True)
def _look_up(op, n, to, a, entries, size):  # type: ignore[no-untyped-def]
    out, x, table = floats(to), floats(a), floats(entries)
    if op == _STEP:
        out[:n] = 0.0
        for k in range(size - 1):
            for i in range(n):
                out[i] += 1.0 if x[i] > table[k] else 0.0
    elif op == _FIND:
        out[:n] = size
        for k in range(size):
            for i in range(n):
                out[i] = k if x[i] == table[k] else out[i]
    else:
        for i in range(n):
            out[i] = table[np.uint64(min(max(np.int64(x[i]), 0), size - 1))]


@njit(cache=True, nogil=True)
def elementwise(op, form, n, out, a, b, c, extra, length, registers):  # type: ignore[no-untyped-def]
    """Work a line off that looks at one row at a time, with constants where it says so."""
    n = -(-n // SPARE_ROWS) * SPARE_ROWS
    constants = floats(registers.constants)
    to, to_truth = number_at(registers, out), truth_at(registers, out)
    x, y, z = number_at(registers, a), number_at(registers, b), number_at(registers, c)
    which = truth_at(registers, a)
    if op <= _FILL_TRUTH:
        _fill(op, n, to if op == _FILL else to_truth, constants[extra])
    elif op < _FLOOR and form == 0:
        _arithmetic(op, n, to, x, y)
    elif op < _FLOOR and form == 1:
        _arithmetic(op, n, to, constants[a], y)
    elif op < _FLOOR:
        _arithmetic(op, n, to, x, constants[b])
    elif op <= _TOF:
        _single(op, n, to, which if op == _TOF else x)
    elif op <= _EQ and form == 0:
        _compare(op, n, to_truth, x, y)
    elif op <= _EQ and form == 1:
        _compare_with(op, n, to_truth, constants[a], y)
    elif op <= _EQ:
        _compare_to(op, n, to_truth, x, constants[b])
    elif op <= _NOT:
        _logic(op, n, to_truth, which, truth_at(registers, b))
    elif op == _SELECT and form == 0:
        _choose(n, to, which, y, z)
    elif op == _SELECT and form == 2:
        _choose(n, to, which, constants[b], z)
    elif op == _SELECT and form == 4:
        _choose(n, to, which, y, constants[c])
    elif op == _SELECT:
        _choose(n, to, which, constants[b], constants[c])
    else:
        _look_up(op, n, to, x, registers.constants + extra * NUMBER_BYTES, length)
