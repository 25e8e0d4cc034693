"""Lists of numbers in ascending order are searched from where the last value stood."""

import numpy as np
import pytest

from simlib.ascending import among, by_key, without


@pytest.mark.parametrize("sorts", [True, False])
@pytest.mark.parametrize(("values_n", "list_n"), [(0, 3), (3, 0), (1, 1), (40, 300), (300, 40)])
def test_values_are_found_where_they_stand_in_a_list(values_n: int, list_n: int, sorts: bool):
    pick = np.random.default_rng(values_n + list_n)  # plain numbers: no luck of the model
    values = pick.integers(0, 400, values_n)
    ascending = np.unique(pick.integers(0, 400, list_n))
    values = np.sort(values) if sorts else values
    assert among(values, ascending).tolist() == np.isin(values, ascending).tolist()
    assert without(values, ascending).tolist() == [x for x in values if x not in ascending]


def test_both_ends_of_a_list_are_found():
    found = among(np.array([1, 2, 9, 10, 0]), np.array([1, 3, 5, 7, 9]))
    assert found.tolist() == [True, False, True, False, False]


def test_places_are_ordered_by_key_and_equal_ones_as_they_stand():
    pick = np.random.default_rng(3)
    for kind, least, most in ((np.uint8, 0, 11), (np.int32, -5, 7)):
        keys = pick.integers(least, most - 1, 500).astype(kind)  # nobody has the last ones
        first, order = by_key(keys, least, most)
        assert np.array_equal(order, np.argsort(keys, kind="stable"))
        assert np.array_equal(np.diff(first), np.bincount(keys - least, minlength=most - least + 1))
    first, order = by_key(np.empty(0, np.int32), 0, -1)
    assert first.tolist() == [0] and order.size == 0
