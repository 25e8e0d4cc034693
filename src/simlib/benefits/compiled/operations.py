"""The operations of the machine: what one line does to the registers of some thousand rows.

The machine knows operations, not rules: a changed rule, parameter or month is another list of
steps, and nothing has to be compiled anew.
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
    *("pair", "partner", "partner_truth", "order", "give", "mark"),
)
"""Names of the operations; the place is the code."""
CODE = {name: code for code, name in enumerate(OPERATIONS)}
KINDS = ("f8", "i8", "i4", "u1")
"""Kinds of columns that the machine reads, as numpy writes them; the place is the code."""
OP, OUT, A, B, C, FORM, SPACE, EXTRA, LENGTH = range(9)
"""Columns of a line: operation, register of the result, registers or constants it is made of,
which are constants (bits 1, 2, 4), space, and place and length of what else it needs."""

_WORD = 8
_ANY_LENGTH = 1 << 40
LOAD, LOAD_TRUTH, _FILL, _FILL_TRUTH, *_REST = range(len(OPERATIONS))
_ADD, _SUB, _MUL, _DIV, _MIN, _MAX, _FLOOR, _ROUND, _TOF, *_REST = _REST
_LT, _LE, _EQ, _AND, _OR, _NOT, _SELECT, _STEP, _FIND, _TAKE, *_REST = _REST
BRING, _BRING_TRUTH, _SUM, _SUM_WHERE, _COUNT, _ANY, *_REST = _REST
_PAIR, _PARTNER, _PARTNER_TRUTH, _ORDER, GIVE, MARK = _REST


@intrinsic  # type: ignore[untyped-decorator]
def _pointer(_: Any, address: Any, kind: Any) -> Any:
    """Read a number as the address of values of a kind."""
    made = types.CPointer(kind.dtype)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return made(address, kind), code


def _at(x: Any, a: int, i: int) -> Any:
    """Give the value of a row of register ``a``, or a constant for every row."""


@overload(_at, inline="always")
def _at_compiled(x, a, i):  # type: ignore[no-untyped-def]  # noqa: ARG001
    if isinstance(x, types.Array):
        return lambda x, a, i: x[a, i]
    return lambda x, a, i: x  # noqa: ARG005


@njit(cache=True, nogil=True, error_model="numpy")
def _arithmetic(op, n, out, o, x, a, y, b):  # type: ignore[no-untyped-def]
    if op == _ADD:
        for i in range(n):
            out[o, i] = _at(x, a, i) + _at(y, b, i)
    elif op == _SUB:
        for i in range(n):
            out[o, i] = _at(x, a, i) - _at(y, b, i)
    elif op == _MUL:
        for i in range(n):
            out[o, i] = _at(x, a, i) * _at(y, b, i)
    elif op == _DIV:
        for i in range(n):
            out[o, i] = _at(x, a, i) / _at(y, b, i)
    elif op == _MIN:
        for i in range(n):
            first, second = _at(x, a, i), _at(y, b, i)
            out[o, i] = first if (first <= second) | (second != second) else second
    else:
        for i in range(n):
            first, second = _at(x, a, i), _at(y, b, i)
            out[o, i] = first if (first >= second) | (second != second) else second


@njit(cache=True, nogil=True, error_model="numpy")
def _compare(op, n, out, o, x, a, y, b):  # type: ignore[no-untyped-def]
    if op == _LT:
        for i in range(n):
            first, second = _at(x, a, i), _at(y, b, i)
            out[o, i] = (first < second) | ((second != second) & (first == first))
    elif op == _LE:
        for i in range(n):
            first, second = _at(x, a, i), _at(y, b, i)
            out[o, i] = (first <= second) | (second != second)
    else:
        for i in range(n):
            first, second = _at(x, a, i), _at(y, b, i)
            out[o, i] = (first == second) | ((first != first) & (second != second))


@njit(cache=True, nogil=True)
def _choose(n, out, o, conditions, c, x, a, y, b):  # type: ignore[no-untyped-def]
    for i in range(n):
        first, second = _at(x, a, i), _at(y, b, i)
        out[o, i] = first if conditions[c, i] != 0 else second


@njit(cache=True, nogil=True, error_model="numpy")
def _single(op, n, out, o, x, a):  # type: ignore[no-untyped-def]
    if op == _FLOOR:
        for i in range(n):
            out[o, i] = np.floor(x[a, i])
    elif op == _TOF:
        for i in range(n):
            out[o, i] = x[a, i]
    else:
        for i in range(n):
            value = x[a, i]
            whole = np.trunc(value)
            out[o, i] = whole + math.copysign(1.0, value) if abs(value - whole) >= 0.5 else whole


@njit(cache=True, nogil=True)
def _logic(op, n, out, o, a, b):  # type: ignore[no-untyped-def]
    if op == _AND:
        for i in range(n):
            out[o, i] = out[a, i] & out[b, i]
    elif op == _OR:
        for i in range(n):
            out[o, i] = out[a, i] | out[b, i]
    else:
        for i in range(n):
            out[o, i] = out[a, i] ^ 1


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
        _copy(out, n, carray(_pointer(address, np.float64), _ANY_LENGTH), first, index)
    elif kind == 1:
        _copy(out, n, carray(_pointer(address, np.int64), _ANY_LENGTH), first, index)
    elif kind == 2:
        _copy(out, n, carray(_pointer(address, np.int32), _ANY_LENGTH), first, index)
    else:
        _copy(out, n, carray(_pointer(address, np.uint8), _ANY_LENGTH), first, index)


@njit(cache=True, nogil=True)
def _look_up(op, out, x, table, n):  # type: ignore[no-untyped-def]
    size = table.size
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
def _bring(out, x, homes, n):  # type: ignore[no-untyped-def]
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


@njit(cache=True, nogil=True)
def elementwise(lines, k, n, numbers, truths, constants):  # type: ignore[no-untyped-def]
    """Work a line off that looks at one row at a time, with constants where it says so."""
    op, o, a, b, c = lines[k, OP], lines[k, OUT], lines[k, A], lines[k, B], lines[k, C]
    form = lines[k, FORM]
    if op == _FILL:
        numbers[o, :n] = constants[lines[k, EXTRA]]
    elif op == _FILL_TRUTH:
        truths[o, :n] = np.uint8(constants[lines[k, EXTRA]])
    elif op < _FLOOR and form == 0:
        _arithmetic(op, n, numbers, o, numbers, a, numbers, b)
    elif op < _FLOOR and form == 1:
        _arithmetic(op, n, numbers, o, constants[a], 0, numbers, b)
    elif op < _FLOOR:
        _arithmetic(op, n, numbers, o, numbers, a, constants[b], 0)
    elif op < _TOF:
        _single(op, n, numbers, o, numbers, a)
    elif op == _TOF:
        _single(op, n, numbers, o, truths, a)
    elif op <= _EQ and form == 0:
        _compare(op, n, truths, o, numbers, a, numbers, b)
    elif op <= _EQ and form == 1:
        _compare(op, n, truths, o, constants[a], 0, numbers, b)
    elif op <= _EQ:
        _compare(op, n, truths, o, numbers, a, constants[b], 0)
    elif op <= _NOT:
        _logic(op, n, truths, o, a, b)
    elif op == _SELECT and form == 0:
        _choose(n, numbers, o, truths, a, numbers, b, numbers, c)
    elif op == _SELECT and form == 2:
        _choose(n, numbers, o, truths, a, constants[b], 0, numbers, c)
    elif op == _SELECT and form == 4:
        _choose(n, numbers, o, truths, a, numbers, b, constants[c], 0)
    elif op == _SELECT:
        _choose(n, numbers, o, truths, a, constants[b], 0, constants[c], 0)
    else:
        table = constants[lines[k, EXTRA] : lines[k, EXTRA] + lines[k, LENGTH]]
        _look_up(op, numbers[o], numbers[a], table, n)


@njit(cache=True, nogil=True)
def between(lines, k, n, n_persons, begin, homes, partner, numbers, truths, constants):  # type: ignore[no-untyped-def]
    """Work a line off that looks at a household and its persons."""
    op, out, a, b = lines[k, OP], lines[k, OUT], lines[k, A], lines[k, B]
    codes = constants[lines[k, EXTRA] : lines[k, EXTRA] + lines[k, LENGTH]]
    if op == BRING:
        _bring(numbers[out], numbers[a], homes, n_persons)
    elif op == _BRING_TRUTH:
        _bring(truths[out], truths[a], homes, n_persons)
    elif op == _SUM:
        _sum(numbers[out], numbers[a], begin, n)
    elif op == _SUM_WHERE:
        numbers[out, :n] = 0.0
        _sum_where(numbers[out], truths[a], numbers[b], homes, n_persons)
    elif op == _COUNT:
        numbers[out, :n] = 0.0
        _count(numbers[out], truths[a], homes, n_persons, np.inf)
    elif op == _ANY:
        truths[out, :n] = 0
        _count(truths[out], truths[a], homes, n_persons, 1)
    elif op == _PAIR:
        _pair(truths[out], partner, numbers[a], numbers[b], codes, begin, n)
    elif op == _PARTNER:
        _of_partner(numbers[out], numbers[a], partner, n_persons)
    elif op == _PARTNER_TRUTH:
        _of_partner(truths[out], truths[a], partner, n_persons)
    else:
        _order(numbers[out], numbers[a], numbers[b], codes, begin, n)
