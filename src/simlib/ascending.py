"""Lists of numbers in ascending order: how they are made, and which numbers stand in them."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def once(*lists: Ints) -> Ints:
    """Give the numbers of some lists, each once and in ascending order."""
    numbers = np.sort(np.concatenate(lists))
    first = np.append(True, numbers[1:] != numbers[:-1])[: numbers.size]
    return np.asarray(numbers[first])


@njit(cache=True)
def by_key(keys, least, most):  # type: ignore[no-untyped-def]
    """Order the places of a column by small whole numbers in it, equal ones as they stand.

    Parameters
    ----------
    keys
        Whole numbers, (rows,).
    least, most
        The smallest and the largest that there may be.

    Returns
    -------
    tuple
        Where each number's places begin in the order and, last, their end, (most - least + 2,);
        and the order, uint32, (rows,).
    """
    first = np.zeros(max(most - least + 1, 0) + 1, np.int64)
    for row in range(keys.size):
        first[keys[row] - least + 1] += 1
    for at in range(first.size - 1):
        first[at + 1] += first[at]
    order, at_next = np.empty(keys.size, np.uint32), first.copy()
    for row in range(keys.size):
        at = keys[row] - least
        order[at_next[at]] = row
        at_next[at] += 1
    return first, order


def among(values: Ints, ascending: Ints) -> NDArray[np.bool_]:
    """Tell which values stand in a list that ascends, (values,); fast where they ascend too."""
    return np.asarray(_among(values, ascending))


@njit(cache=True)
def _among(values, ascending):  # type: ignore[no-untyped-def]
    """Look for each value from where the last one stood, in steps that grow."""
    found, at, n = np.zeros(values.size, np.bool_), 0, ascending.size
    for k in range(values.size if n else 0):
        if k > 0 and values[k] < values[k - 1]:
            at = 0
        step = 1
        while at + step < n and ascending[at + step] <= values[k]:
            at += step
            step *= 2
        while step > 0:
            if at + step < n and ascending[at + step] <= values[k]:
                at += step
            step //= 2
        found[k] = ascending[at] == values[k]
    return found


def without(values: Ints, ascending: Ints) -> Ints:
    """Give the values that do not stand in a list that ascends."""
    return values[~among(values, ascending)]
