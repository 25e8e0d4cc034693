"""Lists of numbers in ascending order: which numbers stand in them."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def among(values: Ints, ascending: Ints) -> NDArray[np.bool_]:
    """Tell which values stand in a list that ascends, (values,)."""
    if not ascending.size or not values.size:
        return np.zeros(values.size, np.bool_)
    at = np.minimum(np.searchsorted(ascending, values), ascending.size - 1)
    return np.asarray(ascending[at] == values)


def without(values: Ints, ascending: Ints) -> Ints:
    """Give the values that do not stand in a list that ascends."""
    return values[~among(values, ascending)]
