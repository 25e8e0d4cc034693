"""How the functions inside compiled loops are compiled."""

from functools import partial

from numba import njit

inner = partial(njit, cache=True, forceinline=True, _nrt=False)
"""Compile a function that becomes part of the loop that calls it and makes no arrays.

numba counts who holds an array whenever one is taken out of a tuple; in a loop over households
that can take longer than all the rest. A function compiled so only borrows the arrays that its
caller holds, and counts nothing. It may give back numbers, not arrays.
"""
