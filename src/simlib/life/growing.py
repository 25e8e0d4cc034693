"""Columns that grow at their end without being copied each time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SPARE_SHARE = 0.05


class _Roomy(np.ndarray[Any, Any]):
    """Hold a column with room behind it."""


def appended(column: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    """Give a column with more values behind its own.

    The values stand in a longer array of which the column is the front part, so that most calls
    only write the new ones. The column that was given must not be appended to again.
    """
    n, held = column.size + more.size, column.base
    while isinstance(held, _Roomy) and held.base is not None:  # a part of it: go on to the whole
        held = held.base
    if not isinstance(held, _Roomy) or held.size < n:
        held = _Roomy(n + int(_SPARE_SHARE * n) + 64, column.dtype)
        held[: column.size] = column
    held[column.size : n] = more
    return np.ndarray(n, held.dtype, held)  # a slice would not have the whole as its base


def roomy(column: NDArray[Any]) -> NDArray[Any]:
    """Copy a column to where there is room behind it, so that it need not be copied later."""
    return appended(column, column[:0])
