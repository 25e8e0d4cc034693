"""The operations of the machine: what one line does to the registers of some thousand rows.

The machine knows operations, not rules: a changed rule, parameter or month is another list of
steps, and nothing has to be compiled anew. Registers are named by their addresses, since a call
with arrays costs more than a short line.
"""

import math
from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.extending import intrinsic, overload

OPERATIONS = (
    *("load", "load_truth", "fill", "fill_truth"),
    *("add", "sub", "mul", "div", "min", "max", "floor", "round", "tof"),
    *("lt", "le", "eq", "and", "or", "not", "select", "step", "find", "take"),
    *("bring", "bring_truth", "sum", "sum_where", "count", "any"),
    *("pair", "partner", "partner_truth", "order"),
    *("pick", "picked", "picked_truth", "give", "mark"),
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
NUMBER_BYTES = 8

_WORD = 8
_ANY_LENGTH = 1 << 40
LOAD, LOAD_TRUTH, _FILL, _FILL_TRUTH, *_REST = range(len(OPERATIONS))
_ADD, _SUB, _MUL, _DIV, _MIN, _MAX, _FLOOR, _ROUND, _TOF, *_REST = _REST
_LT, _LE, _EQ, _AND, _OR, _NOT, _SELECT, _STEP, _FIND, _TAKE, *_REST = _REST
BRING, _BRING_TRUTH, _SUM, _SUM_WHERE, _COUNT, _ANY, *_REST = _REST
_PAIR, _PARTNER, _PARTNER_TRUTH, _ORDER, PICK, PICKED, PICKED_TRUTH, GIVE, MARK = _REST


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
    out, x, y = bytes_at(to), _values(a), _values(b)
    if op == _LT:
        for i in range(n):
            first, second = _at(x, i), _at(y, i)
            out[i] = (first < second) | ((second != second) & (first == first))
    elif op == _LE:
        for i in range(n):
            first, second = _at(x, i), _at(y, i)
            out[i] = (first <= second) | (second != second)
    else:
        for i in range(n):
            first, second = _at(x, i), _at(y, i)
            out[i] = (first == second) | ((first != first) & (second != second))


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
def _copy(out, n, x, first, index):  # type: ignore[no-untyped-def]
    if first >= 0:
        values = x[first : first + n]
        for i in range(n):
            out[i] = values[i]
    else:
        for i in range(n):
            out[i] = x[index[i]]


@njit(cache=True, nogil=True)
def load(kind, address, out, n, first, index):  # type: ignore[no-untyped-def]
    """Read a column: ``n`` rows from ``first`` on, or those of ``index`` when it is negative."""
    if kind == 0:
        _copy(out, n, floats(address), first, index)
    elif kind == 1:
        _copy(out, n, integers(address), first, index)
    elif kind == 2:
        _copy(out, n, carray(_pointer(address, np.int32), _ANY_LENGTH), first, index)
    else:
        _copy(out, n, bytes_at(address), first, index)


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
            out[i] = table[min(max(np.int64(x[i]), 0), size - 1)]


@njit(cache=True, nogil=True)
def bring(out, x, homes, n):  # type: ignore[no-untyped-def]
    """Give each row the value of another one."""
    for p in range(n):
        out[p] = x[homes[p]]


@njit(cache=True, nogil=True)
def _sum(out, x, starts, n):  # type: ignore[no-untyped-def]
    for h in range(n):
        total = 0.0
        for p in range(starts[h], starts[h + 1]):
            total += x[p]
        out[h] = total


@njit(cache=True, nogil=True)
def _sum_where(out, marked, x, homes, n):  # type: ignore[no-untyped-def]
    """Add the values of marked persons up; eight that are not marked are passed over at once."""
    for w, word in enumerate(words(marked, n)):
        if word != 0:
            for p in range(w * _WORD, w * _WORD + _WORD):
                if marked[p] != 0:
                    out[homes[p]] += x[p]


@njit(cache=True, nogil=True)
def _count(out, marked, homes, n, most):  # type: ignore[no-untyped-def]
    """Count marked persons, up to a most."""
    for w, word in enumerate(words(marked, n)):
        if word != 0:
            for p in range(w * _WORD, w * _WORD + _WORD):
                if marked[p] != 0:
                    out[homes[p]] = min(out[homes[p]] + 1, most)


@njit(cache=True, nogil=True)
def words(marked, n):  # type: ignore[no-untyped-def]
    """Give marks eight at a time; registers are as long as full words."""
    end = -(-n // _WORD) * _WORD
    marked[n:end] = 0
    return marked[:end].view(np.uint64)


@njit(cache=True, nogil=True)
def _pair(out, partner, relation, sex, codes, starts, n):  # type: ignore[no-untyped-def]
    """Pair head and spouse, and two parents of different sex."""
    for h in range(n):
        head, spouse, one, other, parents = -1, -1, -1, -1, 0
        for p in range(starts[h], starts[h + 1]):
            partner[p] = -1
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
        for p in range(starts[h], starts[h + 1]):
            out[p] = partner[p] >= 0


@njit(cache=True, nogil=True)
def _of_partner(out, x, partner, n):  # type: ignore[no-untyped-def]
    for p in range(n):
        out[p] = x[partner[p]] if partner[p] >= 0 else 0


@njit(cache=True, nogil=True)
def _order(out, relation, born, codes, starts, n):  # type: ignore[no-untyped-def]
    """Rank children and grandchildren by birth; of equals, the first comes first."""
    for h in range(n):
        for p in range(starts[h], starts[h + 1]):
            place = 0
            if relation[p] == codes[0] or relation[p] == codes[1]:
                for q in range(starts[h], starts[h + 1]):
                    before = born[q] < born[p] or (born[q] == born[p] and q <= p)
                    place += relation[q] == relation[p] and before
            out[p] = place


@njit(cache=True, nogil=True, inline="always")
def number_at(registers, register):  # type: ignore[no-untyped-def]
    """Give the address of a register of numbers."""
    return registers.numbers + register * (registers.rows * NUMBER_BYTES)


@njit(cache=True, nogil=True, inline="always")
def truth_at(registers, register):  # type: ignore[no-untyped-def]
    """Give the address of a register of truth values."""
    return registers.truths + register * registers.rows


@njit(cache=True, nogil=True)
def elementwise(op, form, n, out, a, b, c, extra, length, registers):  # type: ignore[no-untyped-def]
    """Work a line off that looks at one row at a time, with constants where it says so."""
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
        _compare(op, n, to_truth, constants[a], y)
    elif op <= _EQ:
        _compare(op, n, to_truth, x, constants[b])
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


@njit(cache=True, nogil=True)
def between(op, n, n_persons, out, a, b, extra, starts, home_of, registers):  # type: ignore[no-untyped-def]
    """Work a line off that looks at a household and its persons."""
    begin, homes, partner = integers(starts), places(home_of), integers(registers.partner)
    codes = floats(registers.constants + extra * NUMBER_BYTES)
    to, x = floats(number_at(registers, out)), floats(number_at(registers, a))
    to_truth, marks = bytes_at(truth_at(registers, out)), bytes_at(truth_at(registers, a))
    y = floats(number_at(registers, b))
    if op == BRING:
        bring(to, x, homes, n_persons)
    elif op == _BRING_TRUTH:
        bring(to_truth, marks, homes, n_persons)
    elif op == _SUM:
        _sum(to, x, begin, n)
    elif op == _SUM_WHERE:
        to[:n] = 0.0
        _sum_where(to, marks, y, homes, n_persons)
    elif op == _COUNT:
        to[:n] = 0.0
        _count(to, marks, homes, n_persons, np.inf)
    elif op == _ANY:
        to_truth[:n] = 0
        _count(to_truth, marks, homes, n_persons, 1)
    elif op == _PAIR:
        _pair(to_truth, partner, x, y, codes, begin, n)
    elif op == _PARTNER:
        _of_partner(to, x, partner, n_persons)
    elif op == _PARTNER_TRUTH:
        _of_partner(to_truth, marks, partner, n_persons)
    else:
        _order(to, x, y, codes, begin, n)
