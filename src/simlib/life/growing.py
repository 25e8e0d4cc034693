"""Columns that grow at their end without being copied each time.

Memory that a process has not used yet is slow to come by; room that nobody writes to costs none.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SPARE_SHARE = 0.05
"""Share of its length that a column has behind it, if nothing else is said."""


class _Roomy(np.ndarray[Any, Any]):
    """Hold a column with room behind it."""


def blank(n: int, dtype: Any, spare_share: float = SPARE_SHARE) -> NDArray[Any]:
    """Give a column whose values are not set yet, with room behind it."""
    return _front(_Roomy(n + int(spare_share * n) + 64, dtype), n)


def resized(column: NDArray[Any], n: int, spare_share: float = SPARE_SHARE) -> NDArray[Any]:
    """Give a column with another number of values, the first as they are, others not set.

    The values stand in a longer array of which the column is the front part, so that most calls
    copy nothing. The column that was given must not be used any more.
    """
    held = column.base
    while isinstance(held, _Roomy) and held.base is not None:  # a part of it: go on to the whole
        held = held.base
    if isinstance(held, _Roomy) and held.size >= n:
        return _front(held, n)
    made, kept_n = blank(n, column.dtype, spare_share), min(n, column.size)
    made[:kept_n] = column[:kept_n]
    return made


def _front(held: _Roomy, n: int) -> NDArray[Any]:
    return np.ndarray(n, held.dtype, held)  # a slice would not have the whole as its base


def appended(column: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    """Give a column with more values behind its own; as :func:`resized`."""
    made = resized(column, column.size + more.size)
    made[column.size :] = more
    return made


def roomy(column: NDArray[Any]) -> NDArray[Any]:
    """Copy a column to where there is room behind it, so that it need not be copied later."""
    return appended(column, column[:0])
