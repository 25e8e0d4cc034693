"""How the functions inside compiled loops are compiled, and how they have memory at hand.

What rests on the insides of numba, and may need a change with a new version of it, stands here.
"""

from functools import partial
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

lowest_bit = trailing_zeros
"""Give the number of the lowest bit that is set in a word; inside loops only."""
inner = partial(njit, cache=True, forceinline=True, _nrt=False)
"""Compile a function that becomes part of the loop that calls it and makes no arrays.

numba counts who holds an array whenever one is taken out of a tuple; in a loop over households
that can take longer than all the rest. A function compiled so only borrows the arrays that its
caller holds, and counts nothing. It may give back numbers, not arrays.
"""


@intrinsic  # type: ignore[untyped-decorator]
def fetch(typing: Any, array: Any, index: Any) -> Any:  # noqa: ARG001
    """Ask for an element of an array, or a row of a table, to be at hand soon; inside loops only.

    A loop over some households waits for memory most of its time, since what it asks for lies
    far apart. One that asks for the next few beforehand hardly waits. Nothing else changes, and
    an index beyond the end does no harm.

    Parameters
    ----------
    array, index
        The array, and the number of the element or row.
    """

    def ask(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = make_array(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        begin = builder.ptrtoint(made.data, arguments[1].type)
        stride = cgutils.unpack_tuple(builder, made.strides)[0]
        there = builder.inttoptr(builder.add(begin, builder.mul(arguments[1], stride)), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        call = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(call, [there, number(0), number(3), number(1)])  # to read, near, data
        return context.get_dummy_value()

    return types.void(array, types.intp), ask
